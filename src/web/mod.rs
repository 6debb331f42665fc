//! The HTTP API of the running daemon and its client. The commands ask over a Unix
//! socket in the data folder, whose peer credentials tell who is asking (`api`);
//! other programs pull figures over TCP with a token, and change nothing (`pull`).

pub mod api;
pub mod client;
pub mod past;
pub mod pull;
pub mod readings;
pub mod socket;
