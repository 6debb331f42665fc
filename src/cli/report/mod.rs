//! `hauswart report`: the energy report, of one site or of several, on the screen or as
//! a file; and where a figure of it is from.

mod screen;

use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::ValueEnum;

use super::new_file::NewFile;
use super::progress::Progress;
use super::{files, past, say};
use crate::clock::Scaled;
use crate::history::{HistoryError, Shelf};
use crate::model::{Clock, Language};
use crate::report::document::Document;
use crate::report::energy::{self, Given, Occupancy, Order, Period};
use crate::report::form::Form;
use crate::report::readings::Readings;
use crate::site::{Meter, Site};

pub const EXAMPLE: &str = "Example:
  hauswart report --period 2026
  hauswart report --building Rathaus --period 2026-01 --format xlsx -o rathaus.xlsx
  hauswart report --period 2026 -o bericht.pdf
  hauswart report --site nord/site.toml --site sued/site.toml --period 2026 -o stadt.html
  hauswart report --period 2026 --trace consumption/Rathaus/natural-gas/2026

Without --period it is of the last whole year. Beside it stand the same months of the
years before, as far as there are any. Forms: html, pdf, xlsx, csv, json; by the ending
of the file unless --format says. What the figures go by stands in the site file:
[weather], [[tariff]], [report], use and area of buildings (README, \"Reports\").
Exit code 0: done; 1: a file of the history could not be read, or nothing is known of
the period; 2: there is no such building, or a file that the site names is amiss.";

#[derive(Debug, clap::Args)]
pub struct Report {
    /// The site file; several for several sites.
    #[arg(long, value_name = "SITE.TOML", default_value = "site.toml")]
    site: Vec<PathBuf>,
    /// Only these buildings.
    #[arg(long, value_name = "NAME")]
    building: Vec<String>,
    /// A year, a month, or days: 2026, 2026-01, 2025-10-01..2026-04-30.
    #[arg(long, value_name = "PERIOD")]
    period: Option<String>,
    /// So many years side by side.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(i16).range(1..=10))]
    years: i16,
    /// html, pdf, xlsx, csv or json.
    #[arg(long, value_enum)]
    format: Option<FormArg>,
    /// The file to write; its ending tells the form. Several for several forms at once.
    #[arg(short, long, value_name = "FILE")]
    output: Vec<PathBuf>,
    /// Only this table, as CSV or on the screen: consumption, costs, …
    #[arg(long, value_name = "TABLE")]
    table: Option<String>,
    /// Show how a figure came about: table/row, as in the report's JSON.
    #[arg(long, value_name = "FIGURE", conflicts_with_all = ["output", "format", "table"])]
    trace: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FormArg {
    Html,
    Pdf,
    Xlsx,
    Csv,
    Json,
}

impl FormArg {
    const fn ending(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Pdf => "pdf",
            Self::Xlsx => "xlsx",
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }
}

/// A site with all that its report needs.
struct Opened {
    site: Site,
    shelf: Shelf,
    readings: Readings,
    occupancy: Occupancy,
}

impl Report {
    pub fn run(self, language: Option<Language>) -> anyhow::Result<ExitCode> {
        let mut opened = Vec::new();
        for path in &self.site {
            opened.push(open(path, language)?);
        }
        let Some(first) = opened.first() else { anyhow::bail!("no site") };
        let language = language.unwrap_or(first.site.language);
        let outputs = self.outputs(language)?;
        let now = Scaled::real().now().wall;
        let zone = first.site.time_zone.clone();
        let today = zone.to_datetime(now);
        let asked = match &self.period {
            Some(text) => {
                Period::parse(text).map_err(|not| anyhow::anyhow!(not.words(language)))?
            }
            None => Period::year(today.year() - 1).context("the clock is amiss")?,
        };
        let Some(period) = asked.until(now, &zone) else {
            anyhow::bail!(language.pick(
                format!("der Zeitraum {} hat noch nicht begonnen", asked.text()),
                format!("the period {} has not begun yet", asked.text()),
            ));
        };
        let order = Order { period, years: self.years, buildings: self.building.clone() };
        let whole = self.write(&mut opened, &order, &outputs, language, today)?;
        let mut readable = true;
        for it in &opened {
            readable &= past::told(&it.shelf.faults, language);
        }
        Ok(if whole && readable { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }

    /// The files with their forms; standard output is `None`, the screen has no form.
    fn outputs(&self, language: Language) -> anyhow::Result<Vec<(Option<&Path>, Option<Form>)>> {
        let named =
            |ending: &str| Form::named(ending).with_context(|| unknown_form(ending, language));
        let format = self.format.map(|it| named(it.ending())).transpose()?;
        if self.output.is_empty() {
            return Ok(vec![(None, format)]);
        }
        let form = |path: &'_ PathBuf| {
            let ending = path.extension().map(|it| it.to_string_lossy().to_lowercase());
            match (format, ending) {
                (Some(form), _) => Ok(form),
                (None, Some(ending)) => named(&ending),
                (None, None) => anyhow::bail!(unknown_form(&path.display().to_string(), language)),
            }
        };
        self.output.iter().map(|path| Ok((Some(path.as_path()), Some(form(path)?)))).collect()
    }

    /// Whether anything is known of the period.
    fn write(
        &self,
        opened: &mut [Opened],
        order: &Order,
        outputs: &[(Option<&Path>, Option<Form>)],
        language: Language,
        today: jiff::civil::DateTime,
    ) -> anyhow::Result<bool> {
        let mut progress = Progress::new(1000);
        let mut borrowed: Vec<Borrowed<'_>> = opened.iter_mut().map(Borrowed::of).collect();
        let mut given: Vec<Given<'_>> = borrowed.iter_mut().map(Borrowed::given).collect();
        if let Some(figure) = &self.trace {
            drop(progress);
            return screen::trace(&mut given, order, figure, language);
        }
        let energy = energy::collect(&mut given, order, |part, what| {
            progress.at((part * 1000.0) as u64, || what.to_owned());
        });
        drop(progress);
        let energy = energy.map_err(|error| anyhow::anyhow!(error.words(language)))?;
        let document = energy::document(&energy, language, Some(today));
        for (path, form) in outputs {
            self.put(&document, *path, *form, language)?;
        }
        let known = |building: &energy::Building| {
            building
                .groups
                .iter()
                .any(|it| it.used.last().is_some_and(|used| used.amount.is_some()))
        };
        Ok(energy.buildings.iter().any(known))
    }

    fn put(
        &self,
        document: &Document,
        path: Option<&Path>,
        form: Option<Form>,
        language: Language,
    ) -> anyhow::Result<()> {
        let bytes = match (form, &self.table) {
            (None, table) => return screen::show(document, table.as_deref(), language),
            (Some(Form::Csv), Some(table)) => {
                let known =
                    || document.tables.iter().map(|it| it.key).collect::<Vec<_>>().join(", ");
                let bytes = crate::report::form::csv::table(document, table);
                bytes.with_context(|| no_table(table, &known(), language))??
            }
            (Some(form), _) => form.write(document)?,
        };
        match path {
            Some(path) => {
                if let Some(folder) = path.parent().filter(|it| !it.as_os_str().is_empty()) {
                    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
                }
                let mut file = NewFile::begin(path)?;
                file.file.write_all(&bytes).with_context(|| path.display().to_string())?;
                file.finish()?;
                let kib = bytes.len().div_ceil(1024);
                say::err(&format!("{}: {kib} KiB", path.display()));
            }
            None => {
                let binary = matches!(form.map(Form::ending), Some("pdf" | "xlsx"));
                if binary && io::stdout().is_terminal() {
                    anyhow::bail!(language.pick(
                        "diese Form gehört in eine Datei: -o bericht.pdf",
                        "this form belongs in a file: -o report.pdf",
                    ));
                }
                let mut out = io::stdout().lock();
                out.write_all(&bytes).and_then(|()| out.flush()).context("standard output")?;
            }
        }
        Ok(())
    }
}

fn unknown_form(ending: &str, language: Language) -> String {
    language.pick(
        format!("„{ending}“ ist keine Form eines Berichts; es gibt html, pdf, xlsx, csv, json"),
        format!("\"{ending}\" is no form of a report; there are html, pdf, xlsx, csv, json"),
    )
}

fn no_table(table: &str, known: &str, language: Language) -> String {
    language.pick(
        format!("die Tabelle „{table}“ gibt es nicht; es gibt {known}"),
        format!("there is no table \"{table}\"; there are {known}"),
    )
}

type ReadingsOf<'a> = dyn Fn(&Meter) -> Vec<crate::history::Sample> + 'a;

/// What closures are made of that live as long as the report is computed.
struct Borrowed<'a> {
    site: &'a Site,
    shelf: &'a mut Shelf,
    readings: Box<ReadingsOf<'a>>,
    occupied: Box<dyn Fn(usize, jiff::Timestamp) -> Option<bool> + 'a>,
}

impl<'a> Borrowed<'a> {
    fn of(opened: &'a mut Opened) -> Self {
        let Opened { site, shelf, readings, occupancy } = opened;
        Self {
            site,
            shelf,
            readings: Box::new(|meter| readings.samples(&meter.name)),
            occupied: Box::new(|building, at| occupancy.is_occupied(building, at)),
        }
    }

    fn given(&mut self) -> Given<'_> {
        Given {
            site: self.site,
            shelf: self.shelf,
            readings: &*self.readings,
            occupied: &*self.occupied,
        }
    }
}

/// Opens a site, its history and its rules; rules that are faulty or missing only cost
/// the occupancy.
fn open(path: &Path, language: Option<Language>) -> anyhow::Result<Opened> {
    let (site, program, spoken) = match files::read(path, language) {
        Ok(read) => {
            let spoken = read.language(language);
            let Some(site) = read.site else {
                files::tell(&read.diagnostics, &read.sources, spoken);
                anyhow::bail!(
                    spoken.pick("die Anlagendatei hat Fehler", "the site file has faults")
                );
            };
            (site, read.program, spoken)
        }
        Err(why) => {
            // A site that is only metered has none.
            let (site, spoken) = files::site(path, language)?;
            say::err(&format!("hauswart: {why:#}"));
            (site, None, spoken)
        }
    };
    if program.is_none() {
        say::err(spoken.pick(
            "hauswart: die Regeldateien sind nicht zu gebrauchen (hauswart check); die Nutzungszeiten fehlen dem Bericht",
            "hauswart: the rule files are of no use (hauswart check); the report lacks the times of occupancy",
        ));
    }
    let words = |error: HistoryError| anyhow::anyhow!(error.words(spoken));
    let shelf = match past::open(&site, &[], spoken) {
        Ok(shelf) => shelf,
        // What is sealed can be read by whoever may read the files.
        Err(_) => Shelf::open(&site.data.join("history")).map_err(words)?,
    };
    let readings = Readings::read(&site.data);
    let readings = readings.map_err(|error| anyhow::anyhow!(error.words(spoken)))?;
    let occupancy = Occupancy::of(&site, program.as_ref());
    Ok(Opened { site, shelf, readings, occupancy })
}
