//! How tests ended, in words.

use std::sync::Arc;

use super::{Failure, Found, Trial, Turn, What};
use crate::cycle::explain;
use crate::cycle::spoken::Spoken;
use crate::model::Origin;

/// One line for the test, and below it what was not met.
#[must_use]
pub fn lines(trial: &Trial, spoken: &Spoken<'_>) -> Vec<String> {
    let mark = if trial.passed() { "✓" } else { "✗" };
    let mut lines = vec![format!("{mark} {}  {}:{}", trial.name, trial.file, trial.line)];
    for failure in &trial.failures {
        lines.push(format!("  {}:{}  {}", trial.file, failure.line, spoken.date_time(failure.at)));
        lines.extend(told(failure, spoken).into_iter().map(|line| format!("    {line}")));
        if let Some(why) = &failure.why {
            let why = explain::words::lines(why, spoken);
            lines.push(format!("    {}", spoken.language.pick("Erklärung", "explanation")));
            let indented = |line: String| format!("      {line}").trim_end().to_owned();
            lines.extend(why.into_iter().map(indented));
        }
        if !failure.past.is_empty() {
            lines.push(format!("    {}", spoken.language.pick("Verlauf", "what went before")));
            lines.extend(past(&failure.past, spoken).map(|line| format!("      {line}")));
        }
    }
    lines
}

/// What was expected, and what was found.
fn told(failure: &Failure, spoken: &Spoken<'_>) -> Vec<String> {
    let language = spoken.language;
    let because = failure.because.as_ref().map_or_else(String::new, |rule| {
        language.pick(format!(", durch „{rule}“"), format!(", because of \"{rule}\""))
    });
    let expected = &failure.expected;
    let first = language
        .pick(format!("erwartet:  {expected}{because}"), format!("expected:  {expected}{because}"));
    let found =
        |text: String| language.pick(format!("ist:       {text}"), format!("found:     {text}"));
    let mut lines = vec![first];
    match &failure.found {
        Found::Commanded { shown, by } => {
            lines.push(found(format!("{shown}{}", origin(by, spoken))))
        }
        Found::Released => {
            lines.push(found(language.pick("freigegeben", "released").to_owned()));
        }
        Found::Named { shown } => {
            let unknown = || language.pick("unbekannt", "unknown").to_owned();
            lines.push(found(shown.clone().unwrap_or_else(unknown)));
        }
        Found::Alarms(alarms) if alarms.is_empty() => {
            lines.push(found(language.pick("keine Meldung", "no alarm").to_owned()));
        }
        Found::Alarms(alarms) => {
            for (text, by) in alarms {
                let by = origin(&Some(by.clone()), spoken);
                lines
                    .push(found(language.pick(format!("„{text}“{by}"), format!("\"{text}\"{by}"))));
            }
        }
        Found::Unset(points) => {
            let points = points.join(", ");
            lines.push(found(language.pick(
                format!("nicht zu sagen; nie vorgegeben: {points}"),
                format!("not to be told; never given: {points}"),
            )));
        }
    }
    lines
}

fn origin(by: &Option<Arc<Origin>>, spoken: &Spoken<'_>) -> String {
    match by.as_deref() {
        Some(Origin::Rule { rule, file, line }) => spoken.language.pick(
            format!(", durch „{rule}“ ({file}:{line})"),
            format!(", because of \"{rule}\" ({file}:{line})"),
        ),
        Some(Origin::Operator { user, .. }) => format!(", {user}"),
        None => String::new(),
    }
}

/// The moment where it is another than that of the line above.
fn past<'a>(turns: &'a [Turn], spoken: &'a Spoken<'_>) -> impl Iterator<Item = String> + 'a {
    let mut before = None;
    turns.iter().map(move |turn| {
        let moment = spoken.date_time(turn.at);
        let shown = if before == Some(turn.at) { " ".repeat(moment.len()) } else { moment };
        before = Some(turn.at);
        format!("{shown}  {} {}", turn.name, change(&turn.what, spoken))
    })
}

fn change(what: &What, spoken: &Spoken<'_>) -> String {
    let language = spoken.language;
    match what {
        What::Given(Some(shown)) => {
            language.pick(format!("= {shown}, vorgegeben"), format!("= {shown}, given"))
        }
        What::Given(None) => language.pick("gestört, vorgegeben", "is bad, given").to_owned(),
        What::Commanded { shown: Some(shown), by } => {
            language.pick("auf ", "to ").to_owned() + shown + &origin(by, spoken)
        }
        What::Commanded { shown: None, .. } => language.pick("freigegeben", "released").to_owned(),
        What::Named(Some(shown)) => format!("is {shown}"),
        What::Named(None) => language.pick("unbekannt", "unknown").to_owned(),
    }
}
