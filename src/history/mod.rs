//! The history: every value kept, small, whole and open. Samples of the hour that
//! runs are appended to a file; full UTC hours become Parquet files, days are
//! merged to one, quarter hours are kept beside them for ever. Knows no clock and
//! no task of the engine: stamps are handed in, and one thread of its own writes.
//!
//! ```text
//! readings ─▶ Keeper ─▶ Recorder ═thread═▶ OpenHours ─▶ Archive ─▶ files
//!             on change  batches            (frames)     seal, merge,    │
//!                                                        roll up, expire │
//!             Shelf ◀──────────────────────────┴─────────────────────────┘
//! ```
//! A value holds until the next sample of its point; a sample without a value is
//! a gap, and its quality says why. See `sample`.

mod append;
mod archive;
mod catalogue;
mod chunk;
mod copy;
pub mod event;
mod fault;
mod frame;
mod import;
mod keep;
mod merge;
mod open_hours;
mod quarters;
mod read;
mod recorder;
pub mod rollup;
mod row;
pub mod sample;
mod shelf;
pub mod span;
mod standing;
mod swap;
mod unsealed;
mod write;

pub use archive::{Archive, Retention};
pub use catalogue::{Catalogue, Entry};
pub use copy::Copy;
pub use event::{Event, EventKind};
pub use fault::{HistoryError, Unfit};
pub use import::{Brought, Carry, Counts, DayBrought, Given, Import, lay};
pub use keep::{HEARTBEAT, Keeper, Manner};
pub use open_hours::{HOUR_MS, Mark, OpenHour, OpenHours, Opened, Series, hour_of, open_files};
pub use read::Run;
pub use recorder::{LostBy, Recorder, Settings, Tell, Told};
pub use rollup::Rollup;
pub use row::FileKind;
pub use sample::{Meaning, Meanings, Name, Sample};
pub use shelf::{Query, Readable, Shelf};
pub use span::Span;
pub use unsealed::{Asked, Page, Place, Unsealed};
