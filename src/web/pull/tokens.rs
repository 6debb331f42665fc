//! Tokens of other programs: who may pull what, and until when. `tokens/NAME.json`
//! in the data folder, one file a token, for its owner alone; of the token itself
//! only its SHA-256 is kept, which 256 random bits make enough. A file is there whole
//! or not at all, and looked at with each request: what is created or revoked counts
//! at once, with a daemon or without. When a token was last used stands beside it,
//! to the hour, so that a disk is spared.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

use jiff::{Timestamp, ToSpan};
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};
use rustix::fs::OFlags;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use crate::model::{Language, system_words};

/// The folder's name in the data folder.
pub const FOLDER: &str = "tokens";
const PREFIX: &str = "hauswart_";
/// Characters of a name.
const LONGEST_NAME: usize = 40;
/// Hexadecimal digits of 256 bits.
const DIGITS: usize = 64;

/// What a token may pull; none may change anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Catalogue, history and meters.
    Read,
    /// These, and reports.
    Report,
}

impl Scope {
    /// As it is written on the command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Report => "report",
        }
    }
}

/// A token as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    pub name: String,
    pub scope: Scope,
    pub created: Timestamp,
    /// From then on it counts no more; `None`: it has no end.
    pub until: Option<Timestamp>,
    /// Of the token's last 64 characters, in hexadecimal digits.
    sha256: String,
}

impl Token {
    /// Whether its end may have come although the clock, which shows `now`, does not
    /// say so: it is behind the day on which the token was made, or behind `earliest`.
    #[must_use]
    pub fn may_be_over(&self, now: Timestamp, earliest: Timestamp) -> bool {
        // Somebody may have set the clock meanwhile.
        let made = self.created.checked_sub(24.hours()).unwrap_or(self.created);
        self.until.is_some() && (now < made || now < earliest)
    }
}

/// A token with what is known of its use.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Listed {
    pub name: String,
    pub scope: Scope,
    pub created: Timestamp,
    pub until: Option<Timestamp>,
    /// To the hour; `None`: not yet, as far as is known.
    pub last_used: Option<Timestamp>,
}

/// Why a token was not made, found, or revoked.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    #[error("\"{0}\" is no name for a token")]
    BadName(String),
    #[error("there is a token \"{0}\" already")]
    Taken(String),
    #[error("there is no token \"{0}\"")]
    NoSuch(String),
    #[error("the operating system gives no random numbers")]
    NoRandom,
    #[error("could not read or write {path}")]
    Io {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{0} is no token of hauswart")]
    Damaged(PathBuf),
}

impl TokenError {
    fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }

    /// The sentence for people.
    #[must_use]
    pub fn words(&self, language: Language) -> String {
        let (german, english) = match self {
            Self::BadName(name) => (
                format!(
                    "„{name}“ kann kein Token heißen: 1 bis {LONGEST_NAME} Buchstaben ohne Umlaute, Ziffern und „-“, zum Beispiel Klimabuero"
                ),
                format!(
                    "\"{name}\" cannot name a token: 1 to {LONGEST_NAME} letters without umlauts, digits and \"-\", for example climate-office"
                ),
            ),
            Self::Taken(name) => (
                format!(
                    "das Token „{name}“ gibt es schon; erst „hauswart token revoke {name}“ oder einen anderen Namen nehmen"
                ),
                format!(
                    "there is a token \"{name}\" already; first \"hauswart token revoke {name}\", or take another name"
                ),
            ),
            Self::NoSuch(name) => (
                format!("das Token „{name}“ gibt es nicht; „hauswart token list“ zeigt alle"),
                format!("there is no token \"{name}\"; \"hauswart token list\" shows all"),
            ),
            Self::NoRandom => (
                "das Betriebssystem liefert keine Zufallszahlen; bitte später noch einmal"
                    .to_owned(),
                "the operating system gives no random numbers; please try again later".to_owned(),
            ),
            Self::Io { path, source } => {
                let (path, why) = (path.display(), system_words(source, language));
                (
                    format!("{path} lässt sich nicht lesen oder schreiben: {why}"),
                    format!("{path} cannot be read or written: {why}"),
                )
            }
            Self::Damaged(path) => {
                let path = path.display();
                (
                    format!(
                        "{path} ist kein Token von hauswart; bitte löschen und ein neues anlegen"
                    ),
                    format!("{path} is no token of hauswart; delete it and create a new one"),
                )
            }
        };
        language.pick(german, english)
    }
}

/// Makes a token; the answer is the token itself, which nobody can tell again.
/// `until`: from then on it counts no more.
///
/// # Errors
/// [`TokenError`]; there is no token then.
pub fn create(
    data: &Path,
    name: &str,
    scope: Scope,
    created: Timestamp,
    until: Option<Timestamp>,
) -> Result<String, TokenError> {
    require_name(name)?;
    let mut bits = [0; DIGITS / 2];
    SystemRandom::new().fill(&mut bits).map_err(|_| TokenError::NoRandom)?;
    let secret = hexadecimal(&bits);
    let sha256 = hexadecimal(digest(&SHA256, secret.as_bytes()).as_ref());
    let token = Token { name: name.to_owned(), scope, created, until, sha256 };
    let folder = folder(data)?;
    let path = folder.join(format!("{name}.json"));
    let write = || {
        let alone = held(&folder)?;
        // The folder that is held, whatever its name leads to by now.
        let here = PathBuf::from(format!("/proc/self/fd/{}", alone.as_raw_fd()));
        let at = |ending| here.join(format!("{name}.{ending}"));
        if at("json").exists() {
            return Ok(false);
        }
        // Of an earlier token of this name.
        remove(&at("used"))?;
        let mut file = private(&at("new"))?;
        belongs_to(&file, data)?;
        file.write_all(&serde_json::to_vec_pretty(&token)?)?;
        file.sync_all()?;
        fs::rename(at("new"), at("json"))?;
        alone.sync_all()?;
        Ok(true)
    };
    match write().map_err(TokenError::io(&path))? {
        true => Ok(format!("{PREFIX}{name}_{secret}")),
        false => Err(TokenError::Taken(name.to_owned())),
    }
}

/// All tokens in order of names; none if nobody has made any.
///
/// # Errors
/// [`TokenError`], also of a file that is no token.
pub fn list(data: &Path) -> Result<Vec<Listed>, TokenError> {
    let folder = data.join(FOLDER);
    let entries = match folder.read_dir() {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(TokenError::io(&folder))?,
    };
    let mut all = Vec::new();
    for entry in entries {
        let path = entry.map_err(TokenError::io(&folder))?.path();
        if path.extension().is_none_or(|ending| ending != "json") {
            continue;
        }
        // One that is revoked just now is gone.
        let Some(Token { name, scope, created, until, .. }) = read(&path)? else { continue };
        let last_used = last_used(data, &name);
        all.push(Listed { name, scope, created, until, last_used });
    }
    all.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(all)
}

/// From now on this token counts no more.
///
/// # Errors
/// [`TokenError`].
pub fn revoke(data: &Path, name: &str) -> Result<(), TokenError> {
    require_name(name)?;
    let folder = data.join(FOLDER);
    let path = folder.join(format!("{name}.json"));
    match fs::remove_file(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(TokenError::NoSuch(name.to_owned()));
        }
        gone => gone.map_err(TokenError::io(&path))?,
    }
    remove(&used_path(data, name)).map_err(TokenError::io(&folder))?;
    File::open(&folder).and_then(|it| it.sync_all()).map_err(TokenError::io(&folder))
}

/// The token that somebody presents, if it is one and counts at `now`.
///
/// # Errors
/// [`TokenError`] if that cannot be known.
pub fn find(data: &Path, presented: &str, now: Timestamp) -> Result<Option<Token>, TokenError> {
    let parts = presented.strip_prefix(PREFIX).and_then(|rest| rest.rsplit_once('_'));
    let Some((name, secret)) = parts.filter(|(name, secret)| {
        // Nothing else leads to a file.
        is_name(name) && secret.len() == DIGITS
    }) else {
        return Ok(None);
    };
    let token = read(&data.join(FOLDER).join(format!("{name}.json")))?;
    let sha256 = hexadecimal(digest(&SHA256, secret.as_bytes()).as_ref());
    Ok(token.filter(|token| {
        let same = token.sha256.as_bytes().ct_eq(sha256.as_bytes());
        bool::from(same) && token.until.is_none_or(|until| now < until)
    }))
}

/// Notes that a token is used. That it is only a note: it may fail.
pub fn used(data: &Path, name: &str, now: Timestamp) {
    let recent =
        |last: Timestamp| last <= now && now.checked_sub(1.hour()).is_ok_and(|it| it < last);
    if last_used(data, name).is_some_and(recent) {
        return;
    }
    let note = || -> io::Result<()> {
        let mut file = private(&used_path(data, name))?;
        writeln!(file, "{now:.0}")
    };
    let _ = note();
}

fn last_used(data: &Path, name: &str) -> Option<Timestamp> {
    fs::read_to_string(used_path(data, name)).ok()?.trim().parse().ok()
}

fn used_path(data: &Path, name: &str) -> PathBuf {
    data.join(FOLDER).join(format!("{name}.used"))
}

/// Whether it can name a token: it is part of a header and of a file's name.
fn is_name(name: &str) -> bool {
    (1..=LONGEST_NAME).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn require_name(name: &str) -> Result<(), TokenError> {
    if is_name(name) { Ok(()) } else { Err(TokenError::BadName(name.to_owned())) }
}

/// `None`: there is no such file.
fn read(path: &Path) -> Result<Option<Token>, TokenError> {
    match fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(TokenError::io(path)(error)),
        Ok(bytes) => serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|_| TokenError::Damaged(path.to_owned())),
    }
}

/// The folder, made where it is missing. Root may work in a folder of the daemon's:
/// where a link stands in place of what is meant, nothing is made or changed.
fn folder(data: &Path) -> Result<PathBuf, TokenError> {
    let folder = data.join(FOLDER);
    let make = || {
        fs::create_dir_all(data)?;
        match fs::create_dir(&folder) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        let held = open_folder(&folder)?;
        held.set_permissions(Permissions::from_mode(0o700))?;
        belongs_to(&held, data)?;
        File::open(data)?.sync_all()
    };
    make().map_err(TokenError::io(&folder))?;
    Ok(folder)
}

/// The folder itself, not what a link of this name leads to.
fn open_folder(folder: &Path) -> io::Result<File> {
    let flags = (OFlags::NOFOLLOW | OFlags::DIRECTORY).bits().cast_signed();
    OpenOptions::new().read(true).custom_flags(flags).open(folder)
}

/// The folder, held alone until this is dropped.
fn held(folder: &Path) -> io::Result<File> {
    let folder = open_folder(folder)?;
    folder.lock()?;
    Ok(folder)
}

/// A new file for its owner alone, in place of what has this name.
fn private(path: &Path) -> io::Result<File> {
    remove(path)?;
    // Never through a link (open(2), O_EXCL).
    OpenOptions::new().create_new(true).write(true).mode(0o600).open(path)
}

/// What root makes beside a daemon's folder is the daemon's.
fn belongs_to(file: &File, data: &Path) -> io::Result<()> {
    let (folder, own) = (fs::metadata(data)?, file.metadata()?);
    if (own.uid(), own.gid()) == (folder.uid(), folder.gid()) {
        return Ok(());
    }
    fchown(file, Some(folder.uid()), Some(folder.gid()))
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
