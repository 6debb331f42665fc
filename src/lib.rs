//! Hauswart, a building's caretaker: polls heating and ventilation controllers
//! and meters, evaluates rule files against live data, writes setpoints and
//! lets them go again.
//!
//! # The way of a value
//! ```text
//! device ═▶ field ─▶ engine::live ─▶ Snapshot ─▶ cycle ─▶ rules ─▶ Claim
//!                                                  │                 │
//! device ◀═ field ◀─ engine::dispatch ◀─ control::Writer ◀─ control::arbitrate,
//!               │                             ▲             control::Guards
//!               └────── read back ────────────┘
//! ```
//! Nothing flows back up except through the live table. In read-only mode
//! there is no writer at all. `engine::simulation` goes the same way in one process,
//! from and to the simulated building, without drivers; `engine::backtest` goes it
//! over what the history has, as far as the decisions.
//!
//! # Words
//! - *point*: one value of one device, `building.device.point`; *reading*: the
//!   last that was heard of it, with quality and age; unknown is never zero.
//! - *claim*: what a rule or a person asks of a point for one cycle, at a
//!   *level*; *decision*: what arbitration makes of all claims on a point, held
//!   back where *protection* of the equipment says so; *command*: what stands
//!   in the device because of us.
//! - *release*: letting a command go: NULL into our slot (BACnet), else what
//!   the site file says (`restore`, `value`, `action`).
//! - *base*: what a device would do without us.
//! - *heartbeat*: a value toggled by completed cycles alone, by which the
//!   plant's own program sees that somebody decides.
//! - *wear*: what writing does to a register in non-volatile memory; it is
//!   counted and spread over 15 years.
//! - *sample*: a reading that was kept; a *gap* says that nothing is known from
//!   then on; *rollup*: a quarter hour of samples.
//! - *backup*: all of a site as of one moment: what people wrote, the store, the
//!   sealed history, and the sums of it.
//! - *consumption*: what a meter used in a period, with the share of the time in
//!   which it was heard; a *finding*: what was wrong with its counter, and what was
//!   done about it.
//! - *token*: what another program shows to pull figures, and what it may read.
//! - *figure*: a number of an energy report, named `table/row/column`, which goes back to
//!   readings; a *measure*: what a building does that costs energy and need not.
//! - *template*: a device type as data; *driver*: the task that speaks to the
//!   devices of one connection.
//!
//! # Who may import whom
//! Downward only; the rooms on one floor do not know each other
//! (`tests/house.rs` holds it):
//! ```text
//! main
//! cli       one file a command
//! web       HTTP API on the local socket, its client; figures pulled over TCP
//! engine    report
//! the       what meters used,
//! running   and what of it is
//! system    weather, CO2, cost
//! cycle     the pure step: snapshot in, decisions out
//! rules     control   field     plant     service   history   post
//! language  claims →  drivers   simulated signals   samples,  mail,
//!           writes              building            Parquet   webhooks
//! site      site.toml and templates, validated
//! wire      store     clock
//! bytes     sled      the four clocks
//! model     words that all share, no I/O
//! ```

pub mod cli;
pub mod clock;
pub mod control;
pub mod cycle;
pub mod engine;
pub mod field;
pub mod history;
pub mod model;
pub mod plant;
pub mod post;
pub mod report;
pub mod rules;
pub mod service;
pub mod site;
pub mod store;
pub mod web;
pub mod wire;
