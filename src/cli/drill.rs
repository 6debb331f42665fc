//! `hauswart drill`: the running daemon plays dead for a while, as if this PC
//! were unplugged, and then says what each commanded device made of it.

use std::process::ExitCode;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::table::{Align, Table};
use super::{Format, SiteFile, files, overriding, say, terminal};
use crate::engine::picture::DrillsStatus;
use crate::model::Language;
use crate::model::unit::spoken_length;
use crate::service::StopSignals;
use crate::site::Site;
use crate::store::drills::{DrillOutcome, DrillRecord};
use crate::web::api::DrillRequest;
use crate::web::client::{Client, ClientError};

pub const EXAMPLE: &str = "Example:
  hauswart drill                  as long as the slowest device takes to fall back
  hauswart drill --for \"10 min\"
  hauswart drill --list           those that were

Nothing is read, evaluated or written meanwhile, floors and safety included: that
is what is tried. Be there when you do it, and not in frost. Ctrl-C ends it.
Exit code 0: all as `hauswart check` says; 1: not so, or refused; 2: no daemon.";

#[derive(Debug, clap::Args)]
pub struct Drill {
    /// How long: \"10 min\", two hours at most.
    #[arg(long = "for", value_name = "DURATION")]
    lasts: Option<String>,
    /// Do not ask first.
    #[arg(long)]
    yes: bool,
    /// Show those that were.
    #[arg(long, conflicts_with_all = ["lasts", "yes"])]
    list: bool,
    #[command(flatten)]
    site: SiteFile,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Drill {
    pub fn run(self, language: Option<Language>) -> anyhow::Result<ExitCode> {
        let (site, language) = files::site(&self.site.path, language)?;
        let lasts = self.lasts.as_deref().map(|text| overriding::length(text, language));
        let request = DrillRequest { seconds: lasts.transpose()?.map(|it| it.as_secs_f64()) };
        super::runtime()?.block_on(async {
            let mut client = super::daemon(&site, language).await?;
            if self.list {
                let drills: DrillsStatus = client.get("/api/v1/drills").await?;
                self.show(&drills.past, &site, language)?;
                return Ok(ExitCode::SUCCESS);
            }
            let question = language.pick(
                "Anlage sich selbst überlassen, auch ohne Frostschutz von hier?",
                "Leave the plant to itself, without frost protection from here?",
            );
            if !self.yes && !terminal::confirmed(question, language)? {
                say::err(
                    language.pick(
                        "Keine Übung. Ohne Rückfrage: --yes",
                        "No drill. Without asking: --yes",
                    ),
                );
                return Ok(ExitCode::from(1));
            }
            match client.post::<DrillsStatus>("/api/v1/drills", &request).await {
                Ok(started) => self.watch(client, &started, &site, language).await,
                Err(ClientError::Refused(why)) => {
                    say::err(&format!("hauswart: {why}"));
                    Ok(ExitCode::from(1))
                }
                Err(error) => Err(error.into()),
            }
        })
    }

    /// Waits for the end, which Ctrl-C brings about.
    async fn watch(
        &self,
        mut client: Client,
        started: &DrillsStatus,
        site: &Site,
        language: Language,
    ) -> anyhow::Result<ExitCode> {
        let mut signals = StopSignals::catch()?;
        let before = started.past.len();
        let until = started.until.map(|until| clock(until, &site.time_zone));
        let until = until.unwrap_or_default();
        say::err(&language.pick(
            format!("Übung bis {until}; Strg-C beendet sie"),
            format!("drill until {until}; Ctrl-C ends it"),
        ));
        let mut ended = false;
        let drills = loop {
            tokio::select! {
                () = signals.wait(), if !ended => {
                    ended = true;
                    client.delete("/api/v1/drills").await?;
                }
                () = tokio::time::sleep(Duration::from_millis(500)) => {}
            }
            let drills: DrillsStatus = client.get("/api/v1/drills").await?;
            if drills.until.is_none() {
                break drills;
            }
        };
        let Some(last) = drills.past.get(before..).and_then(<[_]>::last) else {
            anyhow::bail!(language.pick(
                "die Übung endete mit hauswart selbst, ohne Ergebnis",
                "the drill ended with hauswart itself, without a result",
            ));
        };
        self.show(std::slice::from_ref(last), site, language)?;
        let failed = last.points.iter().any(|point| point.outcome.failed());
        Ok(ExitCode::from(u8::from(failed)))
    }

    fn show(&self, drills: &[DrillRecord], site: &Site, language: Language) -> anyhow::Result<()> {
        if self.format == Format::Json {
            say::out(&serde_json::to_string_pretty(drills)?);
            return Ok(());
        }
        if drills.is_empty() {
            say::out(language.pick("noch keine Übung", "no drill yet"));
        }
        for drill in drills {
            lines(drill, &site.time_zone, language).iter().for_each(|line| say::out(line));
        }
        Ok(())
    }
}

fn lines(drill: &DrillRecord, zone: &TimeZone, language: Language) -> Vec<String> {
    let begun = clock(drill.begun, zone);
    let lasted = spoken_length(Duration::from_secs(drill.lasted_s));
    let user = &drill.user;
    let mut lines = vec![language.pick(
        format!("Übung vom {begun}, {lasted}, {user}"),
        format!("drill of {begun}, {lasted}, {user}"),
    )];
    let mut table = Table::new(&[
        (language.pick("Punkt", "point"), Align::Left),
        (language.pick("gestellt", "commanded"), Align::Right),
        (language.pick("gefunden", "found"), Align::Right),
        ("", Align::Left),
    ]);
    for point in &drill.points {
        let found = point.found.clone().unwrap_or_else(|| "?".to_owned());
        let promise = point.falls_back_s.map(|seconds| spoken_length(Duration::from_secs(seconds)));
        let promise = promise.unwrap_or_default();
        let outcome = match point.outcome {
            DrillOutcome::FellBack => language.pick("fällt von selbst zurück", "falls back by itself").to_owned(),
            DrillOutcome::Stays => language.pick("bleibt stehen, wie angenommen", "stays, as assumed").to_owned(),
            DrillOutcome::TooShort => language.pick(
                format!("steht noch; fällt erst nach {promise} zurück"),
                format!("still stands; falls back after {promise} only"),
            ),
            DrillOutcome::StaysAgainstPromise => language.pick(
                format!("BLEIBT STEHEN, sollte nach {promise} zurückfallen: falls_back in der Vorlage und die Einstellung am Gerät prüfen"),
                format!("STAYS, should fall back after {promise}: check falls_back in the template and the setting at the device"),
            ),
            DrillOutcome::Unknown => language.pick("UNBEKANNT: das Gerät antwortet nicht", "UNKNOWN: the device does not answer").to_owned(),
        };
        table.row([point.point.clone(), point.ours.clone(), found, outcome]);
    }
    lines.extend(table.lines());
    lines
}

fn clock(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned_datetime(zone.clone()).strftime("%d.%m.%Y %H:%M").to_string()
}
