//! What a rule file says, as a tree with places, before names and units are
//! looked at. The parser makes it, the checker reads it; nothing else does.

use std::ops::Range;

use jiff::civil::Date;

use crate::model::schedule::{DaySpan, Days};
use crate::model::{Level, Unit};

use crate::model::AlarmClass;

/// Bytes of the file's text.
pub type Place = Range<usize>;

/// A name as written, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    pub text: String,
    pub place: Place,
}

/// One file.
#[derive(Debug, Clone, Default)]
pub struct File {
    pub building: Option<Name>,
    pub entries: Vec<Entry>,
}

#[derive(Debug, Clone)]
pub enum Entry {
    Calendar(CalendarEntry),
    Schedule(ScheduleEntry),
    Curve(CurveEntry),
    Group(GroupEntry),
    Value(ValueEntry),
    Rule(RuleEntry),
    Protect(ProtectEntry),
    Each(EachEntry),
    /// The value of a loop whose head could not be read: nobody knows whose
    /// value it is.
    Lost(Name),
    Test(TestEntry),
}

#[derive(Debug, Clone)]
pub struct CalendarEntry {
    pub name: Name,
    /// With their places.
    pub items: Vec<(DaysEntry, Place)>,
    /// The texts of `file "…"`.
    pub files: Vec<Name>,
    /// An item was reported and left out.
    pub broken: bool,
}

#[derive(Debug, Clone)]
pub struct ScheduleEntry {
    pub name: Name,
    pub lines: Vec<LineEntry>,
    /// The texts of `also file "…"`.
    pub files: Vec<Name>,
    /// A line was reported and left out.
    pub broken: bool,
}

/// `days  [also] times`
#[derive(Debug, Clone)]
pub struct LineEntry {
    pub days: Vec<DaysEntry>,
    pub also: bool,
    pub times: Vec<DaySpan>,
    pub place: Place,
}

#[derive(Debug, Clone)]
pub enum DaysEntry {
    Known(Days),
    /// A calendar, or a feast.
    Named(Name),
}

#[derive(Debug, Clone)]
pub struct CurveEntry {
    pub name: Name,
    /// `x -> y`
    pub nodes: Vec<(Literal, Literal)>,
    pub broken: bool,
}

/// `group NAME = P, Q, R`
#[derive(Debug, Clone)]
pub struct GroupEntry {
    pub name: Name,
    pub members: Vec<Name>,
    /// A member was reported and left out.
    pub broken: bool,
}

/// `for each R in GROUP` and the rule, value or protection that it repeats.
#[derive(Debug, Clone)]
pub struct EachEntry {
    pub variable: Name,
    pub group: Name,
    pub entry: Box<Entry>,
}

/// A signed number with the unit it was written in.
#[derive(Debug, Clone)]
pub struct Literal {
    /// Canonical.
    pub value: f64,
    pub unit: Unit,
    pub place: Place,
}

#[derive(Debug, Clone)]
pub struct ValueEntry {
    pub name: Name,
    pub value: Expression,
}

#[derive(Debug, Clone)]
pub struct RuleEntry {
    /// The text between the quotes; the place includes them.
    pub name: Name,
    /// The level is `None` if there is none of that name.
    pub level: Option<(Option<Level>, Place)>,
    pub grace: Option<Literal>,
    pub shadow: bool,
    pub parts: Vec<Part>,
    pub on_fault: Option<Box<Part>>,
    /// From its name to its end.
    pub place: Place,
    /// Something in it was reported and left out: no follow-ups about what is
    /// missing.
    pub broken: bool,
}

#[derive(Debug, Clone)]
pub struct Part {
    pub head: Head,
    /// The keyword that opens it, or its first command.
    pub place: Place,
    pub commands: Vec<Command>,
    /// At most one of each kind.
    pub runs: Vec<RunClause>,
    /// A command was reported and left out, or the part itself was reported.
    pub broken: bool,
}

/// `run at least D` and its kin
#[derive(Debug, Clone)]
pub struct RunClause {
    pub kind: RunKind,
    pub time: Expression,
    /// All of it.
    pub place: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunKind {
    RunAtLeast,
    RunAtMost,
    PauseAtLeast,
}

impl RunKind {
    pub const fn keyword(self) -> &'static str {
        match self {
            Self::RunAtLeast => "run at least",
            Self::RunAtMost => "run at most",
            Self::PauseAtLeast => "pause at least",
        }
    }
}

#[derive(Debug, Clone)]
pub enum Head {
    /// `when` or `else when`
    When(Expression),
    Else,
    /// Commands without a condition.
    Always,
    OnFault,
}

#[derive(Debug, Clone)]
pub struct Command {
    pub action: Action,
    /// The keyword.
    pub place: Place,
}

#[derive(Debug, Clone)]
pub enum Action {
    Set { point: Name, value: Expression },
    Keep { point: Name, bound: Bound, value: Expression },
    Alarm { class: AlarmClass, text: Name },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    AtLeast,
    AtMost,
}

/// A quantity, a state or a condition.
#[derive(Debug, Clone)]
pub struct Expression {
    pub kind: Kind,
    pub place: Place,
    /// It stands in parentheses of its own.
    pub closed: bool,
}

#[derive(Debug, Clone)]
pub enum Kind {
    Number(Literal),
    /// A point, a definition, or a state where one is expected.
    Name(String),
    Negative(Box<Expression>),
    /// Two or more; the sign of the first is plus.
    Sum(Vec<(Sign, Expression)>),
    /// Two or more; the first is a factor.
    Product(Vec<(Factor, Expression)>),
    /// Two or more.
    Fallback(Vec<Expression>),
    /// A function, or a curve. `over`: its window.
    Call {
        function: Name,
        arguments: Vec<Expression>,
        over: Option<Literal>,
    },
    Aggregate(Box<Aggregate>),
    Compare {
        relation: Relation,
        left: Box<Expression>,
        right: Box<Expression>,
    },
    Is {
        subject: Box<Expression>,
        not: bool,
        what: What,
    },
    /// `S starts within D` and its kin.
    Turn {
        schedule: Name,
        turn: Turn,
        within: Box<Expression>,
    },
    For {
        condition: Box<Expression>,
        time: Box<Expression>,
    },
    Extended {
        condition: Box<Expression>,
        time: Box<Expression>,
    },
    Until {
        start: Box<Expression>,
        stop: Stop,
    },
    Not(Box<Expression>),
    /// `and`, two or more.
    All(Vec<Expression>),
    /// `or`, two or more.
    Any(Vec<Expression>),
    /// Reported already; nothing more is said about it.
    Broken,
}

/// `mean of CO2 in Räume, at least 2 good`,
/// `any of Fenster in Räume is open`
#[derive(Debug, Clone)]
pub struct Aggregate {
    pub how: How,
    /// What each member has; `None`: the members themselves.
    pub part: Option<Name>,
    pub group: Name,
    /// What `any`, `all` and `count` ask of each member.
    pub ask: Option<Ask>,
    /// `at least N good`
    pub good: Option<(u32, Place)>,
}

#[derive(Debug, Clone)]
pub enum Ask {
    Compare { relation: Relation, bound: Expression },
    Is { not: bool, what: What },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum How {
    Mean,
    Min,
    Max,
    Sum,
    Count,
    Any,
    All,
}

impl How {
    pub const ALL: [Self; 7] =
        [Self::Mean, Self::Min, Self::Max, Self::Sum, Self::Count, Self::Any, Self::All];

    pub const fn keyword(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Min => "min",
            Self::Max => "max",
            Self::Sum => "sum",
            Self::Count => "count",
            Self::Any => "any",
            Self::All => "all",
        }
    }

    /// Whether it is about a condition of each member.
    pub const fn asks(self) -> bool {
        matches!(self, Self::Count | Self::Any | Self::All)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    Plus,
    Minus,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Factor {
    Times,
    Per,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    Less,
    AtMost,
    Greater,
    AtLeast,
}

impl Relation {
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Greater => ">",
            Self::AtLeast => ">=",
        }
    }

    /// `>` or `>=`
    pub const fn upward(self) -> bool {
        matches!(self, Self::Greater | Self::AtLeast)
    }

    /// Whether the bound itself belongs to it.
    pub const fn closed(self) -> bool {
        matches!(self, Self::AtMost | Self::AtLeast)
    }
}

/// What stands behind `is`.
#[derive(Debug, Clone)]
pub enum What {
    State(Name),
    Number(Literal),
    Good,
    Bad,
    ByHand,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Turn {
    Starts,
    Ends,
    Ended,
}

/// What stands behind `until`.
#[derive(Debug, Clone)]
pub enum Stop {
    Condition(Box<Expression>),
    /// `until < v`: repeats the left side of the comparison before it.
    Short {
        relation: Relation,
        bound: Box<Expression>,
        place: Place,
    },
    /// `until acknowledged`: a person says so.
    Acknowledged,
}

/// `protect POINT`
#[derive(Debug, Clone)]
pub struct ProtectEntry {
    pub point: Name,
    /// Each kind at most once, with the place of its line.
    pub lines: Vec<(GuardLine, Place)>,
    /// A line was reported and left out.
    pub broken: bool,
}

/// One line of `protect`.
#[derive(Debug, Clone)]
pub enum GuardLine {
    /// `on at least D`
    On(Literal),
    /// `off at least D`
    Off(Literal),
    /// `change at most N per hour`
    Change(Literal),
    /// `step at least X`
    Step(Literal),
    /// `ramp at most X per D`
    Ramp { by: Literal, per: Literal },
}

impl GuardLine {
    /// What the line begins with.
    pub const fn phrase(&self) -> &'static str {
        match self {
            Self::On(_) => "on at least",
            Self::Off(_) => "off at least",
            Self::Change(_) => "change at most",
            Self::Step(_) => "step at least",
            Self::Ramp { .. } => "ramp at most",
        }
    }
}

/// `test "name"`
#[derive(Debug, Clone)]
pub struct TestEntry {
    pub name: Name,
    pub start: Option<(Moment, Place)>,
    /// In the order of the file; the first holds what stands before any `at`.
    pub steps: Vec<TestStep>,
    /// All of it.
    pub place: Place,
    /// Something in it was reported and left out.
    pub broken: bool,
}

/// What stands behind one `at`.
#[derive(Debug, Clone, Default)]
pub struct TestStep {
    /// `None`: the start.
    pub at: Option<(Moment, Place)>,
    pub givens: Vec<Given>,
    /// Rules that somebody acknowledges.
    pub acknowledges: Vec<Name>,
    pub expects: Vec<Expect>,
}

/// A moment as a test names it.
#[derive(Debug, Clone)]
pub enum Moment {
    /// Minutes after midnight, on the day of the moment before.
    Time(u16),
    DateTime(Date, u16),
    /// `+2 h`
    After(Literal),
}

#[derive(Debug, Clone)]
pub struct Given {
    pub name: Name,
    /// `None`: `is bad`.
    pub value: Option<Written>,
}

#[derive(Debug, Clone)]
pub struct Expect {
    pub what: Expected,
    pub because: Option<Name>,
    /// From the name to the end of the value.
    pub place: Place,
}

#[derive(Debug, Clone)]
pub enum Expected {
    /// `P = v`, `P is s`, `P is not s`
    Value { name: Name, not: bool, value: Written },
    /// `P is bad`, `P is good`
    Known { name: Name, good: bool },
    /// `P released`
    Released(Name),
    /// `alarm "text"`
    Alarm(Name),
    /// `no alarm`, `no alarm "text"`
    NoAlarm(Option<Name>),
}

/// A value as a test writes it: a quantity, a state, or a whole-number stage.
#[derive(Debug, Clone)]
pub enum Written {
    Number(Literal),
    State(Name),
}
