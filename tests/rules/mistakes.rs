//! Texts that nobody meant to write: endless nesting, endless chains, soup.
//! The checker answers; it never falls over.

use hauswart::model::Severity;
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
    assert_eq!(codes(&nested(40)), NONE);
    assert_eq!(codes(&nested(41)), ["too-deep"]);
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
const PIECES: [&str; 84] = [
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
    "of",
    "in",
    "G",
    "G = HK1, HK2",
    "any",
    "count",
    "sum",
    "good",
    "hours",
    "demand",
    "rate",
    "R.Raum",
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

/// A file without mistakes, to put one into.
const SOUND: &str = "schedule Nutzung
  Mo-Fr   07:00-17:00
curve Kurve
  0 °C -> 25 °C
  20 °C -> 18 °C
value Aussen = Kessel.Aussen fallback RLT1.Aussen fallback 0 °C
value Warm = Aussen > 16 °C until < 14 °C
rule \"Raum\"
  level high
  when Nutzung and not Warm
    set HK1.Raum_Soll to 20 °C
    set HK1.Betriebsart to day
  else when HK1.Raum < 5 °C for 10 min
    set HK1.Betriebsart to day
    alarm urgent \"kalt\"
  else
    keep HK1.Raum_Soll at most 18 °C
  on fault
    set HK1.Betriebsart to auto
rule \"Luft\"
  set RLT1.Zuluft_Soll to Kurve(Aussen)
protect RLT1.Zuluft_Soll
  step at least 0.5 K
  ramp at most 4 K per 1 h
protect Lueftung.Klappe
  on at least 5 min
  change at most 6 per hour
";

#[test]
fn one_mistake_is_told_once() {
    assert_eq!(codes(SOUND), NONE);
    let mut wrongly = Vec::new();
    for (right, wrong, code) in [
        ("schedule Nutzung", "shedule Nutzung", "unknown-keyword"),
        ("Mo-Fr   07", "Mo-Frr   07", "unknown-day"),
        ("07:00-17:00", "07:00", "expected"),
        ("07:00-17:00", "7-17", "expected"),
        ("07:00-17:00", "07:00-27:00", "no-such-time"),
        ("07:00-17:00", "07:00–17:00", "wrong-sign"),
        ("curve Kurve", "kurve Kurve", "unknown-keyword"),
        ("0 °C -> 25", "0 °C - 25", "expected"),
        ("20 °C -> 18", "-20 °C -> 18", "curve-order"),
        ("-> 18 °C", "-> 18", "missing-unit"),
        ("value Aussen =", "value Aussen", "expected"),
        ("value Aussen =", "value Aussen is", "expected"),
        ("value Aussen =", "wert Aussen =", "unknown-keyword"),
        ("Kessel.Aussen fallback", "Kesel.Aussen fallback", "unknown-name"),
        ("Kessel.Aussen fallback", "Kessel.Aussen falback", "unknown-keyword"),
        ("fallback 0 °C", "fallback 0", "missing-unit"),
        ("fallback 0 °C", "fallback 0 Grad", "unknown-unit"),
        ("> 16 °C", "> 16,5 °C", "decimal-comma"),
        ("> 16 °C", "> 16 K", "units"),
        ("> 16 °C", "> 1600 °C", "never-changes"),
        ("> 16 °C", "= 16 °C", "equal-sign"),
        ("until < 14", "untill < 14", "unknown-keyword"),
        ("until < 14", "until < 18", "overlap"),
        ("rule \"Raum\"", "rule Raum", "expected"),
        ("rule \"Raum\"", "rule \"Raum", "open-text"),
        ("rule \"Raum\"", "Rule \"Raum\"", "unknown-keyword"),
        ("level high", "level hihg", "unknown-level"),
        ("level high", "levl high", "unknown-keyword"),
        ("when Nutzung", "wenn Nutzung", "unknown-keyword"),
        ("when Nutzung", "when Nutzng", "unknown-name"),
        ("and not Warm", "und not Warm", "unknown-keyword"),
        ("and not Warm", "and Aussen", "not-a-condition"),
        ("and not Warm", "and not Warm or Warm", "and-with-or"),
        ("and not Warm", "and not Warm for 5 min", "parentheses"),
        ("to 20 °C", "to 20", "missing-unit"),
        ("to 20 °C", "auf 20 °C", "unknown-keyword"),
        ("to 20 °C", "= 20 °C", "equal-sign"),
        ("to 20 °C", "to 200 °C", "out-of-limits"),
        ("to 20 °C", "to (20 °C", "expected"),
        ("to 20 °C", "to 20 °C + 3 °C", "units"),
        ("to 20 °C", "to day", "target-is-number"),
        ("set HK1.Raum_Soll to 20", "set HK1.Raum to 20", "read-only"),
        ("set HK1.Raum_Soll to 20", "set Aussen to 20", "not-a-point"),
        ("set HK1.Raum_Soll to 20", "setze HK1.Raum_Soll to 20", "unknown-keyword"),
        ("to day\n  else", "to dya\n  else", "unknown-state"),
        ("for 10 min", "for 10 °C", "units"),
        ("for 10 min", "for 10 minuten", "unknown-unit"),
        ("for 10 min", "for 10 Ewigkeiten", "unknown-unit"),
        ("level high", "level high grace 5 Ewigkeiten", "unknown-unit"),
        ("0 °C -> 25 °C", "0 °C -> 25 Ewigkeiten", "unknown-unit"),
        ("alarm urgent \"kalt\"", "alarm urgent kalt", "expected"),
        ("alarm urgent \"kalt\"", "alarm wichtig \"kalt\"", "expected"),
        ("  else\n", "  else when on\n    set HK1.Betriebsart to day\n  else\n", "unreachable"),
        ("  else\n", "  sonst\n", "unknown-keyword"),
        ("at most 18", "at mots 18", "expected"),
        ("at most 18", "below 18", "expected"),
        ("on fault", "on error", "expected"),
        ("Kurve(Aussen)", "Kurve(Aussen, 3)", "arguments"),
        ("Kurve(Aussen)", "Kurv(Aussen)", "unknown-function"),
        ("Kurve(Aussen)", "Kurve", "not-a-condition"),
        ("protect RLT1", "protct RLT1", "unknown-keyword"),
        ("protect RLT1.Zuluft_Soll", "protect RLT1.Zuluft_Sol", "unknown-name"),
        ("protect RLT1.Zuluft_Soll", "protect RLT1.Zuluft", "read-only"),
        ("protect RLT1.Zuluft_Soll", "protect Aussen", "not-a-point"),
        ("step at least 0.5 K", "step at most 0.5 K", "expected"),
        ("step at least 0.5 K", "stepp at least 0.5 K", "unknown-keyword"),
        ("step at least 0.5 K", "step at least 0.5 °C", "units"),
        ("step at least 0.5 K", "step at least 0,5 K", "decimal-comma"),
        ("step at least 0.5 K", "step at least 0 K", "zero-protect"),
        ("step at least 0.5 K", "step at least -1 K", "zero-protect"),
        ("step at least 0.5 K", "on at least 5 min", "not-switched"),
        ("ramp at most 4 K per 1 h", "ramp at most 4 K/h", "expected"),
        ("ramp at most 4 K per 1 h", "ramp at most 4 K per h", "expected"),
        ("ramp at most 4 K per 1 h", "ramp at most 4 K per 0 h", "zero-protect"),
        ("on at least 5 min", "on at least 5", "expected"),
        ("on at least 5 min", "an at least 5 min", "unknown-keyword"),
        ("on at least 5 min", "step at least 5", "not-a-quantity"),
        ("on at least 5 min", "on at least 25 h", "long-protect"),
        ("6 per hour", "6", "expected"),
        ("6 per hour", "6 per day", "expected"),
        ("6 per hour", "0 per hour", "changes-per-hour"),
        ("6 per hour", "1.5 per hour", "changes-per-hour"),
    ] {
        assert_eq!(SOUND.matches(right).count(), 1, "{right}");
        let broken = SOUND.replace(right, wrong);
        let text = format!("language 1\nbuilding Rathaus\n{broken}");
        let compiled = compile(&[source("test.rules", &text)], &site());
        let told: Vec<_> = compiled
            .diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.severity == Severity::Error)
            .map(|diagnostic| diagnostic.fault.code())
            .collect();
        if told != [code] {
            wrongly.push(format!("{right} → {wrong}: {told:?}, not {code}"));
        }
    }
    assert!(wrongly.is_empty(), "{}", wrongly.join("\n"));
}
