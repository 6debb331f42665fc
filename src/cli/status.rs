//! `hauswart status`: what the running daemon sees and commands.

use std::process::ExitCode;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::table::{Align, Table};
use super::{Format, SiteFile, alarms, files, say};
use crate::engine::picture::{self, OverrideStatus, PointStatus};
use crate::model::{Language, Quality};

pub const EXAMPLE: &str = "Example:
  hauswart status --site /etc/hauswart/site.toml
  hauswart status --format json

Exit code 0: running, no alarms; 1: running with alarms; 2: not running.";

#[derive(Debug, clap::Args)]
pub struct Status {
    #[command(flatten)]
    site: SiteFile,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Status {
    pub fn run(self, language: Option<Language>) -> anyhow::Result<ExitCode> {
        let (site, language) = files::site(&self.site.path, language)?;
        let status: picture::Status = super::runtime()?.block_on(async {
            let mut client = super::daemon(&site, language).await?;
            Ok::<_, anyhow::Error>(client.get("/api/v1/status").await?)
        })?;
        match self.format {
            Format::Json => println!("{}", serde_json::to_string_pretty(&status)?),
            Format::Text => {
                for line in lines(&status, language, &site.time_zone) {
                    println!("{line}");
                }
            }
        }
        Ok(if status.alarms.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }
}

/// The picture as lines for people: head, devices, points, overrides, alarms.
pub fn lines(status: &picture::Status, language: Language, zone: &TimeZone) -> Vec<String> {
    let mut lines = vec![head(status, language, zone), String::new()];
    lines.extend(devices(status, language));
    lines.push(String::new());
    lines.extend(points(&status.points, language));
    lines.extend(worn(&status.points, language, zone));
    if !status.schedules.is_empty() {
        lines.push(String::new());
        lines.extend(schedules(status, language, zone));
    }
    if !status.overrides.is_empty() {
        lines.push(String::new());
        lines.extend(overrides(&status.overrides, language, zone));
    }
    if !status.forgotten.is_empty() {
        lines.push(String::new());
        let heading = ("Vergessene Übersteuerungen", "forgotten overrides");
        lines.push(language.pick(heading.0, heading.1).to_owned());
        lines.extend(status.forgotten.iter().map(|it| format!("  {}", it.text)));
    }
    if !status.out_of_service.is_empty() {
        lines.push(String::new());
        lines.extend(closures(status, language, zone));
    }
    if !status.awaiting.is_empty() {
        lines.push(String::new());
        let wait = language.pick("wartet auf Quittierung", "waits to be acknowledged");
        lines.extend(status.awaiting.iter().map(|rule| format!("{rule} {wait}")));
    }
    lines.extend(status.web.as_ref().map(|web| listening(web, language)));
    lines.push(String::new());
    lines.extend(alarms::lines(&status.alarms, language, zone));
    lines
}

fn head(status: &picture::Status, language: Language, zone: &TimeZone) -> String {
    let now = status.now.to_zoned_datetime(zone.clone()).strftime("%d.%m.%Y %H:%M:%S").to_string();
    let mode = match (status.stopping, status.read_only) {
        _ if status.drill_until.is_some() => language.pick(" · Übung", " · drill"),
        (true, _) => language.pick(" · gibt frei", " · letting go"),
        (_, true) => language.pick(" · nur lesen", " · read only"),
        _ => "",
    };
    let (rules, unknown) = (status.rules, status.rules_unknown);
    let [one, several] = language.pick(["Regel", "Regeln"], ["rule", "rules"]);
    let mut rules = say::count(rules, one, several);
    if unknown > 0 {
        rules.push_str(
            &language
                .pick(format!(", {unknown} ohne Eingang"), format!(", {unknown} lacking input")),
        );
    }
    format!("{}  {now}  {rules}{mode}", status.site)
}

/// Where other programs pull figures.
fn listening(web: &picture::WebStatus, language: Language) -> String {
    let address = &web.listen;
    let scheme = if web.tls { "https" } else { "http" };
    match &web.why_not {
        None => format!("\nHTTP-API: {scheme}://{address}/api/v1/"),
        Some(why) => language.pick(
            format!("\nHTTP-API auf {address} nicht erreichbar: {why}"),
            format!("\nHTTP API on {address} does not listen: {why}"),
        ),
    }
}

fn devices(status: &picture::Status, language: Language) -> Vec<String> {
    let mut table = Table::new(&[
        (language.pick("Gerät", "device"), Align::Left),
        (language.pick("Verbindung", "connection"), Align::Left),
        (language.pick("Punkte", "points"), Align::Right),
        (language.pick("Zustand", "state"), Align::Left),
    ]);
    for device in &status.devices {
        let state = match (device.answers, &device.why) {
            (None, _) => language.pick("noch nichts gehört", "not heard yet").to_owned(),
            (Some(true), _) => language.pick("antwortet", "answers").to_owned(),
            (Some(false), why) => {
                let silent = language.pick("stumm", "silent");
                format!("{silent}: {}", why.as_deref().unwrap_or("?"))
            }
        };
        let known = format!("{}/{}", device.points_known, device.points);
        table.row([device.name.clone(), device.connection.clone(), known, state]);
    }
    table.lines()
}

/// The points with what commands them; also what `read` prints.
pub fn points(points: &[PointStatus], language: Language) -> Vec<String> {
    let mut table = Table::new(&[
        (language.pick("Punkt", "point"), Align::Left),
        (language.pick("Wert", "value"), Align::Right),
        (language.pick("Güte", "quality"), Align::Left),
        (language.pick("Alter", "age"), Align::Right),
        (language.pick("Befehl", "command"), Align::Right),
        (language.pick("von", "by"), Align::Left),
    ]);
    for point in points {
        let age = point.age_s.map_or_else(String::new, |age| format!("{age:.0} s"));
        let quality = quality(point.quality, language);
        let (command, by) = point.command.as_ref().map_or_else(Default::default, |command| {
            let by = command.by.as_deref().unwrap_or("");
            let level = command.level.map_or_else(String::new, |level| format!(" [{level}]"));
            (command.shown.clone(), format!("{by}{level} {}", command.state))
        });
        table.row([point.name.clone(), point.shown.clone(), quality.into(), age, command, by]);
    }
    table.lines()
}

/// Registers that wear out, and how far they have: an empty line before it.
fn worn(points: &[PointStatus], language: Language, zone: &TimeZone) -> Vec<String> {
    let mut table = Table::new(&[
        (language.pick("Register, das sich abnutzt", "register that wears out"), Align::Left),
        (language.pick("geschrieben", "written"), Align::Right),
        (language.pick("verträgt", "endures"), Align::Right),
        (language.pick("seit", "since"), Align::Left),
        (language.pick("hält so", "lasts so"), Align::Right),
        ("", Align::Left),
    ]);
    let mut any = false;
    for point in points {
        let Some(wear) = &point.wear else { continue };
        any = true;
        let day =
            |at: Timestamp| at.to_zoned_datetime(zone.clone()).strftime("%d.%m.%Y").to_string();
        let since = wear.since.map(day).unwrap_or_default();
        let lasts = wear.lasts_years.map_or_else(String::new, |lasts| years(lasts, language));
        let waits = wear.waits_until.map_or_else(String::new, |until| {
            let until = when(until, zone);
            language.pick(format!("wartet bis {until}"), format!("waits until {until}"))
        });
        let (writes, endures) = (wear.writes.to_string(), wear.endures.to_string());
        table.row([point.name.clone(), writes, endures, since, lasts, waits]);
    }
    if !any {
        return Vec::new();
    }
    std::iter::once(String::new()).chain(table.lines()).collect()
}

/// Years as people say them.
pub fn years(years: f64, language: Language) -> String {
    let (year, many) = language.pick(("Jahr", "Jahre"), ("year", "years"));
    match years {
        _ if years >= 100.0 => language.pick("über 100 Jahre", "over 100 years").to_owned(),
        _ if years >= 2.0 => format!("{:.0} {many}", years.floor()),
        _ if years >= 1.0 => format!("1 {year}"),
        _ => {
            let days = (years * 365.0).floor();
            let days_word = language.pick("Tage", "days");
            format!("{days:.0} {days_word}")
        }
    }
}

/// A quality in words.
pub const fn quality(quality: Quality, language: Language) -> &'static str {
    let (german, english) = match quality {
        Quality::Good => ("gut", "good"),
        Quality::Substituted => ("Ersatz", "substituted"),
        Quality::Stale => ("veraltet", "stale"),
        Quality::OutOfRange => ("unmöglich", "out of range"),
        Quality::Faulty => ("gestört", "faulty"),
        Quality::NeverRead => ("nie gelesen", "never read"),
    };
    match language {
        Language::De => german,
        Language::En => english,
    }
}

fn schedules(status: &picture::Status, language: Language, zone: &TimeZone) -> Vec<String> {
    let mut table = Table::new(&[
        (language.pick("Zeitplan", "schedule"), Align::Left),
        (language.pick("Zustand", "state"), Align::Left),
        (language.pick("bis", "until"), Align::Left),
        ("", Align::Left),
    ]);
    for schedule in &status.schedules {
        let state = match schedule.on {
            Some(true) => "on",
            Some(false) => "off",
            None => "?",
        };
        let until = schedule.changes.map_or_else(String::new, |at| when(at, zone));
        let by_hand = if schedule.by_hand { language.pick("von Hand", "by hand") } else { "" };
        table.row([schedule.name.as_str(), state, &until, by_hand]);
    }
    table.lines()
}

/// Those of points and schedules; also what `override --list` prints.
pub fn overrides(overrides: &[OverrideStatus], language: Language, zone: &TimeZone) -> Vec<String> {
    let mut table = Table::new(&[
        (language.pick("Nr.", "no."), Align::Right),
        (language.pick("von Hand", "by hand"), Align::Left),
        (language.pick("auf", "to"), Align::Right),
        (language.pick("von", "from"), Align::Left),
        (language.pick("bis", "until"), Align::Left),
        (language.pick("wer", "who"), Align::Left),
        (language.pick("warum", "why"), Align::Left),
    ]);
    for over in overrides {
        let id = over.id.to_string();
        let (from, until) = (when(over.from, zone), when(over.until, zone));
        let cells = [&id, &over.point, &over.shown, &from, &until, &over.user, &over.why];
        table.row(cells.map(String::as_str));
    }
    table.lines()
}

/// What the site file says is out of service.
fn closures(status: &picture::Status, language: Language, zone: &TimeZone) -> Vec<String> {
    let mut table = Table::new(&[
        (language.pick("außer Betrieb", "out of service"), Align::Left),
        (language.pick("von", "from"), Align::Left),
        (language.pick("bis", "until"), Align::Left),
        (language.pick("wer", "who"), Align::Left),
        (language.pick("warum", "why"), Align::Left),
        ("", Align::Left),
    ]);
    for closed in &status.out_of_service {
        let stands = if status.now >= closed.ends {
            language.pick(
                "vorbei, wird wieder gestellt: in der Anlagendatei löschen",
                "over, commanded again: delete it from the site file",
            )
        } else if status.now < closed.begins {
            language.pick("steht bevor", "to come")
        } else {
            ""
        };
        let (from, until) = (when(closed.begins, zone), when(closed.ends, zone));
        table.row([closed.name.as_str(), &from, &until, &closed.by, &closed.why, stands]);
    }
    table.lines()
}

/// A local time of these days.
pub fn when(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned_datetime(zone.clone()).strftime("%d.%m. %H:%M").to_string()
}
