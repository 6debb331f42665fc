//! Files that people broke in every way: nothing panics, every diagnostic can
//! be rendered, and a site comes out only where nothing was wrong.

use std::fs;
use std::path::Path;

use hauswart::model::Language;
use hauswart::model::diagnostic::{Source, any_error, render};
use hauswart::site;
use proptest::prelude::*;

/// What may happen to a file.
#[derive(Debug, Clone)]
enum Mishap {
    Cut(usize),
    Double(usize),
    Swap(usize, usize),
    /// A character of a line is lost.
    Lose(usize, usize),
    /// Something lands in a line.
    Insert(usize, usize, &'static str),
    /// A value is put in place of a line's own.
    Value(usize, &'static str),
    /// The file ends here.
    End(usize),
}

fn mishap() -> impl Strategy<Value = Mishap> {
    let place = any::<usize>;
    let scraps = prop::sample::select(vec![
        "\"", "'", "[", "]", "[[", "{", "}", "=", ",", "#", ".", "\n", "ä", "°C", "\\", "\t", "-1",
        "0x", "\u{0}", "[a.b]", "x = 1", "\"\"\"",
    ]);
    let values = prop::sample::select(vec![
        "1",
        "-1",
        "1.5",
        "nan",
        "inf",
        "true",
        "\"\"",
        "\"x\"",
        "[]",
        "{}",
        "[[1]]",
        "{ a = 1 }",
        "1979-05-27",
        "9223372036854775807",
        "-9223372036854775808",
        "99999999999999999999999",
        "\"1e400 °C\"",
        "\"-\"",
        "\"10 min\"",
        "\"20 °C\"",
        "[\"1 °C\", \"2 °C\"]",
        "[1, \"x\", {}]",
        "\"holding 65535\"",
        "\"AV 4194302\"",
        "\"f64\"",
        "{ value = 1 }",
        "1e308",
        "{ action = \"Soll\", value = \"off\" }",
    ]);
    prop_oneof![
        place().prop_map(Mishap::Cut),
        place().prop_map(Mishap::Double),
        (place(), place()).prop_map(|(one, two)| Mishap::Swap(one, two)),
        (place(), place()).prop_map(|(line, at)| Mishap::Lose(line, at)),
        (place(), place(), scraps).prop_map(|(line, at, what)| Mishap::Insert(line, at, what)),
        (place(), values).prop_map(|(line, what)| Mishap::Value(line, what)),
        place().prop_map(Mishap::End),
    ]
}

fn befall(lines: &mut Vec<String>, mishap: &Mishap) {
    let count = lines.len();
    if count == 0 {
        return;
    }
    match *mishap {
        Mishap::Cut(line) => drop(lines.remove(line % count)),
        Mishap::Double(line) => lines.insert(line % count, lines[line % count].clone()),
        Mishap::Swap(one, two) => lines.swap(one % count, two % count),
        Mishap::Lose(line, at) => {
            let line = &mut lines[line % count];
            let at = at % line.chars().count().max(1);
            *line = line.chars().enumerate().filter(|(i, _)| *i != at).map(|(_, c)| c).collect();
        }
        Mishap::Insert(line, at, what) => {
            let line = &mut lines[line % count];
            let at = at % (line.chars().count() + 1);
            let at = line.char_indices().nth(at).map_or(line.len(), |(byte, _)| byte);
            line.insert_str(at, what);
        }
        Mishap::Value(line, what) => {
            let line = &mut lines[line % count];
            if let Some((key, _)) = line.split_once('=') {
                *line = format!("{key}= {what}");
            }
        }
        Mishap::End(line) => lines.truncate(line % count),
    }
}

fn holds(main: &str, own: &[Source]) {
    let main = Source { file: "site.toml".into(), text: main.into() };
    let loaded = site::load(&main, Path::new("/anlage"), own);
    assert_eq!(loaded.site.is_some(), !any_error(&loaded.diagnostics));
    if let Some(site) = &loaded.site {
        assert_eq!(site.points.len(), site.sources.len());
    }
    for language in [Language::De, Language::En] {
        let _ = render(&loaded.diagnostics, &loaded.sources, language, false);
    }
    for diagnostic in &loaded.diagnostics {
        assert!(!diagnostic.fault.reason(Language::De).is_empty(), "{:?}", diagnostic.fault);
        assert!(!diagnostic.fault.reason(Language::En).is_empty(), "{:?}", diagnostic.fault);
    }
}

fn mangle(text: &str, mishaps: &[Mishap]) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for mishap in mishaps {
        befall(&mut lines, mishap);
    }
    lines.join("\n")
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_mangled_site_file_never_panics(mishaps in prop::collection::vec(mishap(), 1..6)) {
        let own = [Source {
            file: "geraete/eigen.toml".into(),
            text: read("tests/site/whole/geraete/eigen.toml").into(),
        }];
        holds(&mangle(&read("tests/site/whole/site.toml"), &mishaps), &own);
    }

    #[test]
    fn a_mangled_template_never_panics(mishaps in prop::collection::vec(mishap(), 1..6)) {
        let own = [Source {
            file: "geraete/eigen.toml".into(),
            text: mangle(&read("tests/site/whole/geraete/eigen.toml"), &mishaps).into(),
        }];
        holds(&read("tests/site/whole/site.toml"), &own);
    }

    #[test]
    fn any_text_never_panics(text in "\\PC{0,200}") {
        holds(&text, &[]);
    }
}
