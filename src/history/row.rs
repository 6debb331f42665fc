//! What a file's rows are made of: the columns of samples, rollups and events, as
//! one list each, from which both the writer and the reader work. The names and
//! types of the columns are a promise to whoever reads the files.

use std::sync::Arc;

use parquet::basic::{LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::schema::types::{Type, TypePtr};

use super::event::{Event, EventKind};
use super::rollup::Rollup;
use super::sample::{Sample, quality_named, quality_text};
use crate::model::Quality;

/// The kinds of files, each in a folder of its own.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    Raw,
    Rollup,
    Event,
}

impl FileKind {
    pub const ALL: [Self; 3] = [Self::Raw, Self::Rollup, Self::Event];

    /// The folder's name.
    #[must_use]
    pub const fn folder(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Rollup => "rollup",
            Self::Event => "event",
        }
    }
}

/// How a column's cells are taken out of a row and put into it.
#[derive(Debug)]
pub enum Cells<R> {
    /// Empty where the value is unknown.
    Number(fn(&R) -> Option<f64>, fn(&mut R, Option<f64>)),
    Whole(fn(&R) -> i64, fn(&mut R, i64)),
    /// Put in: false if no row can hold this text.
    Text(fn(&R) -> &str, fn(&mut R, &[u8]) -> bool),
}

/// A column beside `point` and `time`, which every file has.
#[derive(Debug)]
pub struct Column<R> {
    pub name: &'static str,
    pub cells: Cells<R>,
}

/// Something that files are made of.
pub trait Row: Clone + Send + 'static {
    const KIND: FileKind;

    fn columns() -> Vec<Column<Self>>;

    /// An empty row of this time.
    fn at(at_ms: i64) -> Self;

    fn at_ms(&self) -> i64;

    /// Whether `self` and a later one of the same point and time are two things
    /// that both happened; else the later one takes its place.
    fn stands_beside(&self, _later: &Self) -> bool {
        false
    }
}

/// The columns of a file as Parquet has them.
pub(super) fn schema<R: Row>() -> TypePtr {
    let leaf = |name: &str, physical, logical: Option<LogicalType>, repetition| {
        let leaf = Type::primitive_type_builder(name, physical)
            .with_logical_type(logical)
            .with_repetition(repetition)
            .build();
        Arc::new(leaf.expect("a column that Parquet has"))
    };
    let time = LogicalType::timestamp(true, TimeUnit::MILLIS);
    let mut fields = vec![
        leaf("point", Physical::BYTE_ARRAY, Some(LogicalType::String), Repetition::REQUIRED),
        leaf("time", Physical::INT64, Some(time), Repetition::REQUIRED),
    ];
    fields.extend(R::columns().iter().map(|column| match column.cells {
        Cells::Number(..) => leaf(column.name, Physical::DOUBLE, None, Repetition::OPTIONAL),
        Cells::Whole(..) => leaf(column.name, Physical::INT64, None, Repetition::REQUIRED),
        Cells::Text(..) => {
            leaf(column.name, Physical::BYTE_ARRAY, Some(LogicalType::String), Repetition::REQUIRED)
        }
    }));
    let group = Type::group_type_builder(R::KIND.folder()).with_fields(fields).build();
    Arc::new(group.expect("columns of different names"))
}

fn set_text(place: &mut String, bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).map(|text| text.clone_into(place)).is_ok()
}

impl Row for Sample {
    const KIND: FileKind = FileKind::Raw;

    fn columns() -> Vec<Column<Self>> {
        let quality = Cells::Text(
            |row: &Self| quality_text(row.quality),
            |row: &mut Self, text| {
                let known = quality_named(text);
                row.quality = known.unwrap_or(Quality::NeverRead);
                known.is_some()
            },
        );
        vec![
            Column {
                name: "value",
                cells: Cells::Number(|row: &Self| row.value, |row, value| row.value = value),
            },
            Column { name: "quality", cells: quality },
        ]
    }

    fn at(at_ms: i64) -> Self {
        Self::gap(at_ms, Quality::NeverRead)
    }

    fn at_ms(&self) -> i64 {
        self.at_ms
    }
}

impl Row for Rollup {
    const KIND: FileKind = FileKind::Rollup;

    fn columns() -> Vec<Column<Self>> {
        let number = |name, get, set| Column { name, cells: Cells::Number(get, set) };
        vec![
            number("mean", |row: &Self| row.mean, |row, value| row.mean = value),
            number("min", |row: &Self| row.min, |row, value| row.min = value),
            number("max", |row: &Self| row.max, |row, value| row.max = value),
            number("last", |row: &Self| row.last, |row, value| row.last = value),
            number("energy", |row: &Self| row.energy, |row, value| row.energy = value),
            Column {
                name: "count",
                cells: Cells::Whole(|row: &Self| row.count, |row, value| row.count = value),
            },
            Column {
                name: "known_s",
                cells: Cells::Whole(|row: &Self| row.known_s, |row, value| row.known_s = value),
            },
        ]
    }

    fn at(at_ms: i64) -> Self {
        Self::empty(at_ms)
    }

    fn at_ms(&self) -> i64 {
        self.at_ms
    }
}

impl Row for Event {
    const KIND: FileKind = FileKind::Event;

    fn columns() -> Vec<Column<Self>> {
        let text = |name, get, set| Column { name, cells: Cells::Text(get, set) };
        vec![
            text(
                "kind",
                |row: &Self| row.kind.text(),
                |row, text| {
                    let known = std::str::from_utf8(text).ok().and_then(EventKind::named);
                    row.kind = known.unwrap_or(EventKind::History);
                    known.is_some()
                },
            ),
            Column {
                name: "value",
                cells: Cells::Number(|row: &Self| row.value, |row, value| row.value = value),
            },
            text("level", |row| &row.level, |row, text| set_text(&mut row.level, text)),
            text("by", |row| &row.by, |row, text| set_text(&mut row.by, text)),
            text("text", |row| &row.text, |row, text| set_text(&mut row.text, text)),
        ]
    }

    /// The point is the file's matter.
    fn at(at_ms: i64) -> Self {
        Self {
            at_ms,
            kind: EventKind::History,
            point: "".into(),
            value: None,
            level: String::new(),
            by: String::new(),
            text: String::new(),
        }
    }

    fn at_ms(&self) -> i64 {
        self.at_ms
    }

    /// Two events of one moment are two, unless they are the same.
    fn stands_beside(&self, later: &Self) -> bool {
        let what = |it: &Self| (it.kind, it.level.clone(), it.by.clone(), it.text.clone());
        what(self) != what(later) || self.value.map(f64::to_bits) != later.value.map(f64::to_bits)
    }
}
