//! What `check` says of each point that can be commanded: what becomes of a
//! command if this PC fails, which floors hold, how long a register lasts that
//! wears out.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::say::count;
use super::status::years;
use super::table::{Align, Table};
use crate::model::unit::spoken_length;
use crate::model::wear::Allowance;
use crate::model::{Accepted, Command, Language, Point, PointId};
use crate::rules::{Bound, Program};
use crate::site::Site;

/// One commandable point.
#[derive(Debug, Serialize)]
pub struct Row {
    pub point: String,
    /// How many rules may command it; 0: only people do.
    pub rules: usize,
    pub if_pc_fails: Abandoned,
    /// As people read it.
    pub floor: Option<String>,
    pub ceiling: Option<String>,
    pub wear: Option<Wear>,
    /// Nothing commands it until the end of this day, floors included.
    pub out_of_service_until: Option<String>,
    /// It is a heartbeat, toggled so often.
    pub heartbeat_s: Option<u64>,
}

/// What becomes of a command if this program is gone without letting go.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Abandoned {
    FallsBack { after_s: u64 },
    Stays,
    Accepted { by: String, on: String, why: String },
}

/// How often a register is written, and how long it lasts so.
#[derive(Debug, Serialize)]
pub struct Wear {
    pub endures: u32,
    /// Writes by rules at most.
    pub a_year: f64,
    /// `None`: hardly written at all.
    pub lasts_years: Option<f64>,
    pub bound: &'static str,
    /// The writer spaces writes out, so that it lasts its 15 years anyway.
    pub spared: bool,
}

/// All of them, in the site's order; rules as of `from`.
pub fn rows(site: &Site, program: &Program, from: Timestamp) -> Vec<Row> {
    let commandable = site.points.iter().filter_map(|(id, point)| {
        let command = point.command.as_ref()?;
        let rules = program.rules_commanding(id).into_iter();
        let show = |value: Option<f64>| value.map(|value| point.kind.display(value));
        Some(Row {
            point: point.name.clone(),
            rules: rules.filter(|rule| !program.is_shadow(*rule)).count(),
            if_pc_fails: abandoned(command),
            floor: show(command.floor),
            ceiling: show(command.ceiling),
            wear: command.endures.map(|endures| wear(endures, program, id, point, from)),
            out_of_service_until: command
                .out_of_service_at(from)
                .map(|closed| closed.until.to_string()),
            heartbeat_s: command.heartbeat.map(|every| every.as_secs()),
        })
    });
    commandable.collect()
}

fn abandoned(command: &Command) -> Abandoned {
    match (command.abandoned.falls_back, &command.abandoned.accepted) {
        (Some(after), _) => Abandoned::FallsBack { after_s: after.as_secs() },
        (None, Some(Accepted { by, on, why })) => {
            Abandoned::Accepted { by: by.clone(), on: on.to_string(), why: why.clone() }
        }
        (None, None) => Abandoned::Stays,
    }
}

fn wear(endures: u32, program: &Program, id: PointId, point: &Point, from: Timestamp) -> Wear {
    let pace = program.pace(id, point, from);
    let lasts = Some(Allowance::of(endures).years(pace.a_year)).filter(|years| years.is_finite());
    Wear {
        endures,
        a_year: pace.a_year,
        lasts_years: lasts,
        bound: match pace.bound {
            Bound::Nobody => "no rule",
            Bound::Schedules => "schedules",
            Bound::Interval => "min_write_interval",
            Bound::Protection => "protect",
            Bound::Cycle => "cycle",
        },
        spared: lasts.is_some_and(|years| years < GOAL_YEARS),
    }
}

/// What registers shall last.
const GOAL_YEARS: f64 = 15.0;

/// As tables for people; empty lines behind them.
pub fn lines(rows: &[Row], language: Language) -> Vec<String> {
    let mut lines = Vec::new();
    if rows.is_empty() {
        return lines;
    }
    lines.extend(of_points(rows, language));
    lines.push(String::new());
    if rows.iter().any(|row| row.wear.is_some()) {
        lines.extend(of_registers(rows, language));
        lines.push(String::new());
    }
    lines
}

fn of_points(rows: &[Row], language: Language) -> Vec<String> {
    let floors = rows.iter().any(|row| row.floor.is_some());
    let ceilings = rows.iter().any(|row| row.ceiling.is_some());
    let mut columns = vec![
        (language.pick("gestellter Punkt", "commanded point"), Align::Left),
        (language.pick("durch", "by"), Align::Left),
        (language.pick("fällt dieser PC aus", "if this PC fails"), Align::Left),
    ];
    if floors {
        columns.push((language.pick("nie unter", "never below"), Align::Right));
    }
    if ceilings {
        columns.push((language.pick("nie über", "never above"), Align::Right));
    }
    let mut table = Table::new(&columns);
    for row in rows {
        let by = match (row.rules, &row.out_of_service_until) {
            _ if row.heartbeat_s.is_some() => row.heartbeat(language),
            (_, Some(until)) => language.pick(
                format!("außer Betrieb bis {until}"),
                format!("out of service until {until}"),
            ),
            (0, None) => language.pick("nur von Hand", "by hand only").to_owned(),
            (rules, None) => {
                let [one, several] = language.pick(["Regel", "Regeln"], ["rule", "rules"]);
                count(rules, one, several)
            }
        };
        let fails = match (row.heartbeat_s, &row.if_pc_fails) {
            (Some(_), Abandoned::FallsBack { after_s }) => {
                let after = spoken_length(Duration::from_secs(*after_s));
                language.pick(
                    format!("steht still; nach {after} gibt die Anlage frei"),
                    format!("stands still; the plant lets go after {after}"),
                )
            }
            (Some(_), _) => language.pick("steht still", "stands still").to_owned(),
            (None, fails) => fails.words(language),
        };
        let mut cells = vec![row.point.clone(), by, fails];
        cells.extend(floors.then(|| row.floor.clone().unwrap_or_default()));
        cells.extend(ceilings.then(|| row.ceiling.clone().unwrap_or_default()));
        table.row(cells);
    }
    let mut lines = table.lines();
    if floors || ceilings {
        lines.push(
            language
                .pick(
                    "„nie“ gilt für Regeln und Übersteuerungen; wer am Gerät steht, kann es \
                     trotzdem anders stellen",
                    "\"never\" binds rules and overrides; whoever stands at the device can still \
                     set it otherwise",
                )
                .to_owned(),
        );
    }
    lines
}

impl Row {
    fn heartbeat(&self, language: Language) -> String {
        let every = spoken_length(Duration::from_secs(self.heartbeat_s.unwrap_or_default()));
        language.pick(format!("Lebenszeichen, alle {every}"), format!("heartbeat, every {every}"))
    }
}

impl Abandoned {
    /// As people say it.
    pub fn words(&self, language: Language) -> String {
        match self {
            Self::FallsBack { after_s } => {
                let after = spoken_length(Duration::from_secs(*after_s));
                language.pick(
                    format!("fällt nach {after} von selbst zurück"),
                    format!("falls back by itself after {after}"),
                )
            }
            Self::Stays => language.pick("bleibt, wie er steht", "stays as it is").to_owned(),
            Self::Accepted { by, on, why } => language.pick(
                format!("bleibt; hingenommen von {by} am {on}: {why}"),
                format!("stays; accepted by {by} on {on}: {why}"),
            ),
        }
    }
}

fn of_registers(rows: &[Row], language: Language) -> Vec<String> {
    let mut table = Table::new(&[
        (language.pick("Register, das sich abnutzt", "register that wears out"), Align::Left),
        (language.pick("verträgt", "endures"), Align::Right),
        (language.pick("im Jahr höchstens", "a year at most"), Align::Right),
        (language.pick("hält so", "lasts so"), Align::Right),
        ("", Align::Left),
    ]);
    for row in rows {
        let Some(wear) = &row.wear else { continue };
        let lasts = wear.lasts_years.map_or_else(
            || language.pick("beliebig lange", "for ever").to_owned(),
            |lasts| years(lasts, language),
        );
        let a_year = format!("{:.0}", wear.a_year.ceil());
        let why = wear.words(language);
        table.row([row.point.clone(), wear.endures.to_string(), a_year, lasts, why]);
    }
    table.lines()
}

impl Wear {
    /// What bounds the writes, and whether they are spaced out.
    fn words(&self, language: Language) -> String {
        let (german, english) = match self.bound {
            "no rule" => ("keine Regel stellt ihn", "no rule commands it"),
            "schedules" => ("nach Zeitplänen", "by schedules"),
            bound => (bound, bound),
        };
        let bound = language.pick(german, english);
        if !self.spared {
            return bound.to_owned();
        }
        language.pick(
            format!("{bound}; Änderungen warten dann, damit es 15 Jahre hält"),
            format!("{bound}; changes wait then, so that it lasts 15 years"),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_accepted_command_names_who_when_and_why() {
        let stays = Abandoned::Accepted {
            by: "K. Meier".into(),
            on: "2026-10-01".into(),
            why: "Frostwächter".into(),
        };
        assert_eq!(
            stays.words(Language::De),
            "bleibt; hingenommen von K. Meier am 2026-10-01: Frostwächter"
        );
        let falls = Abandoned::FallsBack { after_s: 60 };
        assert_eq!(falls.words(Language::En), "falls back by itself after 1 min");
    }
}
