//! Readings by hand: one, a list, or a file of them. The running daemon keeps them;
//! without one the command does so itself.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{meter, meters};
use crate::cli::past::moment;
use crate::cli::status::when;
use crate::cli::table::{Align, Table};
use crate::cli::{Format, runtime, say};
use crate::clock::Scaled;
use crate::model::unit::{NotAQuantity, parse_quantity};
use crate::model::{Clock, Language, Unit};
use crate::report::amount;
use crate::report::entering::{NewReading, enter};
use crate::report::readings::{Entry, Readings};
use crate::site::Site;
use crate::web::client::Client;
use crate::web::readings::{ReadingsAnswer, ReadingsRequest};
use crate::web::socket::own_account;

#[derive(Debug, clap::Args)]
pub struct Add {
    /// A meter without a device (`unit = …` in the site file).
    #[arg(value_name = "METER")]
    meter: String,
    /// What its dial shows: 48210.5, or with its unit "48210.5 m³".
    #[arg(value_name = "READING", allow_hyphen_values = true)]
    value: String,
    /// When it was read, local time: now unless given; of a day alone its noon.
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// Who read it; the account unless given.
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// It is so, implausible or not; corrects one of the same moment.
    #[arg(long)]
    yes: bool,
}

#[derive(Debug, clap::Args)]
pub struct Remove {
    #[arg(value_name = "METER")]
    meter: String,
    /// The moment of the reading, as "hauswart meter list" shows it.
    #[arg(long, value_name = "TIME")]
    at: String,
    /// Who says so; the account unless given.
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
}

#[derive(Debug, clap::Args)]
pub struct List {
    /// Meters by name; all unless given.
    #[arg(value_name = "METER")]
    meters: Vec<String>,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(serde::Serialize)]
struct Listed<'a> {
    #[serde(flatten)]
    entry: &'a Entry,
    /// Since the reading before, factor included, in the unit of the reading.
    used: Option<f64>,
}

impl Add {
    pub fn run(self, site: &Site, language: Language) -> anyhow::Result<ExitCode> {
        let meter = meter(site, &self.meter, language)?;
        let reading = reading(&self.value, &meter.unit, language)?;
        let at = match &self.at {
            Some(text) => read_at(text, &site.time_zone, language)?,
            None => whole_second(Scaled::real().now().wall),
        };
        let by = self.by.unwrap_or_else(own_account);
        let new = NewReading { meter: meter.name.clone(), at, reading: Some(reading), by };
        let answer = keep(site, vec![new], self.yes, language)?;
        if let Some(refused) = answer.refused.first() {
            say::err(&format!("hauswart: {}: {}", meter.name, refused.why));
            return Ok(ExitCode::from(1));
        }
        let (name, shown) = (&meter.name, meter.unit.display(reading));
        let time = when(at, &site.time_zone);
        say::out(&match answer.added {
            0 => language.pick(
                format!("{name}: {shown} am {time} war schon eingetragen"),
                format!("{name}: {shown} at {time} was entered already"),
            ),
            _ => language.pick(
                format!("{name}: {shown} am {time} eingetragen"),
                format!("{name}: {shown} at {time} entered"),
            ),
        });
        Ok(ExitCode::SUCCESS)
    }
}

impl Remove {
    pub fn run(self, site: &Site, language: Language) -> anyhow::Result<ExitCode> {
        let meter = meter(site, &self.meter, language)?;
        let at = read_at(&self.at, &site.time_zone, language)?;
        let by = self.by.unwrap_or_else(own_account);
        // Shown without seconds: the one of that minute is meant.
        let readings = readings(site, language)?;
        let minute = |at: Timestamp| at.as_second().div_euclid(60);
        let exact = readings.of(&meter.name).find(|entry| entry.at == at);
        let near = || readings.of(&meter.name).find(|entry| minute(entry.at) == minute(at));
        let at = exact.or_else(near).map_or(at, |entry| entry.at);
        let new = NewReading { meter: meter.name.clone(), at, reading: None, by };
        let answer = keep(site, vec![new], false, language)?;
        if let Some(refused) = answer.refused.first() {
            say::err(&format!("hauswart: {}: {}", meter.name, refused.why));
            return Ok(ExitCode::from(1));
        }
        let (name, time) = (&meter.name, when(at, &site.time_zone));
        say::out(&language.pick(
            format!("{name}: die Ablesung vom {time} zählt nicht mehr"),
            format!("{name}: the reading of {time} counts no more"),
        ));
        Ok(ExitCode::SUCCESS)
    }
}

impl List {
    pub fn run(self, site: &Site, language: Language) -> anyhow::Result<ExitCode> {
        let readings = readings(site, language)?;
        let meters = meters(site, &self.meters, language)?;
        let mut listed = Vec::new();
        for meter in meters {
            let account =
                crate::report::Account::of_readings(meter, &readings.samples(&meter.name));
            let mut before: Option<Timestamp> = None;
            for entry in readings.of(&meter.name) {
                let used = before.and_then(|before| {
                    let (from_ms, until_ms) = (before.as_millisecond(), entry.at.as_millisecond());
                    account.over(crate::history::Span { from_ms, until_ms }).amount
                });
                listed.push((Listed { entry, used: used.map(|it| meter.unit.shown(it)) }, meter));
                before = Some(entry.at);
            }
        }
        if self.format == Format::Json {
            let entries: Vec<&Listed<'_>> = listed.iter().map(|(listed, _)| listed).collect();
            say::out(&serde_json::to_string_pretty(&entries)?);
            return Ok(ExitCode::SUCCESS);
        }
        if listed.is_empty() {
            say::out(language.pick("keine Ablesungen", "no readings"));
            return Ok(ExitCode::SUCCESS);
        }
        let mut table = Table::new(&[
            (language.pick("Zähler", "meter"), Align::Left),
            (language.pick("abgelesen", "read"), Align::Left),
            (language.pick("Stand", "reading"), Align::Right),
            (language.pick("seither", "since then"), Align::Right),
            (language.pick("von", "by"), Align::Left),
            (language.pick("eingetragen", "entered"), Align::Left),
        ]);
        for (Listed { entry, used }, meter) in &listed {
            let unit = Unit::parse(&entry.unit).unwrap_or_else(|| meter.unit.clone());
            let reading = entry.reading.map(|value| amount(unit.canonical(value), &unit));
            table.row([
                meter.name.clone(),
                when(entry.at, &site.time_zone),
                reading.unwrap_or_default(),
                used.map(|used| amount(meter.unit.canonical(used), &meter.unit))
                    .unwrap_or_default(),
                entry.by.clone(),
                when(entry.entered, &site.time_zone),
            ]);
        }
        table.lines().iter().for_each(|line| say::out(line));
        Ok(ExitCode::SUCCESS)
    }
}

/// All readings by hand.
pub fn readings(site: &Site, language: Language) -> anyhow::Result<Readings> {
    Readings::read(&site.data).map_err(|error| anyhow::anyhow!(error.words(language)))
}

/// Hands them to the daemon, or keeps them itself where none runs.
pub fn keep(
    site: &Site,
    readings: Vec<NewReading>,
    yes: bool,
    language: Language,
) -> anyhow::Result<ReadingsAnswer> {
    let request = ReadingsRequest { readings, yes };
    let asked = runtime()?.block_on(async {
        let Some(mut client) = Client::connect(&site.data).await? else { return Ok(None) };
        let answer: ReadingsAnswer = client.post("/api/v1/readings", &request).await?;
        Ok::<_, anyhow::Error>(Some(answer))
    })?;
    if let Some(answer) = asked {
        return Ok(answer);
    }
    let now = whole_second(Scaled::real().now().wall);
    let entered = enter(site, &site.data, &request.readings, yes, now);
    let outcome = entered.map_err(|error| anyhow::anyhow!(error.words(language)))?;
    Ok(ReadingsAnswer::of(outcome, language))
}

fn whole_second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

/// A local time; a day alone means its noon, for nobody reads at midnight.
pub fn read_at(text: &str, zone: &TimeZone, language: Language) -> anyhow::Result<Timestamp> {
    let text = text.trim();
    let noon = if text.len() <= 10 { format!("{text} 12:00") } else { text.to_owned() };
    moment(&noon, zone, language).or_else(|_| moment(text, zone, language))
}

/// Digits as the dial shows them, canonical.
pub fn reading(text: &str, unit: &Unit, language: Language) -> anyhow::Result<f64> {
    let symbol = &unit.symbol;
    let example = || format!("48210.5 {symbol}");
    match parse_quantity(text) {
        Ok((value, read)) if read.symbol.is_empty() => Ok(unit.canonical(value)),
        Ok((value, read)) if read.quantity == unit.quantity => Ok(value),
        Err(NotAQuantity::Comma(mended)) => Err(anyhow::anyhow!(language.pick(
            format!("{text}: mit Punkt statt Komma: {mended}"),
            format!("{text}: with a point, not a comma: {mended}"),
        ))),
        _ => Err(anyhow::anyhow!(language.pick(
            format!("{text} ist kein Stand dieses Zählers; so schreiben: \"{}\"", example()),
            format!("{text} is no reading of this meter; write \"{}\"", example()),
        ))),
    }
}

#[derive(Debug, clap::Args)]
pub struct Import {
    /// A CSV file with the columns meter, time and reading; unit and by, if there.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// They are so, implausible or not; corrects those of the same moment.
    #[arg(long)]
    yes: bool,
}

impl Import {
    pub fn run(self, site: &Site, language: Language) -> anyhow::Result<ExitCode> {
        let path = self.file.display().to_string();
        let bytes = std::fs::read(&self.file).with_context(|| path.clone())?;
        let text = String::from_utf8(bytes).map_err(|_| {
            anyhow::anyhow!(language.pick(
                format!("{path} ist nicht in UTF-8 gespeichert"),
                format!("{path} is not saved as UTF-8"),
            ))
        })?;
        let rows = super::csv_file::rows(&text, site, language).with_context(|| path.clone())?;
        let lines: Vec<u64> = rows.good.iter().map(|(line, _)| *line).collect();
        let mut faults = rows.bad;
        if faults.is_empty() {
            let new = rows.good.into_iter().map(|(_, reading)| reading).collect();
            let answer = keep(site, new, self.yes, language)?;
            let ReadingsAnswer { added, known, refused } = answer;
            if refused.is_empty() {
                say::out(&language.pick(
                    format!("{added} Ablesungen eingetragen, {known} waren schon da"),
                    format!("{added} readings entered, {known} were there already"),
                ));
                return Ok(ExitCode::SUCCESS);
            }
            let line = |place: usize| lines.get(place).copied().unwrap_or_default();
            faults = refused.into_iter().map(|it| (line(it.place), it.why)).collect();
        }
        for (line, why) in &faults {
            say::err(&format!("{path}:{line}: {why}"));
        }
        say::err(language.pick("hauswart: nichts eingetragen", "hauswart: nothing was entered"));
        Ok(ExitCode::from(1))
    }
}
