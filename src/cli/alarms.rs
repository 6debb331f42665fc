//! `hauswart alarms`: what is wrong, since when, who has seen it, and what
//! hauswart does about it meanwhile.

use std::process::ExitCode;

use jiff::tz::TimeZone;

use super::status::when;
use super::table::{Align, Table};
use super::{Format, SiteFile, files, say};
use crate::engine::alarm::class_words;
use crate::engine::picture::AlarmStatus;
use crate::model::Language;
use crate::site::Site;
use crate::web::api::TrialAnswer;

pub const EXAMPLE: &str = "Example:
  hauswart alarms
  hauswart acknowledge 12 --why \"fitter called\"
  hauswart alarms --try

An alarm that has gone stays in the list until somebody acknowledges it, one that
is not urgent for a day at most. One that comes more than five times in an hour
is held as one until it is quiet for an hour.
--try sends a trial to everybody whom the site file names, by mail or webhook.
Exit code 0: none; 1: some, or nobody to try; 2: no daemon runs.";

#[derive(Debug, clap::Args)]
pub struct Alarms {
    /// Send a trial to each recipient instead.
    #[arg(long = "try")]
    trial: bool,
    #[command(flatten)]
    site: SiteFile,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Alarms {
    pub fn run(self, language: Option<Language>) -> anyhow::Result<ExitCode> {
        let (site, language) = files::site(&self.site.path, language)?;
        if self.trial {
            return self.send_trial(&site, language);
        }
        let alarms: Vec<AlarmStatus> = super::runtime()?.block_on(async {
            let mut client = super::daemon(&site, language).await?;
            Ok::<_, anyhow::Error>(client.get("/api/v1/alarms").await?)
        })?;
        match self.format {
            Format::Json => say::out(&serde_json::to_string_pretty(&alarms)?),
            Format::Text => {
                lines(&alarms, language, &site.time_zone).iter().for_each(|line| say::out(line));
            }
        }
        Ok(if alarms.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }
}

impl Alarms {
    fn send_trial(&self, site: &Site, language: Language) -> anyhow::Result<ExitCode> {
        let done = super::runtime()?.block_on(async {
            let mut client = super::daemon(site, language).await?;
            let TrialAnswer { to } = client.post("/api/v1/alarms/trial", &()).await?;
            if self.format == Format::Json {
                say::out(&serde_json::to_string_pretty(&to)?);
                return Ok(());
            }
            let to = to.join(", ");
            say::out(&language.pick(
                format!("Probe an {to}. Was nicht hinausgeht, steht nach einigen Minuten in „hauswart alarms“"),
                format!("a trial to {to}. What does not go out stands in \"hauswart alarms\" after some minutes"),
            ));
            Ok(())
        });
        say::obeyed(done)
    }
}

/// A table, and below each alarm what is done about it.
pub fn lines(alarms: &[AlarmStatus], language: Language, zone: &TimeZone) -> Vec<String> {
    if alarms.is_empty() {
        return vec![language.pick("keine Alarme", "no alarms").to_owned()];
    }
    let mut table = Table::new(&[
        (language.pick("Nr.", "no."), Align::Right),
        (language.pick("Alarm", "alarm"), Align::Left),
        (language.pick("seit", "since"), Align::Left),
        (language.pick("quittiert", "acknowledged"), Align::Left),
        ("", Align::Left),
    ]);
    for alarm in alarms {
        let class = class_words(alarm.class, language);
        let since = when(alarm.since, zone);
        let seen = alarm.acknowledged.as_ref().map_or("", |seen| &seen.by);
        table.row([&*alarm.number.to_string(), class, &since, seen, &text(alarm, language, zone)]);
        table.row(["", "", "", "", &doing(alarm, language, zone)]);
    }
    table.lines()
}

fn text(alarm: &AlarmStatus, language: Language, zone: &TimeZone) -> String {
    let text = &alarm.text;
    let Some(flaps) = alarm.flaps else { return text.clone() };
    let (times, since) = (flaps.times, when(flaps.since, zone));
    language.pick(
        format!("{text} (kommt und geht, {times}-mal seit {since})"),
        format!("{text} (flaps, {times} times since {since})"),
    )
}

/// What is done about it, or that nothing need be.
fn doing(alarm: &AlarmStatus, language: Language, zone: &TimeZone) -> String {
    let doing = match alarm.gone {
        None => format!("→ {}", alarm.done),
        Some(gone) => {
            let gone = when(gone, zone);
            language.pick(format!("→ behoben {gone}"), format!("→ cleared {gone}"))
        }
    };
    let why = alarm.acknowledged.as_ref().map_or("", |seen| &seen.why);
    if why.is_empty() { doing } else { format!("{doing}; {why}") }
}
