//! What an alarm is about, by names that outlive a changed site file, and what
//! is said of it.

use std::sync::Arc;

use jiff::Timestamp;

use crate::control::{Event, Note};
use crate::engine::reload::NotTaken;
use crate::post::PostError;
use crate::rules::RaisedAlarm;
use crate::site::Site;
use crate::store::records;

/// What an alarm is about; one of each subject is held at a time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// Something a rule or value says, by its full name and a word that tells
    /// its causes apart.
    Rule(Arc<str>, String),
    /// `building.device`
    Device(String),
    /// A point that does not do as commanded, by its full name.
    Command(String),
    /// A register that is written more than it endures, by its point's full name.
    Wear(String),
    /// A decision that needs a look, by its point's full name.
    Decision(String),
    /// A connection's task.
    Driver(String),
    Journal,
    /// Commands in the store that cannot be let go of from here.
    Store,
    /// Records in the store that cannot be read.
    Records,
    /// What was lost when the store was opened.
    Lost,
    /// The history cannot be written.
    History,
    /// A part of the history is lost or damaged.
    HistoryGap,
    /// Changed rule files that do not run.
    RuleFiles,
    /// The wall clock.
    Clock,
    /// Letters that do not go out, by the recipient's address.
    Post(String),
    /// The life sign that does not get through.
    LifeSign,
    /// The HTTP API over TCP that does not listen.
    Web,
    /// A report that does not get ready, by its job's name.
    Job(String),
}

impl Subject {
    /// As it is stored.
    #[must_use]
    pub fn about(&self) -> Vec<String> {
        let (word, names): (&str, &[&str]) = match self {
            Self::Rule(rule, what) => ("rule", &[rule, what]),
            Self::Device(name) => ("device", &[name]),
            Self::Command(name) => ("command", &[name]),
            Self::Wear(name) => ("wear", &[name]),
            Self::Decision(name) => ("decision", &[name]),
            Self::Driver(name) => ("driver", &[name]),
            Self::Journal => ("journal", &[]),
            Self::Store => ("store", &[]),
            Self::Records => ("records", &[]),
            Self::Lost => ("lost", &[]),
            Self::History => ("history", &[]),
            Self::HistoryGap => ("history-gap", &[]),
            Self::RuleFiles => ("rule-files", &[]),
            Self::Clock => ("clock", &[]),
            Self::Post(to) => ("post", &[to]),
            Self::LifeSign => ("life-sign", &[]),
            Self::Web => ("web", &[]),
            Self::Job(name) => ("job", &[name]),
        };
        std::iter::once(word).chain(names.iter().copied()).map(str::to_owned).collect()
    }

    /// From what is stored; a point that was renamed is found under its new
    /// name. `None`: another version wrote it.
    #[must_use]
    pub fn read(about: &[String], site: &Site) -> Option<Self> {
        let about: Vec<&str> = about.iter().map(String::as_str).collect();
        let point = |name: &str| {
            let found = records::find(&site.points, name);
            found.map_or_else(|| name.to_owned(), |id| site.points.get(id).name.clone())
        };
        Some(match about.as_slice() {
            ["rule", rule, what] => Self::Rule(Arc::from(*rule), (*what).to_owned()),
            ["device", name] => Self::Device((*name).to_owned()),
            ["command", name] => Self::Command(point(name)),
            ["wear", name] => Self::Wear(point(name)),
            ["decision", name] => Self::Decision(point(name)),
            ["driver", name] => Self::Driver((*name).to_owned()),
            ["journal"] => Self::Journal,
            ["store"] => Self::Store,
            ["records"] => Self::Records,
            ["lost"] => Self::Lost,
            ["history"] => Self::History,
            ["history-gap"] => Self::HistoryGap,
            ["rule-files"] => Self::RuleFiles,
            ["clock"] => Self::Clock,
            ["post", to] => Self::Post((*to).to_owned()),
            ["life-sign"] => Self::LifeSign,
            ["web"] => Self::Web,
            ["job", name] => Self::Job((*name).to_owned()),
            _ => return None,
        })
    }
}

/// What is said of it.
#[derive(Debug, Clone, PartialEq)]
pub enum Cause {
    Rule(RaisedAlarm),
    /// The device's last failure.
    Silent(String),
    /// A point that does not do as commanded.
    Command(Event),
    Decision(Note),
    /// A driver died and was started anew.
    Revived,
    /// The store could not take a record.
    JournalFailed(String),
    /// What is the matter with the history, in the site's language.
    History(String),
    /// The store had to be mended, or holds what cannot be read.
    Store(String),
    /// These points are recorded as commanded by a former run, and cannot be
    /// let go of: gone from the site file, or the site is read-only now.
    NotOurs(String),
    /// The old rules go on.
    RulesNotTaken(NotTaken),
    /// They would change so many points, and wait for somebody's word.
    RulesWait {
        points: usize,
    },
    /// It shows this and cannot be right; the second: what it should show.
    ClockDoubtful(Timestamp, Option<Timestamp>),
    /// Letters or life signs that do not go out.
    Unsent(PostError),
    /// Why the HTTP API does not listen, in the site's language.
    NotListening(String),
    /// Why a report is not ready or does not go out.
    NotReported(String),
    /// As [`NotReported`](Self::NotReported), and it is not tried before its next time.
    ReportWaits(String),
    /// A report that takes too long, in the site's language.
    ReportHangs(String),
    /// In the words of a former run; not heard of again yet.
    Former {
        text: String,
        done: String,
    },
}
