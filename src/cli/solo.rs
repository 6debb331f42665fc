//! A site opened by a command itself, because no daemon runs: an engine
//! without rules, for reading or for one override.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;

use crate::clock::Scaled;
use crate::engine::{Engine, Setup};
use crate::model::{Clock, Language};
use crate::site::Site;
use crate::store::{self, Store};

/// Opens the store of a data folder, making the folder where it is missing,
/// and says what was lost if it had to be mended. Holding it is what makes a
/// process the one daemon of its folder.
pub fn open_store(
    data: &Path,
    clock: &dyn Clock,
    language: Language,
) -> anyhow::Result<Arc<dyn Store>> {
    std::fs::create_dir_all(data)
        .with_context(|| format!("the data folder {} cannot be made", data.display()))?;
    let stamp = clock.now().wall.strftime("%Y%m%dT%H%M%SZ").to_string();
    let opened =
        store::open(data, &stamp).map_err(|fault| anyhow::anyhow!(fault.words(language)))?;
    for note in &opened.notes {
        tracing::error!("{}", note.words(language));
    }
    Ok(opened.store)
}

/// An engine that only reads.
pub fn reader(site: Site) -> Engine {
    let site = Arc::new(Site { read_only: true, ..site });
    let clock = Arc::new(Scaled::real());
    Engine::start(Setup { site, program: None, clock, store: None, watch: None })
}

/// An engine that obeys overrides and lets go at its end.
pub fn operator(site: Arc<Site>, language: Language) -> anyhow::Result<Engine> {
    let clock = Arc::new(Scaled::real());
    let store = Some(open_store(&site.data, &*clock, language)?);
    Ok(Engine::start(Setup { site, program: None, clock, store, watch: None }))
}
