//! What the language tells an editor: what may stand at a place, what a word
//! stands for, where else it is named.

use std::fs;

use hauswart::model::diagnostic::{Diagnostic, Source};
use hauswart::rules::{Expectable, Inspected, Meaning, compile, expected, inspect};
use hauswart::site::Site;

use crate::readme;
use crate::town::{self, source};

/// Every rule text that is shipped or stands in the reference.
fn texts() -> Vec<Source> {
    let root = town::root();
    let mut texts = Vec::new();
    for folder in ["rules", "rules/demo", "tests/rules"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if name.ends_with(".rules") && !name.contains(".bad.") {
                texts.push(source(&name, &fs::read_to_string(&path).unwrap()));
            }
        }
    }
    for block in readme::blocks("rules") {
        let head =
            if block.starts_with("language") { "" } else { "language 1\nbuilding Rathaus\n" };
        texts.push(source("README.rules", &format!("{head}{block}")));
    }
    assert!(texts.len() > 10);
    texts
}

/// The words of a text that stand for something, each with its place.
fn words(inspected: &Inspected, site: &Site, text: &Source) -> Vec<(usize, Meaning)> {
    let mut words: Vec<(usize, Meaning)> = Vec::new();
    for (offset, _) in text.text.char_indices() {
        let Some((place, meaning)) = inspected.index.at(Some(site), &text.file, offset) else {
            continue;
        };
        if words.last().is_none_or(|(start, _)| *start != place.start) {
            words.push((place.start, meaning));
        }
    }
    words
}

#[test]
fn whatever_stands_in_a_file_is_offered_where_it_stands() {
    let site = town::demo_site();
    let mut missing = Vec::new();
    for text in texts() {
        let inspected = inspect(std::slice::from_ref(&text), Some(&site));
        for (start, meaning) in words(&inspected, &site, &text) {
            let offered = expected(&text.text, start);
            let has = |kind| offered.kinds.contains(&kind);
            let line = text.text[start..].lines().next().unwrap();
            let before = text.text[..start].lines().last().unwrap_or("");
            if matches!(meaning, Meaning::Keyword("building")) && !before.is_empty() {
                continue; // entries are offered where a line begins
            }
            let fits = match &meaning {
                Meaning::Keyword(word) => {
                    let says =
                        |phrase: &&str| phrase == word || phrase.split(' ').next() == Some(*word);
                    offered.words.iter().any(says)
                        || has(Expectable::Function) && line.contains('(')
                        || has(Expectable::State) && matches!(*word, "on" | "off")
                        || has(Expectable::Unit) && *word == "min"
                }
                Meaning::Point(_) => has(Expectable::Name) || has(Expectable::Target),
                Meaning::Definition(index) => {
                    let definition = &inspected.index.definitions()[*index];
                    definition.place.start == start
                        || has(Expectable::Name)
                        || has(Expectable::Function)
                        || has(Expectable::Days)
                        || has(Expectable::RuleName)
                }
                Meaning::State { .. } => has(Expectable::State),
                Meaning::Building(_) => has(Expectable::Building),
            };
            if !fits {
                missing.push(format!("{}: {meaning:?} at {line:?}: {offered:?}", text.file));
            }
        }
    }
    let hint = "let the parser ask by `at_word`, `one_of`, `at_phrase`, `name` or `wanted`";
    assert!(missing.is_empty(), "{hint}:\n{}", missing.join("\n"));
}

#[test]
fn states_of_the_point_are_asked_for() {
    let at = |text: &str| {
        let text = format!("language 1\nbuilding Rathaus\n{text}");
        expected(&text, text.len())
    };
    let is = at("rule \"R\"\n  when HK1.Betriebsart is st");
    assert_eq!(is.kinds, [Expectable::State]);
    assert_eq!(is.words, ["bad", "by hand", "good", "not"]);
    assert_eq!(is.beside.as_deref(), Some("HK1.Betriebsart"));
    assert_eq!(is.typed.len(), 2);
    let to = at("rule \"R\"\n  set HK1.Betriebsart to ");
    assert!(to.kinds.contains(&Expectable::State), "{to:?}");
    assert_eq!(to.beside.as_deref(), Some("HK1.Betriebsart"));
    let unit = at("rule \"R\"\n  when HK1.Außenfühler > 20 °");
    assert_eq!(unit.kinds, [Expectable::Unit]);
    assert_eq!(unit.beside.as_deref(), Some("HK1.Außenfühler"));
    assert_eq!(unit.typed.len(), "°".len());
    assert!(unit.words.contains(&"until") && unit.words.contains(&"set"), "{unit:?}");
    assert_eq!(at("rule \"R\"\n  when HK1.Raum > 20k").typed.len(), 1);
    assert_eq!(at("rule \"R\"\n  run").words, at("rule \"R\"\n  ").words);
}

#[test]
fn nothing_is_offered_in_comments_texts_and_new_names() {
    for text in ["# ho", "rule \"ho", "value Na", "rule \"R\" alarm \"zu ka", "schedule A"] {
        let offered = expected(text, text.len());
        assert!(offered.words.is_empty() && offered.kinds.is_empty(), "{text}: {offered:?}");
    }
}

#[test]
fn entries_are_offered_where_a_line_begins() {
    let head = "language 1\nvalue A = 3 K\n";
    let first = expected(head, head.len());
    assert!(first.words.contains(&"for each") && first.words.contains(&"schedule"));
    let behind = format!("{head}value B = A ");
    let behind = expected(&behind, behind.len());
    assert!(!behind.words.contains(&"schedule") && behind.words.contains(&"fallback"));
}

#[test]
fn a_name_is_found_wherever_it_is_written() {
    let site = town::demo_site();
    let files = [
        source(
            "a.rules",
            "language 1\nbuilding Rathaus\nvalue Kühl = HK1.Raum < 18 °C\nrule \"Ü\" when Kühl \
             set HK1.Betriebsart to day",
        ),
        source(
            "b.rules",
            "language 1\nrule \"X\" when Rathaus.Kühl and mischen alarm \"x\"\nrule \"Y\" when (",
        ),
    ];
    let inspected = inspect(&files, Some(&site));
    let index = &inspected.index;
    let at = |file: usize, what: &str| {
        let start = files[file].text.rfind(what).unwrap();
        index.at(Some(&site), &files[file].file, start + 1).unwrap()
    };
    let (place, meaning) = at(1, "Rathaus.Kühl");
    assert_eq!(&files[1].text[place], "Rathaus.Kühl");
    let Meaning::Definition(number) = meaning else { panic!("{meaning:?}") };
    let definition = &index.definitions()[number];
    assert_eq!((&*definition.file, &*definition.full), ("a.rules", "Rathaus.Kühl"));
    assert_eq!(&files[0].text[definition.place.clone()], "Kühl");
    assert_eq!(&files[0].text[definition.whole.clone()], "value Kühl = HK1.Raum < 18 °C");
    assert_eq!(index.kind(definition).unwrap().display(1.0), "on");
    let places = index.places(Some(&site), &meaning);
    assert_eq!(places.len(), 3, "{places:?}");
    assert!(matches!(at(0, "HK1.Betriebsart").1, Meaning::Point(_)));
    assert_eq!(
        at(0, "day").1,
        Meaning::State { of: "HK1.Betriebsart".to_owned(), state: "day".to_owned() }
    );
    assert_eq!(at(0, "when").1, Meaning::Keyword("when"));
    let names: Vec<&str> = index.definitions().iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["Kühl", "Ü", "X", "Y"]);
}

#[test]
fn any_place_of_any_text_is_answered() {
    let site = town::site();
    for name in ["syntax", "lexing", "names", "rules", "units"] {
        let path = town::root().join(format!("tests/rules/{name}.bad.rules"));
        let text = fs::read_to_string(path).unwrap();
        let source = source("bad.rules", &text);
        let index = inspect(&[source], Some(&site)).index;
        for offset in (0..text.len() + 2).step_by(3) {
            let offered = expected(&text, offset);
            assert!(offered.typed.end <= text.len());
            let _ = index.at(Some(&site), "bad.rules", offset);
        }
    }
}

#[test]
fn each_fix_ends_the_fault_that_it_is_for() {
    let site = town::site();
    let mut fixed = 0;
    for entry in fs::read_dir(town::root().join("tests/rules")).unwrap() {
        let path = entry.unwrap().path();
        if !path.to_str().unwrap().ends_with(".bad.rules") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let found = |text: &str| compile(&[source("bad.rules", text)], &site).diagnostics;
        let before = found(&text);
        let there = |all: &[Diagnostic], one: &Diagnostic| {
            let same = |other: &&Diagnostic| {
                other.fault.code() == one.fault.code() && other.span.start == one.span.start
            };
            all.iter().filter(same).count()
        };
        for diagnostic in &before {
            for (place, by) in &diagnostic.fixes {
                let mut mended = text.clone();
                mended.replace_range(place.clone(), by);
                let there = (there(&before, diagnostic), there(&found(&mended), diagnostic));
                let what = (diagnostic.fault.code(), by, &text[place.clone()]);
                assert!(there.1 < there.0, "{what:?}");
                fixed += 1;
            }
        }
    }
    assert!(fixed > 60, "{fixed}");
}

#[test]
fn a_fault_about_two_places_names_both() {
    let text = "language 1\nbuilding Rathaus\nvalue A = 3 K\nvalue A = 4 K\n\
                rule \"R\" set HK1.Raum_Soll to 20 °C\nrule \"R\" when A > 1 K alarm \"x\"\n\
                rule \"S\" set HK1.Raum_Soll to 21 °C";
    let diagnostics = compile(&[source("a.rules", text)], &town::site()).diagnostics;
    let related: Vec<&str> = diagnostics
        .iter()
        .filter_map(|diagnostic| diagnostic.related.as_ref())
        .map(|(_, place)| &text[place.start..][..3])
        .collect();
    assert_eq!(related, ["A =", "\"R\"", "HK1"]);
}
