//! `hauswart explain --at`: why a point was as it was, told from the history.

use std::process::ExitCode;

use jiff::{SignedDuration, Timestamp};

use super::files::Files;
use super::{Format, past, say};
use crate::cycle::explain::{Explanation, words};
use crate::cycle::spoken::Spoken;
use crate::engine::recall::{CommandThen, ReadingThen, Recalled, RulesThen, recall};
use crate::engine::{backtest, find};
use crate::history::Shelf;
use crate::model::moment::parse_moment;
use crate::model::{Language, Quality};
use crate::rules::Program;
use crate::site::Site;

/// What is told to machines.
#[derive(serde::Serialize)]
struct Told {
    /// Of a point: what was recorded.
    recorded: Option<Recalled>,
    /// By the rules of today, where they are those of then, or nothing else can be
    /// told.
    computed: Option<Explanation>,
}

/// Explains the point, value or rule called `name` at `at`, beside a daemon or
/// without one. `today`: the site's files.
pub fn run(
    site: &Site,
    name: &str,
    at: Timestamp,
    today: Files,
    format: Format,
) -> anyhow::Result<ExitCode> {
    let language = site.language;
    let spoken = Spoken { language, zone: &site.time_zone };
    let mut shelf = past::open(site, &[], language)?;
    let texts = today.texts;
    let point = find::point(site, name).ok();
    let recorded = point.map(|point| recall(&mut shelf, site, point, at));
    if let Some(recorded) = recorded.as_ref().filter(|it| it.is_empty()) {
        anyhow::bail!(nothing(recorded, &spoken));
    }
    let version = format!("{texts:016x}");
    let same = recorded.as_ref().and_then(|it| it.rules.as_ref()).map(|it| it.version == version);
    // Of a point that is only read there is nothing to compute.
    let told = |program: &Program| point.is_none_or(|it| program.commands().contains(&it));
    let computed = match today.program.filter(|it| same != Some(false) && told(it)) {
        Some(program) => computed(site, program, &mut shelf, name, at)?,
        None => None,
    };
    past::told(&shelf.faults, language);
    if recorded.is_none() && computed.is_none() {
        let at = spoken.date_time(at);
        anyhow::bail!(language.pick(
            format!("von {name} lässt sich am {at} nichts sagen: nichts ist aufgezeichnet"),
            format!("nothing can be told of {name} at {at}: nothing is recorded"),
        ));
    }
    match format {
        Format::Json => {
            say::out(&serde_json::to_string_pretty(&Told { recorded, computed })?);
        }
        Format::Text => {
            let recorded = recorded.map(|recorded| lines(&recorded, texts, &spoken));
            let computed = computed.map(|computed| words::lines(&computed, &spoken));
            let all = [recorded, computed].into_iter().flatten().collect::<Vec<_>>();
            all.join(&String::new()).iter().for_each(|line| say::out(line));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What the rules of today make of the recorded readings.
fn computed(
    site: &Site,
    program: Program,
    shelf: &mut Shelf,
    name: &str,
    at: Timestamp,
) -> anyhow::Result<Option<Explanation>> {
    match backtest::explain(site, program, shelf, name, at) {
        Some(Ok(explanation)) => Ok(explanation),
        Some(Err(not)) => anyhow::bail!(not.words(site.language)),
        None => Ok(None),
    }
}

/// A moment of the past as people type it: of a time or weekday the last one.
pub fn moment(text: &str, site: &Site, language: Language) -> anyhow::Result<Timestamp> {
    let now = crate::clock::Scaled::system_time();
    let whole = past::moment(text, &site.time_zone, language).ok();
    if let Some(at) = whole.filter(|at| *at <= now) {
        return Ok(at);
    }
    let moment = parse_moment(text)
        .map_err(|not| anyhow::anyhow!("--at {text}: {}", not.words(language)))?;
    let ago = |days: i64| {
        let from = now.checked_sub(SignedDuration::from_hours(24 * days)).ok()?;
        moment.start_after(from, &site.time_zone).filter(|at| *at <= now)
    };
    ago(1).or_else(|| ago(7)).or_else(|| ago(366)).ok_or_else(|| {
        anyhow::anyhow!(language.pick(
            format!("--at {text}: dieser Zeitpunkt liegt nicht in der Vergangenheit"),
            format!("--at {text}: this moment is not in the past"),
        ))
    })
}

/// That there is no record of this moment, and of when there is one.
fn nothing(recalled: &Recalled, spoken: &Spoken<'_>) -> String {
    let Recalled { point, at, reach, .. } = recalled;
    let at = spoken.date_time(*at);
    let language = spoken.language;
    let there_is = reach.map_or_else(
        || language.pick("es gibt noch keine Aufzeichnung", "there is no record yet").to_owned(),
        |(from, until)| {
            let [from, until] = [from, until].map(|it| spoken.date_time(it));
            language.pick(
                format!("aufgezeichnet ist die Zeit von {from} bis {until}"),
                format!("there is a record from {from} to {until}"),
            )
        },
    );
    language.pick(
        format!("von {point} ist am {at} nichts aufgezeichnet; {there_is}"),
        format!("nothing is recorded of {point} at {at}; {there_is}"),
    )
}

fn lines(recalled: &Recalled, texts: u64, spoken: &Spoken<'_>) -> Vec<String> {
    let Recalled { point, at, .. } = recalled;
    let pick = |german: &'static str, english: &'static str| spoken.language.pick(german, english);
    let mut rows: Vec<(&str, String)> = Vec::new();
    rows.push((pick("Wert", "value"), reading(recalled.reading.as_ref(), *at, spoken)));
    let (command, claims) = command(recalled.command.as_ref(), *at, spoken);
    rows.push((pick("gestellt", "commanded"), command));
    for (number, claim) in claims.iter().enumerate() {
        let heading = if number == 0 { pick("Ansprüche", "claims") } else { "" };
        rows.push((heading, claim.clone()));
    }
    for (number, over) in recalled.overrides.iter().enumerate() {
        let heading = if number == 0 { pick("übersteuert", "overridden") } else { "" };
        let until = over.until.map_or_else(String::new, |until| {
            format!(" {} {}", pick("bis", "until"), spoken.moment(until, *at))
        });
        let (by, why, since) = (&over.by, &over.why, spoken.moment(over.since, *at));
        let since = format!("{} {since}", pick("seit", "since"));
        rows.push((heading, format!("{} = {}, {since}{until}: {by}, {why}", over.of, over.shown)));
    }
    for (number, alarm) in recalled.alarms.iter().enumerate() {
        let heading = if number == 0 { pick("Meldungen", "alarms") } else { "" };
        let since = spoken.moment(alarm.since, *at);
        let since = format!("{} {since}", pick("seit", "since"));
        rows.push((heading, format!("{}: {}, {since}", alarm.class, alarm.text)));
    }
    rows.push((pick("Regeln", "rules"), rules(recalled.rules.as_ref(), texts, *at, spoken)));
    let width = rows.iter().map(|(heading, _)| heading.chars().count()).max().unwrap_or(0);
    let mut lines = vec![format!("{point}  {}", spoken.date_time(*at))];
    lines.extend(rows.into_iter().map(|(heading, text)| format!("  {heading:<width$}  {text}")));
    lines
}

fn reading(reading: Option<&ReadingThen>, at: Timestamp, spoken: &Spoken<'_>) -> String {
    let language = spoken.language;
    let Some(ReadingThen { shown, quality, recorded, outdated, .. }) = reading else {
        return language.pick("nicht aufgezeichnet", "not recorded").to_owned();
    };
    let recorded = spoken.moment(*recorded, at);
    match shown {
        Some(shown) if *outdated => language.pick(
            format!("nicht aufgezeichnet; zuletzt {shown} um {recorded}"),
            format!("not recorded; last {shown} at {recorded}"),
        ),
        Some(shown) => language.pick(
            format!("{shown}, aufgezeichnet {recorded}"),
            format!("{shown}, recorded {recorded}"),
        ),
        None => {
            let why = unknown(*quality, language);
            language.pick(
                format!("unbekannt seit {recorded}: {why}"),
                format!("unknown since {recorded}: {why}"),
            )
        }
    }
}

fn unknown(quality: Quality, language: Language) -> &'static str {
    match quality {
        Quality::Faulty => language.pick("das Gerät meldet eine Störung", "the device says faulty"),
        Quality::OutOfRange => language.pick("außerhalb des Bereichs", "out of range"),
        Quality::Stale => language.pick("das Gerät antwortete nicht", "the device did not answer"),
        Quality::NeverRead => language.pick("hauswart lief nicht", "hauswart was not running"),
        Quality::Good | Quality::Substituted => "",
    }
}

/// In one line, and every claim.
fn command(
    command: Option<&CommandThen>,
    at: Timestamp,
    spoken: &Spoken<'_>,
) -> (String, Vec<String>) {
    let language = spoken.language;
    let Some(CommandThen { since, shown, level, by, claims, .. }) = command else {
        return (language.pick("von niemandem", "by nobody").to_owned(), Vec::new());
    };
    let since = spoken.moment(*since, at);
    let line = match shown {
        Some(shown) => language.pick(
            format!("auf {shown} seit {since}, durch {by} ({level})"),
            format!("to {shown} since {since}, by {by} ({level})"),
        ),
        None => language.pick(format!("freigegeben seit {since}"), format!("let go since {since}")),
    };
    (line, claims.clone())
}

fn rules(rules: Option<&RulesThen>, texts: u64, at: Timestamp, spoken: &Spoken<'_>) -> String {
    let language = spoken.language;
    let Some(RulesThen { version, program, since }) = rules else {
        return language.pick("nicht aufgezeichnet", "not recorded").to_owned();
    };
    let since = spoken.moment(*since, at);
    if version.is_empty() {
        return language.pick(
            format!("keine seit {since}, {program}"),
            format!("none since {since}, {program}"),
        );
    }
    let same = if *version == format!("{texts:016x}") {
        language.pick("dieselben wie heute", "the same as today")
    } else {
        language.pick("andere als heute", "others than today")
    };
    language.pick(
        format!("Stand {version} seit {since}, {same}, {program}"),
        format!("version {version} since {since}, {same}, {program}"),
    )
}
