//! `hauswart meter`: what meters used, and readings by hand of those that only
//! have a dial.

mod csv_file;
mod readings;
mod shown;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Subcommand, ValueEnum};

use super::past::{self, Period};
use super::{files, say};
use crate::clock::Scaled;
use crate::history::span::DAY_MS;
use crate::history::{Name, Shelf, Span};
use crate::model::diagnostic::did_you_mean;
use crate::model::{Clock, Language};
use crate::report::{Account, By, account, period};
use crate::site::{Meter, Site};

pub const EXAMPLE: &str = "Example:
  hauswart meter show --last \"30 d\"
  hauswart meter show Gas --from 2026-01-01 --to 2027-01-01 --by month
  hauswart meter show Strom --by quarter-hour --format csv > strom.csv
  hauswart meter add Wasser 1234.5 --at \"2026-03-31 08:00\" --by \"K. Meier\"
  hauswart meter list Wasser
  hauswart meter import ablesungen.csv

What was found of a counter (rolled over, reset, replaced, gone astray) is listed
with what was done about it. How meters count stands in the site file: factor,
load, rolls_over, [[meter.replaced]], [[meter.conversion]].
Readings by hand are for meters without a device (unit = \"m³\" in the site file). One
that goes back, or further than the load allows, is refused, unless --yes or a
declared replacement explains it. A CSV file has the columns meter, time, reading,
and if wanted unit and by.
Exit code 0: done; 1: of a meter nothing is known, a reading was refused; 2: no such
meter.";

#[derive(Debug, clap::Args)]
pub struct MeterCommand {
    #[command(subcommand)]
    what: What,
    /// The site file.
    #[arg(long, global = true, value_name = "SITE.TOML", default_value = "site.toml")]
    site: PathBuf,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show what meters used, how sure that is, and what was found.
    Show(Show),
    /// Enter what a dial shows.
    Add(readings::Add),
    /// Withdraw a reading that was entered.
    Remove(readings::Remove),
    /// List the readings that were entered.
    List(readings::List),
    /// Enter the readings of a CSV file, all or none.
    Import(readings::Import),
}

#[derive(Debug, clap::Args)]
struct Show {
    /// Meters by name; all unless given.
    #[arg(value_name = "METER")]
    meters: Vec<String>,
    #[command(flatten)]
    period: Period,
    /// In parts.
    #[arg(long, value_enum)]
    by: Option<Parts>,
    #[arg(long, value_enum, default_value_t)]
    format: ShowAs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Parts {
    QuarterHour,
    Hour,
    Day,
    Month,
    Year,
}

impl From<Parts> for By {
    fn from(parts: Parts) -> Self {
        match parts {
            Parts::QuarterHour => Self::QuarterHour,
            Parts::Hour => Self::Hour,
            Parts::Day => Self::Day,
            Parts::Month => Self::Month,
            Parts::Year => Self::Year,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum ShowAs {
    #[default]
    Text,
    Json,
    Csv,
}

impl MeterCommand {
    pub fn run(self, language: Option<Language>) -> anyhow::Result<ExitCode> {
        let (site, language) = files::site(&self.site, language)?;
        match self.what {
            What::Show(show) => show.run(&site, language),
            What::Add(add) => add.run(&site, language),
            What::Remove(remove) => remove.run(&site, language),
            What::List(list) => list.run(&site, language),
            What::Import(import) => import.run(&site, language),
        }
    }
}

/// The meters of these names; all if none is given.
fn meters<'a>(
    site: &'a Site,
    names: &[String],
    language: Language,
) -> anyhow::Result<Vec<&'a Meter>> {
    if names.is_empty() {
        return Ok(site.meters.iter().collect());
    }
    names.iter().map(|name| meter(site, name, language)).collect()
}

/// A meter by its name, or with its building's before it.
fn meter<'a>(site: &'a Site, name: &str, language: Language) -> anyhow::Result<&'a Meter> {
    let full = |meter: &Meter| format!("{}.{}", site.buildings[meter.building].name, meter.name);
    let found = site.meters.iter().find(|meter| meter.name == name || full(meter) == name);
    found.ok_or_else(|| {
        let known = site.meters.iter().map(|meter| meter.name.as_str());
        let meant = did_you_mean(name, known);
        anyhow::anyhow!(match meant {
            Some(meant) => language.pick(
                format!("den Zähler „{name}“ gibt es nicht. Meinten Sie „{meant}“?"),
                format!("there is no meter \"{name}\". Did you mean \"{meant}\"?"),
            ),
            None => language.pick(
                format!("den Zähler „{name}“ gibt es nicht; „hauswart meter show“ zeigt alle"),
                format!("there is no meter \"{name}\"; \"hauswart meter show\" shows all"),
            ),
        })
    })
}

impl Show {
    fn run(self, site: &Site, language: Language) -> anyhow::Result<ExitCode> {
        let meters = meters(site, &self.meters, language)?;
        if meters.is_empty() {
            say::err(language.pick(
                "in der Anlagendatei steht kein Zähler ([[meter]])",
                "the site file has no meter ([[meter]])",
            ));
            return Ok(ExitCode::from(1));
        }
        let now_ms = Scaled::real().now().wall.as_millisecond();
        let usual = Span { from_ms: now_ms - 30 * DAY_MS, until_ms: now_ms };
        let span = self.period.span(site, Some(usual))?;
        let names: Vec<Name> = meters
            .iter()
            .filter_map(|meter| account::point(meter))
            .map(|point| Name::from(site.points.get(point).name.as_str()))
            .collect();
        // Dials alone need no history.
        let mut shelf = match names.as_slice() {
            [] => Shelf::open(&site.data.join("history"))
                .map_err(|error| anyhow::anyhow!(error.words(language)))?,
            names => past::open(site, names, language)?,
        };
        let by_hand = readings::readings(site, language)?;
        let readings = |meter: &Meter| by_hand.samples(&meter.name);
        let accounts = Account::read_all(site, &meters, &mut shelf, readings, span);
        let whole = past::told(&shelf.faults, language);
        let parts = self.by.map(|by| (by.into(), period::parts(span, by.into(), &site.time_zone)));
        let parts = parts.as_ref().map(|(by, parts)| (*by, parts.as_slice()));
        let shown = shown::Shown { site, accounts: &accounts, span, parts };
        match self.format {
            ShowAs::Json => shown.json(language)?,
            ShowAs::Csv => shown.csv()?,
            ShowAs::Text => shown.text(language),
        }
        let known = accounts.iter().all(|account| account.over(span).amount.is_some());
        Ok(if whole && known { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }
}
