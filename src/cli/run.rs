//! `hauswart run`: the daemon.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use jiff::Timestamp;
use jiff::civil::DateTime;
use tokio_util::sync::CancellationToken;

use super::{files, job_reports, journal, rule_loader, say, solo};
use crate::clock::Scaled;
use crate::engine::ask::{ReloadBy, ReloadOrder};
use crate::engine::jobs::MakeReport;
use crate::engine::reload::RuleFiles;
use crate::engine::{Ending, Engine, Setup, Watch};
use crate::model::{Clock, Language, Reading, system_words};
use crate::report::energy::Occupancy;
use crate::rules::Program;
use crate::service::notify::{self, Notifier};
use crate::service::{Asked, DaemonSignals, FileWatch, Listing, Watched};
use crate::site::Site;
use crate::store::{self, Opened, Store, records};
use crate::web::api::LookingBack;
use crate::web::pull::Occupied;
use crate::web::{api, pull, socket};

pub const EXAMPLE: &str = "Example:
  hauswart run /etc/hauswart/site.toml
  hauswart run site.toml --speed 600 --start \"2026-01-12 05:00\"

SIGTERM and Ctrl-C let go of everything and end, within 45 s. SIGHUP takes up
changed rules, as \"hauswart reload\" does; so does a saved rule file, unless the
site file says reload = \"by hand\".
Exit code 0: all let go; 1: faults in the files; 2: could not start;
3: something is left commanded (named in the journal, let go of at the next start).";

#[derive(Debug, clap::Args)]
pub struct Run {
    /// The site file.
    #[arg(value_name = "SITE.TOML", default_value = "site.toml")]
    site: PathBuf,
    /// Seconds of the site's time in one real second, to follow a simulator.
    #[arg(long, value_name = "N", default_value_t = 1.0, value_parser = speed)]
    speed: f64,
    /// The site's local time at the start, to follow a simulator's calendar.
    #[arg(long, value_name = "TIME")]
    start: Option<String>,
    /// The real moment at which the clock stood at --start.
    #[arg(long, value_name = "UNIXTIME", requires = "start")]
    start_at: Option<f64>,
}

/// A clock's speed from the command line.
pub fn speed(text: &str) -> Result<f64, String> {
    let speed: f64 = text.parse().map_err(|_| "a number, for example 600".to_owned())?;
    if (0.001..=100_000.0).contains(&speed) { Ok(speed) } else { Err("0.001 to 100000".to_owned()) }
}

impl Run {
    pub fn run(self, language: Option<Language>) -> anyhow::Result<ExitCode> {
        journal::start("info");
        // Large pages would hold what small ones give back; where the system has
        // none, this fails.
        let _ = rustix::thread::disable_transparent_huge_pages(true);
        store::prepare();
        let files = files::read(&self.site, language)?;
        let language = files.language(language);
        let watched = Watched::new(files.watched.clone());
        let read = (files.sources.clone(), files.listing.clone(), files.texts);
        let Some((site, program)) = files.sound(language) else {
            say::err(language.pick(
                "hauswart: nicht gestartet: erst die Fehler oben beheben",
                "hauswart: not started: mend the errors above first",
            ));
            return Ok(ExitCode::from(1));
        };
        let clock = self.clock(&site)?;
        let site = Arc::new(site);
        let (sources, known, texts) = read;
        let load = rule_loader::loader(&self.site, site.clone(), sources, watched.clone());
        let rules = Rules { program, files: RuleFiles { load, texts }, watched, known };
        let runtime = super::runtime()?;
        let looking_back = LookingBack::default();
        let make = job_reports::maker(self.site.clone(), site.clone(), looking_back.clone());
        let reports = Reports { make, looking_back };
        let ended = runtime.block_on(serve(site, rules, clock, reports, language));
        // A name look-up that hangs must not hold the process up.
        runtime.shutdown_timeout(Duration::from_secs(1));
        ended
    }

    fn clock(&self, site: &Site) -> anyhow::Result<Arc<dyn Clock>> {
        let Some(start) = &self.start else {
            if (self.speed - 1.0).abs() < f64::EPSILON {
                return Ok(Arc::new(Scaled::real()));
            }
            return Ok(Arc::new(Scaled::new(self.speed, Scaled::system_time())));
        };
        let start = local_time(start, site)?;
        let passed =
            self.start_at.map_or(0.0, |at| Scaled::system_time().as_duration().as_secs_f64() - at);
        let passed = jiff::SignedDuration::try_from_secs_f64(passed * self.speed).ok();
        let now = passed.and_then(|passed| start.checked_add(passed).ok());
        let Some(now) = now else {
            anyhow::bail!(site.language.pick(
                "--start-at liegt zu weit von jetzt entfernt",
                "--start-at is too far from now",
            ));
        };
        Ok(Arc::new(Scaled::new(self.speed, now)))
    }
}

/// A local date and time as people type it: `2026-01-12 05:00` or, as in rule
/// files, `12.01.2026 05:00`.
pub fn local_time(text: &str, site: &Site) -> anyhow::Result<Timestamp> {
    let civil = text.parse().or_else(|_| DateTime::strptime("%d.%m.%Y %H:%M", text));
    match civil.and_then(|civil: DateTime| site.time_zone.to_timestamp(civil)) {
        Ok(time) => Ok(time),
        Err(_) => anyhow::bail!(site.language.pick(
            format!("--start {text}: so schreiben: --start \"2026-01-12 05:00\""),
            format!("--start {text}: write --start \"2026-01-12 05:00\""),
        )),
    }
}

/// The rules of the daemon, and where they come from.
struct Rules {
    program: Program,
    files: RuleFiles,
    watched: Arc<Watched>,
    /// As they were when they were read.
    known: Listing,
}

/// Those of jobs, and the lock that those which are pulled hold, too.
struct Reports {
    make: MakeReport,
    looking_back: LookingBack,
}

async fn serve(
    site: Arc<Site>,
    rules: Rules,
    clock: Arc<dyn Clock>,
    reports: Reports,
    language: Language,
) -> anyhow::Result<ExitCode> {
    let mut signals = DaemonSignals::catch().context("signals")?;
    let mut watch = FileWatch::start(rules.watched, rules.known);
    let Opened { store, notes: lost } = solo::open_store(&site.data, &*clock, language)?;
    let listener = socket::open(&site.data).map_err(|error| {
        let (data, why) = (site.data.display(), system_words(&error, language));
        anyhow::anyhow!(language.pick(
            format!("in {data} lässt sich der Anschluss für Befehle nicht öffnen: {why}"),
            format!("the socket for commands in {data} cannot be opened: {why}"),
        ))
    })?;
    let mut engine = Engine::start(Setup {
        site: site.clone(),
        program: Some(rules.program),
        rule_files: Some(rules.files),
        clock: clock.clone(),
        store: Some(store.clone()),
        lost,
        watch: Some(notify_cycles(&site, &*clock)),
        history: Some(site.history.into()),
        make_report: Some(reports.make),
    });
    let closing = CancellationToken::new();
    let occupied = occupied(&site);
    let (handle, of_jobs) = (engine.handle(), reports.looking_back);
    let shared = api::Shared::new(site.clone(), handle, store.clone(), clock, occupied, of_jobs);
    pull::start(&shared, closing.clone());
    let (router, data, stop) = (api::router(shared), site.data.clone(), closing.clone());
    let server = tokio::spawn(async move { socket::serve(listener, router, &data, stop).await });
    let (name, points) = (&site.name, site.points.len());
    tracing::info!(
        "{}",
        language.pick(
            format!("{name} läuft, {points} Punkte"),
            format!("{name} is running, {points} points"),
        )
    );
    let handle = engine.handle();
    let reload = |by| {
        let handle = handle.clone();
        // What comes of it is in the journal.
        tokio::spawn(async move { handle.reload(ReloadOrder { by, dry_run: false }).await });
    };
    let ending = loop {
        tokio::select! {
            asked = signals.next() => match asked {
                Asked::Reload => reload(ReloadBy::Signal),
                Asked::End => {
                    notify::stopping();
                    let words = ("soll enden und gibt alles frei", "asked to end: letting go");
                    tracing::info!("{}", language.pick(words.0, words.1));
                    break engine.stop().await;
                }
            },
            () = watch.changed() => reload(ReloadBy::Files),
            ended = engine.ended() => break ended,
        }
    };
    closing.cancel();
    let _ = tokio::time::timeout(Duration::from_secs(1), server).await;
    Ok(told(ending, &*store, language))
}

/// When buildings are occupied, for reports: as the rule files say when it is asked.
/// With faults in them it is unknown.
fn occupied(site: &Arc<Site>) -> Occupied {
    let site = site.clone();
    Occupied::new(move || {
        let read = files::rule_sources(&site.rules, site.language).ok();
        let sound = read.filter(|(_, faults)| faults.is_empty());
        let program = sound.and_then(|(sources, _)| files::compile(&sources, &site).0.program);
        Occupancy::of(&site, program.as_ref())
    })
}

/// Tells systemd of each cycle.
fn notify_cycles(site: &Arc<Site>, clock: &dyn Clock) -> Watch {
    let mut notifier = Notifier::new(site.cycle.div_f64(clock.speed()));
    let site = site.clone();
    Box::new(move |snapshot, outcome| {
        notifier.cycle_completed(|| {
            let known = |reading: &&Reading| reading.known().is_some();
            let good = snapshot.readings.iter().filter(known).count();
            let commanded = outcome.decisions.iter().filter(|it| it.target.is_some()).count();
            let (name, points) = (&site.name, site.points.len());
            site.language.pick(
                format!("{name}: {good} von {points} Punkten lesbar, {commanded} gestellt"),
                format!("{name}: {good} of {points} points read, {commanded} commanded"),
            )
        });
    })
}

/// What the end came to, in the journal and as an exit code.
fn told(ending: Option<Ending>, store: &dyn Store, language: Language) -> ExitCode {
    match ending {
        Some(ending) if ending.left_commanded.is_empty() => {
            tracing::info!("{}", language.pick("alles freigegeben", "all let go"));
            ExitCode::SUCCESS
        }
        Some(_) => ExitCode::from(3),
        None => {
            let words = (
                "ein Programmfehler hat die Regelung beendet, nichts ist freigegeben; bitte melden",
                "the engine died of a bug and let go of nothing; please report it",
            );
            tracing::error!("{}", language.pick(words.0, words.1));
            let recorded = records::list_commands(store).map(|listed| listed.records);
            let words =
                ("bleibt bis zum nächsten Start gestellt", "stays commanded until the next start");
            for command in recorded.unwrap_or_default() {
                tracing::error!("{} {}", command.point, language.pick(words.0, words.1));
            }
            ExitCode::from(3)
        }
    }
}
