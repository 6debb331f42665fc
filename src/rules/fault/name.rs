//! Faults of names and of what they are given to: definitions, schedules,
//! curves, calls.

use crate::model::Language;
use crate::model::diagnostic::Fault;

use super::meant;

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NameFault {
    UnknownName {
        name: String,
        near: Option<String>,
    },
    /// A unit where a name should stand: `10 min / K`.
    UnitAlone(String),
    UnknownBuilding {
        name: String,
        near: Option<String>,
    },
    UnknownFunction {
        name: String,
        near: Option<String>,
    },
    Device {
        name: String,
        points: String,
    },
    Duplicate {
        name: String,
        place: String,
    },
    NameOfPoint(String),
    Circular(String),
    NotASchedule(String),
    NotACalendar(String),
    UnknownLand {
        name: String,
        near: Option<String>,
    },
    CalendarNotCondition(String),
    CalendarInCalendar(String),
    DayTwice,
    Arguments {
        function: String,
        wanted: usize,
    },
    AirArguments {
        function: String,
    },
    EmptyDefinition,
    Unused(String),
    SameDevice(String),
    LineNever,
    CurveOrder,
    CurveUnits {
        wanted: String,
    },
    NoHandSwitch(String),
}

impl Fault for NameFault {
    fn code(&self) -> &'static str {
        match self {
            Self::UnknownName { .. } | Self::UnitAlone(_) => "unknown-name",
            Self::UnknownBuilding { .. } => "unknown-building",
            Self::UnknownFunction { .. } => "unknown-function",
            Self::Device { .. } => "device-not-point",
            Self::Duplicate { .. } => "duplicate",
            Self::NameOfPoint(_) => "name-of-point",
            Self::Circular(_) => "circular",
            Self::NotASchedule(_) => "not-a-schedule",
            Self::NotACalendar(_) => "not-a-calendar",
            Self::UnknownLand { .. } => "unknown-land",
            Self::CalendarNotCondition(_) => "calendar-not-condition",
            Self::CalendarInCalendar(_) => "calendar-in-calendar",
            Self::DayTwice => "day-twice",
            Self::Arguments { .. } => "arguments",
            Self::AirArguments { .. } => "arguments",
            Self::EmptyDefinition => "empty-definition",
            Self::Unused(_) => "unused",
            Self::SameDevice(_) => "same-device",
            Self::LineNever => "line-never",
            Self::CurveOrder => "curve-order",
            Self::CurveUnits { .. } => "curve-units",
            Self::NoHandSwitch(_) => "no-hand-switch",
        }
    }

    fn reason(&self, language: Language) -> String {
        if language == Language::De { self.german() } else { self.english() }
    }

    fn help(&self, language: Language) -> Option<String> {
        let pick = |german: &str, english: &str| Some(language.pick(german, english).to_owned());
        match self {
            Self::UnknownName { near, .. }
            | Self::UnknownBuilding { near, .. }
            | Self::UnknownFunction { near, .. } => meant(language, near.as_deref()),
            Self::UnitAlone(unit) => Some(language.pick(
                format!("20 {unit} ; als Teil einer Einheit ohne Leerzeichen: 10 min/{unit}"),
                format!("20 {unit} ; as part of a unit without space: 10 min/{unit}"),
            )),
            Self::UnknownLand { near, .. } => meant(language, near.as_deref())
                .or_else(|| Some("BW BY BE BB HB HH HE MV NI NW RP SL SN ST SH TH".to_owned())),
            Self::CalendarNotCondition(name) => Some(format!("schedule Frei  {name} all day")),
            Self::CalendarInCalendar(name) => Some(language.pick(
                format!("in der Zeile des Zeitplans beide nennen: {name}, … off"),
                format!("name both in the schedule's line: {name}, … off"),
            )),
            Self::Device { points, .. } => Some(points.clone()),
            Self::AirArguments { function } => Some(language.pick(
                format!("{function}(Temperatur, Feuchte)"),
                format!("{function}(temperature, humidity)"),
            )),
            Self::Arguments { function, wanted: 1 } => Some(format!("{function}(x)")),
            Self::Arguments { function, .. } => Some(format!("{function}(x, y)")),
            Self::SameDevice(_) => {
                pick("ein Ersatz von einem anderen Gerät", "a substitute from another device")
            }
            Self::CurveOrder => {
                pick("die Stützpunkte aufsteigend ordnen", "put the nodes in ascending order")
            }
            _ => None,
        }
    }

    fn replacements(&self) -> Vec<String> {
        match self {
            Self::UnknownName { near, .. }
            | Self::UnknownBuilding { near, .. }
            | Self::UnknownLand { near, .. }
            | Self::UnknownFunction { near, .. } => near.iter().cloned().collect(),
            Self::Device { points, .. } => points.lines().map(str::to_owned).collect(),
            _ => Vec::new(),
        }
    }
}

impl NameFault {
    fn german(&self) -> String {
        match self {
            Self::UnknownName { name, .. } => format!("{name} gibt es nicht"),
            Self::UnitAlone(unit) => {
                format!("{unit} ist eine Einheit und steht nur hinter einer Zahl")
            }
            Self::UnknownBuilding { name, .. } => format!("das Gebäude {name} gibt es nicht"),
            Self::UnknownFunction { name, .. } => {
                format!("weder eine Funktion noch eine Kennlinie heißt {name}")
            }
            Self::Device { name, .. } => {
                format!("{name} ist ein Gerät; gemeint ist wohl einer seiner Punkte")
            }
            Self::Duplicate { name, place } => format!("{name} gibt es schon ({place})"),
            Self::NameOfPoint(name) => format!("{name} heißt schon ein Punkt"),
            Self::Circular(path) => format!("die Werte hängen im Kreis voneinander ab: {path}"),
            Self::NotASchedule(name) => format!("{name} ist kein Zeitplan"),
            Self::NotACalendar(name) => format!("{name} ist kein Kalender"),
            Self::UnknownLand { name, .. } => format!("das Land {name} gibt es nicht"),
            Self::CalendarNotCondition(name) => {
                format!("{name} ist ein Kalender, keine Bedingung: erst ein Zeitplan hat Zeiten")
            }
            Self::CalendarInCalendar(name) => {
                format!("{name} ist selbst ein Kalender; hier stehen nur Tage")
            }
            Self::DayTwice => "diese Tage stehen schon in diesem Kalender".to_owned(),
            Self::Arguments { function, wanted } => {
                format!(
                    "{function} braucht {} in der Klammer",
                    if *wanted == 1 { "eine Angabe" } else { "mindestens zwei Angaben" }
                )
            }
            Self::AirArguments { function } => {
                format!("{function} braucht die Temperatur der Luft und ihre relative Feuchte")
            }
            Self::EmptyDefinition => "hier steht nur ein Name".to_owned(),
            Self::Unused(name) => format!("{name} wird nirgends benutzt"),
            Self::SameDevice(device) => {
                format!("beide kommen vom Gerät {device} und fallen gemeinsam aus")
            }
            Self::LineNever => {
                "diese Zeile gilt nie: spätere Zeilen gehen an allen ihren Tagen vor".to_owned()
            }
            Self::CurveOrder => "die Stützpunkte steigen nicht an".to_owned(),
            Self::CurveUnits { wanted } if wanted.is_empty() => {
                "die anderen Stützpunkte haben hier keine Einheit".to_owned()
            }
            Self::CurveUnits { wanted } => format!("die anderen Stützpunkte haben hier {wanted}"),
            Self::NoHandSwitch(name) => format!("für {name} ist kein Handschalter bekannt"),
        }
    }

    fn english(&self) -> String {
        match self {
            Self::UnknownName { name, .. } => format!("there is no {name}"),
            Self::UnitAlone(unit) => format!("{unit} is a unit and stands only behind a number"),
            Self::UnknownBuilding { name, .. } => format!("there is no building {name}"),
            Self::UnknownFunction { name, .. } => {
                format!("neither a function nor a curve is called {name}")
            }
            Self::Device { name, .. } => {
                format!("{name} is a device; one of its points is meant, it seems")
            }
            Self::Duplicate { name, place } => format!("{name} exists already ({place})"),
            Self::NameOfPoint(name) => format!("a point is called {name} already"),
            Self::Circular(path) => format!("the values depend on one another in a circle: {path}"),
            Self::NotASchedule(name) => format!("{name} is not a schedule"),
            Self::NotACalendar(name) => format!("{name} is not a calendar"),
            Self::UnknownLand { name, .. } => format!("there is no Land {name}"),
            Self::CalendarNotCondition(name) => {
                format!("{name} is a calendar, not a condition: only a schedule has times")
            }
            Self::CalendarInCalendar(name) => {
                format!("{name} is a calendar itself; here stand days only")
            }
            Self::DayTwice => "these days stand in this calendar already".to_owned(),
            Self::Arguments { function, wanted } => {
                format!(
                    "{function} takes {} in parentheses",
                    if *wanted == 1 { "one argument" } else { "two arguments or more" }
                )
            }
            Self::AirArguments { function } => {
                format!("{function} takes the temperature of the air and its relative humidity")
            }
            Self::EmptyDefinition => "here stands only a name".to_owned(),
            Self::Unused(name) => format!("{name} is used nowhere"),
            Self::SameDevice(device) => {
                format!("both come from the device {device} and fail together")
            }
            Self::LineNever => {
                "this line never holds: later lines go first on all its days".to_owned()
            }
            Self::CurveOrder => "the nodes do not ascend".to_owned(),
            Self::CurveUnits { wanted } if wanted.is_empty() => {
                "the other nodes have no unit here".to_owned()
            }
            Self::CurveUnits { wanted } => format!("the other nodes have {wanted} here"),
            Self::NoHandSwitch(name) => format!("no hand switch is known for {name}"),
        }
    }
}
