//! A site opened by a command itself, because no daemon runs: an engine for
//! reading, for one override, or for a look at what the rules would do.

use std::path::Path;
use std::sync::Arc;

use crate::clock::Scaled;
use crate::engine::{Engine, Setup};
use crate::model::{Clock, Language, system_words};
use crate::rules::Program;
use crate::site::Site;
use crate::store::{self, Opened, Store};

/// Opens the store of a data folder, making the folder where it is missing.
/// Holding it is what makes a process the one daemon of its folder.
pub fn open_store(data: &Path, clock: &dyn Clock, language: Language) -> anyhow::Result<Opened> {
    make(data, language)?;
    let stamp = clock.now().wall.strftime("%Y%m%dT%H%M%SZ").to_string();
    store::open(data, &stamp).map_err(|fault| anyhow::anyhow!(fault.words(language)))
}

/// The same for a command that raises no alarms: a store of which something is lost
/// is left to the daemon, which does.
pub fn open_store_if_whole(data: &Path, language: Language) -> anyhow::Result<Arc<dyn Store>> {
    make(data, language)?;
    store::open_if_whole(data).map_err(|fault| anyhow::anyhow!(fault.words(language)))
}

fn make(data: &Path, language: Language) -> anyhow::Result<()> {
    std::fs::create_dir_all(data).map_err(|error| {
        let (data, why) = (data.display(), system_words(&error, language));
        anyhow::anyhow!(language.pick(
            format!("der Datenordner {data} lässt sich nicht anlegen: {why}"),
            format!("the data folder {data} cannot be made: {why}"),
        ))
    })
}

/// An engine that only reads.
pub fn reader(site: Site) -> Engine {
    let site = Arc::new(Site { read_only: true, ..site });
    let clock = Arc::new(Scaled::real());
    Engine::start(without_rules(site, clock))
}

/// An engine that reads, and decides by these rules without writing.
pub fn onlooker(site: Site, program: Program) -> Engine {
    let site = Arc::new(Site { read_only: true, ..site });
    let clock = Arc::new(Scaled::real());
    Engine::start(Setup { program: Some(program), ..without_rules(site, clock) })
}

/// An engine that obeys overrides and lets go at its end.
pub fn operator(site: Arc<Site>, language: Language) -> anyhow::Result<Engine> {
    let clock = Arc::new(Scaled::real());
    let Opened { store, notes: lost } = open_store(&site.data, &*clock, language)?;
    let setup = Setup { store: Some(store), lost, ..without_rules(site, clock) };
    Ok(Engine::start(setup))
}

fn without_rules(site: Arc<Site>, clock: Arc<dyn Clock>) -> Setup {
    Setup {
        site,
        program: None,
        rule_files: None,
        clock,
        store: None,
        lost: Vec::new(),
        history: None,
        make_report: None,
        watch: None,
    }
}
