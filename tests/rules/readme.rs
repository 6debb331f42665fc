//! The users' reference holds: each of its rules is checked, and the
//! diagnostic that it shows is the one that is given.

use hauswart::model::Language;
use hauswart::model::diagnostic::Severity;

use crate::town;

/// The fenced blocks of one kind.
pub fn blocks(kind: &str) -> Vec<String> {
    let text = std::fs::read_to_string(town::root().join("rules/README.md")).unwrap();
    let fence = format!("```{kind}\n");
    text.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

#[test]
fn each_block_of_rules_is_clean() {
    let blocks = blocks("rules");
    assert!(blocks.len() >= 6);
    let site = town::demo_site();
    for block in blocks {
        let head =
            if block.starts_with("language") { "" } else { "language 1\nbuilding Rathaus\n" };
        let sources = [town::source("README.rules", &format!("{head}{block}"))];
        let (compiled, _) = town::compiled(&sources, &site);
        for case in compiled.program.iter().flat_map(|program| program.tests()) {
            let program = compiled.program.as_ref().unwrap();
            let trial = hauswart::cycle::trial::run(case, program, &site);
            assert!(trial.passed(), "{trial:#?}");
        }
        for diagnostic in compiled.diagnostics {
            // A value that is only shown is used nowhere.
            let shown =
                diagnostic.severity == Severity::Warning && diagnostic.fault.code() == "unused";
            assert!(shown, "{}\n{block}", diagnostic.fault.reason(Language::En));
        }
    }
}

#[test]
fn the_diagnostic_it_shows_is_given() {
    let text = "language 1\nbuilding Rathaus\nrule \"Luft\"\n  when RLT1.CO2 > 20000 ppm\n    alarm \"x\"\n";
    let shown = town::diagnosed("lueftung.rules", text, &town::demo_site(), Language::De);
    assert_eq!(shown.trim_end(), blocks("text")[1].trim_end());
}
