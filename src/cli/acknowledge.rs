//! `hauswart acknowledge`: says that what a rule waits with has been seen. The
//! running daemon keeps it over restarts.

use std::process::ExitCode;

use super::{Format, SiteFile, files, say, terminal};
use crate::engine::picture::Status;
use crate::model::Language;
use crate::web::api::Acknowledgement;
use crate::web::client::{Client, ClientError};

pub const EXAMPLE: &str = "Example:
  hauswart acknowledge \"Brennerstörung\"
  hauswart acknowledge --list

What stands behind \"until acknowledged\" in the rule then ends with its cause: at
once where that is gone. Asks first, unless --yes.
Exit code 0: done; 1: refused, nothing waits; 2: no daemon runs.";

#[derive(Debug, clap::Args)]
pub struct Acknowledge {
    /// A rule, or a value: its name, or the full name.
    #[arg(required_unless_present = "list")]
    rule: Option<String>,
    /// Do not ask first.
    #[arg(long)]
    yes: bool,
    /// Show the rules that wait.
    #[arg(long, conflicts_with = "rule")]
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
            match &self.rule {
                Some(rule) => self.say(&mut client, rule, language).await,
                None => self.show(&mut client, language).await,
            }
        });
        say::obeyed(done)
    }

    async fn show(&self, client: &mut Client, language: Language) -> anyhow::Result<()> {
        let status: Status = client.get("/api/v1/status").await?;
        if self.format == Format::Json {
            say::out(&serde_json::to_string_pretty(&status.awaiting)?);
        } else if status.awaiting.is_empty() {
            say::out(language.pick("nichts zu quittieren", "nothing to acknowledge"));
        } else {
            status.awaiting.iter().for_each(|rule| say::out(rule));
        }
        Ok(())
    }

    async fn say(&self, client: &mut Client, rule: &str, language: Language) -> anyhow::Result<()> {
        let question =
            language.pick(format!("„{rule}“ quittieren?"), format!("Acknowledge \"{rule}\"?"));
        if !self.yes && !terminal::confirmed(&question, language)? {
            let nothing = language.pick(
                "Nichts quittiert. Ohne Rückfrage: --yes",
                "Nothing acknowledged. Without asking: --yes",
            );
            return Err(ClientError::Refused(nothing.to_owned()).into());
        }
        let request = Acknowledgement { rule: rule.to_owned() };
        let answer: Acknowledgement = client.post("/api/v1/acknowledgements", &request).await?;
        if self.format == Format::Json {
            say::out(&serde_json::to_string_pretty(&answer)?);
            return Ok(());
        }
        let rule = &answer.rule;
        say::out(&language.pick(format!("„{rule}“ quittiert"), format!("\"{rule}\" acknowledged")));
        Ok(())
    }
}
