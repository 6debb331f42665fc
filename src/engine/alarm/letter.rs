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
    let first = letters.first().map(|letter| &letter.content);
    if let Some(Content::Trial { by }) = first {
        return trial(by, now, site);
    }
    if let Some(Content::Digest { subject, body, .. }) = first {
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
        _ => None,
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

fn trial(by: &str, now: Timestamp, site: &Site) -> Written {
    let title = &site.title;
    let (subject, body) = site.language.pick(
        (
            format!("{title}: Probe – keine Störung"),
            format!("Eine Probe von {by}: Kommt sie an, kommen auch Alarme an."),
        ),
        (
            format!("{title}: a trial – nothing is wrong"),
            format!("A trial by {by}: as this arrives, alarms do."),
        ),
    );
    Written { subject, body: format!("{body}\n\n{}", signature(now, site)) }
}

/// Of each alarm the last that is to be told: those that came before those that
/// went, the most pressing first.
fn sorted(letters: &[LetterRecord]) -> Vec<&News> {
    let news = letters.iter().filter_map(|letter| match &letter.content {
        Content::News(news) => Some((news.number, news)),
        _ => None,
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::model::diagnostic::Source;
    use crate::site;

    fn site(language: &str) -> Site {
        let text = format!(
            "format = 1\n[site]\nname = \"Sued\"\ntitle = \"Grundschule Süd\"\nlanguage = \"{language}\"\n\
             [[building]]\nname = \"B\"\n"
        );
        let source = Source { file: "site.toml".into(), text: text.into() };
        site::load(&source, Path::new("/"), &[]).site.unwrap()
    }

    fn at(text: &str) -> Timestamp {
        format!("2026-01-14T{text}:00Z").parse().unwrap()
    }

    fn letter(turn: Turn, number: u64, class: &str, text: &str) -> LetterRecord {
        let gone = (turn == Turn::Went).then(|| at("05:30"));
        let (text, done) = (text.to_owned(), "es wird weiter versucht".to_owned());
        let class = class.to_owned();
        let news = News { turn, number, class, text, done, since: at("05:12"), gone };
        LetterRecord { id: number, to: "anna".into(), content: Content::News(news) }
    }

    #[test]
    fn the_most_pressing_comes_first_and_each_alarm_once() {
        let letters = [
            letter(Turn::Came, 3, "fault", "Pumpe meldet Störung"),
            letter(Turn::Came, 4, "urgent", "Kessel aus"),
            letter(Turn::Came, 5, "urgent", "Raum zu kalt"),
            letter(Turn::Went, 5, "urgent", "Raum zu kalt"),
            letter(Turn::Flaps, 6, "notice", "Fenster offen"),
        ];
        let written = write(&letters, at("05:31"), &site("de"));
        assert_eq!(written.subject, "Grundschule Süd: dringend – Kessel aus (und 3 weitere)");
        let expected = "DRINGEND seit 14.01. 06:12
Kessel aus
→ es wird weiter versucht
Alarm 4

STÖRUNG seit 14.01. 06:12
Pumpe meldet Störung
→ es wird weiter versucht
Alarm 3

HINWEIS, kommt und geht seit 14.01. 06:12
Fenster offen
→ die nächste Nachricht kommt, wenn eine Stunde Ruhe war
Alarm 6

BEHOBEN 14.01. 06:30 (seit 14.01. 06:12)
Raum zu kalt
Alarm 5

-- 
hauswart, Grundschule Süd, 14.01. 06:31
Gesehen: hauswart acknowledge NUMMER --why \"…\"
";
        assert_eq!(written.body, expected);
        let told = json(&letters, &written, at("05:31"), &site("de"));
        let numbers: Vec<u64> = told["alarms"]
            .as_array()
            .unwrap()
            .iter()
            .map(|alarm| alarm["number"].as_u64().unwrap())
            .collect();
        assert_eq!(numbers, [4, 3, 6, 5]);
        assert_eq!((&told["alarms"][3]["turn"], &told["digest"]), (&json!("went"), &Value::Null));
    }

    #[test]
    fn a_subject_fits_on_a_phone_and_says_that_it_is_over() {
        let long = "Lüftung ".repeat(40);
        let letters = [letter(Turn::Came, 1, "fault", &long), letter(Turn::Came, 2, "fault", "x")];
        let subject = write(&letters, at("05:31"), &site("en")).subject;
        assert_eq!(subject.chars().count(), SUBJECT, "{subject}");
        assert!(subject.ends_with("Lüftung… (and 1 more)"), "{subject}");
        let letters = [letter(Turn::Went, 1, "fault", "pump fails")];
        let written = write(&letters, at("05:31"), &site("en"));
        assert_eq!(written.subject, "Grundschule Süd: cleared – pump fails");
        assert!(
            written.body.starts_with("CLEARED 14.01. 06:30 (since 14.01. 06:12)\npump fails\n")
        );
    }
}
