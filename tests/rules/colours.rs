//! The colours of rule files (`rules/editors/hauswart.tmLanguage.json`), as VS
//! Code's own tokenizer gives them: no keyword of the language is missed and
//! nothing else is taken for one.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use hauswart::model::Unit;
use hauswart::rules::keywords;

use crate::town;

/// Words that mean something in one place only, and are names elsewhere.
const IN_PLACE: [&str; 9] =
    ["public", "holidays", "file", "change", "step", "ramp", "per", "hour", "starts"];

/// A piece of text and its innermost scope, without the language's name.
type Piece = (String, String);

/// The pieces of each text, but for white space.
fn coloured(texts: &[String]) -> Vec<Vec<Piece>> {
    let root = town::root();
    let installed = root.join("target/peers/node/node_modules");
    assert!(installed.exists(), "{} is missing: run tests/run", installed.display());
    let mut node = Command::new("node")
        .current_dir(&root)
        .args(["tests/peers/colours.js", "rules/editors/hauswart.tmLanguage.json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let json = serde_json::to_string(texts).unwrap();
    node.stdin.take().unwrap().write_all(json.as_bytes()).unwrap();
    let output = node.wait_with_output().unwrap();
    assert!(output.status.success());
    let all: Vec<Vec<Piece>> = serde_json::from_slice(&output.stdout).unwrap();
    let visible = |(text, scope): Piece| {
        let scope = scope.trim_end_matches(".hauswart").to_owned();
        (!text.trim().is_empty()).then(|| (text.trim().to_owned(), scope))
    };
    all.into_iter().map(|pieces| pieces.into_iter().filter_map(visible).collect()).collect()
}

fn is_word_of_the_language(scope: &str) -> bool {
    let word = scope.starts_with("keyword.")
        && !matches!(scope, "keyword.operator" | "keyword.other.unit");
    word || scope.starts_with("constant.language") || scope == "support.function"
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn every_keyword_is_coloured_and_no_name_that_looks_like_one() {
    let words: Vec<&str> = keywords().collect();
    let beside = |word: &&str| format!("{word}\n{word}s_\n{word}ä\nHK1.{word}\n_{word}");
    let all = coloured(&words.iter().map(beside).collect::<Vec<_>>());
    assert!(words.len() > 50);
    for (word, pieces) in words.iter().zip(&all) {
        let [(text, scope), names @ ..] = pieces.as_slice() else { panic!("{word}: {pieces:?}") };
        assert!(text == word && is_word_of_the_language(scope), "{word}: {pieces:?}");
        assert_eq!(names.len(), 4, "{pieces:?}");
        for (_, scope) in names {
            assert_eq!(scope, "variable.other", "{pieces:?}");
        }
    }
}

#[test]
fn the_towns_rules_are_coloured_throughout() {
    let paths = town::files("rules/town", ".rules");
    assert_eq!(paths.len(), 14);
    let texts: Vec<String> = paths.iter().map(|path| read(path)).collect();
    for ((path, text), pieces) in paths.iter().zip(&texts).zip(coloured(&texts)) {
        let squeezed = |text: &str| text.split_whitespace().collect::<String>();
        let together: String = pieces.iter().map(|(text, _)| text.as_str()).collect();
        assert_eq!(squeezed(&together), squeezed(text), "{}", path.display());
        for (text, scope) in &pieces {
            holds(text, scope);
        }
        let units = pieces.windows(2).filter(|pair| pair[1].1 == "keyword.other.unit");
        for pair in units {
            assert_eq!(pair[0].1, "constant.numeric", "{pair:?}");
        }
    }
}

/// What is right of any piece.
fn holds(text: &str, scope: &str) {
    let keyword = keywords().any(|keyword| keyword == text);
    match scope {
        "source" | "source.hauswart" => panic!("{text}: no colour"),
        "keyword.other.unit" => assert!(Unit::parse(text).is_some(), "{text}: no unit"),
        "constant.numeric.time" => assert!(text.contains(':'), "{text}"),
        "constant.numeric.date" => assert!(text.matches('.').count() == 2, "{text}"),
        "comment.line.number-sign" => assert!(text.starts_with('#'), "{text}"),
        "variable.other" | "entity.name.type" => assert!(!keyword, "{text} is a keyword"),
        _ if scope.starts_with("keyword.other") || scope == "support.function" => {
            let known = |word: &str| keywords().any(|k| k == word) || IN_PLACE.contains(&word);
            assert!(text.split_whitespace().all(known), "{text} is no keyword: {scope}");
        }
        _ => {}
    }
}

#[test]
fn all_units_are_coloured() {
    const UNITS: &str = "°C K % ppm W kW MW Wh kWh MWh Pa kPa mbar bar l m³ m³/h l/s s min h d lx \
                         m A V Hz g/kg min/K K/h kW·h m²";
    let units: Vec<&str> = UNITS.split(' ').collect();
    let texts: Vec<String> = units.iter().map(|unit| format!("20.5 {unit}, 3{unit}")).collect();
    for (unit, pieces) in units.iter().zip(coloured(&texts)) {
        assert!(Unit::parse(unit).is_some(), "{unit}");
        let scopes: Vec<&str> = pieces.iter().map(|(_, scope)| scope.as_str()).collect();
        let quantity = ["constant.numeric", "keyword.other.unit"];
        let expected = [&quantity[..], &["punctuation.separator"], &quantity].concat();
        assert_eq!(scopes, expected, "{unit}: {pieces:?}");
    }
}

#[test]
fn each_piece_has_the_colour_that_is_written_down() {
    let folder = town::root().join("tests/rules");
    let text = read(&folder.join("colours.in.txt"));
    let pieces = coloured(&[text]).remove(0);
    let found: String = pieces.iter().map(|(text, scope)| format!("{scope:26} {text}\n")).collect();
    assert_eq!(found, read(&folder.join("colours.out.txt")), "found:\n{found}");
}
