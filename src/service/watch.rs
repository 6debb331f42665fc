//! Tells that rule files were saved, once nobody writes to them any more. The
//! system says at once that a file changed, and that a writer has closed it;
//! a look every now and then finds what it does not say (network drives).
//!
//! ```text
//! Idle ──a file changed──► Changing ──quiet: 2 s──────────────────► told
//!                          │  ▲      └─ 10 s where one is gone or shorter
//!                          └──┘ changed again, or open in a writer
//! ```

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use notify::event::{AccessKind, AccessMode, EventKind, ModifyKind};
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::listing::{Listing, is_ours};

/// Nothing has changed for so long: the files are whole.
const QUIET: Duration = Duration::from_secs(2);
/// The same where a file has vanished or become shorter: it may be about to
/// come back, from an editor or over a slow line.
const QUIET_AFTER_LOSS: Duration = Duration::from_secs(10);
/// A writer that has written nothing for so long and not closed its file is
/// not waited for.
const WRITER_PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks while files change.
const LOOK: Duration = Duration::from_millis(250);
/// Between two looks while nothing is heard.
const IDLE_LOOK: Duration = Duration::from_secs(20);

/// The folders and files that are looked at, and what is known of them; shared
/// with who reads them.
#[derive(Debug, Default)]
pub struct Watched {
    paths: Mutex<BTreeSet<PathBuf>>,
    /// Written to and not closed since.
    open: Mutex<BTreeSet<PathBuf>>,
}

impl Watched {
    /// These, and no others yet.
    #[must_use]
    pub fn new(paths: impl IntoIterator<Item = PathBuf>) -> Arc<Self> {
        let paths = Mutex::new(paths.into_iter().collect());
        Arc::new(Self { paths, ..Self::default() })
    }

    /// Looks at these from now on. Of files outside the folders that were known
    /// at the start the system says nothing: they are found changed at the next
    /// look.
    pub fn look_at(&self, paths: impl IntoIterator<Item = PathBuf>) {
        *lock(&self.paths) = paths.into_iter().collect();
    }

    /// The files as they are now.
    #[must_use]
    pub fn listing(&self) -> Listing {
        let paths: Vec<PathBuf> = lock(&self.paths).iter().cloned().collect();
        Listing::of(&paths)
    }

    /// Whether a program has written to one of the files and not closed it.
    #[must_use]
    pub fn being_written(&self) -> bool {
        !lock(&self.open).is_empty()
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// See the module.
#[derive(Debug)]
pub struct FileWatch {
    watched: Arc<Watched>,
    known: Listing,
    heard: mpsc::UnboundedReceiver<Heard>,
    /// `None` where the system cannot tell.
    _watcher: Option<RecommendedWatcher>,
}

/// What the system says of a file.
#[derive(Debug)]
enum Heard {
    Written(PathBuf),
    Closed(PathBuf),
    /// Made, renamed, removed.
    Other(PathBuf),
}

impl FileWatch {
    /// Watches these folders and files; `known` is how they were when they
    /// were read.
    #[must_use]
    pub fn start(watched: Arc<Watched>, known: Listing) -> Self {
        let (tell, heard) = mpsc::unbounded_channel();
        let watcher = watcher(&lock(&watched.paths), tell)
            .inspect_err(|error| tracing::warn!(%error, "changed rule files are found late"))
            .ok();
        Self { watched, known, heard, _watcher: watcher }
    }

    /// Ends when files have changed and are quiet since.
    pub async fn changed(&mut self) {
        loop {
            if self.watched.listing() == self.known {
                self.listen(IDLE_LOOK).await;
                continue;
            }
            let quiet = self.quiet().await;
            // Saved without a change, or gone and back.
            if quiet != self.known {
                self.known = quiet;
                return;
            }
        }
    }

    /// The files once they are quiet.
    async fn quiet(&mut self) -> Listing {
        let mut last = self.watched.listing();
        let mut since = Instant::now();
        loop {
            let heard = self.listen(LOOK).await;
            let now = self.watched.listing();
            if heard || now != last {
                since = Instant::now();
            }
            last = now;
            let quiet = if last.lost_since(&self.known) { QUIET_AFTER_LOSS } else { QUIET };
            let written = self.watched.being_written();
            let patience = if written { WRITER_PATIENCE } else { quiet };
            if since.elapsed() >= patience {
                lock(&self.watched.open).clear();
                return last;
            }
        }
    }

    /// Takes in what the system says, for so long; true if it said something.
    async fn listen(&mut self, wait: Duration) -> bool {
        let give_up = Instant::now() + wait;
        let mut any = false;
        while let Ok(heard) = tokio::time::timeout_at(give_up, self.heard.recv()).await {
            let Some(heard) = heard else {
                tokio::time::sleep_until(give_up).await;
                break;
            };
            any = true;
            match heard {
                Heard::Written(path) => drop(lock(&self.watched.open).insert(path)),
                Heard::Closed(path) | Heard::Other(path) => {
                    lock(&self.watched.open).remove(&path);
                }
            }
            if wait == IDLE_LOOK {
                break;
            }
        }
        any
    }
}

fn watcher(
    paths: &BTreeSet<PathBuf>,
    tell: mpsc::UnboundedSender<Heard>,
) -> notify::Result<RecommendedWatcher> {
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let Ok(event) = event else { return };
        for path in event.paths.into_iter().filter(|path| is_ours(path)) {
            // Nobody listens any more at the end.
            let _ = heard(event.kind, path).map(|heard| tell.send(heard));
        }
    })?;
    // A file's folder: one saved by renaming is another file than before.
    let folder = |path: &PathBuf| {
        if path.is_dir() {
            path.clone()
        } else {
            path.parent().unwrap_or(Path::new("/")).to_owned()
        }
    };
    for folder in paths.iter().map(folder).collect::<BTreeSet<_>>() {
        watcher.watch(&folder, RecursiveMode::NonRecursive)?;
    }
    Ok(watcher)
}

fn heard(kind: EventKind, path: PathBuf) -> Option<Heard> {
    match kind {
        EventKind::Modify(ModifyKind::Data(_)) => Some(Heard::Written(path)),
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => Some(Heard::Closed(path)),
        EventKind::Create(_) | EventKind::Remove(_) | EventKind::Modify(_) => {
            Some(Heard::Other(path))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;

    use super::*;

    struct Folder(tempfile::TempDir);

    impl Folder {
        fn new() -> (Self, FileWatch) {
            let folder = Self(tempfile::tempdir().unwrap());
            fs::write(folder.file(), "language 1\n").unwrap();
            let watched = Watched::new([folder.0.path().to_owned()]);
            let known = watched.listing();
            (folder, FileWatch::start(watched, known))
        }

        fn file(&self) -> PathBuf {
            self.0.path().join("a.rules")
        }
    }

    async fn told_within(watch: &mut FileWatch, seconds: f64) -> bool {
        tokio::time::timeout(Duration::from_secs_f64(seconds), watch.changed()).await.is_ok()
    }

    #[tokio::test]
    async fn a_saved_file_is_told_once_it_is_quiet() {
        let (folder, mut watch) = Folder::new();
        fs::write(folder.file(), "language 1\n# one\n").unwrap();
        assert!(!told_within(&mut watch, 1.5).await);
        assert!(told_within(&mut watch, 5.0).await);
        assert!(!told_within(&mut watch, 3.0).await, "told twice");
    }

    #[tokio::test]
    async fn a_file_that_is_gone_for_a_while_is_not_told() {
        let (folder, mut watch) = Folder::new();
        let aside = folder.0.path().join("a.rules~");
        fs::rename(folder.file(), &aside).unwrap();
        assert!(!told_within(&mut watch, 4.0).await);
        fs::rename(&aside, folder.file()).unwrap();
        assert!(!told_within(&mut watch, 4.0).await);
    }

    #[tokio::test]
    async fn a_writer_that_pauses_is_waited_for() {
        let (folder, mut watch) = Folder::new();
        let mut writing = fs::File::create(folder.file()).unwrap();
        writing.write_all(b"language 1\n# one half").unwrap();
        assert!(!told_within(&mut watch, 6.0).await);
        assert!(watch.watched.being_written());
        writing.write_all(b" and the other\n").unwrap();
        drop(writing);
        assert!(told_within(&mut watch, 5.0).await);
        assert!(!watch.watched.being_written());
    }
}
