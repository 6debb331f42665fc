//! How sure the figures are: meters with their coverage, what was found of counters, gaps,
//! and the sources of factors and benchmarks.

use jiff::Timestamp;

use super::{Composer, unit};
use crate::report::What;
use crate::report::document::{Block, Cell, Column, Section, Table, Value};
use crate::site::MeterSource;

impl Composer<'_> {
    pub(super) fn meters(&mut self) {
        self.add(Table::new(
            "meters",
            self.pick("Zähler", "Meters"),
            vec![
                Column::text("building", self.pick("Gebäude", "Building")),
                Column::text("meter", self.pick("Zähler", "Meter")),
                Column::text("carrier", self.pick("Energieträger", "Carrier")),
                Column::text("source", self.pick("Art", "Kind")),
                Column::text("behind", self.pick("hinter", "Behind")),
                Column::number("amount", self.pick("Verbrauch", "Used"), "", 0),
                Column::text("unit", self.pick("Einheit", "Unit")),
                Column::percent("coverage", self.pick("gehört", "Heard"), 1),
                Column::percent("counted", self.pick("im Verbrauch enthalten", "Accounted for"), 1),
                Column::number("findings", self.pick("Auffälligkeiten", "Findings"), "", 0),
            ],
        ));
        for place in 0..self.energy.buildings.len() {
            let building = &self.energy.buildings[place];
            let name = self.name(building);
            let site = self.site(building).site;
            for metered in &building.meters {
                let meter = &site.meters[metered.meter];
                let used = &metered.used;
                let source = match meter.source {
                    MeterSource::Counter(_) => self.pick("Zählwerk", "counter"),
                    MeterSource::Power(_) => {
                        self.pick("aus Leistung abgeleitet", "derived from power")
                    }
                    MeterSource::Dial => self.pick("von Hand abgelesen", "read by hand"),
                };
                let findings = metered.findings.len() + metered.unconverted.len();
                let cells = vec![
                    Cell::text(&name),
                    Cell::text(&meter.name),
                    Cell::text(self.carrier(building, meter.carrier, meter.direction)),
                    Cell::text(source),
                    Cell::text(meter.parent.map_or("", |it| site.meters[it].name.as_str())),
                    super::energy::amount(used),
                    Cell::text(unit(meter.carrier)),
                    Cell::number(Some(used.coverage)),
                    Cell::number(Some(used.counted)),
                    Cell::number(Some(findings as f64)),
                ];
                self.push("meters", place, format!("{name}/{}", meter.name), cells);
            }
        }
    }

    pub(super) fn findings(&mut self) {
        self.add(Table::new(
            "findings",
            self.pick("Auffälligkeiten der Zähler und Lücken", "Findings of meters, and gaps"),
            vec![
                Column::text("building", self.pick("Gebäude", "Building")),
                Column::text("meter", self.pick("Zähler", "Meter")),
                Column::moment("from", self.pick("von", "From")),
                Column::moment("until", self.pick("bis", "Until")),
                Column::text("finding", self.pick("Art", "Kind")),
                Column::text(
                    "text",
                    self.pick("Was war und was getan wurde", "What it was, and what was done"),
                ),
            ],
        ));
        for place in 0..self.energy.buildings.len() {
            let building = &self.energy.buildings[place];
            let name = self.name(building);
            let site = self.site(building).site;
            let local = |ms: i64| {
                let at = Timestamp::from_millisecond(ms).unwrap_or_default();
                Cell::from(Value::Moment(site.time_zone.to_datetime(at)))
            };
            for metered in &building.meters {
                let meter = &site.meters[metered.meter];
                let mut rows = Vec::new();
                for finding in &metered.findings {
                    let (code, words) =
                        (finding.what.code(), finding.what.words(&meter.unit, self.language));
                    rows.push((finding.span, code, words));
                }
                for span in &metered.unconverted {
                    let words = self.pick(
                        "kein Brennwert: [[meter.conversion]] in der Anlagendatei angeben; nicht in kWh enthalten",
                        "no calorific value: name it in [[meter.conversion]]; not in the kWh",
                    );
                    rows.push((*span, "no-conversion", words));
                }
                for (number, (span, code, words)) in rows.into_iter().enumerate() {
                    let cells = vec![
                        Cell::text(&name),
                        Cell::text(&meter.name),
                        local(span.from_ms),
                        local(span.until_ms),
                        Cell::text(self.kind(code)),
                        Cell::text(words),
                    ];
                    self.push(
                        "findings",
                        place,
                        format!("{name}/{}/{}", meter.name, number + 1),
                        cells,
                    );
                }
            }
        }
    }

    fn kind(&self, code: &str) -> String {
        match code {
            "rolled-over" => self.pick("übergelaufen", "rolled over"),
            "reset" => self.pick("zurückgesetzt", "reset"),
            "replaced" => self.pick("getauscht", "replaced"),
            "replacement-does-not-fit" => {
                self.pick("Tausch passt nicht", "replacement does not fit")
            }
            "glitch" => self.pick("Ausreißer", "glitch"),
            "jump" => self.pick("Sprung", "jump"),
            "fell" => self.pick("gefallen", "fell"),
            "gap" => self.pick("Lücke", "gap"),
            "negative" => self.pick("negative Leistung", "negative power"),
            "no-conversion" => self.pick("kein Brennwert", "no calorific value"),
            other => other.to_owned(),
        }
    }

    pub(super) fn sources(&mut self) {
        self.add(Table::new(
            "sources",
            self.pick("Quellen", "Sources"),
            vec![
                Column::text("what", self.pick("Wofür", "For")),
                Column::text("name", self.pick("Satz", "Set")),
                Column::text("edition", self.pick("Ausgabe", "Edition")),
                Column::text("year", self.pick("Jahr", "Year")),
                Column::text("source", self.pick("Quelle", "Source")),
            ],
        ));
        let greenhouse = self.pick("Treibhausgase", "Greenhouse gases");
        let own = self.pick("Treibhausgase, eigener Satz", "Greenhouse gases, own set");
        let air = self.pick("Luftschadstoffe", "Air pollutants");
        let calorific = self.pick("Brennwert zu Heizwert", "Gross to net calorific value");
        let benchmarks = self.pick("Vergleichswerte", "Benchmarks");
        let mut rows: Vec<[String; 5]> = Vec::new();
        for of in &self.energy.sites {
            let sets = &of.sets;
            let set = &sets.greenhouse;
            rows.push([
                greenhouse.clone(),
                set.name.clone(),
                set.edition.clone(),
                set.year.to_string(),
                set.source.clone(),
            ]);
            for set in &sets.own {
                rows.push([
                    own.clone(),
                    set.name.clone(),
                    set.edition.clone(),
                    set.year.to_string(),
                    set.source.clone(),
                ]);
            }
            let set = &sets.air;
            rows.push([
                air.clone(),
                set.name.clone(),
                set.edition.clone(),
                set.year.to_string(),
                set.source.clone(),
            ]);
            let set = &sets.calorific;
            rows.push([
                calorific.clone(),
                set.name.clone(),
                set.edition.clone(),
                set.year.to_string(),
                set.source.clone(),
            ]);
            let set = &sets.benchmarks;
            rows.push([
                benchmarks.clone(),
                set.name.clone(),
                set.edition.clone(),
                set.year.to_string(),
                set.source.clone(),
            ]);
        }
        rows.dedup();
        let Some(table) = self.tables.get_mut("sources") else { return };
        for (number, row) in rows.into_iter().enumerate() {
            let known = table.rows.iter().any(|it| {
                it.cells
                    .iter()
                    .zip(&row)
                    .all(|(cell, text)| cell.value == Value::Text(text.clone()))
            });
            if !known {
                table.push((number + 1).to_string(), row.into_iter().map(Cell::text).collect());
            }
        }
    }

    /// Whatever makes figures less sure, of all buildings.
    pub(super) fn data_section(&self) -> Section {
        let mut blocks = vec![Block::Text(self.pick(
            "Jede Zahl dieses Berichts geht auf Zählerstände zurück. Wo ein Zähler nicht gehört wurde, fehlt oder schwindet die Datenlage; nichts wird stillschweigend ergänzt. Was eine Lücke überbrückt, ist gleichmäßig verteilt und als geschätzt gezeichnet. Woher eine einzelne Zahl kommt, zeigt „hauswart report --trace“.",
            "Each figure of this report goes back to readings of meters. Where a meter was not heard, the coverage falls; nothing is filled in silently. What bridges a gap is spread evenly and marked as an estimate. Where a single figure is from, \"hauswart report --trace\" shows.",
        ))];
        let faults: usize = self.energy.sites.iter().map(|it| it.faults).sum();
        if faults > 0 {
            blocks.push(Block::Text(self.language.pick(
                format!("{faults} Dateien der Aufzeichnung waren nicht zu lesen und fehlen hier; „hauswart verify“ nennt sie."),
                format!("{faults} files of the history could not be read and are missing here; \"hauswart verify\" names them."),
            )));
        }
        for key in ["weather", "meters", "findings"] {
            let Some(table) = self.tables.get(key) else { continue };
            if !table.rows.is_empty() {
                blocks.push(Block::Table(table.view()));
            }
        }
        let unsure = self.energy.sites.iter().filter_map(|it| it.climate.unsure_sensor.as_ref());
        let unsure: Vec<String> = unsure
            .map(|sensor| {
                self.language.pick(
                    format!("{sensor} hängt an einer Wand, deren Einfluss niemand kennt: ohne [weather] too_warm keine Gradtage daraus."),
                    format!("{sensor} hangs on a wall of unknown influence: without [weather] too_warm no degree days come from it."),
                )
            })
            .collect();
        if !unsure.is_empty() {
            blocks.push(Block::Notes(unsure));
        }
        Section {
            key: "data".to_owned(),
            title: self.pick("Datenlage", "Data"),
            new_page: true,
            blocks,
        }
    }

    pub(super) fn method_section(&self) -> Section {
        let view = |key: &str| self.tables.get(key).map(|table| Block::Table(table.view()));
        let notes = [
            "consumption",
            "heat",
            "indicators",
            "emissions",
            "costs",
            "savings",
            "measures",
            "rules",
            "comfort",
        ];
        let notes = notes.iter().filter_map(|key| self.tables.get(key));
        let notes: Vec<String> = notes
            .filter(|table| !table.rows.is_empty())
            .flat_map(|table| table.notes.iter().map(|note| format!("{}: {note}", table.title)))
            .collect();
        let mut blocks = vec![Block::List(notes)];
        blocks.extend(view("sources"));
        Section {
            key: "method".to_owned(),
            title: self.pick("Wie gerechnet wurde", "How it was calculated"),
            new_page: false,
            blocks,
        }
    }

    /// Of a building: meters that were replaced or odd, and gaps, in a sentence each.
    pub(super) fn data_notes(&self, place: usize) -> Vec<String> {
        let building = &self.energy.buildings[place];
        let site = self.site(building).site;
        let mut notes = Vec::new();
        for metered in &building.meters {
            let meter = &site.meters[metered.meter];
            for finding in metered.findings.iter().filter(|it| worth_a_word(&it.what)) {
                let day = |ms: i64| {
                    let at = Timestamp::from_millisecond(ms).unwrap_or_default();
                    let date = site.time_zone.to_datetime(at).date();
                    match self.language {
                        crate::model::Language::De => date.strftime("%d.%m.%Y").to_string(),
                        crate::model::Language::En => date.to_string(),
                    }
                };
                let (from, until) = (day(finding.span.from_ms), day(finding.span.until_ms));
                let time = if from == until { from } else { format!("{from} – {until}") };
                let words = finding.what.words(&meter.unit, self.language);
                notes.push(format!("{}, {time}: {words}", meter.name));
            }
        }
        notes
    }
}

/// A rollover is business as usual.
const fn worth_a_word(what: &What) -> bool {
    !matches!(what, What::RolledOver { .. })
}
