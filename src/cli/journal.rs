//! The journal: one line an event, level by `RUST_LOG`. Under systemd it goes to
//! journald with fields of its own, else to standard error. Fields in capitals
//! (`POINT`, `RULE`, `DEVICE`) say what a line is about: journald files them,
//! people read the same in the words.

use std::fmt;
use std::io::IsTerminal;
use std::os::fd::AsFd;

use tracing::field::Field;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::{Writer, debug_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::Registry;
use tracing_subscriber::util::SubscriberInitExt;

/// Starts it; `default` is the level where `RUST_LOG` says nothing.
pub fn start(default: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    let journald = is_journald().then(|| tracing_journald::layer().ok()).flatten();
    let text = journald.is_none().then(|| {
        tracing_subscriber::fmt::layer::<Registry>()
            .fmt_fields(debug_fn(write_field))
            .with_writer(std::io::stderr)
            .with_ansi(std::io::stderr().is_terminal())
            // A standard error that is gone must not end the process: the
            // plant would stay commanded.
            .log_internal_errors(false)
            .with_target(false)
            .without_time()
    });
    let journald = journald.map(|layer| layer.with_field_prefix(None));
    // A second start (in tests) keeps the first.
    let _ = tracing_subscriber::registry().with(text).with(journald).with(filter).try_init();
}

fn write_field(writer: &mut Writer<'_>, field: &Field, value: &dyn fmt::Debug) -> fmt::Result {
    match field.name() {
        "message" => write!(writer, "{value:?}"),
        name if name.chars().all(|letter| letter.is_ascii_uppercase()) => Ok(()),
        name => write!(writer, " {name}={value:?}"),
    }
}

/// Whether standard error goes to journald (systemd.exec(5), `$JOURNAL_STREAM`:
/// device and inode of the stream).
fn is_journald() -> bool {
    let Ok(stream) = std::env::var("JOURNAL_STREAM") else { return false };
    let Some((device, inode)) = stream.split_once(':') else { return false };
    let own = rustix::fs::fstat(std::io::stderr().as_fd());
    own.is_ok_and(|own| device.parse() == Ok(own.st_dev) && inode.parse() == Ok(own.st_ino))
}
