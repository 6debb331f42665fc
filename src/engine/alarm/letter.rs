//! What a letter says: a subject that is read on a locked phone, a plain text
//! of a few lines an alarm, and the same as JSON.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::words::{class_of, class_words};
use crate::model::{AlarmClass, Language};
use crate::site::Site;
use crate::store::alarms::{Content, LetterRecord, News, Turn};

/// Letters of a subject: more is cut on most phones.
const SUBJECT: usize = 150;

/// A message for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub subject: String,
    pub body: String,
}

/// Writes these letters as one message: a digest, or news, the most pressing
/// first.
#[must_use]
pub fn write(letters: &[LetterRecord], now: Timestamp, site: &Site) -> Written {
    if let Some(Content::Digest { subject, body, .. }) = letters.first().map(|it| &it.content) {
        let body = format!("{}\n\n{}", body.trim_end(), signature(now, site));
        return Written { subject: subject.clone(), body };
    }
    let news = sorted(letters);
    let mut body: String = news.iter().map(|news| paragraph(news, site)).collect();
    body.push_str(&signature(now, site));
    Written { subject: subject(&news, site), body }
}

/// The same for programs.
#[must_use]
pub fn json(letters: &[LetterRecord], written: &Written, now: Timestamp, site: &Site) -> Value {
    let day = letters.iter().find_map(|letter| match &letter.content {
        Content::Digest { day, .. } => Some(*day),
        Content::News(_) => None,
    });
    json!({
        "site": site.name,
        "title": site.title,
        "sent": now,
        "subject": written.subject,
        "text": written.body,
        "alarms": sorted(letters),
        "digest": day,
    })
}

/// Of each alarm the last that is to be told: those that came before those that
/// went, the most pressing first.
fn sorted(letters: &[LetterRecord]) -> Vec<&News> {
    let news = letters.iter().filter_map(|letter| match &letter.content {
        Content::News(news) => Some((news.number, news)),
        Content::Digest { .. } => None,
    });
    let last: BTreeMap<u64, &News> = news.collect();
    let mut news: Vec<&News> = last.into_values().collect();
    news.sort_by_key(|news| {
        (news.turn == Turn::Went, std::cmp::Reverse(class_of(&news.class)), news.since)
    });
    news
}

/// `Rathaus: Störung – Gerät Schule.HK1 antwortet nicht (und 2 weitere)`.
fn subject(news: &[&News], site: &Site) -> String {
    let Some(first) = news.first() else { return site.title.clone() };
    let language = site.language;
    let class = match first.turn {
        Turn::Went => language.pick("behoben", "cleared"),
        _ => class_words(class_of(&first.class), language),
    };
    let more = match news.len() - 1 {
        0 => String::new(),
        more => language.pick(format!(" (und {more} weitere)"), format!(" (and {more} more)")),
    };
    let subject = format!("{}: {class} – {}", site.title, first.text);
    let room = SUBJECT.saturating_sub(more.chars().count());
    if subject.chars().count() <= room {
        return subject + &more;
    }
    let cut: String = subject.chars().take(room - 1).collect();
    format!("{}…{more}", cut.trim_end())
}

fn paragraph(news: &News, site: &Site) -> String {
    let language = site.language;
    let class = class_of(&news.class);
    let since = moment(news.since, site);
    let head = match (news.turn, news.gone) {
        (Turn::Went, Some(gone)) => {
            let gone = moment(gone, site);
            language.pick(
                format!("BEHOBEN {gone} (seit {since})"),
                format!("CLEARED {gone} (since {since})"),
            )
        }
        (Turn::Flaps, _) => {
            let class = capitals(class, language);
            language.pick(
                format!("{class}, kommt und geht seit {since}"),
                format!("{class}, comes and goes since {since}"),
            )
        }
        _ => {
            let class = capitals(class, language);
            language.pick(format!("{class} seit {since}"), format!("{class} since {since}"))
        }
    };
    let done = match news.turn {
        Turn::Came => format!("→ {}\n", news.done),
        Turn::Flaps => language
            .pick(
                "→ die nächste Nachricht kommt, wenn eine Stunde Ruhe war\n",
                "→ the next message comes after an hour of quiet\n",
            )
            .to_owned(),
        Turn::Went => String::new(),
    };
    format!("{head}\n{}\n{done}Alarm {}\n\n", news.text, news.number)
}

fn capitals(class: AlarmClass, language: Language) -> String {
    class_words(class, language).to_uppercase()
}

/// Below the mark that mail programs know signatures by.
fn signature(now: Timestamp, site: &Site) -> String {
    let (title, now) = (&site.title, moment(now, site));
    let seen = site.language.pick(
        "Gesehen: hauswart acknowledge NUMMER --why \"…\"",
        "Seen: hauswart acknowledge NUMBER --why \"…\"",
    );
    format!("-- \nhauswart, {title}, {now}\n{seen}\n")
}

fn moment(at: Timestamp, site: &Site) -> String {
    at.to_zoned_datetime(site.time_zone.clone()).strftime("%d.%m. %H:%M").to_string()
}
