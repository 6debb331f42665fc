//! `hauswart test`: carries out the `test` entries of rule files, without
//! devices and without waiting.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;

use super::{Format, files, say};
use crate::cycle::spoken::Spoken;
use crate::cycle::trial::{self, Trial};
use crate::model::Language;
use crate::model::diagnostic::{self, Diagnostic, Source};
use crate::rules::NamedFile;
use crate::site::Site;

pub const EXAMPLE: &str = "Example:
  hauswart test
  hauswart test rules/heizung.rules --site /etc/hauswart/site.toml

Without files, all rules of the site. A file of the site's rules folder is tested
together with all its rules; any other file, or folder, as a set of its own.
Exit code 0: all tests passed; 1: a test failed or the rules have errors; 2: could
not read.";

#[derive(Debug, clap::Args)]
pub struct Test {
    /// Rule files, or folders of them.
    #[arg(value_name = "FILES")]
    files: Vec<PathBuf>,
    /// The site file; else the site.toml beside or above the first file.
    #[arg(long, value_name = "SITE.TOML")]
    site: Option<PathBuf>,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Rules that are checked together.
struct Set {
    sources: Vec<Source>,
    faults: Vec<Diagnostic>,
    /// The files whose tests are carried out; `None`: all.
    of: Option<Vec<Arc<str>>>,
    /// The site's own rules, not some that are only looked at.
    own: bool,
}

impl Test {
    pub fn run(self, language: Option<Language>) -> anyhow::Result<ExitCode> {
        let (site, language) = files::site(&self.site_file(language)?, language)?;
        let sets = self.sets(&site)?;
        let mut trials = Vec::new();
        let mut wrong = Vec::new();
        for set in sets {
            match set.trials(&site) {
                Ok(more) => trials.extend(more),
                Err(faults) => wrong.push(faults),
            }
        }
        match self.format {
            Format::Json => print_json(&trials, &wrong, language)?,
            Format::Text => print_text(&trials, &wrong, &site, language),
        }
        let sound = wrong.is_empty() && trials.iter().all(Trial::passed);
        Ok(if sound { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }

    /// The one given, else the `site.toml` beside or above the first file.
    fn site_file(&self, language: Option<Language>) -> anyhow::Result<PathBuf> {
        if let Some(site) = &self.site {
            return Ok(site.clone());
        }
        let Some(file) = self.files.first() else { return Ok("site.toml".into()) };
        let whole = std::path::absolute(file)?;
        let found = whole.ancestors().map(|folder| folder.join("site.toml"));
        found.into_iter().find(|path| path.is_file()).with_context(|| {
            let file = file.display();
            language.unwrap_or_default().pick(
                format!("neben oder über {file} liegt keine site.toml; mit --site angeben"),
                format!("no site.toml lies beside or above {file}; name one with --site"),
            )
        })
    }

    fn sets(&self, site: &Site) -> anyhow::Result<Vec<Set>> {
        let of_site = || -> anyhow::Result<Set> {
            let (sources, faults) = files::rule_sources(&site.rules, site.language)?;
            Ok(Set { sources, faults, of: None, own: true })
        };
        if self.files.is_empty() {
            return Ok(vec![of_site()?]);
        }
        let mut sets: Vec<Set> = Vec::new();
        let mut of_rules: Vec<Arc<str>> = Vec::new();
        for path in &self.files {
            if is_same(path, &site.rules) {
                sets.push(of_site()?);
            } else if path.is_dir() {
                let (sources, faults) = files::rule_sources(path, site.language)?;
                sets.push(Set { sources, faults, of: None, own: false });
            } else if path.parent().is_some_and(|folder| is_same(folder, &site.rules)) {
                let name = path.file_name().unwrap_or_default();
                of_rules.push(files::name_of(&site.rules.join(name)));
            } else {
                let (sources, faults) = files::rule_source(path, site.language)?;
                sets.push(Set { sources, faults, of: None, own: false });
            }
        }
        if !of_rules.is_empty() {
            sets.push(Set { of: Some(of_rules), ..of_site()? });
        }
        Ok(sets)
    }
}

/// Whether two paths lead to one folder; an empty one is the present folder.
fn is_same(one: &Path, other: &Path) -> bool {
    let one = if one.as_os_str().is_empty() { Path::new(".") } else { one };
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

impl Set {
    /// Carries out the tests, or says what is wrong with the rules.
    fn trials(mut self, site: &Site) -> Result<Vec<Trial>, Wrong> {
        let mut site = site.clone();
        if !self.own {
            // The schedules that say when a building is occupied or somebody
            // is on call may be defined by the site's own rules alone.
            site.buildings.iter_mut().for_each(|building| building.occupancy = None);
            site.alarms.recipients.iter_mut().for_each(|recipient| recipient.on_call = None);
        }
        let (compiled, named) = files::compile(&self.sources, &site);
        self.faults.extend(compiled.diagnostics);
        let Some(program) = compiled.program.filter(|_| !diagnostic::any_error(&self.faults))
        else {
            self.sources.extend(named.iter().filter_map(NamedFile::source));
            diagnostic::sort(&mut self.faults, &self.sources);
            return Err((self.faults, self.sources));
        };
        let asked = |file: &Arc<str>| self.of.as_ref().is_none_or(|of| of.contains(file));
        let cases = program.tests().iter().filter(|case| asked(&case.file));
        Ok(cases.map(|case| trial::run(case, &program, &site)).collect())
    }
}

type Wrong = (Vec<Diagnostic>, Vec<Source>);

fn print_text(trials: &[Trial], wrong: &[Wrong], site: &Site, language: Language) {
    for (faults, sources) in wrong {
        files::tell(faults, sources, language);
    }
    let spoken = Spoken { language, zone: &site.time_zone };
    for trial in trials {
        trial::words::lines(trial, &spoken).iter().for_each(|line| say::out(line));
    }
    let (all, failed) = (trials.len(), trials.iter().filter(|trial| !trial.passed()).count());
    let sum = match (wrong.is_empty(), all, failed) {
        (false, ..) => language.pick(
            "Die Regeln enthalten Fehler; ihre Tests wurden nicht ausgeführt".to_owned(),
            "the rules have errors; their tests were not carried out".to_owned(),
        ),
        (_, 0, _) => language.pick("keine Tests".to_owned(), "no tests".to_owned()),
        (_, _, 0) => language.pick(format!("{all} bestanden"), format!("{all} passed")),
        _ => {
            let passed = all - failed;
            language.pick(
                format!("{passed} bestanden, {failed} nicht bestanden"),
                format!("{passed} passed, {failed} failed"),
            )
        }
    };
    say::out(&sum);
}

fn print_json(trials: &[Trial], wrong: &[Wrong], language: Language) -> anyhow::Result<()> {
    let faults: Vec<serde_json::Value> = wrong
        .iter()
        .map(|(faults, sources)| diagnostic::to_json(faults, sources, language))
        .collect();
    let faults: Vec<&serde_json::Value> =
        faults.iter().filter_map(serde_json::Value::as_array).flatten().collect();
    let failed = trials.iter().filter(|trial| !trial.passed()).count();
    let answer = serde_json::json!({
        "tests": trials,
        "passed": trials.len() - failed,
        "failed": failed,
        "diagnostics": faults,
    });
    say::out(&serde_json::to_string_pretty(&answer)?);
    Ok(())
}
