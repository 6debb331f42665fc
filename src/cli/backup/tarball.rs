//! A backup's file: tar, for every system opens it without us, and one file is
//! whole or not there. Its last entry, `SHA256SUMS`, is what `sha256sum -c` reads:
//! a file that was torn off has none.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Component, Path};

use ring::digest::{Context, SHA256};

use crate::model::Language;
use crate::model::fingerprint::{EMPTY, fingerprint};

/// The folder that everything in it lies in.
pub const TOP: &str = "hauswart-backup";
const SUMS: &str = "SHA256SUMS";

/// Reads through, and adds up both kinds of sums.
pub struct Summed<R> {
    from: R,
    sha: Context,
    /// As the history's catalogue has it.
    pub print: u64,
    pub bytes: u64,
}

impl<R: Read> Summed<R> {
    pub fn of(from: R) -> Self {
        Self { from, sha: Context::new(&SHA256), print: EMPTY, bytes: 0 }
    }

    fn sha(self) -> String {
        let sum = self.sha.finish();
        sum.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl<R: Read> Read for Summed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(buffer)?;
        self.sha.update(&buffer[..read]);
        self.print = fingerprint(self.print, &buffer[..read]);
        self.bytes += read as u64;
        Ok(read)
    }
}

/// A tar file in the making.
pub struct Packer<'a> {
    tar: tar::Builder<BufWriter<&'a File>>,
    /// Seconds since 1970.
    made: u64,
    sums: BTreeMap<String, String>,
}

impl<'a> Packer<'a> {
    pub fn begin(file: &'a File, made: u64) -> Self {
        Self { tar: tar::Builder::new(BufWriter::new(file)), made, sums: BTreeMap::new() }
    }

    /// Adds `length` bytes under a name; the fingerprint of what was read.
    pub fn put(&mut self, name: &str, length: u64, from: impl Read) -> io::Result<u64> {
        let mut from = Summed::of(from.take(length));
        let mut header = tar::Header::new_gnu();
        header.set_size(length);
        header.set_mode(0o600);
        header.set_mtime(self.made);
        self.tar.append_data(&mut header, format!("{TOP}/{name}"), &mut from)?;
        if from.bytes != length {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, format!("{name} has shrunk")));
        }
        let print = from.print;
        self.sums.insert(name.to_owned(), from.sha());
        Ok(print)
    }

    pub fn put_bytes(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.put(name, bytes.len() as u64, bytes).map(drop)
    }

    /// So many files, the sums not counted.
    pub fn files(&self) -> usize {
        self.sums.len()
    }

    /// Ends it with the sums.
    pub fn finish(mut self) -> io::Result<()> {
        let sums: String = self.sums.iter().map(|(name, sum)| format!("{sum}  {name}\n")).collect();
        self.put_bytes(SUMS, sums.as_bytes())?;
        self.tar.into_inner()?.flush()
    }
}

/// What is wrong with a backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flaw {
    /// It is no tar file, or breaks off.
    Torn(String),
    /// Without sums: it breaks off, or was never one.
    NoSums,
    Changed(String),
    Missing(String),
    /// In it, but not in the sums.
    Foreign(String),
}

impl Flaw {
    pub fn words(&self, language: Language) -> String {
        match self {
            Self::Torn(why) => language.pick(
                format!("die Sicherung bricht ab oder ist keine ({why})"),
                format!("the backup breaks off, or is none ({why})"),
            ),
            Self::NoSums => language.pick(
                format!("die Sicherung ist nicht vollständig: {SUMS} fehlt"),
                format!("the backup is not whole: {SUMS} is missing"),
            ),
            Self::Changed(name) => language.pick(
                format!("{name} ist nicht mehr das, was gesichert wurde"),
                format!("{name} is not what was backed up"),
            ),
            Self::Missing(name) => {
                language.pick(format!("{name} fehlt darin"), format!("{name} is missing in it"))
            }
            Self::Foreign(name) => language.pick(
                format!("{name} gehört nicht hinein"),
                format!("{name} does not belong in it"),
            ),
        }
    }
}

/// What was read of a backup.
#[derive(Debug, Default)]
pub struct Looked {
    pub files: usize,
    pub bytes: u64,
    pub flaws: Vec<Flaw>,
}

/// Reads every byte of a backup and compares the sums. `take` gets each file's name
/// and content; what it leaves is read all the same.
///
/// # Errors
/// Of `take`, or if the file cannot be read at all.
pub fn look(
    path: &Path,
    mut take: impl FnMut(&str, u64, &mut dyn Read) -> anyhow::Result<()>,
) -> anyhow::Result<Looked> {
    let file = File::open(path)?;
    let mut tar = tar::Archive::new(BufReader::new(file));
    let mut looked = Looked::default();
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    let mut sums = None;
    for entry in tar.entries()? {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                looked.flaws.push(Flaw::Torn(error.to_string()));
                break;
            }
        };
        let Some(name) = name(&entry) else {
            let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            looked.flaws.push(Flaw::Foreign(path));
            continue;
        };
        let size = entry.size();
        let mut from = Summed::of(entry);
        if name == SUMS {
            let mut text = String::new();
            match from.read_to_string(&mut text) {
                Ok(_) => sums = Some(text),
                Err(error) => looked.flaws.push(Flaw::Torn(error.to_string())),
            }
            continue;
        }
        take(&name, size, &mut from)?;
        match io::copy(&mut from, &mut io::sink()) {
            Ok(_) if from.bytes == size => {
                looked.files += 1;
                looked.bytes += size;
                if found.insert(name.clone(), from.sha()).is_some() {
                    looked.flaws.push(Flaw::Foreign(name));
                }
            }
            Ok(_) => looked.flaws.push(Flaw::Torn(name)),
            Err(error) => looked.flaws.push(Flaw::Torn(error.to_string())),
        }
    }
    match sums {
        Some(sums) => compare(&sums, found, &mut looked.flaws),
        None => looked.flaws.push(Flaw::NoSums),
    }
    let wrong = looked.flaws.iter().filter(|it| matches!(it, Flaw::Changed(_) | Flaw::Foreign(_)));
    looked.files = looked.files.saturating_sub(wrong.count());
    Ok(looked)
}

/// The name below the top folder; `None` for what we would not have put there.
fn name<R: Read>(entry: &tar::Entry<'_, R>) -> Option<String> {
    let path = entry.path().ok()?;
    let inside = path.strip_prefix(TOP).ok()?;
    plain_name(inside).filter(|_| entry.header().entry_type().is_file())
}

/// Its words with one stroke between them: `site//etc/hosts` would lead outside.
fn plain_name(inside: &Path) -> Option<String> {
    let plain = inside.components().all(|it| matches!(it, Component::Normal(_)));
    let name = inside.to_str().filter(|name| plain && !name.is_empty())?;
    name.split('/').all(|word| !matches!(word, "" | ".")).then(|| name.to_owned())
}

fn compare(sums: &str, mut found: BTreeMap<String, String>, flaws: &mut Vec<Flaw>) {
    for line in sums.lines() {
        let Some((sum, name)) = line.split_once("  ") else {
            flaws.push(Flaw::Changed(SUMS.to_owned()));
            continue;
        };
        match found.remove(name) {
            Some(known) if known == sum => {}
            Some(_) => flaws.push(Flaw::Changed(name.to_owned())),
            None => flaws.push(Flaw::Missing(name.to_owned())),
        }
    }
    flaws.extend(found.into_keys().map(Flaw::Foreign));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leads_outside() {
        for name in ["", "/etc/hosts", "site//etc/hosts", "site/../x", "site/./x", "..", "site/"] {
            assert_eq!(plain_name(Path::new(name)), None, "{name}");
        }
        let name = "data/history/raw/x.parquet";
        assert_eq!(plain_name(Path::new(name)).as_deref(), Some(name));
    }
}
