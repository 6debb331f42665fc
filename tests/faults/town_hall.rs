//! The demo's town hall: the simulated building behind its sockets, and the
//! engine with a real store, on one lock-step clock. The engine can die: its
//! runtime is dropped under it, as a kill does, and nobody lets go of anything.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use hauswart::clock::LockStep;
use hauswart::engine::ask::Handle;
use hauswart::engine::{Ending, Engine, Setup};
use hauswart::model::diagnostic::Source;
use hauswart::model::{Busy, Clock as _, Language};
use hauswart::plant::{Config, Plant};
use hauswart::rules::{self, Program};
use hauswart::site::{self, Site};
use hauswart::store::{self, Store};
use tokio::runtime::{Builder, Runtime};

/// No step takes so long, devices that do not answer included.
const STUCK: Duration = Duration::from_secs(600);

pub struct TownHall {
    pub clock: LockStep,
    pub plant: Plant,
    pub site: Arc<Site>,
    data: PathBuf,
    running: Option<(Runtime, Engine)>,
    /// Holds time up while the test works.
    busy: Option<Busy>,
}

impl TownHall {
    /// The building at `start`, with nobody to look after it yet.
    pub async fn build(start: &str, data: &Path) -> Self {
        let clock = LockStep::new(start.parse().unwrap());
        let busy = Some(clock.busy());
        let plant = Plant::start(Config::default(), Arc::new(clock.clone())).await.unwrap();
        let (site, _) = shipped(&plant);
        Self { clock, plant, site: Arc::new(site), data: data.to_owned(), running: None, busy }
    }

    /// Lets time run until `moment` after the start.
    pub async fn run_until(&mut self, moment: Duration) {
        let sleep = self.clock.sleep_until(moment);
        self.busy = None;
        self.busy = Some(self.in_time("time", sleep).await);
    }

    /// What must not take for ever does not.
    pub async fn in_time<T>(&self, what: &str, doing: impl Future<Output = T>) -> T {
        let done = tokio::time::timeout(STUCK, doing).await;
        done.unwrap_or_else(|_| panic!("{what} stands still: {:?}", self.clock))
    }

    /// Starts an engine.
    pub fn start(&mut self) {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let opened = store::open(&self.data, "stamp").unwrap();
        assert_eq!(opened.notes, [], "the store lost something");
        let (site, program) = shipped(&self.plant);
        let setup = Setup {
            site: Arc::new(site),
            program: Some(program),
            rule_files: None,
            clock: Arc::new(self.clock.clone()),
            store: Some(opened.store),
            lost: opened.notes,
            history: None,
            make_report: None,
            watch: None,
        };
        let engine = {
            let _inside = runtime.enter();
            Engine::start(setup)
        };
        self.running = Some((runtime, engine));
    }

    pub fn handle(&self) -> Handle {
        self.running.as_ref().unwrap().1.handle()
    }

    /// Dies at once, whatever it was about to do.
    pub async fn kill(&mut self) {
        let (runtime, _) = self.running.take().unwrap();
        let dying = move || runtime.shutdown_timeout(Duration::from_secs(5));
        self.in_time("death", tokio::task::spawn_blocking(dying)).await.unwrap();
    }

    /// Lets go and ends. That takes the building's time, where devices do not
    /// answer, and real time, in which the building's must not run off.
    pub async fn stop(&mut self) -> Ending {
        let (runtime, engine) = self.running.take().unwrap();
        let mut stopping = runtime.spawn(engine.stop());
        let ending = loop {
            tokio::select! {
                ended = &mut stopping => break ended.unwrap().expect("the engine died of a bug"),
                () = tokio::time::sleep(Duration::from_millis(100)) => {
                    self.run_until(self.clock.now().steady + Duration::from_secs(1)).await;
                }
            }
        };
        self.in_time("the end", tokio::task::spawn_blocking(move || drop(runtime))).await.unwrap();
        ending
    }

    /// What is recorded as commanded, while no engine runs.
    pub fn outstanding(&self) -> Vec<String> {
        let opened = store::open(&self.data, "stamp").unwrap();
        let store: &dyn Store = &*opened.store;
        let listed = store::records::list_commands(store).unwrap();
        assert!(listed.unreadable.is_empty());
        listed.records.into_iter().map(|record| record.point).collect()
    }
}

/// The shipped site before this plant. Silence is told after 0.05 s, so that dead
/// devices cost a test little.
fn shipped(plant: &Plant) -> (Site, Program) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/demo");
    let read = |name: &str| std::fs::read_to_string(root.join(name)).unwrap();
    let mut text = read("site.toml").replace("127.0.0.1:47808", "127.0.0.1:0");
    let modbus = plant.modbus_address();
    text = text.replace("\"127.0.0.1:502\"", &format!("\"{modbus}\"\ntimeout = \"0.05 s\""));
    text = text.replace("\"127.0.0.1:0\"", "\"127.0.0.1:0\"\ntimeout = \"0.05 s\"");
    for (place, served) in plant.bacnet_addresses().into_iter().enumerate() {
        text = text.replace(&format!("127.0.0.1:4781{}", place + 1), &served.to_string());
    }
    let main = Source { file: "site.toml".into(), text: text.into() };
    let loaded = site::load(&main, &root, &[]);
    let mut site = loaded.site.unwrap_or_else(|| panic!("{:#?}", loaded.diagnostics));
    site.language = Language::En;
    let rules = [Source { file: "rathaus.rules".into(), text: read("rathaus.rules").into() }];
    let compiled = rules::compile(&rules[..], &site);
    (site, compiled.program.unwrap())
}
