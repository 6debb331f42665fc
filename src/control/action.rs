//! What the writer asks the engine to do, and how the engine says how it went.
//! `Done` mirrors the drivers' outcomes: this room and the field do not know
//! each other.

use jiff::Timestamp;

use crate::model::{Commander, PointId, Release};

/// A command that may stand in a device: what is journalled before a write goes
/// out, removed when the point has been let go, and adopted after a crash.
#[derive(Debug, Clone, PartialEq)]
pub struct Commanded {
    pub point: PointId,
    /// Last asked for, canonical.
    pub value: f64,
    /// Earlier values of ours that the device may hold instead, because the
    /// write of `value` may never have arrived.
    pub before: Vec<f64>,
    pub release: Release,
    /// What stood there before us; `None` where it was not known or does not
    /// matter (slots).
    pub taken_over: Option<f64>,
    /// When the point was taken over.
    pub since: Timestamp,
    /// Somebody has set another value at the device, which is left alone.
    pub yielded: Option<Yielded>,
}

/// A value that somebody set at the device.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Yielded {
    /// Canonical.
    pub value: f64,
    pub since: Timestamp,
    /// Left alone until then.
    pub until: Timestamp,
}

/// One thing to be done on the wire. Each is answered by one
/// [`Writer::outcome`](super::Writer::outcome) with its [`subject`](Self::subject).
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Journal this, then write its value to its point and read back.
    Write(Commanded),
    /// Empty the point's slot if it still holds `ours`.
    Relinquish { point: PointId, ours: f64 },
    /// Write `value` to `point` and read back, to let go of the point `of`
    /// (the same one, unless the release is an action).
    ReleaseWrite { point: PointId, value: f64, of: PointId },
    /// Ask what the device would do without us.
    Base { point: PointId },
    /// Ask who commands the point, whose slot we wrote `ours` into.
    Commander { point: PointId, ours: f64 },
}

impl Action {
    /// The commanded point that it is about.
    #[must_use]
    pub const fn subject(&self) -> PointId {
        match self {
            Self::Write(command) => command.point,
            Self::Relinquish { point, .. }
            | Self::Base { point }
            | Self::Commander { point, .. } => *point,
            Self::ReleaseWrite { of, .. } => *of,
        }
    }

    /// Whether it writes to its target.
    #[must_use]
    pub const fn writes(&self) -> bool {
        !matches!(self, Self::Base { .. } | Self::Commander { .. })
    }

    /// The point that is spoken to on the wire.
    #[must_use]
    pub const fn target(&self) -> PointId {
        match self {
            Self::Write(command) => command.point,
            Self::Relinquish { point, .. }
            | Self::Base { point }
            | Self::Commander { point, .. }
            | Self::ReleaseWrite { point, .. } => *point,
        }
    }
}

/// How an action ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Done {
    /// Accepted, and read back as this canonical value (on BACnet the slot's).
    Held(f64),
    /// Accepted, but it could not be read back; why.
    NotReadBack(String),
    /// The device said no; its words.
    Refused(String),
    /// The line failed; whether the device took it is not known.
    Failed(String),
    /// The slot is empty, read back.
    Released,
    /// The slot holds something else than ours; left alone.
    NotOurs(f64),
    /// What the device would do without us; `None`: not to be had.
    Base(Option<f64>),
    /// Who commands it.
    Commander(Commander),
}
