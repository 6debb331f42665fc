//! `hauswart demo --years N`: a folder with the demo's site, its rules and a
//! history of years, simulated in minutes: something to look back on for
//! `history`, `export`, `explain --at`, `backtest` and reports. Of two years and more
//! the first is one without rules, as the building ran before: what savings are
//! measured against.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan};

use super::demo::{RULES, SITE};
use super::progress::Progress;
use super::{Format, files, say};
use crate::clock::Scaled;
use crate::engine::simulation::{self, Order, Recorded};
use crate::model::Language;
use crate::site::Site;

/// Where the folder is made unless said.
pub const FOLDER: &str = "musterstadt";
/// Weather, attendance, what goes wrong.
const SEED: u64 = 1;

/// What is asked for.
#[derive(Debug)]
pub struct Years {
    pub years: f64,
    /// The site's folder, made anew.
    pub folder: PathBuf,
    /// Its first day; the last whole years unless given.
    pub start: Option<String>,
    pub format: Format,
}

impl Years {
    pub fn run(self, language: Option<Language>) -> anyhow::Result<ExitCode> {
        let spoken = language.unwrap_or_default();
        prepare(&self.folder, spoken)?;
        let path = self.folder.join("site.toml");
        let read = files::read(&path, language)?;
        let (language, texts) = (read.language(language), read.texts);
        let Some((site, program)) = read.sound(language) else {
            anyhow::bail!("the shipped site has faults");
        };
        let (from, until) = self.span(&site)?;
        let begins = self.rules_begin(&site, from, until)?;
        if let Some(begins) = begins {
            name_reference(&path, &site, from, begins)?;
        }
        let order = Order {
            site: &site,
            program,
            texts: Some(texts),
            from,
            ruled_from: begins.unwrap_or(from),
            until,
            seed: SEED,
        };
        let mut bar = Progress::new(1000);
        let recorded = simulation::record(order, &site.data.join("history"), |part| {
            bar.at((part * 1000.0) as u64, || {
                let passed = until.duration_since(from).as_hours() as f64 * part;
                let at = from.checked_add((passed as i64).hours());
                at.map_or_else(|_| String::new(), |at| german(&site, at))
            });
            true
        });
        drop(bar);
        let recorded = recorded.map_err(|error| anyhow::anyhow!(error.words(language)))?;
        match self.format {
            Format::Json => {
                let told = serde_json::json!({
                    "site": path, "from": from, "until": until, "recorded": recorded,
                });
                say::out(&serde_json::to_string_pretty(&told)?);
            }
            Format::Text => tell(&path, &site, recorded, (from, until), language),
        }
        Ok(ExitCode::SUCCESS)
    }

    /// When the rules begin to run, if not at once: after the first year.
    fn rules_begin(
        &self,
        site: &Site,
        from: Timestamp,
        until: Timestamp,
    ) -> anyhow::Result<Option<Timestamp>> {
        let zone = &site.time_zone;
        let next = zone.to_datetime(from).date().checked_add(1.year())?;
        let begins = zone.to_timestamp(next.at(0, 0, 0, 0))?;
        Ok(Some(begins).filter(|begins| *begins < until))
    }

    fn span(&self, site: &Site) -> anyhow::Result<(Timestamp, Timestamp)> {
        let zone = &site.time_zone;
        let midnight = |date: Date| zone.to_timestamp(date.at(0, 0, 0, 0));
        let whole = self.years.ceil() as i16;
        let first = match &self.start {
            Some(text) => {
                let start = super::run::local_time(text, site)?;
                zone.to_datetime(start).date()
            }
            None => date(zone.to_datetime(Scaled::system_time()).year() - whole, 1, 1),
        };
        let last = if self.years.fract() == 0.0 {
            first.checked_add(i32::from(whole).years())?
        } else {
            first.checked_add(((self.years * 365.0).round().max(1.0) as i32).days())?
        };
        Ok((midnight(first)?, midnight(last)?))
    }
}

/// Makes the folder, and puts the shipped files into it.
fn prepare(folder: &Path, language: Language) -> anyhow::Result<()> {
    let shown = folder.display();
    let is_empty = |folder: &Path| folder.read_dir().map(|mut entries| entries.next().is_none());
    if folder.exists() && !is_empty(folder).unwrap_or(false) {
        anyhow::bail!(language.pick(
            format!(
                "{shown} gibt es schon und ist nicht leer; mit --data einen anderen Ordner nennen"
            ),
            format!("{shown} is there already and not empty; name another folder with --data"),
        ));
    }
    fs::create_dir_all(folder).with_context(|| shown.to_string())?;
    for (name, text) in [("site.toml", site_file()), ("rathaus.rules", RULES.to_owned())] {
        let path = folder.join(name);
        fs::write(&path, text).with_context(|| path.display().to_string())?;
    }
    Ok(())
}

/// The year without rules is what savings are measured against.
fn name_reference(
    path: &Path,
    site: &Site,
    from: Timestamp,
    begins: Timestamp,
) -> anyhow::Result<()> {
    let date = |at: Timestamp| site.time_zone.to_datetime(at).date();
    let last = date(begins).yesterday()?;
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let reference = format!(
        "\n# Das erste Jahr lief ohne Regeln: daran misst der Bericht die Einsparung.\n[report]\nreference = {{ from = \"{}\", until = \"{last}\" }}\n",
        date(from)
    );
    fs::write(path, text + &reference).with_context(|| path.display().to_string())
}

/// A day as people in Germany write it.
fn german(site: &Site, at: Timestamp) -> String {
    site.time_zone.to_datetime(at).date().strftime("%d.%m.%Y").to_string()
}

/// The shipped site, looked at once a minute as the simulation does.
fn site_file() -> String {
    SITE.replace("cycle = \"10 s\"", "cycle = \"1 min\"")
}

fn tell(
    path: &Path,
    site: &Site,
    recorded: Recorded,
    (from, until): (Timestamp, Timestamp),
    language: Language,
) {
    let day = |at: Timestamp| site.time_zone.to_datetime(at).date().strftime("%d.%m.%Y");
    let ends = until.checked_sub(1.hour()).unwrap_or(until);
    let Recorded { samples, events, bytes, .. } = recorded;
    let millions = samples as f64 / 1e6;
    let mib = bytes as f64 / f64::from(1 << 20);
    let (first, last) = (day(from), day(ends));
    say::out(&language.pick(
        format!(
            "{first} bis {last}: {millions:.1} Mio. Messwerte und {events} Ereignisse, {mib:.0} MiB"
        ),
        format!(
            "{first} to {last}: {millions:.1} million samples and {events} events, {mib:.0} MiB"
        ),
    ));
    let folder = path.parent().unwrap_or(Path::new(".")).display();
    let week = site.time_zone.to_datetime(from).date().saturating_add(14.days());
    say::out(&language.pick(
        format!("Das Haus liegt in {folder}. Jetzt zum Beispiel:"),
        format!("The building lies in {folder}. Now for example:"),
    ));
    for line in [
        format!("cd {folder}"),
        format!("hauswart history HK1.Raum --from {week} --to {}", week.saturating_add(7.days())),
        format!("hauswart explain HK1.Raum_Soll --at \"{week} 06:00\""),
        "hauswart export --quarter-hours --out quarter-hours.csv".to_owned(),
        "hauswart backtest".to_owned(),
        format!(
            "hauswart report --period {} -o bericht.html",
            site.time_zone.to_datetime(ends).year()
        ),
    ] {
        say::out(&format!("  {line}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_site_is_looked_at_once_a_minute() {
        assert_eq!(site_file().matches("cycle = \"1 min\"").count(), 1);
    }
}
