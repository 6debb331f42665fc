//! `hauswart backtest`: the rules over the recorded history.

use std::path::PathBuf;
use std::process::ExitCode;

use super::past::{self, Period};
use super::progress::Progress;
use super::table::{Align, Table};
use super::{Format, SiteFile, files, say};
use crate::cycle::spoken::Spoken;
use crate::engine::backtest::{self, Order, PointReport, Report, Stretch, Tally};
use crate::history::{FileKind, Span};
use crate::model::diagnostic::{self, Source};
use crate::model::{Language, Origin};
use crate::rules::{NamedFile, Program};
use crate::site::Site;

pub const EXAMPLE: &str = "Example:
  hauswart backtest
  hauswart backtest --last \"30 d\"
  hauswart backtest --rules entwurf/ --from 2026-01-01 --to 2026-04-01

Runs the site's rules, or those of --rules in their place, over what was recorded,
and says what they would have commanded, and where that differs from what was
commanded then. The building does not answer back: it did what it was told then.
Nothing is written to any device. Beside a running daemon too.
Exit code 0: carried out; 1: the rules have errors, or a file of the history is
damaged (told); 2: could not be read, or nothing is recorded.";

/// The longest differences that are told in text.
const MOST_TOLD: usize = 12;
/// Values of a point that are told in text; the rest as others.
const MOST_VALUES: usize = 6;

#[derive(Debug, clap::Args)]
pub struct Backtest {
    /// A rule file, or a folder of them, in place of the site's rules.
    #[arg(long, value_name = "FILE-OR-FOLDER")]
    rules: Option<PathBuf>,
    #[command(flatten)]
    period: Period,
    #[command(flatten)]
    site: SiteFile,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Backtest {
    pub fn run(self, language: Option<Language>) -> anyhow::Result<ExitCode> {
        let (site, language) = files::site(&self.site.path, language)?;
        let Some((site, program)) = self.compiled(site)? else { return Ok(ExitCode::from(1)) };
        let mut shelf = past::open(&site, &[], language)?;
        let Some(reach) = shelf.reach(FileKind::Raw) else {
            anyhow::bail!(
                language.pick("noch ist nichts aufgezeichnet", "nothing is recorded yet")
            );
        };
        let span = self.period.span(&site, Some(reach))?;
        let report = carry_out(&site, program, span, &mut shelf);
        let Some(report) = report else {
            anyhow::bail!(language.pick(
                "in diesem Zeitraum ist nichts aufgezeichnet",
                "nothing is recorded in this period",
            ));
        };
        match self.format {
            Format::Json => say::out(&serde_json::to_string_pretty(&report)?),
            Format::Text => {
                let spoken = Spoken { language, zone: &site.time_zone };
                lines(&report, &spoken).iter().for_each(|line| say::out(line));
            }
        }
        let whole = past::told(&shelf.faults, language);
        Ok(if whole { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }

    /// The rules to be tested; `None`: they have errors, which have been told.
    fn compiled(&self, mut site: Site) -> anyhow::Result<Option<(Site, Program)>> {
        let folder = self.rules.as_ref().unwrap_or(&site.rules);
        let (mut sources, mut faults) = if folder.is_dir() {
            files::rule_sources(folder, site.language)?
        } else {
            files::rule_source(folder, site.language)?
        };
        if self.rules.is_some() {
            // Only the site's own rules must define what its file names.
            site.buildings.iter_mut().for_each(|building| building.occupancy = None);
            site.alarms.recipients.iter_mut().for_each(|recipient| recipient.on_call = None);
        }
        let (compiled, named) = files::compile(&sources, &site);
        faults.extend(compiled.diagnostics);
        sources.extend(named.iter().filter_map(NamedFile::source));
        diagnostic::sort(&mut faults, &sources);
        let sound = !diagnostic::any_error(&faults);
        if !sound {
            tell(&faults, &sources, &site);
        }
        Ok(compiled.program.filter(|_| sound).map(|program| (site, program)))
    }
}

fn tell(faults: &[diagnostic::Diagnostic], sources: &[Source], site: &Site) {
    files::tell(faults, sources, site.language);
}

fn carry_out(
    site: &Site,
    program: Program,
    span: Span,
    shelf: &mut crate::history::Shelf,
) -> Option<Report> {
    let mut bar = Progress::new(span.length_ms().unsigned_abs());
    let order = Order { site, program, span };
    backtest::run(order, shelf, |at| {
        bar.at((at.as_millisecond() - span.from_ms).max(0).unsigned_abs(), || {
            site.time_zone.to_datetime(at).date().strftime("%d.%m.%Y").to_string()
        });
    })
}

/// `12.5 h`
fn hours(ms: i64) -> String {
    format!("{:.1} h", ms as f64 / 3.6e6)
}

fn lines(report: &Report, spoken: &Spoken<'_>) -> Vec<String> {
    let language = spoken.language;
    let [from, until] = [report.from, report.until].map(|at| spoken.date_time(at));
    let mut lines = vec![language.pick(
        format!(
            "{from} bis {until}. Das Gebäude antwortet nicht: die Messwerte sind die von damals."
        ),
        format!(
            "{from} to {until}. The building does not answer back: the readings are those of then."
        ),
    )];
    if report.unrecorded > 0 {
        let hours = hours(report.unrecorded);
        lines.push(language.pick(
            format!("{hours} sind nicht aufgezeichnet und bleiben außer Betracht."),
            format!("{hours} are not recorded and left out."),
        ));
    }
    for (names, german, english) in [
        (&report.never_recorded, "nie aufgezeichnet", "never recorded"),
        (
            &report.left_alone,
            "damals gestellt, von diesen Regeln nicht",
            "commanded then, not by these rules",
        ),
    ] {
        if !names.is_empty() {
            lines.push(format!("{}: {}", language.pick(german, english), names.join(", ")));
        }
    }
    for point in &report.points {
        lines.push(String::new());
        lines.extend(point_lines(point, language));
    }
    lines.push(String::new());
    lines.extend(differences(report, spoken));
    lines
}

/// What a point would have been commanded to beside what it was.
fn point_lines(point: &PointReport, language: Language) -> Vec<String> {
    let mut table = Table::new(&[
        (&point.point, Align::Left),
        (language.pick("diese Regeln", "these rules"), Align::Right),
        (language.pick("damals", "then"), Align::Right),
    ]);
    let (would, was) = (&point.would, &point.was);
    for shown in values(would, was) {
        let at = |tally: &Tally| hours(tally.at.get(&shown).copied().unwrap_or(0));
        table.row([format!("  {shown}"), at(would), at(was)]);
    }
    let mut row = |german: &str, english: &str, of: &dyn Fn(&Tally) -> String| {
        let cells = [of(would), of(was)];
        if cells.iter().any(|cell| !matches!(&**cell, "" | "0.0 h")) {
            let [would, was] = cells;
            table.row([format!("  {}", language.pick(german, english)), would, was]);
        }
    };
    let told: Vec<String> = values(would, was);
    row("andere Werte", "other values", &|tally| {
        let others = tally.at.iter().filter(|(shown, _)| !told.contains(shown));
        hours(tally.at_others + others.map(|(_, ms)| ms).sum::<i64>())
    });
    row("frei", "nobody", &|tally| hours(tally.free));
    let count = |it: Option<u64>| it.map_or_else(String::new, |it| it.to_string());
    row("Änderungen", "changes", &|tally| tally.changes.to_string());
    row("Starts", "starts", &|tally| count(tally.starts));
    row("Laufzeit", "run hours", &|tally| tally.on.map_or_else(String::new, hours));
    if point.unknown > 0 {
        let unknown = language.pick("  Regel ohne Antwort", "  rule unknown");
        table.row([unknown.to_owned(), hours(point.unknown), String::new()]);
    }
    let differs = language.pick("  anders als damals", "  other than then");
    table.row([differs.to_owned(), hours(point.differs), String::new()]);
    table.lines()
}

/// The values at which the point would have been, or was, longest; in order.
fn values(would: &Tally, was: &Tally) -> Vec<String> {
    let mut all: Vec<(i64, &String)> = Vec::new();
    for (shown, ms) in would.at.iter().chain(&was.at) {
        match all.iter_mut().find(|(_, known)| *known == shown) {
            Some((most, _)) => *most = (*most).max(*ms),
            None => all.push((*ms, shown)),
        }
    }
    all.sort_by_key(|(ms, _)| std::cmp::Reverse(*ms));
    all.truncate(MOST_VALUES);
    all.into_iter().map(|(_, shown)| shown.clone()).collect()
}

/// Where most differs.
fn differences(report: &Report, spoken: &Spoken<'_>) -> Vec<String> {
    let language = spoken.language;
    if report.is_same() {
        let same = "Diese Regeln hätten in jedem Augenblick dasselbe gestellt.";
        let english = "These rules would have commanded the same at every moment.";
        return vec![language.pick(same, english).to_owned()];
    }
    let mut all: Vec<(&str, &Stretch)> = Vec::new();
    for point in &report.points {
        all.extend(point.stretches.iter().map(|stretch| (&*point.point, stretch)));
    }
    all.sort_by_key(|(_, stretch)| (std::cmp::Reverse(stretch.length_ms()), stretch.from));
    let many: u64 = report.points.iter().map(|point| point.differences - point.brief).sum();
    let brief: u64 = report.points.iter().map(|point| point.brief).sum();
    let mut lines = vec![language.pick(
        format!("{many} Abweichungen; die längsten:"),
        format!("{many} differences; the longest:"),
    )];
    if all.is_empty() {
        lines.clear();
    }
    for (point, stretch) in all.iter().take(MOST_TOLD) {
        let from = spoken.date_time(stretch.from);
        let until = spoken.moment(stretch.until, stretch.from);
        let nobody = || language.pick("frei", "nobody").to_owned();
        let would = stretch.would.clone().unwrap_or_else(nobody);
        let was = stretch.was.clone().unwrap_or_else(nobody);
        let would_by = stretch.would_by.as_deref().map(named).unwrap_or_default();
        let was_by = stretch.was_by.as_deref().map(|by| format!(" {by}")).unwrap_or_default();
        let instead = language.pick("statt", "instead of");
        let to = language.pick("bis", "to");
        lines.push(format!("  {from} {to} {until}  {point}"));
        lines.push(format!("      {would}{would_by} {instead} {was}{was_by}"));
    }
    if brief > 0 {
        lines.push(language.pick(
            format!(
                "{brief} weitere dauerten unter 30 s: die Zyklen fielen auf andere Augenblicke."
            ),
            format!("{brief} more took less than 30 s: the cycles fell on other moments."),
        ));
    }
    lines
}

fn named(origin: &Origin) -> String {
    match origin {
        Origin::Rule { rule, file, line } => format!(" {rule} ({file}:{line})"),
        Origin::Operator { user, why } => format!(" {user} ({why})"),
    }
}
