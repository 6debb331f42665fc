//! A report of an invented town, with every kind of block, cell and picture, odd names
//! and much that is not known. As many buildings as wanted: for looks, for foreign
//! readers, and for how long it takes.

mod pictures;
mod tables;

use hauswart::model::Language;
use hauswart::report::document::{
    Bar, Block, Chart, Document, Dot, KeyFigure, Picture, Ranked, Scatter, Section, Standing,
    Table, View,
};
use jiff::civil::date;

use self::pictures::{baseline, carpet, monthly};
use self::tables::{consumption, findings, indicators, months, odd};

const NAMES: [&str; 10] = [
    "Rathaus",
    "Grundschule Süd",
    "Lüftung <1> & Co",
    "Sporthalle „Am Anger“",
    "Feuerwehr Łódź-Straße",
    "Δημαρχείο",
    "=Bauhof()",
    "Bürgerhaus İstanbul",
    "Kita Дружба",
    "Donaudampfschifffahrtsgesellschaftskapitänsdienstgebäude",
];
const YEARS: [i16; 3] = [2024, 2025, 2026];

pub fn name(place: usize) -> String {
    match NAMES.get(place) {
        Some(name) => (*name).to_owned(),
        None => format!("{} {}", NAMES[place % 4], place / 4 + 1),
    }
}

/// 0–1, always the same.
fn noise(one: usize, other: usize) -> f64 {
    let mixed = (one * 7919 + other * 104_729 + 13).wrapping_mul(2_654_435_761) >> 7;
    (mixed % 1000) as f64 / 1000.0
}

fn kwh(building: usize, year: usize, month: usize) -> f64 {
    let winter = 1.0 + 0.8 * (month as f64 * std::f64::consts::TAU / 12.0).cos();
    let size = 8_000.0 + 30_000.0 * noise(building, 1);
    size * winter * (0.9 + 0.2 * noise(building * 40 + year, month)) * (1.0 - 0.05 * year as f64)
}

/// Which month of the last year is of that building not whole, or not known.
fn bar(building: usize, year: usize, month: usize) -> Bar {
    let hole = year == 2 && building % 3 == 1;
    let value = (!(hole && month == 6)).then(|| kwh(building, year, month));
    Bar { value, incomplete: hole && month == 7 }
}

pub fn town(language: Language, buildings: usize) -> Document {
    let tables = vec![
        consumption(language, buildings),
        months(language, buildings),
        indicators(language, buildings),
        findings(language, buildings),
        odd(language),
    ];
    let mut sections = vec![overview(language, buildings), comparison(language, buildings)];
    sections.extend((0..buildings).map(|place| building(language, &tables, place)));
    sections.push(data(language));
    Document {
        language,
        title: language.pick("Energiebericht 2026", "Energy report 2026").to_owned(),
        subject: language.pick("Stadt Musterstadt", "Town of Musterstadt").to_owned(),
        first: date(2026, 1, 1),
        last: date(2026, 12, 31),
        made: Some(date(2027, 1, 11).at(8, 30, 0, 0)),
        tables,
        sections,
    }
}

fn figure(label: &str, value: &str, note: &str, standing: Standing) -> KeyFigure {
    KeyFigure { label: label.to_owned(), value: value.to_owned(), note: note.to_owned(), standing }
}

fn overview(language: Language, buildings: usize) -> Section {
    let word = |german: &str, english: &str| language.pick(german, english).to_owned();
    let figures = match language {
        Language::De => vec![
            figure(
                "Wärme, witterungsbereinigt",
                "4.123.400 kWh",
                "−6,2 % gegenüber 2025",
                Standing::Good,
            ),
            figure("Strom", "812.900 kWh", "+1,4 % gegenüber 2025", Standing::Middling),
            figure("Treibhausgase", "1.445 t CO₂e", "−4,8 % gegenüber 2025", Standing::Good),
            figure("Energiekosten", "612.300 €", "+8,9 % gegenüber 2025", Standing::Bad),
            figure("Datenlage", "97,4 %", "der Zeit ist gemessen", Standing::Plain),
        ],
        Language::En => vec![
            figure(
                "Heat, weather-corrected",
                "4,123,400 kWh",
                "−6.2 % against 2025",
                Standing::Good,
            ),
            figure("Electricity", "812,900 kWh", "+1.4 % against 2025", Standing::Middling),
            figure("Greenhouse gases", "1,445 t CO₂e", "−4.8 % against 2025", Standing::Good),
            figure("Energy cost", "€ 612,300", "+8.9 % against 2025", Standing::Bad),
            figure("Data", "97.4 %", "of the time is measured", Standing::Plain),
        ],
    };
    Section {
        key: "overview".to_owned(),
        title: word("Das Jahr in Kürze", "The year in brief"),
        new_page: false,
        blocks: vec![
            Block::Lead(word(
                "Die Gebäude der Stadt haben 2026 witterungsbereinigt 6,2 % weniger Wärme verbraucht als im Vorjahr. Etwa zwei Drittel davon gehen auf geänderte Betriebszeiten zurück.",
                "In 2026 the town's buildings used 6.2 % less heat than in the year before, corrected for weather. About two thirds of that is due to changed operating times.",
            )),
            Block::Figures(figures),
            Block::Text(word(
                "Drei Schulen liegen über dem Grenzwert ihrer Nutzung. Für zwei Gebäude reichen die Daten nicht für eine Aussage zur Einsparung; sie sind in den Tabellen gekennzeichnet.",
                "Three schools are above the limit of their usage. For two buildings the data do not carry a claim about savings; they are marked in the tables.",
            )),
            Block::Picture(monthly(
                language,
                0,
                &word("Wärme aller Gebäude nach Monaten", "Heat of all buildings by month"),
            )),
            Block::Table(View { title: None, ..whole("consumption") }),
            Block::Heading(word("Was als Nächstes zu tun ist", "What to do next")),
            Block::List(vec![
                word(
                    "Lüftung der Sporthalle nachts abschalten: etwa 2.300 € im Jahr.",
                    "Switch off the ventilation of the sports hall at night: about € 2,300 a year.",
                ),
                word(
                    "Heizkurve im Rathaus um 0,2 senken: etwa 900 € im Jahr.",
                    "Lower the heating curve of the town hall by 0.2: about € 900 a year.",
                ),
                word(
                    "Zähler der Grundschule Süd prüfen: seit 12.08.2026 ohne Werte.",
                    "Check the meter of the primary school: no values since 12 Aug 2026.",
                ),
            ]),
            Block::Notes(vec![
                word(
                    "Alle Zahlen lassen sich auf ihre Ablesungen zurückführen.",
                    "Every figure can be traced to its readings.",
                ),
                format!("{buildings}"),
            ]),
        ],
    }
}

fn whole(table: &'static str) -> View {
    View { table, title: None, rows: None, columns: None, notes: true }
}

fn ranked(place: usize) -> Ranked {
    let value = 50.0 + 170.0 * noise(place, 5);
    let known = place % 7 != 6;
    Ranked {
        name: name(place),
        value,
        limit: known.then_some(154.0),
        target: known.then_some(90.0),
    }
}

fn comparison(language: Language, buildings: usize) -> Section {
    let word = |german: &str, english: &str| language.pick(german, english).to_owned();
    let mut ranking: Vec<Ranked> = (0..buildings).map(ranked).collect();
    ranking.sort_by(|one, other| other.value.total_cmp(&one.value));
    let dot = |place: usize| Dot {
        x: ranked(place).value / 154.0,
        y: 0.4 + 1.2 * noise(place, 9),
        size: noise(place, 10),
        name: name(place),
        group: place % 3,
    };
    let scatter = Scatter {
        x_title: word("Wärme", "heat"),
        y_title: word("Strom", "electricity"),
        x_unit: word("Grenzwerten", "limits"),
        y_unit: word("Grenzwerten", "limits"),
        dots: (0..buildings).map(dot).collect(),
        cross: Some((1.0, 1.0)),
        groups: vec![
            word("Verwaltung", "administration"),
            word("Schule", "school"),
            word("Sonstige", "other"),
        ],
        ..Scatter::default()
    };
    Section {
        key: "comparison".to_owned(),
        title: word("Vergleich der Gebäude", "Buildings compared"),
        new_page: true,
        blocks: vec![
            Block::Picture(Picture {
                title: word("Wärmekennwert nach Gebäuden", "Heat indicator by building"),
                caption: word(
                    "Ganz oben ist am meisten zu holen.",
                    "At the top there is most to gain.",
                ),
                chart: Chart::Ranking(ranking, "kWh/m²a".to_owned()),
            }),
            Block::Picture(Picture {
                title: word("Strom und Wärme", "Electricity and heat"),
                caption: word(
                    "Ein Punkt je Gebäude, seine Fläche nach den Kosten; das Kreuz ist der Grenzwert der Nutzung.",
                    "A dot a building, its area by cost; the cross is the limit of the usage.",
                ),
                chart: Chart::Scatter(scatter),
            }),
            Block::Table(whole("indicators")),
            Block::Table(whole("findings")),
        ],
    }
}

fn building(language: Language, tables: &[Table], place: usize) -> Section {
    let word = |german: &str, english: &str| language.pick(german, english).to_owned();
    let own =
        |row: &hauswart::report::document::Row| row.key.starts_with(&format!("{}/", name(place)));
    let rows =
        tables[1].rows.iter().enumerate().filter(|(_, row)| own(row)).map(|(place, _)| place);
    let months = View {
        rows: Some(rows.collect()),
        columns: Some(vec!["month", "y2024", "y2025", "y2026", "coverage", "peak", "peak_at"]),
        ..whole("months")
    };
    let picture =
        |title: String, caption: String, chart| Block::Picture(Picture { title, caption, chart });
    Section {
        key: format!("building/{}", name(place)),
        title: name(place),
        new_page: true,
        blocks: vec![
            Block::Figures(vec![
                figure(
                    &word("Wärme", "heat"),
                    "118 kWh/m²a",
                    &word("zwischen Ziel und Grenze", "between target and limit"),
                    Standing::Middling,
                ),
                figure(
                    &word("Einsparung durch Regeln", "saved by rules"),
                    &word("nicht belegbar", "not proven"),
                    &word("zu wenige Tage", "too few days"),
                    Standing::Plain,
                ),
            ]),
            Block::Picture(monthly(language, place, &word("Wärme nach Monaten", "Heat by month"))),
            Block::Table(months),
            picture(
                word("Wärme über der Außentemperatur", "Heat over outdoor temperature"),
                word("Jeder Punkt ist ein Tag.", "Each dot is a day."),
                Chart::Scatter(baseline(language, place)),
            ),
            picture(
                word("Strom nach Tag und Stunde", "Electricity by day and hour"),
                word("Dunkel, wo viel verbraucht wurde.", "Dark where much was used."),
                carpet(place, 62.0, "kW"),
            ),
            picture(
                word("Wärme nach Tag und Stunde", "Heat by day and hour"),
                word("Dunkel, wo viel verbraucht wurde.", "Dark where much was used."),
                carpet(place + 50, 15.0, "kW"),
            ),
            picture(
                word("Wasser", "Water"),
                word("Kein Zähler.", "No meter."),
                Chart::Ranking(Vec::new(), "m³".to_owned()),
            ),
        ],
    }
}

fn data(language: Language) -> Section {
    let word = |german: &str, english: &str| language.pick(german, english).to_owned();
    Section {
        key: "data".to_owned(),
        title: word("Datenlage", "Data"),
        new_page: true,
        blocks: vec![
            Block::Text(word(
                "Was gekennzeichnet ist, gilt nur zum Teil.",
                "What is marked holds in part only.",
            )),
            Block::Table(whole("odd")),
        ],
    }
}
