//! The HTTP API of the running daemon and its client. In this version it is
//! served on a Unix socket in the data folder; who is asking is known by the
//! socket's peer credentials.

pub mod api;
pub mod client;
pub mod past;
pub mod readings;
pub mod socket;
