//! The running engine on a clock that a test moves: what only shows over
//! days, or with a clock that is wrong.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::ask::{
    AcknowledgeOrder, Ends, OverrideOrder, Refusal, ReloadBy, ReloadOrder, Seeing, Target,
};
use super::picture::{ReloadOutcome, Status};
use super::reload::{Loaded, RuleFiles};
use super::{Engine, Setup};
use crate::clock::{Scaled, Stepped};
use crate::model::clock::{Busy, Clock, Now, Sleep};
use crate::model::diagnostic::Source;
use crate::model::fingerprint::{EMPTY, fingerprint};
use crate::site::Site;
use crate::store::{Batch, Entry, Store, StoreError};
use crate::{rules, site};

const SITE: &str = "
format = 1
[site]
name = \"Test\"
language = \"en\"
[[building]]
name = \"Rathaus\"
";
const RULES: &str = "language 1
building Rathaus
schedule Nutzung
  daily 08:00-16:00
rule \"Offen\"
  when Nutzung for 30 min  alarm notice \"offen\"
";

/// A stepped clock that passes for the system's own.
#[derive(Debug)]
struct Own(Stepped);

impl Clock for Own {
    fn now(&self) -> Now {
        self.0.now()
    }

    fn sleep_until(&self, steady: Duration) -> Sleep {
        self.0.sleep_until(steady)
    }

    fn busy(&self) -> Busy {
        self.0.busy()
    }

    fn speed(&self) -> f64 {
        self.0.speed()
    }

    fn is_system(&self) -> bool {
        true
    }
}

/// An engine, its clock and the text of its rules.
struct House {
    engine: Engine,
    clock: Arc<Own>,
    text: Arc<Mutex<String>>,
}

fn texts(text: &str) -> u64 {
    fingerprint(EMPTY, text.as_bytes())
}

fn compiled(text: &str, site: &Site) -> Loaded {
    let sources = vec![Source { file: "a.rules".into(), text: text.into() }];
    let rules::Compiled { program, diagnostics, .. } = rules::compile(&sources, site);
    Loaded { program, diagnostics, sources, texts: texts(text), restart: Vec::new() }
}

/// A disk that takes all until it takes nothing more.
#[derive(Debug, Default)]
struct Disk {
    full: AtomicBool,
}

impl Store for Disk {
    fn get(&self, _: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(None)
    }

    fn scan(&self, _: &[u8]) -> Result<Vec<Entry>, StoreError> {
        Ok(Vec::new())
    }

    fn apply(&self, _: &Batch) -> Result<(), StoreError> {
        if self.full.load(Ordering::Relaxed) {
            return Err(StoreError::Full { folder: "/".into(), free: 0, needed: 1 });
        }
        Ok(())
    }
}

impl House {
    fn start(more: &str, at: Timestamp) -> Self {
        Self::start_on(None, more, at)
    }

    fn start_on(store: Option<Arc<dyn Store>>, more: &str, at: Timestamp) -> Self {
        let text = SITE.replace("[[building]]", &format!("{more}\n[[building]]"));
        let main = Source { file: "site.toml".into(), text: text.as_str().into() };
        let loaded = site::load(&main, Path::new("/"), &[]);
        let site = Arc::new(loaded.site.unwrap_or_else(|| panic!("{:?}", loaded.diagnostics)));
        let text = Arc::new(Mutex::new(RULES.to_owned()));
        let (read, own) = (text.clone(), site.clone());
        let load = Arc::new(move || Ok(compiled(&read.lock().unwrap(), &own)));
        let clock = Arc::new(Own(Stepped::new(at)));
        let engine = Engine::start(Setup {
            program: compiled(RULES, &site).program,
            rule_files: Some(RuleFiles { load, texts: texts(RULES) }),
            site,
            clock: clock.clone(),
            store,
            lost: Vec::new(),
            history: None,
            make_report: None,
            watch: None,
        });
        Self { engine, clock, text }
    }

    /// So much time later, after a cycle.
    async fn pass(&self, time: Duration) -> Status {
        let before = self.status().await.cycles;
        self.clock.0.advance(time);
        loop {
            let status = self.status().await;
            if status.cycles > before {
                return status;
            }
        }
    }

    async fn status(&self) -> Status {
        self.engine.handle().status().await.unwrap()
    }

    async fn reload(&self, by: ReloadBy, text: &str) -> ReloadOutcome {
        text.clone_into(&mut self.text.lock().unwrap());
        let order = ReloadOrder { by, dry_run: false };
        self.engine.handle().reload(order).await.unwrap().unwrap().outcome
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn alarms(status: &Status) -> Vec<&str> {
    status.alarms.iter().map(|alarm| alarm.text.as_str()).collect()
}

const MINUTE: Duration = Duration::from_secs(60);

/// Nine o'clock in Berlin, a hundred years after anybody builds this.
const MORNING: &str = "2126-11-25T08:00:00Z";

#[tokio::test]
async fn a_clock_that_cannot_be_right_makes_schedules_unknown_until_it_is_set() {
    let house = House::start("", at("2001-01-01T00:00:00Z"));
    let status = house.pass(MINUTE).await;
    assert_eq!(status.schedules[0].on, None);
    assert!(alarms(&status)[0].contains("01.01.2001 01:0"), "{:?}", alarms(&status));
    house.clock.0.set_wall(at(MORNING));
    let status = house.pass(MINUTE).await;
    assert_eq!((status.schedules[0].on, alarms(&status).len()), (Some(true), 0));
    // Three days back: time goes on from where it was.
    house.clock.0.set_wall(at(MORNING) - SignedDuration::from_hours(72));
    let status = house.pass(MINUTE).await;
    assert_eq!(status.schedules[0].on, None);
    assert!(alarms(&status)[0].contains("it should be 25.11.2126 09:0"), "{:?}", alarms(&status));
    assert_eq!(status.now, at(MORNING) + SignedDuration::from_mins(2));
    // It was wrong before, says somebody.
    assert_eq!(house.reload(ReloadBy::Person, RULES).await, ReloadOutcome::Unchanged);
    let status = house.pass(MINUTE).await;
    assert_eq!((status.schedules[0].on, alarms(&status).len()), (Some(true), 0));
    assert!(status.now < at(MORNING));
}

#[tokio::test]
async fn an_override_counts_as_ended_only_once_a_restart_would_know() {
    let disk = Arc::new(Disk::default());
    let house = House::start_on(Some(disk.clone()), "", at(MORNING));
    let handle = house.engine.handle();
    let place = || {
        handle.command(OverrideOrder {
            target: Target::Schedule("Nutzung".into()),
            value: 0.0,
            from: None,
            ends: Ends::After(MINUTE * 60),
            user: "anna".into(),
            why: String::new(),
        })
    };
    let placed = place().await.unwrap().unwrap();
    assert!(placed.recorded);
    assert_eq!(handle.release(placed.id).await.unwrap(), Ok(()));
    let placed = place().await.unwrap().unwrap();
    disk.full.store(true, Ordering::Relaxed);
    let ended = handle.release(placed.id).await.unwrap();
    assert_eq!(ended, Err(Refusal::EndNotKept));
    assert_eq!(house.status().await.overrides.len(), 0, "it has ended all the same");
}

#[tokio::test]
async fn a_timer_runs_through_a_reload_and_an_override_through_both() {
    let house = House::start("", at("2126-11-25T06:59:00Z"));
    house.pass(MINUTE).await;
    house.pass(20 * MINUTE).await;
    let other = format!("{RULES}rule \"Neu\"\n  alarm notice \"neu\"\n");
    assert_eq!(house.reload(ReloadBy::Files, &other).await, ReloadOutcome::Taken);
    assert_eq!(alarms(&house.pass(9 * MINUTE).await), ["Rathaus.Neu: neu"]);
    let status = house.pass(MINUTE).await;
    assert_eq!(alarms(&status), ["Rathaus.Neu: neu", "Rathaus.Offen: offen"]);
    assert_eq!(status.rules, 2);
    let order = OverrideOrder {
        target: Target::Schedule("Nutzung".into()),
        value: 0.0,
        from: None,
        ends: Ends::After(10 * MINUTE),
        user: "meier".into(),
        why: String::new(),
    };
    let placed = house.engine.handle().command(order).await.unwrap().unwrap();
    assert_eq!((placed.name.as_str(), placed.shown.as_str()), ("Rathaus.Nutzung", "off"));
    assert_eq!(alarms(&house.pass(MINUTE).await), ["Rathaus.Neu: neu"]);
    assert_eq!(house.reload(ReloadBy::Signal, RULES).await, ReloadOutcome::Taken);
    let status = house.pass(MINUTE).await;
    assert_eq!((status.schedules[0].on, status.overrides.len()), (Some(false), 1));
    let status = house.pass(9 * MINUTE).await;
    assert_eq!((status.schedules[0].on, status.overrides.len()), (Some(true), 0));
}

#[tokio::test]
async fn a_folder_without_rules_is_taken_up_on_a_word_only() {
    let house = House::start("", at(MORNING));
    house.pass(MINUTE).await;
    let empty = "language 1\n";
    assert_eq!(house.reload(ReloadBy::Files, empty).await, ReloadOutcome::Refused);
    let status = house.pass(MINUTE).await;
    assert_eq!(status.rules, 1);
    assert!(alarms(&status)[0].contains("no rule left"), "{:?}", alarms(&status));
    assert_eq!(house.reload(ReloadBy::Person, empty).await, ReloadOutcome::Taken);
    let status = house.pass(MINUTE).await;
    assert_eq!((status.rules, alarms(&status).len()), (0, 0));
}

#[tokio::test]
async fn where_only_a_person_takes_up_rules_a_saved_file_is_a_notice() {
    let house = House::start("reload = \"by hand\"", at(MORNING));
    house.pass(MINUTE).await;
    let other = RULES.replace("30 min", "10 min");
    assert_eq!(house.reload(ReloadBy::Files, &other).await, ReloadOutcome::WouldTake);
    let status = house.pass(MINUTE).await;
    assert!(alarms(&status)[0].contains("wait for"), "{:?}", alarms(&status));
    // Taken back by its author.
    assert_eq!(house.reload(ReloadBy::Files, RULES).await, ReloadOutcome::Unchanged);
    assert_eq!(house.pass(MINUTE).await.alarms.len(), 0);
    assert_eq!(house.reload(ReloadBy::Signal, &other).await, ReloadOutcome::Taken);
}

#[tokio::test]
async fn what_waits_is_shown_until_somebody_acknowledges_it() {
    let house = House::start("", at("2126-11-25T06:59:00Z"));
    house.pass(MINUTE).await;
    let waiting = RULES.replace("for 30 min", "until acknowledged");
    assert_eq!(house.reload(ReloadBy::Person, &waiting).await, ReloadOutcome::Taken);
    let status = house.pass(MINUTE).await;
    assert_eq!(
        (alarms(&status), &status.awaiting[..]),
        (vec!["Rathaus.Offen: offen"], &["Rathaus.Offen".to_owned()][..])
    );
    let status = house.pass(10 * 60 * MINUTE).await;
    assert_eq!((status.schedules[0].on, status.awaiting.len()), (Some(false), 1));
    let say = async |rule: &str| {
        let what = Seeing::Rule(rule.into());
        let order = AcknowledgeOrder { what, user: "meier".into(), why: String::new() };
        house.engine.handle().acknowledge(order).await.unwrap()
    };
    assert!(matches!(say("Ofen").await, Err(Refusal::NotFound(_))));
    assert_eq!(say("Offen").await.map(|it| it.rule), Ok(Some("Rathaus.Offen".into())));
    let status = house.pass(MINUTE).await;
    assert_eq!((alarms(&status).len(), status.awaiting.len()), (0, 0));
    assert_eq!(
        say("Offen").await.map(|it| it.rule),
        Err(Refusal::NothingWaits("Rathaus.Offen".into()))
    );
}

/// A web server that counts what it is asked.
async fn counting() -> (u16, Arc<AtomicUsize>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    tokio::spawn(async move {
        let answer = axum::routing::any(move || async move {
            count.fetch_add(1, Ordering::SeqCst);
            "good"
        });
        let router: axum::Router = axum::Router::new().route("/", answer);
        axum::serve(listener, router).await
    });
    (port, asked)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_cycle_that_hangs_gives_no_life_sign() {
    let (port, asked) = counting().await;
    let more = format!(
        "cycle = \"1 s\"\n[alarms]\nlife_sign = {{ url = \"http://127.0.0.1:{port}/\", every = \"1 s\" }}"
    );
    let text = SITE.replace("[[building]]", &format!("{more}\n[[building]]"));
    let main = Source { file: "site.toml".into(), text: text.into() };
    let site = Arc::new(site::load(&main, Path::new("/"), &[]).site.unwrap());
    let hangs = Arc::new(AtomicBool::new(false));
    let hung = hangs.clone();
    let engine = Engine::start(Setup {
        program: compiled(RULES, &site).program,
        rule_files: None,
        site,
        clock: Arc::new(Scaled::real()),
        store: None,
        lost: Vec::new(),
        history: None,
        make_report: None,
        watch: Some(Box::new(move |_, _| {
            // The other tasks go on: it is not they that give the signs.
            tokio::task::block_in_place(|| {
                while hung.load(Ordering::SeqCst) {
                    std::thread::sleep(Duration::from_millis(10));
                }
            });
        })),
    });
    let more_than = async |many: usize| {
        while asked.load(Ordering::SeqCst) <= many {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    more_than(1).await;
    hangs.store(true, Ordering::SeqCst);
    // That of the last cycle that was completed may still go out.
    tokio::time::sleep(Duration::from_millis(2500)).await;
    let many = asked.load(Ordering::SeqCst);
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert_eq!(asked.load(Ordering::SeqCst), many, "a hung program gave life signs");
    hangs.store(false, Ordering::SeqCst);
    more_than(many).await;
    engine.stop().await.unwrap();
}

#[tokio::test]
async fn a_schedule_that_is_unknown_keeps_no_alarm_from_anybody() {
    let (port, asked) = counting().await;
    let more = format!(
        "[alarms]\n[[alarms.recipient]]\nwebhook = \"http://127.0.0.1:{port}/\"\non_call = \"Nutzung\""
    );
    // Nobody is on call at night; on a clock that cannot be right nobody knows.
    for (time, told) in [("2126-11-25T02:00:00Z", false), ("1970-01-01T02:00:00Z", true)] {
        let house = House::start(&more, at(time));
        house.pass(MINUTE).await;
        house.reload(ReloadBy::Person, "rule \"broken").await;
        assert!(!house.pass(MINUTE).await.alarms.is_empty());
        let before = asked.load(Ordering::SeqCst);
        for _ in 0..20 {
            house.pass(MINUTE).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(asked.load(Ordering::SeqCst) > before, told, "{time}");
    }
}
