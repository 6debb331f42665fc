//! What the commands on the history share: opening it beside a daemon or without
//! one, and times as people type them.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

use super::say;
use crate::clock::Scaled;
use crate::engine::find;
use crate::history::{HistoryError, Name, OpenHours, Shelf, Span};
use crate::model::moment::iso;
use crate::model::unit::parse_quantity;
use crate::model::{Clock, Language, Quantity};
use crate::site::Site;
use crate::web::client::Client;
use crate::web::past::ask_unsealed;

/// The history of a site, with what is not sealed yet: that is asked of the
/// daemon, of the points named or, without names, of all. Without a daemon it is
/// read from the store.
pub fn open(site: &Site, names: &[Name], language: Language) -> anyhow::Result<Shelf> {
    let folder = site.data.join("history");
    let words = |error: HistoryError| anyhow::anyhow!(error.words(language));
    let asked = super::runtime()?.block_on(async {
        let Some(mut client) = Client::connect(&site.data).await? else { return Ok(None) };
        Ok::<_, anyhow::Error>(Some(ask_unsealed(&mut client, names).await?))
    })?;
    if let Some(unsealed) = asked {
        // After the last page: what was sealed meanwhile is in the files.
        let mut shelf = Shelf::open(&folder).map_err(words)?;
        shelf.add(unsealed);
        return Ok(shelf);
    }
    let open = OpenHours::open(&folder).map_err(words)?;
    let mut shelf = Shelf::open_with(&folder, &open.hours).map_err(words)?;
    shelf.faults.extend(open.faults);
    Ok(shelf)
}

/// The full names of the points that `names` stand for.
pub fn names(site: &Site, names: &[String], language: Language) -> anyhow::Result<BTreeSet<Name>> {
    let mut found = BTreeSet::new();
    for name in names {
        let points = find::points(site, name);
        let points = points.map_err(|not| anyhow::anyhow!(not.words(language)))?;
        found.extend(points.into_iter().map(|id| Name::from(site.points.get(id).name.as_str())));
    }
    Ok(found)
}

/// From when until when.
#[derive(Debug, Clone, clap::Args)]
pub struct Period {
    /// Its length up to now or --to: "24 h", "7 d".
    #[arg(long, value_name = "TIME", conflicts_with = "from")]
    last: Option<String>,
    /// From this local time on: 2026-01-12, "2026-01-12 05:00" or 12.01.2026.
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Until this local time, not included; now unless given.
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
}

impl Period {
    /// As a stretch of time; `usual` is the length where none is given.
    pub fn span(&self, site: &Site, usual: Option<Span>) -> anyhow::Result<Span> {
        let language = site.language;
        let now = Scaled::real().now().wall;
        let end = self.to.as_deref().map(|text| moment(text, &site.time_zone, language));
        let until_ms = end.transpose()?.unwrap_or(now).as_millisecond();
        let from_ms = match (&self.last, &self.from, usual) {
            (Some(text), ..) => until_ms - length_ms(text, language)?,
            (None, Some(text), _) => moment(text, &site.time_zone, language)?.as_millisecond(),
            (None, None, Some(usual)) if self.to.is_none() => return Ok(usual),
            (None, None, Some(usual)) => usual.from_ms.min(until_ms),
            (None, None, None) => until_ms - 24 * 3_600_000,
        };
        if from_ms >= until_ms {
            anyhow::bail!(language.pick(
                "dieser Zeitraum ist zu Ende, bevor er beginnt",
                "this period is over before it begins",
            ));
        }
        Ok(Span { from_ms, until_ms })
    }
}

fn length_ms(text: &str, language: Language) -> anyhow::Result<i64> {
    let length = parse_quantity(text).ok().filter(|(_, unit)| unit.quantity == Quantity::TIME);
    let length = length.map(|(seconds, _)| seconds).filter(|it| (1.0..4e9).contains(it));
    length.map(|seconds| (seconds * 1000.0) as i64).ok_or_else(|| {
        anyhow::anyhow!(language.pick(
            format!("--last {text}: so schreiben: --last \"24 h\" oder --last \"7 d\""),
            format!("--last {text}: write --last \"24 h\" or --last \"7 d\""),
        ))
    })
}

/// A local date, or date and time; or one with its offset.
pub fn moment(text: &str, zone: &TimeZone, language: Language) -> anyhow::Result<Timestamp> {
    let german = || {
        let date = Date::strptime("%d.%m.%Y", text).map(|it| it.to_datetime(Time::midnight()));
        let civil = DateTime::strptime("%d.%m.%Y %H:%M", text).or(date).ok()?;
        zone.to_timestamp(civil).ok()
    };
    iso(text, zone).or_else(german).ok_or_else(|| {
        anyhow::anyhow!(language.pick(
            format!("{text}: so schreiben: 2026-01-12 oder \"2026-01-12 05:00\""),
            format!("{text}: write 2026-01-12 or \"2026-01-12 05:00\""),
        ))
    })
}

/// What could not be read, told once at the end; whether all was.
pub fn told(faults: &[HistoryError], language: Language) -> bool {
    for fault in faults {
        say::err(&format!("hauswart: {}", fault.words(language)));
    }
    faults.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_counts_and_without_one_it_is_local_time() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let read = |text| moment(text, &zone, Language::En).map(|it| it.to_string());
        for (text, said) in [
            ("2026-01-12T05:00:00+00:00", "2026-01-12T05:00:00Z"),
            ("2026-01-12 05:00", "2026-01-12T04:00:00Z"),
            ("2026-01-12", "2026-01-11T23:00:00Z"),
            ("12.01.2026", "2026-01-11T23:00:00Z"),
            ("12.01.2026 05:00", "2026-01-12T04:00:00Z"),
        ] {
            assert_eq!(read(text).unwrap(), said, "{text}");
        }
        assert!(read("neulich").unwrap_err().to_string().contains("write 2026-01-12"));
    }
}
