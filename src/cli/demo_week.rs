//! `hauswart demo --days N`: the same days twice on two simulated buildings,
//! once with the rules and once only watched, each on its own lock-step clock;
//! every figure comes from values that crossed sockets.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::Context;
use jiff::Timestamp;
use serde::Serialize;

use super::demo::{Shipped, point_at, shipped, start_plant};
use super::progress::Progress;
use super::say::count;
use super::table::{Align, Table};
use super::{Format, demo_sums::Sums};
use crate::clock::LockStep;
use crate::engine::{Engine, Setup};
use crate::model::{Clock, Language};
use crate::site::Site;

/// What one run came to.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    pub gas_m3: Option<f64>,
    pub heat_kwh: Option<f64>,
    pub electricity_kwh: Option<f64>,
    /// K·h below [`super::demo_sums::COMFORT_C`] in occupied hours, by zone.
    pub too_cold_kh: Vec<(String, f64)>,
    /// Hours in which the hall's air was above 1000 ppm while occupied.
    pub stale_air_h: f64,
    pub occupied_h: f64,
    /// Occupied hours in which a room's temperature was not known.
    pub unknown_h: f64,
    pub cycles: u64,
}

enum News {
    /// Part of the run's time that has passed, 0–1.
    Progress {
        with_rules: bool,
        part: f64,
    },
    Done {
        with_rules: bool,
        summary: anyhow::Result<Summary>,
    },
}

/// Runs both and prints them side by side.
pub fn run(
    start: Timestamp,
    days: u32,
    language: Language,
    format: Format,
) -> anyhow::Result<ExitCode> {
    let (news, received) = mpsc::channel();
    for with_rules in [true, false] {
        let news = news.clone();
        thread::spawn(move || {
            let summary = one_run(start, days, with_rules, news.clone());
            let _ = news.send(News::Done { with_rules, summary });
        });
    }
    drop(news);
    let (with, without) = wait(&received, language)?;
    match format {
        Format::Json => {
            let both = serde_json::json!({ "with_rules": with, "without_rules": without });
            println!("{both:#}");
        }
        Format::Text => print(&with, &without, days, language),
    }
    Ok(ExitCode::SUCCESS)
}

fn wait(news: &mpsc::Receiver<News>, language: Language) -> anyhow::Result<(Summary, Summary)> {
    let mut parts = [0.0, 0.0];
    let mut done = [None, None];
    let mut bar = Progress::new(1000);
    while let Ok(news) = news.recv() {
        match news {
            News::Progress { with_rules, part } => parts[usize::from(with_rules)] = part,
            News::Done { with_rules, summary } => {
                parts[usize::from(with_rules)] = 1.0;
                done[usize::from(with_rules)] = Some(summary?);
            }
        }
        let done = (parts[0] + parts[1]) * 500.0;
        bar.at(done as u64, || language.pick("Simulation", "simulating").to_owned());
    }
    let [Some(without), Some(with)] = done else { anyhow::bail!("a run ended without a result") };
    Ok((with, without))
}

fn one_run(
    start: Timestamp,
    days: u32,
    with_rules: bool,
    news: mpsc::Sender<News>,
) -> anyhow::Result<Summary> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the runtime cannot be started")?;
    let progress = move |part| {
        let _ = news.send(News::Progress { with_rules, part });
    };
    runtime.block_on(run_building(start, days, with_rules, progress))
}

async fn run_building(
    start: Timestamp,
    days: u32,
    with_rules: bool,
    progress: impl Fn(f64) + Send + 'static,
) -> anyhow::Result<Summary> {
    let Shipped { mut site, program } = shipped(&std::env::temp_dir())?;
    let clock: Arc<dyn Clock> = Arc::new(LockStep::new(start));
    let starting = clock.busy();
    let plant = start_plant(&clock).await?;
    point_at(&mut site, &plant);
    site.read_only = !with_rules;
    let site: Arc<Site> = Arc::new(site);
    let lasts = Duration::from_secs(u64::from(days) * 86_400);
    let (done, ended) = tokio::sync::oneshot::channel();
    let mut done = Some(done);
    let mut sums = Sums::new(&site, start, lasts)?;
    // The summary asks the schedule of the rules, also where they do not run.
    let occupancy = shipped(&std::env::temp_dir())?.program;
    let engine = Engine::start(Setup {
        site,
        program: with_rules.then_some(program),
        rule_files: None,
        clock,
        store: None,
        lost: Vec::new(),
        history: None,
        make_report: None,
        watch: Some(Box::new(move |snapshot, _| {
            let part = sums.take(snapshot, &occupancy);
            progress(part);
            if part >= 1.0
                && let Some(done) = done.take()
            {
                let _ = done.send(sums.summary());
            }
        })),
    });
    drop(starting);
    let summary = ended.await.context("the engine ended before the days were over")?;
    engine.stop().await;
    plant.stop().await;
    Ok(summary)
}

fn print(with: &Summary, without: &Summary, days: u32, language: Language) {
    let mut table = Table::new(&[
        (language.pick("", ""), Align::Left),
        (language.pick("ohne Regeln", "without rules"), Align::Right),
        (language.pick("mit Regeln", "with rules"), Align::Right),
        (language.pick("Unterschied", "difference"), Align::Right),
    ]);
    let energy = [
        (language.pick("Gas, m³", "gas, m³"), without.gas_m3, with.gas_m3),
        (language.pick("Wärme, kWh", "heat, kWh"), without.heat_kwh, with.heat_kwh),
        (
            language.pick("Strom, kWh", "electricity, kWh"),
            without.electricity_kwh,
            with.electricity_kwh,
        ),
    ];
    for (name, without, with) in energy {
        let show = |value: Option<f64>| value.map_or_else(|| "?".into(), |v| format!("{v:.1}"));
        let change = match (without, with) {
            (Some(without), Some(with)) if without > 0.0 => {
                format!("{:+.1} %", (with / without - 1.0) * 100.0)
            }
            _ => "?".into(),
        };
        table.row([name.to_owned(), show(without), show(with), change]);
    }
    for ((zone, without), (_, with)) in without.too_cold_kh.iter().zip(&with.too_cold_kh) {
        let name = language.pick(format!("{zone} zu kalt, K·h"), format!("{zone} too cold, K·h"));
        table.row([
            name,
            format!("{without:.1}"),
            format!("{with:.1}"),
            format!("{:+.1}", with - without),
        ]);
    }
    let air = language.pick("Luft über 1000 ppm, h", "air above 1000 ppm, h").to_owned();
    let change = with.stale_air_h - without.stale_air_h;
    table.row([
        air,
        format!("{:.1}", without.stale_air_h),
        format!("{:.1}", with.stale_air_h),
        format!("{change:+.1}"),
    ]);
    println!();
    for line in table.lines() {
        println!("{line}");
    }
    let (occupied, unknown) = (with.occupied_h, with.unknown_h);
    let [one, several] = language.pick(["Tag", "Tage"], ["day", "days"]);
    let days = count(days as usize, one, several);
    println!(
        "\n{}",
        language.pick(
            format!("{days}, {occupied:.0} Nutzungsstunden, davon {unknown:.1} ohne Messwert. Zu kalt: unter 20 °C in der Nutzungszeit. Werte aus den Zählern und Fühlern über Modbus und BACnet."),
            format!("{days}, {occupied:.0} occupied hours, {unknown:.1} of them without a reading. Too cold: below 20 °C while occupied. Values from meters and sensors over Modbus and BACnet."),
        )
    );
}
