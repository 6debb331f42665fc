//! Checks in the background, so that typing never waits. Of several orders
//! that wait only the last is done, and one that is overtaken is given up.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use crossbeam_channel::{Receiver, Sender, unbounded};

use super::project::{self, Project, Sites};
use super::texts::Text;

/// What a check found.
#[derive(Debug, Default)]
pub struct Checked {
    /// Of the texts that were checked.
    pub generation: u64,
    pub projects: Vec<Project>,
}

struct Order {
    generation: u64,
    open: Vec<Text>,
}

#[derive(Debug)]
pub struct Worker {
    orders: Sender<Order>,
    /// The newest order.
    newest: Arc<AtomicU64>,
    pub results: Receiver<Checked>,
}

impl Worker {
    /// Starts it; `site` is the site file that was named, if one was.
    pub fn start(site: Option<PathBuf>) -> Self {
        let (orders, ordered) = unbounded::<Order>();
        let (finished, results) = unbounded();
        let newest = Arc::new(AtomicU64::new(0));
        let latest = newest.clone();
        thread::spawn(move || {
            let mut sites = Sites::default();
            while let Ok(order) = ordered.recv() {
                let order = ordered.try_iter().last().unwrap_or(order);
                let wanted = || latest.load(Ordering::Relaxed) == order.generation;
                let checked = project::check(&order.open, site.as_deref(), &mut sites, wanted);
                let Some(projects) = checked else { continue };
                let generation = order.generation;
                if finished.send(Checked { generation, projects }).is_err() {
                    return;
                }
            }
        });
        Self { orders, newest, results }
    }

    /// Orders a check of these texts.
    pub fn order(&self, generation: u64, open: Vec<Text>) {
        self.newest.store(generation, Ordering::Relaxed);
        // It ends only with this.
        let _ = self.orders.send(Order { generation, open });
    }
}
