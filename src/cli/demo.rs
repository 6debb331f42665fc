//! `hauswart demo`: the shipped site and rules against the simulated building,
//! over real sockets: live in the terminal, or a number of days as fast as
//! the machine can, compared with the same days without rules. Or years of
//! history, without sockets.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;

use super::demo_years::{self, Years};
use super::{demo_week, live_view, run, say};
use crate::clock::Scaled;
use crate::engine::{Engine, Setup};
use crate::model::diagnostic::{self, Source};
use crate::model::{Clock, Language};
use crate::plant::{self, Plant};
use crate::rules::{self, Program};
use crate::service::StopSignals;
use crate::site::{self, DeviceAddress, Site, Transport};

pub const EXAMPLE: &str = "Example:
  hauswart demo                  live, 600 times as fast; Ctrl-C lets go and ends
  hauswart demo --days 7         a week with and without rules, side by side
  hauswart demo --days 7 --start \"2026-10-19 00:00\"
  hauswart demo --years 1        a folder with the site and a year of history";

/// The shipped site and its rules.
pub const SITE: &str = include_str!("../../rules/demo/site.toml");
pub const RULES: &str = include_str!("../../rules/demo/rathaus.rules");

/// A Monday in winter.
const START: &str = "2026-01-12 00:00";

#[derive(Debug, clap::Args)]
pub struct Demo {
    /// Seconds of the building's time in one real second.
    #[arg(long, value_name = "N", default_value_t = 600.0, value_parser = run::speed)]
    speed: f64,
    /// As fast as the machine can, this many days, then compare with the same
    /// days without rules.
    #[arg(long, value_name = "DAYS", conflicts_with = "speed",
          value_parser = clap::value_parser!(u32).range(1..=366))]
    days: Option<u32>,
    /// Simulate so many years at once (0.1 is a month), and make a folder with the
    /// site and their history.
    #[arg(long, value_name = "YEARS", conflicts_with_all = ["speed", "days"],
          value_parser = years)]
    years: Option<f64>,
    /// The folder of --years; it must not be there yet, or be empty.
    #[arg(long, value_name = "FOLDER", requires = "years", default_value = demo_years::FOLDER)]
    data: PathBuf,
    /// The building's local time at the start: a Monday in winter unless given; of
    /// --years a day, such that they end with the last year.
    #[arg(long, value_name = "TIME")]
    start: Option<String>,
    #[arg(long, value_enum, default_value_t)]
    format: super::Format,
}

/// So many years from the command line.
fn years(text: &str) -> Result<f64, String> {
    let years: f64 =
        text.replace(',', ".").parse().map_err(|_| "a number, for example 1".to_owned())?;
    if (0.002..=20.0).contains(&years) { Ok(years) } else { Err("0.002 to 20".to_owned()) }
}

/// The shipped site with its rules.
pub struct Shipped {
    pub site: Site,
    pub program: Program,
}

impl Demo {
    pub fn run(self, language: Option<Language>) -> anyhow::Result<ExitCode> {
        super::journal::start("warn");
        if let Some(years) = self.years {
            let Self { data: folder, start, format, .. } = self;
            return Years { years, folder, start, format }.run(language);
        }
        let mut shipped = shipped(&std::env::temp_dir())?;
        let language = language.unwrap_or(shipped.site.language);
        shipped.site.language = language;
        let start = self.start.as_deref().unwrap_or(START);
        let start = run::local_time(start, &shipped.site)?;
        match self.days {
            Some(days) => demo_week::run(start, days, language, self.format),
            None => super::runtime()?.block_on(self.live(shipped, start, language)),
        }
    }

    async fn live(
        &self,
        shipped: Shipped,
        start: jiff::Timestamp,
        language: Language,
    ) -> anyhow::Result<ExitCode> {
        let mut signals = StopSignals::catch()?;
        let clock: Arc<dyn Clock> = Arc::new(Scaled::new(self.speed, start));
        let plant = start_plant(&clock).await?;
        let Shipped { mut site, program } = shipped;
        point_at(&mut site, &plant);
        let zone = site.time_zone.clone();
        let engine = Engine::start(Setup {
            site: Arc::new(site),
            program: Some(program),
            rule_files: None,
            clock,
            store: None,
            lost: Vec::new(),
            history: None,
            make_report: None,
            watch: None,
        });
        let handle = engine.handle();
        let shown = tokio::select! {
            () = signals.wait() => Ok(()),
            shown = live_view::show(&handle, language, &zone, self.speed) => shown,
        };
        live_view::leave();
        say::out(language.pick("Gebe alles frei …", "Letting go of everything …"));
        let ending = engine.stop().await;
        plant.stop().await;
        shown?;
        match ending {
            Some(ending) if ending.left_commanded.is_empty() => {
                say::out(language.pick("Alles freigegeben.", "All let go."));
                Ok(ExitCode::SUCCESS)
            }
            ending => {
                say::err(&ending.unwrap_or_default().left_commanded.join(", "));
                Ok(ExitCode::from(3))
            }
        }
    }
}

/// Reads the shipped files, which are part of the program.
pub fn shipped(base: &Path) -> anyhow::Result<Shipped> {
    let file = |name: &str, text: &str| Source { file: name.into(), text: text.into() };
    let main = file("site.toml", SITE);
    let rules = [file("rathaus.rules", RULES)];
    let loaded = site::load(&main, base, &[]);
    let mut diagnostics = loaded.diagnostics;
    let mut sources = loaded.sources;
    let compiled = loaded.site.map(|site| {
        let compiled = rules::compile(&rules, &site);
        diagnostics.extend(compiled.diagnostics);
        (site, compiled.program)
    });
    sources.extend(rules);
    match compiled {
        Some((site, Some(program))) => Ok(Shipped { site, program }),
        _ => anyhow::bail!(
            "the shipped site has faults:\n{}",
            diagnostic::render(&diagnostics, &sources, Language::En, false)
        ),
    }
}

/// Starts the simulated building on free ports of this machine.
pub async fn start_plant(clock: &Arc<dyn Clock>) -> anyhow::Result<Plant> {
    Plant::start(plant::Config::default(), clock.clone())
        .await
        .context("the simulated building cannot be started")
}

/// Turns the site's placeholders into the addresses that the building serves.
pub fn point_at(site: &mut Site, plant: &Plant) {
    for connection in &mut site.connections {
        if let Transport::ModbusTcp { host, port } = &mut connection.transport {
            let served = plant.modbus_address();
            *host = served.ip().to_string();
            *port = served.port();
        }
        if let Transport::BacnetIp(network) = &mut connection.transport {
            network.bind = std::net::SocketAddrV4::new([127, 0, 0, 1].into(), 0);
            network.broadcast = None;
        }
    }
    let served: Vec<_> = plant::INSTANCES.into_iter().zip(plant.bacnet_addresses()).collect();
    for device in &mut site.devices {
        if let DeviceAddress::Bacnet(address) = &mut device.address {
            let mine = served.iter().find(|(instance, _)| address.instance == Some(*instance));
            address.address = mine.map(|(_, served)| SocketAddr::V4(*served));
        }
    }
}
