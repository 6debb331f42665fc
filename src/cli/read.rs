//! `hauswart read`: points or whole devices, from their devices, now.

use std::process::ExitCode;

use super::{Format, SiteFile, files, say, solo, status};
use crate::engine::ask::Ended;
use crate::engine::find;
use crate::engine::picture::{self, DeviceStatus, PointStatus};
use crate::model::Language;
use crate::site::Site;
use crate::web::client::{Client, ClientError, encode};

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
        let read = super::runtime()?.block_on(async {
            match Client::connect(&site.data).await? {
                Some(client) => Ok::<_, anyhow::Error>(ask(client, &self.names).await?),
                None => Ok(open(site, &self.names).await?),
            }
        })?;
        match self.format {
            Format::Json => println!("{}", serde_json::to_string_pretty(&read.points)?),
            Format::Text => {
                for line in status::points(&read.points, language) {
                    println!("{line}");
                }
            }
        }
        for line in read.silent(language) {
            say::err(&line);
        }
        let known = read.points.iter().all(|point| point.value.is_some());
        Ok(if known { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }
}

/// What was read, and how the devices stand then.
struct Reading {
    points: Vec<PointStatus>,
    devices: Vec<DeviceStatus>,
}

impl Reading {
    /// Which devices do not answer, of those that something is unknown of.
    fn silent(&self, language: Language) -> Vec<String> {
        let of =
            |device: &str, point: &str| point.rsplit_once('.').is_some_and(|(of, _)| of == device);
        let unknown = |device: &&DeviceStatus| {
            self.points.iter().any(|point| point.value.is_none() && of(&device.name, &point.name))
        };
        let silent = self.devices.iter().filter(unknown);
        let words = silent.filter_map(|device| {
            let (name, why) = (&device.name, device.why.as_ref()?);
            Some(language.pick(
                format!("{name} antwortet nicht: {why}"),
                format!("{name} does not answer: {why}"),
            ))
        });
        words.collect()
    }
}

async fn ask(mut client: Client, names: &[String]) -> Result<Reading, ClientError> {
    let mut points = Vec::new();
    for name in names {
        let path = format!("/api/v1/points/{}", encode(name));
        points.extend(client.get::<Vec<PointStatus>>(&path).await?);
    }
    let status: picture::Status = client.get("/api/v1/status").await?;
    Ok(Reading { points, devices: status.devices })
}

async fn open(site: Site, names: &[String]) -> Result<Reading, Ended> {
    let wanted = names.iter().filter_map(|name| find::points(&site, name).ok()).flatten().collect();
    let engine = solo::reader(site);
    let points = engine.handle().read(wanted).await?;
    let devices = engine.handle().status().await?.devices;
    engine.stop().await;
    Ok(Reading { points, devices })
}
