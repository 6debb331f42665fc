//! Tables of what was saved, with its band, and of which rule held what.

use super::Composer;
use crate::report::baseline::Baseline;
use crate::report::benchmark;
use crate::report::document::{Cell, Column, Table};
use crate::report::energy::{Claim, Medium, Saved, Saving};

impl Composer<'_> {
    pub(super) fn savings(&mut self) {
        let gas = self.energy.sites.first().map_or("CO₂e", |it| it.sets.gas());
        let mut table = Table::new(
            "savings",
            self.pick("Eingespart", "Saved"),
            vec![
                Column::text("building", self.pick("Gebäude", "Building")),
                Column::text("medium", self.pick("Energie", "Energy")),
                Column::text("reference", self.pick("Vergleichszeit", "Reference period")),
                Column::number("days", self.pick("Tage", "Days"), "d", 0),
                Column::number("expected", self.pick("erwartet", "Expected"), "kWh", 0),
                Column::number("actual", self.pick("verbraucht", "Used"), "kWh", 0),
                Column::number("saved", self.pick("eingespart", "Saved"), "kWh", 0),
                Column::number("band", "±\u{a0}(90\u{a0}%)", "kWh", 0),
                Column::percent("share", self.pick("Anteil", "Share"), 1),
                Column::number("greenhouse", gas, "kg", 0),
                Column::number("nox", "NOx", "g", 0),
                Column::number("worth", self.pick("Wert", "Worth"), "€", 0),
                Column::number("r2", "R²", "", 2),
                Column::percent("cv_rmse", "CV(RMSE)", 0),
                Column::text("model", self.pick("Modell", "Model")),
                Column::text("note", self.pick("Aussage", "Claim")),
            ],
        );
        table.notes.push(self.pick(
            "Erwartet: was das Gebäude bei diesem Wetter und dieser Nutzung verbraucht hätte, nach einer Regression des Tagesverbrauchs auf Außentemperatur und Nutzung in der Vergleichszeit (IPMVP Option C, ASHRAE 14). In neun von zehn Fällen liegt die Einsparung innerhalb von ±. Ist sie kleiner als diese Unsicherheit, wird keine behauptet. Was anders wurde (Fenster, Belegung, neue Geräte), unterscheidet die Rechnung nicht von den Regeln.",
            "Expected: what the building would have used in this weather and occupancy, by a regression of daily energy on outdoor temperature and occupancy in the reference period (IPMVP option C, ASHRAE 14). In nine of ten cases the saving lies within ±. Where it is smaller than that uncertainty, none is claimed. What else changed (windows, occupancy, new devices) the calculation does not tell from the rules.",
        ));
        self.add(table);
        for place in 0..self.energy.buildings.len() {
            let building = &self.energy.buildings[place];
            let name = self.name(building);
            for saving in &building.savings {
                let (key, medium) = match saving.medium {
                    Medium::Heat => ("heat", benchmark::Medium::Heat),
                    Medium::Electricity => ("electricity", benchmark::Medium::Electricity),
                };
                let mut cells = vec![Cell::text(&name), Cell::text(self.medium(medium))];
                match &saving.claim {
                    Claim::Saved(saved) => cells.extend(self.saved(saved, saving)),
                    claim => {
                        cells.resize_with(15, Cell::nothing);
                        cells.push(Cell::text(self.no_claim(claim)));
                    }
                }
                self.push("savings", place, format!("{name}/{key}"), cells);
            }
        }
    }

    fn saved(&self, saved: &Saved, saving: &Saving) -> Vec<Cell> {
        let figures = &saved.saving;
        let fit = saved.baseline.fit;
        let certain = figures.is_certain();
        // Below its uncertainty it is no claim, and nothing is made of it.
        let of = |value: Option<f64>| if certain { Cell::number(value) } else { Cell::nothing() };
        let nox = saving.avoided.as_ref().and_then(|it| it.air.as_ref()?.get("nox").copied());
        vec![
            Cell::text(saved.reference.text()),
            Cell::number(Some(figures.days as f64)),
            Cell::number(Some(figures.expected)),
            Cell::number(Some(figures.actual)),
            Cell::number(Some(figures.saved())),
            Cell::number(Some(figures.band)),
            Cell::number(figures.share()),
            of(saving.avoided.as_ref().and_then(|it| it.kg)),
            of(nox),
            of(saving.worth),
            Cell::number(Some(fit.r2)),
            Cell::number(Some(fit.cv_rmse)),
            Cell::text(self.model(&saved.baseline)),
            Cell::text(self.claim(saved)),
        ]
    }

    pub(super) fn claim(&self, saved: &Saved) -> String {
        let figures = &saved.saving;
        let mut text = match (figures.is_certain(), figures.saved() > 0.0) {
            (false, _) => self.pick(
                "nicht nachweisbar: kleiner als die Unsicherheit",
                "not proven: smaller than its uncertainty",
            ),
            (true, true) => self.pick("nachgewiesen", "proven"),
            (true, false) => self.pick("Mehrverbrauch nachgewiesen", "proven: more was used"),
        };
        if saved.left_out > 0 {
            let days = saved.left_out;
            text.push_str(&self.language.pick(
                format!("; {days} Tage ohne volle Daten nicht mitgezählt"),
                format!("; {days} days without all data are left out"),
            ));
        }
        text
    }

    pub(super) fn no_claim(&self, claim: &Claim) -> String {
        match claim {
            Claim::NoReference => self.pick(
                "keine Aussage: die Anlagendatei nennt keine Vergleichszeit ([report] reference)",
                "no claim: the site file names no reference period ([report] reference)",
            ),
            Claim::NotAfter => self.pick(
                "keine Aussage: der Zeitraum liegt in der Vergleichszeit oder davor",
                "no claim: the period is within the reference period or before it",
            ),
            Claim::NoBaseline(why) => why.words(self.language),
            Claim::FewDays { days, of } => self.language.pick(
                format!("keine Aussage: nur von {days} der {of} Tage ist alles bekannt"),
                format!("no claim: all is known of {days} of {of} days only"),
            ),
            Claim::Saved(saved) => self.claim(saved),
        }
    }

    fn model(&self, baseline: &Baseline) -> String {
        let number = |value: f64| super::say::number(value, 1, self.language);
        let mut text = self.language.pick(
            format!("{} kWh/d", number(baseline.base)),
            format!("{} kWh/d", number(baseline.base)),
        );
        if baseline.occupied != 0.0 {
            text.push_str(&self.language.pick(
                format!(", bei Nutzung {} mehr", number(baseline.occupied)),
                format!(", {} more when occupied", number(baseline.occupied)),
            ));
        }
        for (slope, german, english) in
            [(baseline.heating, "unter", "below"), (baseline.cooling, "über", "above")]
        {
            let Some(slope) = slope else { continue };
            text.push_str(&format!(
                ", {} kWh/(d·K) {} {} °C",
                number(slope.kwh_per_k),
                self.language.pick(german, english),
                number(slope.balance_c),
            ));
        }
        text
    }

    pub(super) fn rules(&mut self) {
        let mut table = Table::new(
            "rules",
            self.pick("Was die Regeln gehalten haben", "What the rules held"),
            vec![
                Column::text("building", self.pick("Gebäude", "Building")),
                Column::text("by", self.pick("Regel oder Person", "Rule or person")),
                Column::text("level", self.pick("Ebene", "Level")),
                Column::text("point", self.pick("Punkt", "Point")),
                Column::number("hours", self.pick("gehalten", "Held"), "h", 0),
                Column::number("times", self.pick("Beginne", "Times"), "", 0),
            ],
        );
        table.notes.push(self.pick(
            "Stunden, in denen die Regel den Punkt bestimmt hat und der Punkt gehört wurde. Wie viel eine einzelne Regel eingespart hat, geben die Zähler nicht her.",
            "Hours in which the rule decided the point and the point was heard. How much a single rule saved, meters do not tell.",
        ));
        self.add(table);
        for place in 0..self.energy.buildings.len() {
            let building = &self.energy.buildings[place];
            let name = self.name(building);
            let prefix = format!("{}.", self.of(building).name);
            for held in &self.site(building).held {
                let Some(point) = held.point.strip_prefix(&prefix) else { continue };
                let cells = vec![
                    Cell::text(&name),
                    Cell::text(&held.by),
                    Cell::text(&held.level),
                    Cell::text(point),
                    Cell::number(Some(held.hours)),
                    Cell::number(Some(f64::from(held.times))),
                ];
                let key = format!("{name}/{}/{}/{point}", held.by, held.level);
                self.push("rules", place, key, cells);
            }
        }
    }
}
