//! A file that a command writes: whole under its name, or not there.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::Context;

/// Has `.new` behind its name until it is finished; dropped before, it is gone.
#[derive(Debug)]
pub struct NewFile {
    pub file: File,
    path: PathBuf,
    new: PathBuf,
}

impl NewFile {
    pub fn begin(path: &Path) -> anyhow::Result<Self> {
        Self::begin_for(path, 0o666)
    }

    /// For nobody but its owner.
    pub fn begin_private(path: &Path) -> anyhow::Result<Self> {
        Self::begin_for(path, 0o600)
    }

    fn begin_for(path: &Path, mode: u32) -> anyhow::Result<Self> {
        let mut new = path.as_os_str().to_owned();
        new.push(".new");
        let new = PathBuf::from(new);
        let mut options = File::options();
        options.create(true).truncate(true).read(true).write(true).mode(mode);
        let file = options.open(&new).with_context(|| new.display().to_string())?;
        Ok(Self { file, path: path.to_owned(), new })
    }

    /// Durable, and under its name.
    pub fn finish(self) -> anyhow::Result<()> {
        let folder = match self.path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let finish = || -> io::Result<()> {
            self.file.sync_all()?;
            fs::rename(&self.new, &self.path)?;
            File::open(folder)?.sync_all()
        };
        finish().with_context(|| self.path.display().to_string())
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.new);
    }
}
