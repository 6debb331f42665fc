//! Texts on disk: the examples and `*.good.rules` are clean, each
//! `*.bad.rules` gives exactly the diagnostics that stand beside it.
//! `HAUSWART_BLESS=1` writes those anew; read them before they are kept.

use std::fs;
use std::path::Path;

use hauswart::model::Language;
use hauswart::site::Site;

use crate::town;

fn diagnosed(path: &Path, site: &Site, language: Language) -> String {
    let text = fs::read_to_string(path).unwrap();
    town::diagnosed(&town::file_name(path), &text, site, language)
}

#[test]
fn examples_are_clean_on_the_demo_site() {
    let site = town::demo_site();
    // Those of the town have a site of their own: see `examples`.
    let paths = town::files("rules", ".rules").into_iter();
    let paths: Vec<_> =
        paths.filter(|path| !path.starts_with(town::root().join("rules/town"))).collect();
    assert!(paths.len() >= 7, "{paths:?}");
    for path in paths {
        let shown = diagnosed(&path, &site, Language::En);
        assert!(shown.is_empty(), "{}:\n{shown}", path.display());
    }
}

#[test]
fn good_files_are_clean() {
    let paths = town::files("tests/rules", ".good.rules");
    assert!(!paths.is_empty());
    for path in paths {
        let shown = diagnosed(&path, &town::site(), Language::En);
        assert!(shown.is_empty(), "{}:\n{shown}", path.display());
    }
}

#[test]
fn bad_files_give_exactly_their_diagnostics() {
    let bless = std::env::var_os("HAUSWART_BLESS").is_some();
    let paths = town::files("tests/rules", ".bad.rules");
    assert!(!paths.is_empty());
    for path in paths {
        for (language, ending) in [(Language::De, "de.txt"), (Language::En, "en.txt")] {
            let shown = diagnosed(&path, &town::site(), language);
            let expected = path.with_extension(ending);
            if bless {
                fs::write(&expected, &shown).unwrap();
            }
            let wanted = fs::read_to_string(&expected).unwrap();
            assert_eq!(shown, wanted, "{}", path.display());
        }
    }
}
