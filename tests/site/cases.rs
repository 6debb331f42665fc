//! A folder a case: a site file with faults, and what is said about it, word
//! for word, in German and English.

use std::fs;
use std::path::Path;

use hauswart::model::diagnostic::{Source, line_column, render, to_json};
use hauswart::model::{Language, Severity};
use hauswart::site;

/// Relative, as people call it: the paths shown are relative too.
fn case(name: &str) -> std::path::PathBuf {
    Path::new("tests/site/cases").join(name)
}

#[test]
fn every_case_says_what_it_should() {
    let mut seen = 0;
    for entry in fs::read_dir(case("")).unwrap() {
        let folder = case(entry.unwrap().file_name().to_str().unwrap());
        let loaded = site::read(&folder.join("site.toml")).unwrap();
        assert!(loaded.site.is_none(), "{}: faults, and yet a site", folder.display());
        for (file, language) in [("de.txt", Language::De), ("en.txt", Language::En)] {
            let shown = render(&loaded.diagnostics, &loaded.sources, language, false);
            let expected = fs::read_to_string(folder.join(file)).unwrap();
            assert!(shown == expected, "{}/{file} is now:\n{shown}", folder.display());
        }
        seen += 1;
    }
    assert!(seen >= 14, "only {seen} cases are left");
}

#[test]
fn ten_faults_make_ten_diagnostics() {
    let loaded = site::read(&case("ten").join("site.toml")).unwrap();
    assert_eq!(loaded.diagnostics.len(), 10);
    let text = &loaded.sources[0].text;
    let lines: Vec<usize> =
        loaded.diagnostics.iter().map(|fault| line_column(text, fault.span.start).0).collect();
    assert!(lines.is_sorted(), "in the order of the file: {lines:?}");
    for language in [Language::De, Language::En] {
        let faults = to_json(&loaded.diagnostics, &loaded.sources, language);
        for fault in faults.as_array().unwrap() {
            assert!(!fault["reason"].as_str().unwrap().is_empty(), "{fault}");
            assert!(!fault["help"].as_str().unwrap().is_empty(), "{fault}");
        }
    }
}

#[test]
fn a_file_in_another_encoding_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("site.toml");
    fs::write(&path, b"format = 1\n[site]\nname = \"B\xfcro\"\n").unwrap();
    let loaded = site::read(&path).unwrap();
    assert_eq!(loaded.diagnostics.len(), 1, "what follows from it is not told");
    assert_eq!(loaded.diagnostics[0].fault.code(), "encoding");
    assert_eq!(line_column(&loaded.sources[0].text, loaded.diagnostics[0].span.start), (3, 10));
    assert!(loaded.site.is_none());
}

#[test]
fn a_byte_order_mark_and_windows_lines_are_taken() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("site.toml");
    let text = "\u{feff}format = 1\r\n[site]\r\nname = \"B\"\r\n[[building]]\r\nname = \"R\"\r\n";
    fs::write(&path, text).unwrap();
    let loaded = site::read(&path).unwrap();
    assert!(loaded.site.is_some(), "{:?}", loaded.diagnostics);
}

#[test]
fn a_folder_of_templates_that_is_named_must_be_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("site.toml");
    let text =
        "format = 1\n[site]\nname = \"B\"\ndevices = \"geraete\"\n[[building]]\nname = \"R\"\n";
    fs::write(&path, text).unwrap();
    let codes = || {
        let loaded = site::read(&path).unwrap();
        loaded.diagnostics.iter().map(|fault| fault.fault.code()).collect::<Vec<_>>()
    };
    assert_eq!(codes(), ["no-folder"]);
    fs::create_dir(folder.path().join("geraete")).unwrap();
    assert!(codes().is_empty());
}

#[test]
fn a_missing_file_is_an_error_that_names_it() {
    let error = site::read(Path::new("/nowhere/site.toml")).unwrap_err();
    assert!(error.to_string().contains("/nowhere/site.toml"), "{error}");
    assert!(std::error::Error::source(&error).is_some());
}

#[test]
fn a_warning_does_not_keep_a_site_from_going_live() {
    let text = fs::read_to_string("rules/demo/site.toml").unwrap();
    let text = text.replace("grace = \"10 min\"", "grace = \"30 s\"");
    let main = Source { file: "site.toml".into(), text: text.into() };
    let loaded = site::load(&main, Path::new("/anlage"), &[]);
    let [warning] = loaded.diagnostics.as_slice() else { panic!("{:?}", loaded.diagnostics) };
    assert_eq!((warning.severity, warning.fault.code()), (Severity::Warning, "grace-below-poll"));
    assert!(loaded.site.is_some());
}
