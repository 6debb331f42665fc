//! The whole program against foreign devices: pymodbus and bacpypes3 peers
//! that the tests start, silence, kill and start anew.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on ends here")]

#[path = "../peers/mod.rs"]
mod peers;

mod acknowledging;
mod alarms;
mod bacnet;
#[allow(dead_code, reason = "each test target uses its own part")]
mod bacnet_peer;
mod check;
mod closed;
#[allow(dead_code, reason = "each test target uses its own part")]
mod daemon;
mod demo;
mod doctor;
mod drill;
mod editor;
mod explain;
mod faults;
mod heartbeat;
mod history;
mod importing;
mod jobs;
mod lasting;
mod meters;
mod modbus_peer;
mod moving;
mod overriding;
mod package;
mod people;
mod post_peer;
mod release;
mod reload;
mod reporting;
mod serial;
mod service;
mod shadow;
mod sheet;
mod silent_writer;
mod sites;
mod telling;
mod trial;
mod wear;
mod web;
mod wiretap;
mod write;
mod year;
