//! `hauswart override`: a point or a schedule by hand, now or later, always
//! with an end. The running daemon keeps it over restarts.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Format, SiteFile, files, say, status, terminal};
use crate::engine::picture::Status;
use crate::model::Language;
use crate::model::moment::parse_moment;
use crate::model::unit::{Quantity, duration, parse_quantity};
use crate::site::Site;
use crate::web::api::{OverrideAnswer, OverrideRequest};
use crate::web::client::{Client, ClientError};

pub const EXAMPLE: &str = "Example:
  hauswart override Halle on --from \"So 18:00\" --until \"So 22:00\" --why Vereinsabend
  hauswart override HK1.Raum_Soll \"22 °C\" --until 17:30
  hauswart override --list
  hauswart override --release 12

Of a schedule, preheating and all else that follows it do so too. Times are the
site's local ones: 17:30 (the next), \"So 18:00\" (the next Sunday), \"17.03. 19:00\",
\"17.03.2026 19:00\". Asks first, unless --yes. Whether the device has taken a value
shows in \"hauswart status\".
Exit code 0: done; 1: refused; 2: no daemon runs, no such time.";

#[derive(Debug, clap::Args)]
pub struct Overriding {
    /// A point or a schedule: `HK1.Raum_Soll`, `Halle`, or the full name.
    #[arg(required_unless_present_any = ["list", "release"])]
    name: Option<String>,
    /// With its unit, or a state's name; of a schedule on or off.
    #[arg(allow_hyphen_values = true, required_unless_present_any = ["list", "release"])]
    value: Option<String>,
    /// When it begins; at once unless given.
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// When it ends.
    #[arg(long, value_name = "TIME", conflicts_with = "lasts",
          required_unless_present_any = ["lasts", "list", "release"])]
    until: Option<String>,
    /// How long it lasts: "10 min", "2 h".
    #[arg(long = "for", value_name = "DURATION")]
    lasts: Option<String>,
    /// Why, for those who find it later.
    #[arg(long, default_value = "")]
    why: String,
    /// Do not ask first.
    #[arg(long)]
    yes: bool,
    /// Show those that stand, or are to come.
    #[arg(long, conflicts_with_all = ["name", "release"])]
    list: bool,
    /// End this one now.
    #[arg(long, value_name = "NUMBER", conflicts_with = "name")]
    release: Option<u64>,
    #[command(flatten)]
    site: SiteFile,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// From when until when, as the daemon's clock understands it.
struct Span {
    from: Option<Timestamp>,
    until: Timestamp,
}

impl Overriding {
    pub fn run(self, language: Option<Language>) -> anyhow::Result<ExitCode> {
        let (site, language) = files::site(&self.site.path, language)?;
        let done = super::runtime()?.block_on(async {
            let mut client = super::daemon(&site, language).await?;
            match (self.release, &self.name) {
                (Some(id), _) => self.let_go(&mut client, id, language).await,
                (None, Some(name)) => self.place(&mut client, name, &site, language).await,
                (None, None) => self.show(&mut client, &site, language).await,
            }
        });
        say::obeyed(done)
    }

    async fn show(
        &self,
        client: &mut Client,
        site: &Site,
        language: Language,
    ) -> anyhow::Result<()> {
        let status: Status = client.get("/api/v1/status").await?;
        if self.format == Format::Json {
            say::out(&serde_json::to_string_pretty(&status.overrides)?);
        } else if status.overrides.is_empty() {
            say::out(language.pick("nichts von Hand", "nothing by hand"));
        } else {
            let lines = status::overrides(&status.overrides, language, &site.time_zone);
            lines.iter().for_each(|line| say::out(line));
        }
        Ok(())
    }

    async fn let_go(&self, client: &mut Client, id: u64, language: Language) -> anyhow::Result<()> {
        client.delete(&format!("/api/v1/overrides/{id}")).await?;
        say::out(
            &language.pick(format!("Übersteuerung {id} beendet"), format!("override {id} ended")),
        );
        Ok(())
    }

    async fn place(
        &self,
        client: &mut Client,
        name: &str,
        site: &Site,
        language: Language,
    ) -> anyhow::Result<()> {
        let status: Status = client.get("/api/v1/status").await?;
        let span = self.span(status.now, &site.time_zone, language)?;
        let value = self.value.clone().unwrap_or_default();
        let words = between(&span, &site.time_zone, language);
        let question = language.pick(
            format!("{name} {words} auf {value} stellen?"),
            format!("Override {name} to {value} {words}?"),
        );
        if !self.yes && !terminal::confirmed(&question, language)? {
            let nothing = language.pick(
                "Nichts übersteuert. Ohne Rückfrage: --yes",
                "Nothing overridden. Without asking: --yes",
            );
            return Err(ClientError::Refused(nothing.to_owned()).into());
        }
        let request = OverrideRequest {
            point: name.to_owned(),
            value,
            seconds: None,
            from: span.from,
            until: Some(span.until),
            why: self.why.clone(),
        };
        let answer: OverrideAnswer = client.post("/api/v1/overrides", &request).await?;
        if self.format == Format::Json {
            say::out(&serde_json::to_string_pretty(&answer)?);
            return Ok(());
        }
        let OverrideAnswer { id, point, shown, .. } = &answer;
        say::out(&language.pick(
            format!("Übersteuerung {id}: {point} {words} auf {shown}"),
            format!("override {id}: {point} to {shown} {words}"),
        ));
        warn_if_unrecorded(&answer, language);
        Ok(())
    }

    fn span(&self, now: Timestamp, zone: &TimeZone, language: Language) -> anyhow::Result<Span> {
        let moment = |option: &str, text: &str| {
            parse_moment(text)
                .map_err(|not| anyhow::anyhow!("{option} {text}: {}", not.words(language)))
        };
        let far = || language.pick("liegt zu fern", "is too far away");
        let from = match &self.from {
            Some(text) => {
                let from = moment("--from", text)?.start_after(now, zone);
                Some(from.with_context(|| format!("--from {text}: {}", far()))?)
            }
            None => None,
        };
        if let (Some(from), Some(text)) = (from, &self.from)
            && from < now
        {
            anyhow::bail!(language.pick(
                format!("--from {text}: das ist vorbei"),
                format!("--from {text}: that is over"),
            ));
        }
        let begins = from.unwrap_or(now);
        let until = match (&self.until, &self.lasts) {
            (Some(text), _) => moment("--until", text)?
                .end_after(begins, zone)
                .with_context(|| format!("--until {text}: {}", far()))?,
            (None, lasts) => {
                let text = lasts.as_deref().unwrap_or_default();
                begins
                    .checked_add(length(text, language)?)
                    .with_context(|| format!("--for {text}: {}", far()))?
            }
        };
        Ok(Span { from, until })
    }
}

/// Says so where an override would not outlive a restart.
pub fn warn_if_unrecorded(answer: &OverrideAnswer, language: Language) {
    if !answer.recorded {
        say::err(language.pick(
            "Achtung: sie gilt, ist aber nicht gesichert und endet mit einem Neustart von hauswart; warum, sagt „hauswart status“",
            "Beware: it is in force but not recorded, and ends with a restart of hauswart; \"hauswart status\" says why",
        ));
    }
}

/// A duration above zero, as people type it behind `--for`.
pub fn length(text: &str, language: Language) -> anyhow::Result<Duration> {
    let seconds = parse_quantity(text).ok().filter(|(_, unit)| unit.quantity == Quantity::TIME);
    let length = seconds.and_then(|(seconds, _)| duration(seconds));
    length.filter(|length| !length.is_zero()).with_context(|| {
        language.pick(
            format!("--for {text}: hier gehört eine Dauer hin, zum Beispiel --for \"10 min\""),
            format!("--for {text}: a duration belongs here, for example --for \"10 min\""),
        )
    })
}

fn between(span: &Span, zone: &TimeZone, language: Language) -> String {
    let local =
        |at: Timestamp| at.to_zoned_datetime(zone.clone()).strftime("%d.%m.%Y %H:%M").to_string();
    let until = local(span.until);
    match span.from.map(local) {
        Some(from) => {
            language.pick(format!("von {from} bis {until}"), format!("from {from} until {until}"))
        }
        None => language.pick(format!("bis {until}"), format!("until {until}")),
    }
}
