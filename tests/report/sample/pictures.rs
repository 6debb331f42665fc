//! The pictures of the sample.

use hauswart::model::Language;
use hauswart::report::document::{Bars, Carpet, Chart, Dot, Picture, Scatter, Series};
use jiff::civil::date;

use super::{YEARS, bar, noise};

pub fn monthly(language: Language, place: usize, title: &str) -> Picture {
    let names = match language {
        Language::De => {
            ["Jan", "Feb", "Mär", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez"]
        }
        Language::En => {
            ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        }
    };
    let series = YEARS.iter().enumerate().map(|(year, name)| Series {
        name: name.to_string(),
        bars: (0..12).map(|month| bar(place + 1, year, month)).collect(),
    });
    Picture {
        title: title.to_owned(),
        caption: language
            .pick(
                "Der Juli 2026 ist nicht bekannt, vom August fehlt ein Teil.",
                "July 2026 is not known, a part of August is missing.",
            )
            .to_owned(),
        chart: Chart::Bars(Bars {
            groups: names.map(str::to_owned).to_vec(),
            series: series.collect(),
            unit: "kWh".to_owned(),
        }),
    }
}

pub fn carpet(place: usize, night: f64, unit: &str) -> Chart {
    let hour = |day: usize, hour: usize| {
        let unknown = (200..214).contains(&day) || (day == 87 && hour == 2);
        let weekday = (day + 3) % 7 < 5;
        let busy = weekday && (6..18).contains(&hour);
        let winter = 1.0 + 0.6 * (day as f64 * std::f64::consts::TAU / 365.0).cos();
        let value = winter
            * (if busy { 80.0 } else { night })
            * (0.8 + 0.4 * noise(day * 24 + hour, place));
        (!unknown).then_some(value as f32)
    };
    let days = (0..365).map(|day| std::array::from_fn(|it| hour(day, it))).collect();
    Chart::Carpet(Carpet { first: date(2026, 1, 1), days, unit: unit.to_owned() })
}

pub fn baseline(language: Language, place: usize) -> Scatter {
    let day = |group: usize| {
        move |day: usize| {
            let mean_c = 10.0 - 11.0 * (day as f64 * std::f64::consts::TAU / 365.0).cos()
                + 6.0 * noise(day, group);
            let heat = (15.0 - mean_c).max(0.0) * 60.0 * if group == 0 { 1.0 } else { 0.85 };
            let kwh = 90.0 + heat + 120.0 * noise(day + 999, place + group);
            Dot { x: mean_c, y: kwh, size: 0.0, name: String::new(), group }
        }
    };
    Scatter {
        x_title: language.pick("Tagesmittel der Außenluft", "daily mean outdoors").to_owned(),
        y_title: language.pick("Wärme am Tag", "heat a day").to_owned(),
        x_unit: "°C".to_owned(),
        y_unit: "kWh".to_owned(),
        dots: (0..365).map(day(0)).chain((0..365).map(day(1))).collect(),
        line: vec![(-8.0, 1530.0), (15.0, 150.0), (26.0, 150.0)],
        groups: vec![
            language.pick("2024, Vergleichsjahr", "2024, reference").to_owned(),
            "2026".to_owned(),
        ],
        line_name: language.pick("Vergleichslinie", "baseline").to_owned(),
        ..Scatter::default()
    }
}
