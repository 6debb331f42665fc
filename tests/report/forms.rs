//! The forms of a report before foreign eyes: a JSON Schema validator, a CSV reader, a
//! spreadsheet's reader. The files stay in `target/tmp/report`, to be looked at.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use hauswart::model::Language;
use hauswart::report::form::{Form, SCHEMA};

use crate::peers::interpreter;
use crate::sample::town;

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
fn html_is_written_for_looks() {
    for language in [Language::De, Language::En] {
        written(Form::Html, language, "html");
    }
}
