//! Texts that nobody meant to write: endless nesting, endless chains, soup.
//! The checker answers; it never falls over.

use hauswart::rules::compile;
use proptest::prelude::*;

use crate::town::{codes, site, source};

const NONE: [&str; 0] = [];

#[test]
fn nesting_ends_at_forty() {
    let nested = |depth: usize| {
        let (open, close) = ("(".repeat(depth), ")".repeat(depth));
        format!("rule \"R\" when {open}HK1.Pumpe{close} alarm \"x\"")
    };
    assert_eq!(codes(&nested(39)), NONE);
    assert_eq!(codes(&nested(40)), ["too-deep"]);
    assert_eq!(codes(&nested(50_000)), ["too-deep"]);
    let not = format!("rule \"R\" when {} HK1.Pumpe alarm \"x\"", "not ".repeat(50_000));
    assert_eq!(codes(&not), ["too-deep"]);
    let minus = format!("rule \"R\" when {}3 K > 2 K alarm \"x\"", "- ".repeat(50_000));
    assert_eq!(codes(&minus), ["too-deep"]);
    let hold = format!("rule \"R\" when HK1.Pumpe{} alarm \"x\"", " for 1 h".repeat(50_000));
    assert_eq!(codes(&hold), ["too-deep"]);
}

#[test]
fn chains_may_be_long() {
    let sum = format!(
        "rule \"R\" when 3 K{} > Strom.Leistung / 1 kW * 1 K alarm \"x\"",
        " + 1 K".repeat(20_000)
    );
    assert_eq!(codes(&sum), NONE);
    let any = format!("rule \"R\" when HK1.Pumpe{} alarm \"x\"", " or HK2.Pumpe".repeat(20_000));
    assert_eq!(codes(&any), NONE);
    let mut values = "value V0 = HK1.Raum\n".to_owned();
    for number in 1..5_000 {
        values.push_str(&format!("value V{number} = V{} + 1 K\n", number - 1));
    }
    values.push_str("rule \"R\" when V4999 > 5000 °C alarm \"x\"");
    assert_eq!(codes(&values), NONE);
}

/// Pieces that rules are made of, and pieces that they are not.
const PIECES: [&str; 72] = [
    "rule",
    "\"R\"",
    "when",
    "else",
    "set",
    "keep",
    "at",
    "least",
    "most",
    "alarm",
    "on",
    "fault",
    "level",
    "safety",
    "grace",
    "value",
    "schedule",
    "curve",
    "group",
    "for",
    "each",
    "test",
    "building",
    "language",
    "1",
    "=",
    "==",
    "!=",
    "to",
    "is",
    "not",
    "and",
    "or",
    "until",
    "<",
    ">=",
    "->",
    "-",
    "+",
    "*",
    "/",
    "(",
    ")",
    ",",
    "fallback",
    "min",
    "max",
    "abs",
    "mean",
    "over",
    "starts",
    "within",
    "also",
    "daily",
    "off",
    "all",
    "Mo-Fr",
    "24.12.",
    "31.02.2026",
    "07:00-17:30",
    "25:61",
    "20 °C",
    "3",
    "1,5",
    "1.000",
    "K",
    "HK1.Raum",
    "HK1.Betriebsart",
    "X",
    "\"",
    "§",
    "\n",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn soup_is_answered(pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..60)) {
        let text = format!("language 1\nbuilding Rathaus\n{}", pieces.join(" "));
        let compiled = compile(&[source("soup.rules", &text)], &site());
        for diagnostic in &compiled.diagnostics {
            prop_assert!(text.is_char_boundary(diagnostic.span.start));
            prop_assert!(text.is_char_boundary(diagnostic.span.end));
        }
    }

    #[test]
    fn any_text_is_answered(text in "\\PC{0,200}") {
        let _ = compile(&[source("any.rules", &text)], &site());
    }
}
