//! The rate of a Python peer, which answers `QUESTION SECONDS` by it.

use std::fmt::Display;
use std::io::{BufRead as _, Write as _};

use crate::peers::Peer;
use crate::rounds::SPAN;

/// Requests a second, over one round.
pub fn peer_rate(peer: &mut Peer, question: impl Display) -> f64 {
    writeln!(peer.input(), "{question} {}", SPAN.as_secs_f64()).unwrap();
    let mut line = String::new();
    peer.output.read_line(&mut line).unwrap();
    line.trim().parse().unwrap_or_else(|_| panic!("the peer says: {line:?}"))
}
