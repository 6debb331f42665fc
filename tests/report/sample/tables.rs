//! The tables of the sample: all kinds of cells, marks, much that is not known.

use hauswart::model::Language;
use hauswart::report::document::{Cell, Column, Marks, Table, Value};
use jiff::civil::date;

use super::{bar, kwh, name, noise, ranked};

pub fn consumption(language: Language, buildings: usize) -> Table {
    let word = |german: &str, english: &str| language.pick(german, english).to_owned();
    let mut table = Table::new(
        "consumption",
        word("Verbrauch nach Gebäuden", "Consumption by building"),
        vec![
            Column::text("building", word("Gebäude", "building")),
            Column::number(
                "heat",
                word("Wärme, witterungsbereinigt", "heat, weather-corrected"),
                "kWh",
                0,
            ),
            Column::number("electricity", word("Strom", "electricity"), "kWh", 0),
            Column::number("water", word("Wasser", "water"), "m³", 1),
            Column::percent("change", word("Wärme gegen Vorjahr", "heat against last year"), 1),
            Column::number("ghg", word("Treibhausgase", "greenhouse gases"), "t CO₂e", 1),
            Column::number("cost", word("Kosten", "cost"), "€", 2),
        ],
    );
    for place in 0..buildings {
        let heat: f64 = (0..12).map(|month| kwh(place, 2, month)).sum();
        let holed = Marks { estimated: true, incomplete: place % 2 == 1, ..Marks::default() };
        let marks = if place % 3 == 1 { holed } else { Marks::default() };
        let derived = Marks { derived: place == 2, counter: place == 3, ..Marks::default() };
        let key = format!("{}/2026", name(place));
        table.push(
            key,
            vec![
                Cell::text(name(place)),
                Cell::number(Some(heat)).marked(marks),
                Cell::number(Some(heat * 0.21)).marked(derived),
                if place % 4 == 3 { Cell::number(None) } else { Cell::number(Some(heat / 900.0)) },
                Cell::number((place % 5 != 4).then(|| noise(place, 3) * 0.3 - 0.2)),
                Cell::number(Some(heat * 0.00024)),
                if place % 6 == 5 { Cell::nothing() } else { Cell::number(Some(heat * 0.14)) },
            ],
        );
    }
    let sum = |column: usize| -> f64 {
        table
            .rows
            .iter()
            .filter_map(|row| match row.cells[column].value {
                Value::Number(number) => Some(number),
                _ => None,
            })
            .sum()
    };
    let sums = [1, 2, 3].map(|column| Cell::number(Some(sum(column))));
    let incomplete = Marks { incomplete: true, ..Marks::default() };
    let mut cells = vec![Cell::text(word("Summe", "sum"))];
    cells.extend(sums.map(|cell| cell.marked(incomplete)));
    cells.extend([
        Cell::number(Some(-0.062)),
        Cell::number(Some(sum(5))),
        Cell::number(Some(sum(6))),
    ]);
    let place = table.push("sum/2026", cells);
    table.rows[place].strong = true;
    table.notes = vec![
        word(
            "Witterungsbereinigung: Gradtage G20/15 der Station Musterstadt (DWD), Norm 3.393 Kd.",
            "Weather correction: degree days G20/15 of the station Musterstadt (DWD), norm 3,393 Kd.",
        ),
        word(
            "Treibhausgase: GEG Anlage 9, Ausgabe 2024; Strom 560 g, Erdgas 240 g CO₂e je kWh.",
            "Greenhouse gases: GEG annex 9, edition 2024; electricity 560 g, natural gas 240 g CO₂e per kWh.",
        ),
    ];
    table
}

pub fn months(language: Language, buildings: usize) -> Table {
    let word = |german: &str, english: &str| language.pick(german, english).to_owned();
    let mut table = Table::new(
        "months",
        word("Wärme nach Monaten", "Heat by month"),
        vec![
            Column::text("building", word("Gebäude", "building")),
            Column::date("month", word("Monat ab", "month from")),
            Column::number("y2024", "2024", "kWh", 0),
            Column::number("y2025", "2025", "kWh", 0),
            Column::number("y2026", "2026", "kWh", 0),
            Column::percent("coverage", word("Abdeckung", "coverage"), 1),
            Column::number("peak", word("Spitze", "peak"), "kW", 1),
            Column::moment("peak_at", word("Spitze ab", "peak from")),
        ],
    );
    for place in 0..buildings {
        for month in 0..12 {
            let of = |year| {
                let bar = bar(place, year, month);
                let marks = Marks { incomplete: bar.incomplete, ..Marks::default() };
                Cell::number(bar.value).marked(marks)
            };
            let first = date(2026, month as i8 + 1, 1);
            let at = date(2026, month as i8 + 1, 7).at(7, 15, 0, 0);
            table.push(
                format!("{}/2026-{:02}", name(place), month + 1),
                vec![
                    Cell::text(name(place)),
                    Value::Date(first).into(),
                    of(0),
                    of(1),
                    of(2),
                    Cell::number(Some(if bar(place, 2, month).incomplete { 0.541 } else { 1.0 })),
                    Cell::number(Some(kwh(place, 2, month) / 220.0)),
                    Value::Moment(at).into(),
                ],
            );
        }
    }
    table
}

pub fn indicators(language: Language, buildings: usize) -> Table {
    let word = |german: &str, english: &str| language.pick(german, english).to_owned();
    let mut table = Table::new(
        "indicators",
        word("Kennwerte Wärme", "Indicators for heat"),
        vec![
            Column::text("building", word("Gebäude", "building")),
            Column::number("area", word("Nutzfläche", "usable area"), "m²", 0),
            Column::number("heat", word("Wärme", "heat"), "kWh/m²a", 0),
            Column::number("limit", word("Grenzwert", "limit"), "kWh/m²a", 0),
            Column::number("target", word("Zielwert", "target"), "kWh/m²a", 0),
        ],
    );
    for place in 0..buildings {
        let it = ranked(place);
        table.push(
            name(place),
            vec![
                Cell::text(name(place)),
                Cell::number(Some(900.0 + 4000.0 * noise(place, 8))),
                Cell::number(Some(it.value)),
                it.limit.map_or(Cell::nothing(), |limit| Cell::number(Some(limit))),
                it.target.map_or(Cell::nothing(), |target| Cell::number(Some(target))),
            ],
        );
    }
    table
}

pub fn findings(language: Language, buildings: usize) -> Table {
    let word = |german: &str, english: &str| language.pick(german, english).to_owned();
    let mut table = Table::new(
        "findings",
        word("Befunde und Maßnahmen", "Findings and measures"),
        vec![
            Column::text("building", word("Gebäude", "building")),
            Column::text("finding", word("Befund", "finding")),
            Column::text("evidence", word("Woran man es sieht", "evidence")),
            Column::number("saving", word("Einsparung im Jahr", "saving a year"), "€", 0),
        ],
    );
    for place in 0..buildings.min(60) {
        table.push(
            format!("{}/{place}", name(place)),
            vec![
                Cell::text(name(place)),
                Cell::text(word("Lüftung läuft nachts", "ventilation runs at night")),
                Cell::text(word(
                    "An 214 von 261 Werktagen liegt der Strom zwischen 22 und 5 Uhr über 60 % des Tageswerts (@Zähler Z1).",
                    "On 214 of 261 working days electricity between 22 and 5 h is above 60 % of the day's (@meter Z1).",
                )),
                Cell::number((place % 4 != 2).then(|| 400.0 + 3000.0 * noise(place, 11))),
            ],
        );
    }
    table
}

/// Texts that something might choke on.
pub fn odd(language: Language) -> Table {
    let column = Column::text("text", language.pick("Text", "text"));
    let number = Column::number("number", language.pick("Zahl", "number"), "K", 2);
    let mut table = Table::new(
        "odd",
        language.pick("Seltsames", "Odd things").to_owned(),
        vec![column, number],
    );
    let texts = [
        "=1+1",
        "+49 30 123",
        "-5 %",
        "@SUM(A1)",
        "a;b,c\"d'",
        "zwei\nZeilen",
        "</table><script>",
        "\u{1}\u{7}",
        "漢字 🌡",
        "",
        "'",
        "\t=1",
        "https://example.org/?a=1&b=2",
        "1.5.2026",
        "007",
    ];
    for (place, text) in texts.iter().enumerate() {
        let number = [-0.0, 1e-9, -1234.5, 1e12, 0.1 + 0.2][place % 5];
        table.push(format!("{place}"), vec![Cell::text(*text), Cell::number(Some(number))]);
    }
    table
}
