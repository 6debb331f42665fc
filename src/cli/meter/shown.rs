//! The accounts of meters, for people and for machines.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::cli::say;
use crate::cli::table::{Align, Table};
use crate::history::Span;
use crate::model::{Language, Quantity, Unit};
use crate::report::shown::{ShownMeter, ShownPart};
use crate::report::{Account, By, Consumption, amount, carrier};
use crate::site::{Direction, Site};

/// What is shown.
pub struct Shown<'a> {
    pub site: &'a Site,
    pub accounts: &'a [Account<'a>],
    pub span: Span,
    /// Of the period, and how it is cut; `None`: only the whole.
    pub parts: Option<(By, &'a [Span])>,
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or_default()
}

impl Shown<'_> {
    pub fn json(&self, language: Language) -> anyhow::Result<()> {
        let parts = self.parts.map(|(_, parts)| parts);
        let meters: Vec<ShownMeter<'_>> = self
            .accounts
            .iter()
            .map(|account| ShownMeter::of(self.site, account, self.span, parts, language))
            .collect();
        say::out(&serde_json::to_string_pretty(&meters)?);
        Ok(())
    }

    /// One row a part; the whole period is one where there are no others.
    pub fn csv(&self) -> anyhow::Result<()> {
        let mut csv = csv::Writer::from_writer(std::io::stdout().lock());
        csv.write_record([
            "meter",
            "from",
            "to",
            "amount",
            "unit",
            "estimated",
            "coverage",
            "counted",
            "energy_kwh",
        ])?;
        for account in self.accounts {
            for span in self.parts.map_or(&[self.span][..], |(_, parts)| parts) {
                let part = ShownPart::of(account, *span);
                let number =
                    |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
                csv.write_record([
                    account.meter.name.as_str(),
                    &part.from.to_string(),
                    &part.to.to_string(),
                    &number(part.amount),
                    &account.meter.unit.symbol,
                    &part.estimated.to_string(),
                    &part.coverage.to_string(),
                    &part.counted.to_string(),
                    &number(part.energy_kwh.flatten()),
                ])?;
            }
        }
        csv.flush()?;
        Ok(())
    }

    pub fn text(&self, language: Language) {
        let zone = &self.site.time_zone;
        say::out(&time(self.span, zone));
        let mut marks = Marks::default();
        let energy = self.accounts.iter().any(|account| account.energy(self.span).is_some());
        let columns = Columns { carrier: true, energy };
        let mut table = columns.table(language.pick("Zähler", "meter"), language);
        for account in self.accounts {
            let name = account.meter.name.as_str();
            table.row(cells(name, account, self.span, columns, &mut marks, language));
        }
        table.lines().iter().for_each(|line| say::out(line));
        for account in self.accounts {
            if let Some((by, parts)) = self.parts {
                self.series(account, by, parts, &mut marks, language);
            }
        }
        marks.legend(language).iter().for_each(|line| say::out(line));
        self.found(language);
    }

    fn series(
        &self,
        account: &Account<'_>,
        by: By,
        parts: &[Span],
        marks: &mut Marks,
        language: Language,
    ) {
        say::out("");
        let columns = Columns { carrier: false, energy: account.energy(self.span).is_some() };
        let mut table = columns.table(&account.meter.name, language);
        for span in parts {
            let begins = begins(*span, by, &self.site.time_zone);
            table.row(cells(&begins, account, *span, columns, marks, language));
        }
        table.lines().iter().for_each(|line| say::out(line));
    }

    /// What was found, and what is missing.
    fn found(&self, language: Language) {
        let zone = &self.site.time_zone;
        for account in self.accounts {
            let mut lines: Vec<String> = account
                .findings(self.span)
                .iter()
                .map(|finding| {
                    let words = finding.what.words(&account.meter.unit, language);
                    format!("{}: {words}", time(finding.span, zone))
                })
                .collect();
            let missing = account.energy(self.span).map(|it| it.missing).unwrap_or_default();
            lines.extend(missing.into_iter().map(|span| {
                let time = time(span, zone);
                language.pick(
                    format!(
                        "{time}: kein Brennwert; [[meter.conversion]] in der Anlagendatei angeben"
                    ),
                    format!(
                        "{time}: no calorific value; declare [[meter.conversion]] in the site file"
                    ),
                )
            }));
            if !lines.is_empty() {
                say::out(&format!("\n{}", account.meter.name));
                lines.iter().for_each(|line| say::out(&format!("  {line}")));
            }
        }
    }
}

/// Which columns a table has besides what was used and heard.
#[derive(Clone, Copy)]
struct Columns {
    carrier: bool,
    energy: bool,
}

impl Columns {
    fn table(self, first: &str, language: Language) -> Table {
        let all = [
            (true, first, Align::Left),
            (self.carrier, language.pick("Träger", "carrier"), Align::Left),
            (true, language.pick("Verbrauch", "used"), Align::Right),
            (self.energy, language.pick("Energie Hs", "energy HHV"), Align::Right),
            (true, language.pick("gehört", "heard"), Align::Right),
        ];
        let shown = all.into_iter().filter(|(shown, ..)| *shown);
        Table::new(&shown.map(|(_, heading, align)| (heading, align)).collect::<Vec<_>>())
    }
}

fn cells(
    first: &str,
    account: &Account<'_>,
    span: Span,
    columns: Columns,
    marks: &mut Marks,
    language: Language,
) -> Vec<String> {
    let used = account.over(span);
    let mark = marks.of(&used);
    let unknown = language.pick("unbekannt", "unknown").to_owned();
    let shown = |value: Option<f64>, unit: &Unit| {
        value.map_or_else(|| unknown.clone(), |value| format!("{mark}{}", amount(value, unit)))
    };
    let mut cells = vec![first.to_owned()];
    if columns.carrier {
        cells.push(kind(account, marks, language));
    }
    cells.push(shown(used.amount, &account.meter.unit));
    if columns.energy {
        let energy = account.energy(span);
        let energy = energy.map(|it| shown(it.amount, &Quantity::ENERGY.usual_unit()));
        cells.push(energy.unwrap_or_default());
    }
    cells.push(percent(used.coverage));
    cells
}

/// The carrier, which way it goes, and whether it was counted.
fn kind(account: &Account<'_>, marks: &mut Marks, language: Language) -> String {
    let mut kind = carrier(account.meter.carrier, language).to_owned();
    kind.push_str(match account.meter.direction {
        Direction::Import => "",
        Direction::Export => language.pick(", geliefert", ", exported"),
        Direction::Generation => language.pick(", erzeugt", ", generated"),
    });
    if account.is_derived() {
        kind.push_str(" *");
        marks.derived = true;
    }
    kind
}

/// Of a share that is not all, never 100 %.
fn percent(share: f64) -> String {
    let percent = (share * 1000.0).round() / 10.0;
    match percent {
        100.0.. if share < 1.0 - 1e-9 => "99.9 %".to_owned(),
        100.0.. => "100 %".to_owned(),
        _ => format!("{percent:.1} %"),
    }
}

/// Reports look back over years: with the year.
fn local(ms: i64, form: &str, zone: &TimeZone) -> String {
    zone.to_datetime(at(ms)).strftime(form).to_string()
}

fn time(span: Span, zone: &TimeZone) -> String {
    let form = "%d.%m.%Y %H:%M";
    format!("{} – {}", local(span.from_ms, form, zone), local(span.until_ms, form, zone))
}

/// What a part is called: a whole month by its name, one that is cut off by its day.
fn begins(span: Span, by: By, zone: &TimeZone) -> String {
    let begin = zone.to_datetime(at(span.from_ms));
    let midnight = (begin.hour(), begin.minute()) == (0, 0);
    let form = match by {
        By::Year if begin.day_of_year() == 1 && midnight => "%Y",
        By::Month if begin.day() == 1 && midnight => "%m.%Y",
        By::Day | By::Month | By::Year if midnight => "%d.%m.%Y",
        _ => "%d.%m.%Y %H:%M",
    };
    local(span.from_ms, form, zone)
}

/// Which marks stand in the tables.
#[derive(Default)]
struct Marks {
    estimated: bool,
    part: bool,
    derived: bool,
}

impl Marks {
    fn of(&mut self, used: &Consumption) -> &'static str {
        if used.amount.is_none() {
            return "";
        }
        if !used.is_whole() {
            self.part = true;
            return "≥ ";
        }
        if used.is_estimated() {
            self.estimated = true;
            return "~ ";
        }
        ""
    }

    fn legend(&self, language: Language) -> Vec<&'static str> {
        let marks = [
            (
                self.estimated,
                "~ teils geschätzt: der Stand am Anfang oder Ende ist zwischen Ablesungen verteilt",
                "~ partly estimated: the reading at its beginning or end lies between others",
            ),
            (self.part, "≥ nur ein Teil der Zeit ist bekannt", "≥ only part of the time is known"),
            (self.derived, "* aus der Leistung errechnet", "* derived from power"),
        ];
        let used = marks.into_iter().filter(|(used, ..)| *used);
        used.map(|(_, german, english)| language.pick(german, english)).collect()
    }
}
