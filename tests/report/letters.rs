//! No text breaks a form: whatever people call their buildings, the page keeps its
//! tags, CSV its fields, and workbook and PDF are written.

use hauswart::model::Language;
use hauswart::report::document::{
    Bar, Bars, Block, Cell, Chart, Column, Document, Dot, KeyFigure, Marks, Picture, Ranked,
    Scatter, Section, Series, Standing, Table,
};
use hauswart::report::form::Form;
use jiff::civil::date;
use proptest::prelude::*;

/// A report in which people named everything so.
fn named(text: &str, number: f64, language: Language) -> Document {
    let word = || text.to_owned();
    let columns = vec![
        Column::text("name", word()),
        Column::number("number", word(), text, 1),
        Column::percent("share", word(), 1),
    ];
    let mut table = Table::new("table", word(), columns);
    let marks = Marks { estimated: true, counter: true, ..Marks::default() };
    for _ in 0..3 {
        let number = Cell::number(Some(number));
        table.push(word(), vec![Cell::text(word()), number.clone().marked(marks), number]);
    }
    table.notes = vec![word()];
    let figure = KeyFigure { label: word(), value: word(), note: word(), standing: Standing::Good };
    let picture = |chart| Block::Picture(Picture { title: word(), caption: word(), chart });
    let bar = Bar { value: Some(number), incomplete: true };
    let series = Series { name: word(), bars: vec![bar] };
    let ranked = Ranked { name: word(), value: number, limit: Some(number), target: None };
    let dot = Dot { x: number, y: 1.0, size: 0.5, name: word(), group: 7 };
    let blocks = vec![
        Block::Heading(word()),
        Block::Lead(word()),
        Block::Text(word()),
        Block::Figures(vec![figure]),
        Block::Table(table.view()),
        picture(Chart::Bars(Bars { groups: vec![word()], series: vec![series], unit: word() })),
        picture(Chart::Ranking(vec![ranked], word())),
        picture(Chart::Scatter(Scatter {
            x_title: word(),
            y_unit: word(),
            dots: vec![dot],
            cross: Some((number, number)),
            groups: vec![word()],
            line_name: word(),
            ..Scatter::default()
        })),
        Block::List(vec![word()]),
        Block::Notes(vec![word()]),
    ];
    let section = Section { key: word(), title: word(), new_page: false, blocks };
    Document {
        language,
        title: word(),
        subject: word(),
        first: date(2026, 1, 1),
        last: date(2026, 1, 31),
        made: None,
        tables: vec![table],
        sections: vec![section; 3],
    }
}

/// The names of all elements, in order.
fn tags(html: &str) -> Vec<&str> {
    html.split('<').skip(1).map(|rest| rest.split([' ', '>', '\n']).next().unwrap_or("")).collect()
}

fn fields(csv: &[u8]) -> Vec<usize> {
    let text = csv.strip_prefix("\u{feff}".as_bytes()).unwrap();
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(b';')
        .flexible(true)
        .has_headers(false)
        .from_reader(text);
    reader.records().map(|record| record.unwrap().len()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn no_text_breaks_a_form(text in any::<String>(), ascii in "[ -~]{0,40}", number in any::<f64>()) {
        for text in [text, ascii.clone(), format!("={ascii}"), format!("</style><script>{ascii}")] {
            let document = named(&text, number, Language::De);
            let plain = named("x", number, Language::De);
            let html = |document: &Document| {
                String::from_utf8(Form::Html.write(document).unwrap()).unwrap()
            };
            let (odd, even) = (html(&document), html(&plain));
            // What is empty is left out at some places, and long words are shortened.
            prop_assert!(!odd.contains("<script"));
            if !text.trim().is_empty() {
                prop_assert_eq!(tags(&odd).len(), tags(&even).len());
            }
            let csv = Form::Csv.write(&document).unwrap();
            prop_assert_eq!(fields(&csv), vec![5; 4]);
            prop_assert!(!String::from_utf8(csv).unwrap().contains(";="));
            let json = Form::Json.write(&document).unwrap();
            let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
            prop_assert_eq!(&json["tables"]["table"]["rows"][0]["name"], &text);
            prop_assert!(Form::Xlsx.write(&document).is_ok());
            if let Err(why) = Form::Pdf.write(&document) {
                prop_assert!(false, "{why}: {text:?}");
            }
        }
    }
}
