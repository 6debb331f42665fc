//! What stands behind the `?` of an address. A word that is not known, stands twice
//! or is no number is told with the way out: nothing is passed over.

use jiff::Timestamp;

use super::answer::Refused;
use crate::history::Span;
use crate::model::Language;
use crate::model::moment::iso;
use crate::site::Site;

const HOUR_MS: i64 = 3_600_000;

/// See the module.
#[derive(Debug)]
pub struct Parameters {
    all: Vec<(String, String)>,
    language: Language,
}

impl Parameters {
    /// Reads them; `many` may stand there several times, the others once.
    ///
    /// # Errors
    /// 400
    pub fn read(
        query: Option<&str>,
        known: &[&str],
        many: Option<&str>,
        language: Language,
    ) -> Result<Self, Refused> {
        let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        let all: Vec<(String, String)> = pairs.into_owned().collect();
        for (place, (name, _)) in all.iter().enumerate() {
            if !known.contains(&name.as_str()) && many != Some(name) {
                let known = many.iter().chain(known).copied().collect::<Vec<_>>().join(", ");
                return Err(Refused::bad(language.pick(
                    format!("„{name}“ ist hier nicht bekannt; bekannt sind: {known}"),
                    format!("\"{name}\" is not known here; known: {known}"),
                )));
            }
            if many != Some(name) && all[..place].iter().any(|(before, _)| before == name) {
                return Err(Refused::bad(language.pick(
                    format!("„{name}“ steht zweimal da; einmal genügt"),
                    format!("\"{name}\" stands there twice; once will do"),
                )));
            }
        }
        Ok(Self { all, language })
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.all.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str())
    }

    pub fn all_of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.all.iter().filter(move |(it, _)| it == name).map(|(_, value)| value.as_str())
    }

    /// A whole number between 1 and `most`.
    ///
    /// # Errors
    /// 400
    pub fn count(&self, name: &str, usual: usize, most: usize) -> Result<usize, Refused> {
        let Some(text) = self.get(name) else { return Ok(usual) };
        // Digits alone: Rust's numbers may have a sign, too.
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let count = text.parse().ok().filter(|count| digits && (1..=most).contains(count));
        count.ok_or_else(|| {
            Refused::bad(self.language.pick(
                format!("{name}={text}: eine ganze Zahl von 1 bis {most}"),
                format!("{name}={text}: a whole number from 1 to {most}"),
            ))
        })
    }

    /// `from` and `to`: the `usual_h` hours up to now unless they are given.
    ///
    /// # Errors
    /// 400
    pub fn span(&self, site: &Site, now: Timestamp, usual_h: i64) -> Result<Span, Refused> {
        let moment = |name| self.get(name).map(|text| self.moment(name, text, site)).transpose();
        let until_ms = moment("to")?.unwrap_or(now).as_millisecond();
        let from = moment("from")?.map(Timestamp::as_millisecond);
        let from_ms = from.unwrap_or(until_ms - usual_h * HOUR_MS);
        if from_ms >= until_ms {
            return Err(Refused::bad(self.language.pick(
                "dieser Zeitraum ist zu Ende, bevor er beginnt: from muss vor to liegen".to_owned(),
                "this period is over before it begins: from must be before to".to_owned(),
            )));
        }
        Ok(Span { from_ms, until_ms })
    }

    fn moment(&self, name: &str, text: &str, site: &Site) -> Result<Timestamp, Refused> {
        // A plus that was sent as it is, arrives as a blank.
        let plus = match text.rsplit_once(' ') {
            Some((begin, offset)) if begin.contains('T') => format!("{begin}+{offset}"),
            _ => text.to_owned(),
        };
        iso(&plus, &site.time_zone).ok_or_else(|| {
            Refused::bad(self.language.pick(
                format!(
                    "{name}={text}: so schreiben: 2026-01-12 (Ortszeit) oder 2026-01-12T05:00:00Z"
                ),
                format!("{name}={text}: write 2026-01-12 (local time) or 2026-01-12T05:00:00Z"),
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::model::diagnostic::Source;

    const KNOWN: &[&str] = &["from", "to", "limit"];

    fn read(query: &str) -> Result<Parameters, Refused> {
        Parameters::read(Some(query), KNOWN, Some("point"), Language::En)
    }

    fn site() -> Site {
        let text = "format = 1\n[site]\nname = \"Test\"\n[[building]]\nname = \"Schule\"\n";
        let source = Source { file: "site.toml".into(), text: text.into() };
        crate::site::load(&source, Path::new("/anlage"), &[]).site.unwrap()
    }

    #[test]
    fn nothing_is_passed_over() {
        let points = read("point=A.B&limit=5&point=Au%C3%9Fen").unwrap();
        assert_eq!(points.all_of("point").collect::<Vec<_>>(), ["A.B", "Außen"]);
        assert_eq!(points.count("limit", 10, 100).ok(), Some(5));
        assert!(read("").unwrap().get("from").is_none());
        for wrong in ["form=1", "limit=1&limit=1", "=", "Limit=1"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        for wrong in ["limit=", "limit=0", "limit=101", "limit=%2B5", "limit=5.0", "limit=-1"] {
            assert!(read(wrong).unwrap().count("limit", 10, 100).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_period_is_local_time_unless_an_offset_says_otherwise() {
        let (site, now) = (site(), "2026-03-29T12:00:00Z".parse().unwrap());
        let span = |query: &str| {
            let span = read(query).unwrap().span(&site, now, 24).ok()?;
            let at = |ms| Timestamp::from_millisecond(ms).unwrap().to_string();
            Some((at(span.from_ms), at(span.until_ms)))
        };
        let of = |from: &str, to: &str| Some((from.to_owned(), to.to_owned()));
        assert_eq!(span(""), of("2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z"));
        // The day of 23 hours.
        let day = of("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z");
        assert_eq!(span("from=2026-03-29&to=2026-03-30"), day);
        assert_eq!(span("from=2026-03-29T00:00%2B01:00&to=2026-03-30T00:00+02:00"), day);
        for wrong in ["from=gestern", "to=2026-02-30", "from=2026-03-30", "from=", "to=-1"] {
            assert_eq!(span(wrong), None, "{wrong}");
        }
    }
}
