//! `hauswart acknowledge`: says that an alarm, or what a rule waits with, has
//! been seen. The running daemon keeps it over restarts.

use std::process::ExitCode;

use serde_json::json;

use super::{Format, SiteFile, alarms, files, say, terminal};
use crate::engine::picture::{AlarmStatus, Status};
use crate::model::Language;
use crate::site::Site;
use crate::web::api::{AcknowledgeAnswer, AcknowledgeRequest};
use crate::web::client::{Client, ClientError};

pub const EXAMPLE: &str = "Example:
  hauswart acknowledge 12 --why \"fitter called\"
  hauswart acknowledge \"Brennerstörung\"
  hauswart acknowledge --list

A number is an alarm of \"hauswart alarms\". It stays there as long as it stands;
that it has been seen counts until it comes again.
A name is a rule or a value: what stands behind \"until acknowledged\" in it then
ends with its cause, at once where that is gone, and its alarms have been seen.
A rule that is called by a number goes by its full name. Asks first, unless --yes.
Exit code 0: done; 1: refused, nothing waits; 2: no daemon runs.";

#[derive(Debug, clap::Args)]
pub struct Acknowledge {
    /// An alarm's number, or a rule or value: its name, or the full name.
    #[arg(value_name = "NUMBER or RULE", required_unless_present = "list")]
    what: Option<String>,
    /// What is done about it, for those who find it later.
    #[arg(long, default_value = "")]
    why: String,
    /// Do not ask first.
    #[arg(long)]
    yes: bool,
    /// Show what waits.
    #[arg(long, conflicts_with = "what")]
    list: bool,
    #[command(flatten)]
    site: SiteFile,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Acknowledge {
    pub fn run(self, language: Option<Language>) -> anyhow::Result<ExitCode> {
        let (site, language) = files::site(&self.site.path, language)?;
        let done = super::runtime()?.block_on(async {
            let mut client = super::daemon(&site, language).await?;
            match &self.what {
                Some(what) => self.say(&mut client, what, language).await,
                None => self.show(&mut client, &site, language).await,
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
        let Status { awaiting, .. } = client.get("/api/v1/status").await?;
        let mut unseen: Vec<AlarmStatus> = client.get("/api/v1/alarms").await?;
        unseen.retain(|alarm| alarm.acknowledged.is_none());
        if self.format == Format::Json {
            let waits = json!({ "rules": awaiting, "alarms": unseen });
            say::out(&serde_json::to_string_pretty(&waits)?);
            return Ok(());
        }
        if awaiting.is_empty() && unseen.is_empty() {
            say::out(language.pick("nichts zu quittieren", "nothing to acknowledge"));
        }
        awaiting.iter().for_each(|rule| say::out(rule));
        if !unseen.is_empty() {
            let lines = alarms::lines(&unseen, language, &site.time_zone);
            lines.iter().for_each(|line| say::out(line));
        }
        Ok(())
    }

    async fn say(&self, client: &mut Client, what: &str, language: Language) -> anyhow::Result<()> {
        let number: Option<u64> = what.parse().ok();
        let question = match number {
            Some(number) => language.pick(
                format!("Alarm {number} quittieren?"),
                format!("Acknowledge alarm {number}?"),
            ),
            None => {
                language.pick(format!("„{what}“ quittieren?"), format!("Acknowledge \"{what}\"?"))
            }
        };
        if !self.yes && !terminal::confirmed(&question, language)? {
            let nothing = language.pick(
                "Nichts quittiert. Ohne Rückfrage: --yes",
                "Nothing acknowledged. Without asking: --yes",
            );
            return Err(ClientError::Refused(nothing.to_owned()).into());
        }
        let rule = number.is_none().then(|| what.to_owned());
        let request = AcknowledgeRequest { rule, alarm: number, why: self.why.clone() };
        let answer: AcknowledgeAnswer = client.post("/api/v1/acknowledgements", &request).await?;
        if self.format == Format::Json {
            say::out(&serde_json::to_string_pretty(&answer)?);
            return Ok(());
        }
        if let Some(rule) = &answer.rule {
            say::out(
                &language.pick(format!("„{rule}“ quittiert"), format!("\"{rule}\" acknowledged")),
            );
        }
        for AlarmStatus { number, text, .. } in &answer.alarms {
            say::out(&language.pick(
                format!("Alarm {number} quittiert: {text}"),
                format!("alarm {number} acknowledged: {text}"),
            ));
        }
        Ok(())
    }
}
