//! `hauswart read`: points or whole devices, from their devices, now.

use std::process::ExitCode;

use super::{Format, SiteFile, files, solo, status};
use crate::engine::find;
use crate::engine::picture::PointStatus;
use crate::model::Language;
use crate::site::Site;
use crate::web::client::{Client, encode};

pub const EXAMPLE: &str = "Example:
  hauswart read HK1.Raum
  hauswart read Kessel --format json

Asks the running daemon, or opens the devices itself where none runs.
Exit code 0: all known; 1: something is unknown; 2: no such point.";

#[derive(Debug, clap::Args)]
pub struct Read {
    /// Points or devices: `HK1.Raum`, `Rathaus.HK1.Raum`, `HK1`.
    #[arg(value_name = "DEVICE-OR-POINT", required = true)]
    names: Vec<String>,
    #[command(flatten)]
    site: SiteFile,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Read {
    pub fn run(self, language: Option<Language>) -> anyhow::Result<ExitCode> {
        let (site, language) = files::site(&self.site.path, language)?;
        for name in &self.names {
            find::points(&site, name).map_err(|not| anyhow::anyhow!(not.words(language)))?;
        }
        let points = super::runtime()?.block_on(async {
            match Client::connect(&site.data).await? {
                Some(client) => ask(client, &self.names).await,
                None => open(site, &self.names).await,
            }
        })?;
        match self.format {
            Format::Json => println!("{}", serde_json::to_string_pretty(&points)?),
            Format::Text => {
                for line in status::points(&points, language) {
                    println!("{line}");
                }
            }
        }
        let known = points.iter().all(|point| point.value.is_some());
        Ok(if known { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }
}

async fn ask(mut client: Client, names: &[String]) -> anyhow::Result<Vec<PointStatus>> {
    let mut points = Vec::new();
    for name in names {
        let path = format!("/api/v1/points/{}", encode(name));
        points.extend(client.get::<Vec<PointStatus>>(&path).await?);
    }
    Ok(points)
}

async fn open(site: Site, names: &[String]) -> anyhow::Result<Vec<PointStatus>> {
    let wanted = names.iter().filter_map(|name| find::points(&site, name).ok()).flatten().collect();
    let engine = solo::reader(site);
    let points = engine.handle().read(wanted).await?;
    engine.stop().await;
    Ok(points)
}
