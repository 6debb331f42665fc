//! The forms of a report before foreign eyes: a JSON Schema validator, readers of CSV and
//! of workbooks, poppler for PDF. The files stay in `target/tmp/report`, to be looked at.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use hauswart::model::Language;
use hauswart::report::form::{Form, SCHEMA};

use crate::peers::interpreter;
use crate::sample::{name, town};

fn folder() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("report");
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Writes the sample in a form, for one test alone.
fn written(form: Form, language: Language, test: &str) -> PathBuf {
    let bytes = form.write(&town(language, 12)).unwrap();
    let name = format!("{test}-{}.{}", language.pick("de", "en"), form.ending());
    let path = folder().join(name);
    fs::write(&path, bytes).unwrap();
    path
}

/// What `tests/peers/report.py` says of it.
fn judged(arguments: &[&str]) -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/report.py");
    let output = Command::new(interpreter()).arg(script).args(arguments).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn json_is_as_its_schema_says() {
    let schema = folder().join("schema.json");
    fs::write(&schema, SCHEMA).unwrap();
    for language in [Language::De, Language::En] {
        let file = written(Form::Json, language, "json");
        judged(&["json", schema.to_str().unwrap(), file.to_str().unwrap()]);
    }
}

#[test]
fn csv_is_read_by_others() {
    let german = written(Form::Csv, Language::De, "csv");
    let english = written(Form::Csv, Language::En, "csv");
    judged(&["csv", german.to_str().unwrap(), english.to_str().unwrap()]);
}

#[test]
fn workbooks_hold_the_same_values() {
    for language in [Language::De, Language::En] {
        let book = written(Form::Xlsx, language, "xlsx");
        let json = written(Form::Json, language, "xlsx");
        judged(&["xlsx", book.to_str().unwrap(), json.to_str().unwrap()]);
    }
}

/// What a program of poppler-utils says.
fn poppler(program: &str, arguments: &[&str], file: &Path) -> String {
    let mut command = Command::new(program);
    command.args(arguments).arg(file);
    if program == "pdftotext" {
        command.arg("-");
    }
    let output = command.output();
    let output = output.unwrap_or_else(|_| panic!("{program} is missing: run tests/run"));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn pdf_has_its_text_its_fonts_and_its_tree() {
    for language in [Language::De, Language::En] {
        let file = written(Form::Pdf, language, "pdf");
        let text = poppler("pdftotext", &["-layout"], &file);
        for name in (0..12).map(name) {
            assert!(text.contains(&name), "{name} is lacking");
        }
        let words = match language {
            Language::De => ["Seite 1 von", "Wärme, witterungsbereinigt", "1.000.000.000.000,00"],
            Language::En => ["Page 1 of", "weather-corrected", "1,000,000,000,000.00"],
        };
        assert!(words.iter().all(|words| text.contains(words)), "{words:?}");
        let about = poppler("pdfinfo", &[], &file);
        assert!(about.contains("Tagged:          yes") && about.contains("A4"), "{about}");
        assert!(about.contains("2026 – "), "{about}");
        let tree = poppler("pdfinfo", &["-struct-text"], &file);
        for kind in ["H1 ", "TOCI", "Table", "THead", "TH:", "Figure", "LBody", "Link"] {
            assert!(tree.contains(kind), "{kind} is lacking");
        }
        let fonts = poppler("pdffonts", &[], &file);
        assert_eq!(fonts.matches(" yes yes yes ").count(), 2, "embedded in part: {fonts}");
    }
}

#[test]
fn html_is_well_formed_and_stands_for_itself() {
    for language in [Language::De, Language::En] {
        let file = written(Form::Html, language, "html");
        judged(&["html", file.to_str().unwrap()]);
    }
}
