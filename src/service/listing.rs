//! The files that rules are written in, with size and time of change: what
//! tells whether one was changed, and whether somebody is still at it. Hidden
//! files and endings that are not ours are left out: editors and copying
//! programs put their half-done work there.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Rule files and the calendars that they name.
const ENDINGS: [&str; 2] = ["rules", "ics"];
/// Between two looks while waiting.
const LOOK: Duration = Duration::from_millis(100);

/// What is known of one file without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    bytes: u64,
    modified: Option<SystemTime>,
    /// Another one after a save by renaming.
    inode: u64,
}

impl Stamp {
    fn of(data: &Metadata) -> Self {
        Self { bytes: data.len(), modified: data.modified().ok(), inode: data.ino() }
    }
}

/// The files at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing(BTreeMap<PathBuf, Stamp>);

impl Listing {
    /// The files of these folders, not deeper; a file stands for itself.
    #[must_use]
    pub fn of(paths: &[PathBuf]) -> Self {
        let mut files = BTreeMap::new();
        let mut take = |path: PathBuf| {
            if let Ok(data) = path.metadata()
                && data.is_file()
            {
                files.insert(path, Stamp::of(&data));
            }
        };
        for path in paths {
            match path.read_dir() {
                Ok(entries) => {
                    let found = entries.flatten().map(|entry| entry.path());
                    found.filter(|path| is_ours(path)).for_each(&mut take);
                }
                Err(_) => take(path.clone()),
            }
        }
        Self(files)
    }

    /// Waits until `look` has seen the same for `quiet`, at most for `patience`;
    /// `None` if it never does. What it sees while somebody writes is `None`.
    /// Blocks.
    #[must_use]
    pub fn settled(
        look: impl Fn() -> Option<Self>,
        quiet: Duration,
        patience: Duration,
    ) -> Option<Self> {
        let mut last = look();
        let mut unchanged = Duration::ZERO;
        let mut waited = Duration::ZERO;
        while unchanged < quiet {
            if waited >= patience {
                return None;
            }
            std::thread::sleep(LOOK);
            let now = look();
            let same = now.is_some() && now == last;
            unchanged = if same { unchanged + LOOK } else { Duration::ZERO };
            waited += LOOK;
            last = now;
        }
        last
    }

    /// Whether a file has vanished or become shorter since: it may be in the
    /// middle of being written anew.
    #[must_use]
    pub fn lost_since(&self, before: &Self) -> bool {
        before.0.iter().any(|(path, was)| self.0.get(path).is_none_or(|is| is.bytes < was.bytes))
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Whether a file of this name can be one of ours.
#[must_use]
pub fn is_ours(path: &Path) -> bool {
    let hidden = path.file_name().is_none_or(|name| name.as_encoded_bytes().starts_with(b"."));
    !hidden && path.extension().is_some_and(|own| ENDINGS.iter().any(|ending| own == *ending))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn editors_half_done_work_is_not_ours() {
        for name in [".a.rules.swp", "4913", "a.rules~", ".#a.rules", "._a.rules", "#a.rules#"] {
            assert!(!is_ours(Path::new("/rules").join(name).as_path()), "{name}");
        }
        assert!(is_ours(Path::new("/rules/a.rules")) && is_ours(Path::new("Ferien.ics")));
    }

    #[test]
    fn every_way_of_saving_shows_and_what_takes_away_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let paths = [folder.path().to_owned()];
        let file = folder.path().join("a.rules");
        fs::write(&file, "language 1\n").unwrap();
        let first = Listing::of(&paths);
        assert_eq!(first, Listing::of(&paths));
        // By renaming, the same size.
        let half = folder.path().join("a.rules~");
        fs::write(&half, "language 2\n").unwrap();
        assert_eq!(first, Listing::of(&paths));
        fs::rename(&half, &file).unwrap();
        let renamed = Listing::of(&paths);
        assert!(first != renamed && !renamed.lost_since(&first));
        // In place, first emptied.
        fs::write(&file, "").unwrap();
        assert!(Listing::of(&paths).lost_since(&renamed));
        fs::write(&file, "language 1\n# more\n").unwrap();
        assert!(!Listing::of(&paths).lost_since(&renamed));
        fs::remove_file(&file).unwrap();
        assert!(Listing::of(&paths).lost_since(&renamed) && Listing::of(&paths).is_empty());
    }

    #[test]
    fn who_is_still_writing_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let paths = [folder.path().to_owned()];
        let file = folder.path().join("a.rules");
        fs::write(&file, "").unwrap();
        let writing = std::thread::spawn(move || {
            for length in 1..6 {
                std::thread::sleep(Duration::from_millis(150));
                fs::write(&file, "#".repeat(length)).unwrap();
            }
        });
        let look = || Some(Listing::of(&paths));
        let quiet = Duration::from_millis(600);
        assert_eq!(Listing::settled(look, quiet, quiet), None);
        let settled = Listing::settled(look, quiet, Duration::from_secs(60)).unwrap();
        writing.join().unwrap();
        assert_eq!(settled, Listing::of(&paths));
        assert_eq!(Listing::settled(|| None, quiet, quiet), None, "somebody writes");
        assert!(settled.0.values().all(|stamp| stamp.bytes == 5));
    }
}
