//! Arithmetic and units against a reference that knows nothing of the checker:
//! random expressions are refused exactly where it refuses them, and have its
//! value where it has one. Logic likewise, in three values.

use std::fmt;

use proptest::prelude::*;

use crate::town::{Bench, codes};

/// Exponents of K, s, W, %; and whether it is a place on the °C scale.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Measure {
    exponents: [i32; 4],
    scale: bool,
}

/// Unit, exponents, canonical size.
const UNITS: [(&str, [i32; 4], f64); 8] = [
    ("°C", [1, 0, 0, 0], 1.0),
    ("K", [1, 0, 0, 0], 1.0),
    ("min", [0, 1, 0, 0], 60.0),
    ("h", [0, 1, 0, 0], 3600.0),
    ("kW", [0, 0, 1, 0], 1e3),
    ("kWh", [0, 1, 1, 0], 3.6e6),
    ("%", [0, 0, 0, 1], 1.0),
    ("min/K", [-1, 1, 0, 0], 60.0),
];

/// Name, unit as an index into [`UNITS`], what it reads; `None` is bad.
const POINTS: [(&str, usize, Option<f64>); 5] = [
    ("HK1.Raum", 0, Some(21.5)),
    ("HK2.Raum", 0, None),
    ("Strom.Leistung", 4, Some(3.0)),
    ("Strom.Bezug", 5, Some(120.0)),
    ("HK1.Ventil", 6, Some(40.0)),
];

#[derive(Debug, Clone)]
enum Term {
    Number(i16, Option<usize>),
    Point(usize),
    Negative(Box<Term>),
    Absolute(Box<Term>),
    Two(&'static str, Box<Term>, Box<Term>),
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(tenths, unit) => {
                let unit = unit.map_or("", |unit| UNITS[unit].0);
                write!(f, "{}.{} {unit}", tenths / 10, tenths % 10)
            }
            Self::Point(point) => f.write_str(POINTS[*point].0),
            Self::Negative(inner) => write!(f, "(-({inner}))"),
            Self::Absolute(inner) => write!(f, "abs({inner})"),
            Self::Two(op @ ("min" | "max"), a, b) => write!(f, "{op}({a}, {b})"),
            Self::Two(op, a, b) => write!(f, "({a} {op} {b})"),
        }
    }
}

const PLAIN: Measure = Measure { exponents: [0; 4], scale: false };

fn measure(unit: usize) -> Measure {
    Measure { exponents: UNITS[unit].1, scale: UNITS[unit].0 == "°C" }
}

/// What it measures; `None`: refused.
fn measured(term: &Term) -> Option<Measure> {
    match term {
        Term::Number(_, unit) => Some(unit.map_or(PLAIN, measure)),
        Term::Point(point) => Some(measure(POINTS[*point].1)),
        Term::Negative(inner) | Term::Absolute(inner) => measured(inner).filter(|m| !m.scale),
        Term::Two(op, a, b) => {
            let (a, b) = (measured(a)?, measured(b)?);
            let alike = a.exponents == b.exponents;
            match (*op, a.scale, b.scale) {
                ("+", true, true) | ("-", false, true) => None,
                ("-", true, true) => alike.then_some(Measure { scale: false, ..a }),
                ("+" | "-", one, other) => alike.then_some(Measure { scale: one || other, ..a }),
                ("*" | "/", false, false) => {
                    let sign = if *op == "*" { 1 } else { -1 };
                    let mut exponents = a.exponents;
                    for (mine, theirs) in exponents.iter_mut().zip(b.exponents) {
                        *mine += sign * theirs;
                    }
                    Some(Measure { exponents, scale: false })
                }
                ("*" | "/", ..) => None,
                _ => (a == b).then_some(a),
            }
        }
    }
}

/// Its canonical value; `None`: unknown.
fn value(term: &Term) -> Option<f64> {
    match term {
        Term::Number(tenths, unit) => {
            let shown = f64::from(*tenths) / 10.0;
            Some(shown * unit.map_or(1.0, |unit| UNITS[unit].2))
        }
        Term::Point(point) => {
            let (_, unit, reads) = POINTS[*point];
            Some(reads? * UNITS[unit].2)
        }
        Term::Negative(inner) => Some(-value(inner)?),
        Term::Absolute(inner) => Some(value(inner)?.abs()),
        Term::Two("fallback", a, b) => value(a).or_else(|| value(b)),
        Term::Two(op, a, b) => {
            let (a, b) = (value(a)?, value(b)?);
            let result = match *op {
                "+" => a + b,
                "-" => a - b,
                "*" => a * b,
                "/" => a / b,
                "min" => a.min(b),
                _ => a.max(b),
            };
            result.is_finite().then_some(result)
        }
    }
}

fn any_term() -> impl Strategy<Value = Term> {
    let unit = prop_oneof![1 => Just(None), 5 => (0..UNITS.len()).prop_map(Some)];
    let leaf = prop_oneof![
        2 => (0_i16..300, unit).prop_map(|(tenths, unit)| Term::Number(tenths, unit)),
        1 => (0..POINTS.len()).prop_map(Term::Point),
    ];
    leaf.prop_recursive(4, 16, 2, |inner| {
        let op = prop::sample::select(vec!["+", "-", "*", "/", "min", "max", "fallback"]);
        prop_oneof![
            1 => inner.clone().prop_map(|term| Term::Negative(Box::new(term))),
            1 => inner.clone().prop_map(|term| Term::Absolute(Box::new(term))),
            8 => (op, inner.clone(), inner)
                .prop_map(|(op, a, b)| Term::Two(op, Box::new(a), Box::new(b))),
        ]
    })
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1e-6)
}

/// A condition in three values.
#[derive(Debug, Clone)]
enum Logic {
    Switch(usize),
    Bad(Box<Logic>),
    Not(Box<Logic>),
    Two(&'static str, Box<Logic>, Box<Logic>),
}

/// What the three switches say: on, off, unknown.
const SWITCHES: [(&str, Option<bool>); 3] =
    [("HK1.Pumpe", Some(true)), ("Lueftung.Klappe", Some(false)), ("HK2.Pumpe", None)];

impl fmt::Display for Logic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Switch(switch) => f.write_str(SWITCHES[*switch].0),
            Self::Bad(inner) => write!(f, "(({inner}) is bad)"),
            Self::Not(inner) => write!(f, "(not {inner})"),
            Self::Two(op, a, b) => write!(f, "({a} {op} {b})"),
        }
    }
}

/// Kleene's tables, written out.
fn truth(logic: &Logic) -> Option<bool> {
    match logic {
        Logic::Switch(switch) => SWITCHES[*switch].1,
        Logic::Bad(inner) => Some(truth(inner).is_none()),
        Logic::Not(inner) => truth(inner).map(|on| !on),
        Logic::Two(op, a, b) => match (*op, truth(a), truth(b)) {
            ("and", Some(false), _) | ("and", _, Some(false)) => Some(false),
            ("and", Some(true), Some(true)) => Some(true),
            ("or", Some(true), _) | ("or", _, Some(true)) => Some(true),
            ("or", Some(false), Some(false)) => Some(false),
            ("fallback", None, second) => second,
            ("fallback", first, _) => first,
            _ => None,
        },
    }
}

fn any_logic() -> impl Strategy<Value = Logic> {
    let leaf = (0..SWITCHES.len()).prop_map(Logic::Switch);
    leaf.prop_recursive(5, 24, 2, |inner| {
        let op = prop::sample::select(vec!["and", "or", "fallback"]);
        prop_oneof![
            1 => inner.clone().prop_map(|logic| Logic::Not(Box::new(logic))),
            1 => inner.clone().prop_map(|logic| Logic::Bad(Box::new(logic))),
            4 => (op, inner.clone(), inner)
                .prop_map(|(op, a, b)| Logic::Two(op, Box::new(a), Box::new(b))),
        ]
    })
}

fn bench(body: &str) -> Bench {
    let mut bench = Bench::read(body, "2026-03-02T12:00:00");
    for (name, unit, reads) in POINTS {
        let text = reads.map_or("bad".to_owned(), |reads| format!("{reads} {}", UNITS[unit].0));
        bench.give(name, &text);
    }
    for (name, on) in SWITCHES {
        bench.give(name, on.map_or("bad", |on| if on { "on" } else { "off" }));
    }
    bench
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn arithmetic_is_as_the_reference_has_it(term in any_term()) {
        let body = format!("value X = {term}");
        let expected = measured(&term);
        let refused = codes(&body).iter().any(|code| matches!(*code, "units" | "missing-unit"));
        prop_assert_eq!(refused, expected.is_none(), "{}", body);
        if expected.is_some() {
            let found = bench(&body).cycle().values[0].value;
            match (found, value(&term)) {
                (Some(found), Some(wanted)) => prop_assert!(close(found, wanted), "{body}: {found}, not {wanted}"),
                (found, wanted) => prop_assert_eq!(found, wanted, "{}", body),
            }
        }
    }

    #[test]
    fn logic_is_as_the_reference_has_it(logic in any_logic()) {
        let body = format!("value X = {logic}");
        prop_assume!(crate::town::compiles(&body)); // no contradiction in it
        let found = bench(&body).cycle().values[0].value;
        prop_assert_eq!(found, truth(&logic).map(|on| f64::from(u8::from(on))), "{}", body);
    }
}
