//! Signals, caught so that the plant is let go of before the process ends.

use std::fs::File;
use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGTERM, SIGINT and SIGHUP all ask a command to end.
#[derive(Debug)]
pub struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
    /// The terminal has gone.
    hangup: Signal,
}

impl StopSignals {
    /// Starts to catch them.
    ///
    /// # Errors
    /// If the operating system refuses.
    pub fn catch() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// Ends when one comes.
    pub async fn wait(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
            _ = self.hangup.recv() => {}
        }
    }
}

/// What a signal asks of the daemon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// SIGTERM, SIGINT, and SIGHUP where the terminal that it was started from
    /// has gone.
    End,
    /// Any other SIGHUP: take up changed rules.
    Reload,
}

/// The daemon's signals.
#[derive(Debug)]
pub struct DaemonSignals {
    signals: StopSignals,
    had_terminal: bool,
}

impl DaemonSignals {
    /// Starts to catch them.
    ///
    /// # Errors
    /// If the operating system refuses.
    pub fn catch() -> io::Result<Self> {
        Ok(Self { signals: StopSignals::catch()?, had_terminal: has_terminal() })
    }

    /// Ends when one comes.
    pub async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.signals.terminate.recv() => Asked::End,
            _ = self.signals.interrupt.recv() => Asked::End,
            _ = self.signals.hangup.recv() => {
                let gone = self.had_terminal && !has_terminal();
                if gone { Asked::End } else { Asked::Reload }
            }
        }
    }
}

/// Whether the process has a terminal that is still there.
fn has_terminal() -> bool {
    File::open("/dev/tty").is_ok()
}
