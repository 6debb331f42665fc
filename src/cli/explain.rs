//! `hauswart explain`: why a point, value, schedule or rule is as it is.

use std::process::ExitCode;
use std::time::Duration;

use super::{Format, SiteFile, explain_past, files, say, solo};
use crate::cycle::explain::{Basis, Explanation, words};
use crate::cycle::spoken::Spoken;
use crate::engine::ask::{Handle, Untold};
use crate::engine::find;
use crate::model::{Language, PointId};
use crate::web::client::{Client, ClientError, encode};

pub const EXAMPLE: &str = "Example:
  hauswart explain HK1.Raum_Soll
  hauswart explain Rathaus.Vorheizen
  hauswart explain '\"Raumsollwert\"'
  hauswart explain HK1.Raum_Soll --at \"13.01.2026 05:30\"

Asks the running daemon; where none runs, reads the inputs once and says what the
rules would decide. --at tells from the history what a point was and who commanded
it why, with or without a daemon; if the rules are those of then, with their
conditions, computed anew over the recorded readings. So it does of values and rules.
Exit code 0: told; 1: the rules have errors; 2: no such name, or no record of --at.";

/// A cycle comes this soon after what was read.
const CYCLE_WITHIN: Duration = Duration::from_secs(5);

#[derive(Debug, clap::Args)]
pub struct Explain {
    /// A point (`HK1.Raum_Soll`), a value or schedule, or a rule by its name.
    #[arg(value_name = "POINT")]
    name: String,
    /// As it was then: "05:30", "So 18:00", "17.03.2026 05:30".
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    #[command(flatten)]
    site: SiteFile,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Explain {
    pub fn run(self, language: Option<Language>) -> anyhow::Result<ExitCode> {
        let (site, language) = files::site(&self.site.path, language)?;
        if let Some(at) = &self.at {
            let at = explain_past::moment(at, &site, language)?;
            let today = files::read(&self.site.path, Some(language))?;
            return explain_past::run(&site, &self.name, at, today, self.format);
        }
        let zone = site.time_zone.clone();
        let told = super::runtime()?.block_on(async {
            match Client::connect(&site.data).await? {
                Some(client) => ask(client, &self.name).await.map(Some),
                None => self.look(language).await,
            }
        })?;
        let Some(told) = told else { return Ok(ExitCode::from(1)) };
        match self.format {
            Format::Json => say::out(&serde_json::to_string_pretty(&told)?),
            Format::Text => {
                let spoken = Spoken { language, zone: &zone };
                words::lines(&told, &spoken).iter().for_each(|line| say::out(line));
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Without a daemon: one round of readings. `None` if the rules have
    /// errors, which have been told.
    async fn look(&self, language: Language) -> anyhow::Result<Option<Explanation>> {
        let Some((site, program)) = files::read(&self.site.path, Some(language))?.sound(language)
        else {
            return Ok(None);
        };
        super::journal::start("error");
        let mut points = program.reads().to_vec();
        points.extend_from_slice(program.commands());
        points.extend(find::points(&site, &self.name).unwrap_or_default());
        points.sort_unstable();
        points.dedup();
        let engine = solo::onlooker(site, program);
        let told = round(&engine.handle(), points, &self.name).await;
        engine.stop().await;
        let mut told = told?.map_err(|untold| anyhow::anyhow!(untold.words(language)))?;
        told.basis = Basis::OneRound;
        Ok(Some(*told))
    }
}

/// Reads these points, waits for the cycle that works on them, and asks.
async fn round(
    handle: &Handle,
    points: Vec<PointId>,
    name: &str,
) -> anyhow::Result<Result<Box<Explanation>, Untold>> {
    handle.read(points).await?;
    let read = handle.status().await?.cycles;
    let give_up = tokio::time::Instant::now() + CYCLE_WITHIN;
    while handle.status().await?.cycles <= read && tokio::time::Instant::now() < give_up {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(handle.explain(name.to_owned()).await?)
}

async fn ask(mut client: Client, name: &str) -> anyhow::Result<Explanation> {
    let path = format!("/api/v1/explain/{}", encode(name));
    match client.get(&path).await {
        Ok(told) => Ok(told),
        Err(ClientError::Refused(why)) => anyhow::bail!(why),
        Err(error) => Err(error.into()),
    }
}
