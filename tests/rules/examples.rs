//! The town of the examples: its fourteen rule files go together without a
//! fault, and pass their tests.

use hauswart::cycle::trial;
use hauswart::model::Language;
use hauswart::model::diagnostic::{self, Source};
use hauswart::rules::{Program, compile};
use hauswart::site::{self, Site};

use crate::town;
use crate::trials::told;

fn site() -> Site {
    let loaded = site::read(&town::root().join("rules/town/site.toml")).unwrap();
    loaded.site.unwrap_or_else(|| {
        panic!("{}", diagnostic::render(&loaded.diagnostics, &loaded.sources, Language::En, false))
    })
}

fn sources() -> Vec<Source> {
    let paths = town::files("rules/town", ".rules");
    let text = |path: &std::path::PathBuf| std::fs::read_to_string(path).unwrap();
    paths.iter().map(|path| town::source(&town::file_name(path), &text(path))).collect()
}

fn program(sources: &[Source], site: &Site) -> Program {
    let compiled = compile(sources, site);
    let shown = diagnostic::render(&compiled.diagnostics, sources, Language::En, false);
    assert!(shown.is_empty(), "{shown}");
    compiled.program.unwrap()
}

#[test]
fn the_fourteen_go_together_without_a_fault() {
    let (site, sources) = (site(), sources());
    assert_eq!(sources.len(), 14);
    let program = program(&sources, &site);
    for source in &sources {
        let mut tests = program.tests().iter();
        assert!(tests.any(|case| case.file == source.file), "{} has no test", source.file);
    }
}

/// A demand is computed in every cycle, so its file is tried alone: days of
/// other tests go by quickly then.
#[test]
fn the_fourteen_pass_their_tests() {
    let mut site = site();
    for building in &mut site.buildings {
        building.occupancy = None;
    }
    let demand = |source: &Source| source.text.contains("demand(");
    let (demands, others): (Vec<_>, Vec<_>) = sources().into_iter().partition(demand);
    for sources in [demands, others] {
        let program = program(&sources, &site);
        for case in program.tests() {
            let trial = trial::run(case, &program, &site);
            assert!(trial.passed(), "{}", told(&trial, Language::De));
        }
    }
}
