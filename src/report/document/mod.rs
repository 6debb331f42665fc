//! A report as forms take it (`form`): tables that hold all figures, once, and
//! sections that show them to people. What is computed elsewhere is worded here; forms
//! only lay it out. The same tables stand behind the printed page, the spreadsheet and
//! the JSON.
//!
//! A *figure* is a number in a table. Its name is `table/row/column`; by it a report
//! tells how it came about (`hauswart report --trace`).

mod picture;

use jiff::civil::{Date, DateTime};

use crate::model::Language;

pub use picture::{Bar, Bars, Carpet, Chart, Dot, Picture, Ranked, Scatter, Series};

/// A whole report, in one language.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    pub language: Language,
    /// "Energiebericht 2026"
    pub title: String,
    /// Of what: the town, or one building.
    pub subject: String,
    /// First and last day, both included.
    pub first: Date,
    pub last: Date,
    /// Local time; `None` in documents that are to come out alike.
    pub made: Option<DateTime>,
    /// In the order in which machines and spreadsheets get them.
    pub tables: Vec<Table>,
    /// In the order of pages.
    pub sections: Vec<Section>,
}

/// All rows of one kind, of all buildings.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Never renamed: machines know it. `[a-z_]`
    pub key: &'static str,
    pub title: String,
    pub columns: Vec<Column>,
    pub rows: Vec<Row>,
    /// What belongs to the table as a whole: sources, editions, how it is counted.
    pub notes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Never renamed. `[a-z0-9_]`
    pub key: &'static str,
    pub title: String,
    /// Empty: none. Of money `€`.
    pub unit: String,
    pub kind: ColumnKind,
}

/// What the cells of a column hold, and how they are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    Text,
    /// So many decimals are shown; machines get all.
    Number {
        decimals: u8,
    },
    /// A share, 0–1, shown as per cent.
    Percent {
        decimals: u8,
    },
    Date,
    /// Local date and time.
    Moment,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Names the row in its table, for good: `Rathaus/2026/heat`. No two alike.
    pub key: String,
    /// As many as there are columns.
    pub cells: Vec<Cell>,
    /// A sum or a heading among its neighbours: shown strong.
    pub strong: bool,
}

/// A value and what must be said of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    pub value: Value,
    pub marks: Marks,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// There is nothing to be known: no gas where there is no gas meter. Left empty.
    Nothing,
    /// There is, and it is not known: shown as a dash, never as zero.
    Unknown,
    Text(String),
    Number(f64),
    Date(Date),
    Moment(DateTime),
}

/// What is said beside a figure, as small letters that a legend explains.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Marks {
    /// Part of it stands in this period by estimate.
    pub estimated: bool,
    /// Part of the period is missing: it is of the rest.
    pub incomplete: bool,
    /// Not counted but derived, from a power for instance.
    pub derived: bool,
    /// A meter was replaced, reset or read nonsense: see the findings of its counter.
    pub counter: bool,
}

/// What people read: a heading and what stands below it.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// An anchor: `[A-Za-z0-9/_-]`, or a building's name.
    pub key: String,
    pub title: String,
    /// Begins on a page of its own.
    pub new_page: bool,
    pub blocks: Vec<Block>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// A smaller heading.
    Heading(String),
    /// A sentence that says it all, in large letters.
    Lead(String),
    Text(String),
    /// The few figures one looks for first, as tiles.
    Figures(Vec<KeyFigure>),
    Table(View),
    Picture(Picture),
    /// Points of a list.
    List(Vec<String>),
    /// In small letters.
    Notes(Vec<String>),
}

/// A part of a table, as a section shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// The table's key.
    pub table: &'static str,
    /// Above it; `None`: the table's own.
    pub title: Option<String>,
    /// Places of its rows; `None`: all.
    pub rows: Option<Vec<usize>>,
    /// Keys of the columns, in order; `None`: all.
    pub columns: Option<Vec<&'static str>>,
    /// Whether the table's notes follow.
    pub notes: bool,
}

/// A figure that is seen from afar.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyFigure {
    pub label: String,
    /// Shown as it stands: `412.300 kWh`, or why there is none.
    pub value: String,
    /// Below it, small: `−6,2 % gegenüber 2025`.
    pub note: String,
    pub standing: Standing,
}

/// How a key figure is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Plain,
    Good,
    Middling,
    Bad,
}

impl Document {
    #[must_use]
    pub fn table(&self, key: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.key == key)
    }
}

impl Table {
    #[must_use]
    pub const fn new(key: &'static str, title: String, columns: Vec<Column>) -> Self {
        Self { key, title, columns, rows: Vec::new(), notes: Vec::new() }
    }

    /// Adds a row; its place.
    pub fn push(&mut self, key: impl Into<String>, cells: Vec<Cell>) -> usize {
        debug_assert_eq!(cells.len(), self.columns.len(), "{}", self.key);
        self.rows.push(Row { key: key.into(), cells, strong: false });
        self.rows.len() - 1
    }

    /// Shown whole.
    #[must_use]
    pub const fn view(&self) -> View {
        View { table: self.key, title: None, rows: None, columns: None, notes: true }
    }
}

impl View {
    /// Its table, the places of its rows and of its columns there; what the table has
    /// not is left out.
    #[must_use]
    pub fn of<'a>(&self, document: &'a Document) -> Option<(&'a Table, Vec<usize>, Vec<usize>)> {
        let table = document.table(self.table)?;
        let rows = match &self.rows {
            Some(rows) => rows.iter().copied().filter(|row| *row < table.rows.len()).collect(),
            None => (0..table.rows.len()).collect(),
        };
        let columns = match &self.columns {
            Some(keys) => {
                let place = |key: &&str| table.columns.iter().position(|it| it.key == *key);
                keys.iter().filter_map(place).collect()
            }
            None => (0..table.columns.len()).collect(),
        };
        Some((table, rows, columns))
    }
}

impl Column {
    #[must_use]
    pub fn text(key: &'static str, title: impl Into<String>) -> Self {
        Self { key, title: title.into(), unit: String::new(), kind: ColumnKind::Text }
    }

    #[must_use]
    pub fn number(key: &'static str, title: impl Into<String>, unit: &str, decimals: u8) -> Self {
        let kind = ColumnKind::Number { decimals };
        Self { key, title: title.into(), unit: unit.to_owned(), kind }
    }

    #[must_use]
    pub fn percent(key: &'static str, title: impl Into<String>, decimals: u8) -> Self {
        let kind = ColumnKind::Percent { decimals };
        Self { key, title: title.into(), unit: "%".to_owned(), kind }
    }

    #[must_use]
    pub fn date(key: &'static str, title: impl Into<String>) -> Self {
        Self { key, title: title.into(), unit: String::new(), kind: ColumnKind::Date }
    }

    #[must_use]
    pub fn moment(key: &'static str, title: impl Into<String>) -> Self {
        Self { key, title: title.into(), unit: String::new(), kind: ColumnKind::Moment }
    }
}

impl Cell {
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Value::Text(text.into()).into()
    }

    /// `None`: unknown.
    #[must_use]
    pub fn number(number: Option<f64>) -> Self {
        number.filter(|number| number.is_finite()).map_or(Value::Unknown, Value::Number).into()
    }

    #[must_use]
    pub fn nothing() -> Self {
        Value::Nothing.into()
    }

    #[must_use]
    pub const fn marked(mut self, marks: Marks) -> Self {
        self.marks = marks;
        self
    }
}

impl From<Value> for Cell {
    fn from(value: Value) -> Self {
        Self { value, marks: Marks::default() }
    }
}

impl Marks {
    /// Each that is set, by its name for machines and its letter for people.
    #[must_use]
    pub fn set(self) -> Vec<(&'static str, &'static str)> {
        let all = [
            (self.estimated, "estimated", "s"),
            (self.incomplete, "incomplete", "u"),
            (self.derived, "derived", "a"),
            (self.counter, "counter", "z"),
        ];
        all.into_iter().filter(|(set, ..)| *set).map(|(_, name, letter)| (name, letter)).collect()
    }

    /// What a letter means.
    #[must_use]
    pub fn legend(letter: &str, language: Language) -> &'static str {
        let (german, english) = match letter {
            "s" => ("zum Teil geschätzt", "partly estimated"),
            "u" => (
                "unvollständig: ein Teil der Zeit fehlt",
                "incomplete: part of the time is missing",
            ),
            "a" => ("abgeleitet, nicht gezählt", "derived, not counted"),
            _ => (
                "Zähler getauscht oder auffällig, siehe Datenlage",
                "meter replaced or odd, see data",
            ),
        };
        language.pick(german, english)
    }

    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            estimated: self.estimated || other.estimated,
            incomplete: self.incomplete || other.incomplete,
            derived: self.derived || other.derived,
            counter: self.counter || other.counter,
        }
    }
}
