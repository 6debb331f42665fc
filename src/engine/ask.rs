//! What may be asked of the running engine, and the handle to ask with. An
//! override enters here as a claim, never as a write of its own.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use tokio::sync::{mpsc, oneshot};

use super::find::NotFound;
use super::past::Brought;
use super::picture::{AlarmStatus, DrillsStatus, PointStatus, ReloadReport, Status};
use super::reload::Reply;
use crate::cycle::explain::{self, Explanation};
use crate::history::{Asked, Import, Page};
use crate::model::{Language, PointId};

/// One question, with where the answer goes.
#[derive(Debug)]
pub(super) enum Ask {
    Status(oneshot::Sender<Status>),
    Read(Vec<PointId>, oneshot::Sender<Vec<PointStatus>>),
    Known(Vec<PointId>, oneshot::Sender<Vec<PointStatus>>),
    Explain(String, oneshot::Sender<Result<Box<Explanation>, Untold>>),
    Override(OverrideOrder, oneshot::Sender<Result<Placed, Refusal>>),
    Release(u64, oneshot::Sender<Result<(), Refusal>>),
    /// Those that are listed.
    Alarms(oneshot::Sender<Vec<AlarmStatus>>),
    /// By this account.
    TryLetters(String, oneshot::Sender<Result<Vec<String>, Refusal>>),
    Acknowledge(AcknowledgeOrder, oneshot::Sender<Result<Acknowledged, Refusal>>),
    Reload(ReloadOrder, Reply),
    /// By whom, and how long if not as long as the slowest device takes.
    StartDrill(String, Option<Duration>, oneshot::Sender<Result<DrillsStatus, Refusal>>),
    EndDrill(oneshot::Sender<Result<(), Refusal>>),
    Drills(oneshot::Sender<DrillsStatus>),
    Unsealed(Asked, oneshot::Sender<Page>),
    Bring(Import, oneshot::Sender<Brought>),
    /// The HTTP API listens, or why it does not.
    Listening(Result<(), String>, oneshot::Sender<()>),
}

/// A person has seen something.
#[derive(Debug, Clone)]
pub struct AcknowledgeOrder {
    pub what: Seeing,
    pub user: String,
    pub why: String,
}

/// What a person has seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seeing {
    /// What a rule or value waits with, and the alarms that it has raised; its
    /// full name, or the end of it.
    Rule(String),
    /// An alarm, by its number.
    Alarm(u64),
}

/// What was acknowledged.
#[derive(Debug, Clone)]
pub struct Acknowledged {
    /// The full name of the rule or value.
    pub rule: Option<String>,
    pub alarms: Vec<AlarmStatus>,
}

/// An operator's command, at level manual.
#[derive(Debug, Clone)]
pub struct OverrideOrder {
    pub target: Target,
    /// Canonical; a schedule is 0 or 1.
    pub value: f64,
    /// `None`: from now on.
    pub from: Option<Timestamp>,
    pub ends: Ends,
    pub user: String,
    pub why: String,
}

/// What is overridden.
#[derive(Debug, Clone)]
pub enum Target {
    Point(PointId),
    /// As typed: the full name of a schedule, or its end.
    Schedule(String),
}

/// When an override is over.
#[derive(Debug, Clone, Copy)]
pub enum Ends {
    /// After its beginning.
    After(Duration),
    At(Timestamp),
}

/// An override as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    pub id: u64,
    /// The full name of the point or schedule.
    pub name: String,
    pub shown: String,
    pub from: Timestamp,
    pub until: Timestamp,
    /// Whether it would outlive the process; it is in force in any case.
    pub recorded: bool,
}

/// Who wants the rule files taken up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReloadBy {
    /// Files have changed and are quiet. The site file says whether that is
    /// enough.
    Files,
    Person,
    Signal,
}

/// Look at the rule files, and take them up if they are free of errors.
#[derive(Debug, Clone, Copy)]
pub struct ReloadOrder {
    pub by: ReloadBy,
    /// Say what would change, and change nothing.
    pub dry_run: bool,
}

/// Why an order was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the site is in read-only mode: nothing is written")]
    ReadOnly,
    #[error("{0} cannot be commanded: it is read only")]
    NotCommandable(String),
    #[error("{value} is outside the limits of {point}: {limits}")]
    OutOfLimits { point: String, value: String, limits: String },
    #[error("{point} reports \"{value}\" but cannot be set to it")]
    NotSettable { point: String, value: String },
    #[error("{0} is the heartbeat: it is toggled while hauswart works, and by nobody else")]
    Heartbeat(String),
    #[error("{point} is out of service until {until} ({by}: {why}); the site file says so")]
    OutOfService { point: String, until: Date, by: String, why: String },
    #[error("an override lasts 30 days at most")]
    TooLong,
    #[error("an override begins within a year")]
    TooFar,
    #[error("the override would be over before it begins")]
    Over,
    #[error(transparent)]
    NotFound(NotFound),
    #[error("this runs without rule files")]
    NoRuleFiles,
    #[error("there is no override {0}")]
    NoSuchOverride(u64),
    #[error("nothing waits to be acknowledged in \"{0}\"")]
    NothingWaits(String),
    #[error("the site file names nobody who hears of alarms: [[alarms.recipient]]")]
    NobodyHears,
    #[error("there is no alarm {0} to acknowledge")]
    NoSuchAlarm(u64),
    #[error("alarm {number} has been acknowledged by {by} already")]
    AlreadySeen { number: u64, by: String },
    #[error("noted, but the disk does not take it: after a restart it counts as not acknowledged")]
    NotKept,
    #[error("ended, but the disk does not take it: after a restart it is in force again")]
    EndNotKept,
    #[error("the reason is too long: a sentence will do")]
    WhyTooLong,
    #[error("a drill runs already")]
    DrillRuns,
    #[error("a drill lasts two hours at most")]
    DrillTooLong,
    #[error("no drill runs")]
    NoDrill,
    #[error(
        "nothing is commanded at present, so there is nothing to try: wait for a rule, or override a point first"
    )]
    NothingCommanded,
    #[error("hauswart is stopping")]
    Stopping,
}

impl Refusal {
    /// The sentence for people.
    #[must_use]
    pub fn words(&self, language: Language) -> String {
        let german = match self {
            Self::ReadOnly => {
                "die Anlage ist im Nur-Lesen-Betrieb: es wird nichts geschrieben".into()
            }
            Self::NotCommandable(point) => format!("{point} kann nur gelesen werden"),
            Self::OutOfLimits { point, value, limits } => {
                format!("{value} liegt außerhalb der Grenzen von {point}: {limits}")
            }
            Self::NotSettable { point, value } => {
                format!("{point} meldet „{value}“, lässt sich aber nicht darauf stellen")
            }
            Self::Heartbeat(point) => format!(
                "{point} ist das Lebenszeichen: es wechselt, solange hauswart arbeitet, und sonst stellt es niemand"
            ),
            Self::OutOfService { point, until, by, why } => {
                let until = until.strftime("%d.%m.%Y");
                format!("{point} ist laut Anlagendatei bis {until} außer Betrieb ({by}: {why})")
            }
            Self::TooLong => "eine Übersteuerung dauert höchstens 30 Tage".into(),
            Self::TooFar => "eine Übersteuerung beginnt binnen eines Jahres".into(),
            Self::Over => "die Übersteuerung wäre zu Ende, bevor sie beginnt".into(),
            Self::NotFound(not) => not.words(Language::De),
            Self::NoRuleFiles => "dieser Lauf hat keine Regeldateien".into(),
            Self::NoSuchOverride(id) => format!("eine Übersteuerung {id} gibt es nicht"),
            Self::NothingWaits(rule) => format!("in „{rule}“ wartet nichts auf Quittierung"),
            Self::NobodyHears => "die Anlagendatei nennt niemanden, der Alarme bekommt: [[alarms.recipient]]".into(),
            Self::NoSuchAlarm(number) => format!("einen Alarm {number} zum Quittieren gibt es nicht"),
            Self::AlreadySeen { number, by } => {
                format!("Alarm {number} hat {by} schon quittiert")
            }
            Self::NotKept => "vermerkt, aber die Platte nimmt es nicht an: nach einem Neustart gilt es als nicht quittiert".into(),
            Self::EndNotKept => "beendet, aber die Platte nimmt es nicht an: nach einem Neustart gilt es wieder".into(),
            Self::WhyTooLong => "die Begründung ist zu lang: ein Satz genügt".into(),
            Self::DrillRuns => "es läuft schon eine Übung".into(),
            Self::DrillTooLong => "eine Übung dauert höchstens zwei Stunden".into(),
            Self::NoDrill => "es läuft keine Übung".into(),
            Self::NothingCommanded => "zurzeit ist nichts gestellt, es gibt nichts zu erproben: eine Regel abwarten oder vorher einen Punkt übersteuern".into(),
            Self::Stopping => "hauswart wird gerade beendet".into(),
        };
        language.pick(german, self.to_string())
    }
}

/// Why nothing can be explained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Untold {
    NotFound(explain::NotFound),
    /// No cycle has been yet.
    NotYet,
}

impl Untold {
    /// The sentence for people.
    #[must_use]
    pub fn words(&self, language: Language) -> String {
        let (german, english) = match self {
            Self::NotFound(not) => return not.words(language),
            Self::NotYet => (
                "Hauswart startet gerade; bitte gleich noch einmal",
                "hauswart is starting; please ask again in a moment",
            ),
        };
        language.pick(german, english).to_owned()
    }
}

/// The engine has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("hauswart has ended")]
pub struct Ended;

impl Ended {
    /// The sentence for people.
    #[must_use]
    pub fn words(self, language: Language) -> String {
        language.pick("hauswart hat sich beendet".to_owned(), self.to_string())
    }
}

/// Asks the running engine. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Handle {
    pub(super) asks: mpsc::Sender<Ask>,
}

impl Handle {
    async fn ask<T>(&self, ask: impl FnOnce(oneshot::Sender<T>) -> Ask) -> Result<T, Ended> {
        let (reply, answer) = oneshot::channel();
        self.asks.send(ask(reply)).await.map_err(|_| Ended)?;
        answer.await.map_err(|_| Ended)
    }

    /// The whole picture.
    ///
    /// # Errors
    /// [`Ended`], as all of these.
    pub async fn status(&self) -> Result<Status, Ended> {
        self.ask(Ask::Status).await
    }

    /// Reads these points from their devices now; one that does not answer
    /// shows what was last known of it.
    pub async fn read(&self, points: Vec<PointId>) -> Result<Vec<PointStatus>, Ended> {
        self.ask(|reply| Ask::Read(points, reply)).await
    }

    /// What is known of these points, without asking their devices.
    pub async fn known(&self, points: Vec<PointId>) -> Result<Vec<PointStatus>, Ended> {
        self.ask(|reply| Ask::Known(points, reply)).await
    }

    /// Why a point, value or rule is as it is.
    pub async fn explain(&self, name: String) -> Result<Result<Box<Explanation>, Untold>, Ended> {
        self.ask(|reply| Ask::Explain(name, reply)).await
    }

    /// Places an operator's override.
    pub async fn command(&self, order: OverrideOrder) -> Result<Result<Placed, Refusal>, Ended> {
        self.ask(|reply| Ask::Override(order, reply)).await
    }

    /// Ends an override before its time; answered once that would survive a
    /// restart.
    pub async fn release(&self, id: u64) -> Result<Result<(), Refusal>, Ended> {
        self.ask(|reply| Ask::Release(id, reply)).await
    }

    /// The alarms that are listed: those that stand, and those that went and
    /// that nobody has acknowledged.
    pub async fn alarms(&self) -> Result<Vec<AlarmStatus>, Ended> {
        self.ask(Ask::Alarms).await
    }

    /// Sends a trial letter to each recipient; their addresses.
    pub async fn try_letters(&self, user: String) -> Result<Result<Vec<String>, Refusal>, Ended> {
        self.ask(|reply| Ask::TryLetters(user, reply)).await
    }

    /// Acknowledges an alarm, or what a rule or value waits with; answered once
    /// that would survive a restart.
    pub async fn acknowledge(
        &self,
        order: AcknowledgeOrder,
    ) -> Result<Result<Acknowledged, Refusal>, Ended> {
        self.ask(|reply| Ask::Acknowledge(order, reply)).await
    }

    /// Plays dead for a while, to see what the devices do by themselves.
    pub async fn start_drill(
        &self,
        user: String,
        lasts: Option<Duration>,
    ) -> Result<Result<DrillsStatus, Refusal>, Ended> {
        self.ask(|reply| Ask::StartDrill(user, lasts, reply)).await
    }

    /// A page of what the history has and no file yet.
    pub async fn unsealed(&self, asked: Asked) -> Result<Page, Ended> {
        self.ask(|reply| Ask::Unsealed(asked, reply)).await
    }

    /// Takes a day from elsewhere into the history.
    pub async fn bring(&self, import: Import) -> Result<Brought, Ended> {
        self.ask(|reply| Ask::Bring(import, reply)).await
    }

    /// Says whether the HTTP API listens; where it does not, why, in the site's
    /// language. An alarm is raised or cleared of it.
    pub async fn listening(&self, listens: Result<(), String>) -> Result<(), Ended> {
        self.ask(|reply| Ask::Listening(listens, reply)).await
    }

    /// Ends a drill before its time.
    pub async fn end_drill(&self) -> Result<Result<(), Refusal>, Ended> {
        self.ask(Ask::EndDrill).await
    }

    /// The drill that runs, and those that were.
    pub async fn drills(&self) -> Result<DrillsStatus, Ended> {
        self.ask(Ask::Drills).await
    }

    /// Takes up the rule files, or says what that would change.
    pub async fn reload(&self, order: ReloadOrder) -> Result<Result<ReloadReport, Refusal>, Ended> {
        self.ask(|reply| Ask::Reload(order, reply)).await
    }
}
