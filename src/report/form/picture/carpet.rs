//! A year as a carpet: a column a day, a row an hour. The cells are a PNG of a dot each
//! in sixteen shades, of a few KiB; where nothing is known it is transparent, and the
//! hatching below is seen.

use jiff::civil::Date;

use super::{Anchor, Colour, Drawing, INK, SIZE, SOFT, Sample, Shape, WIDTH};
use crate::model::Language;
use crate::model::ticks::step;
use crate::report::document::Carpet;
use crate::report::form::font::REGULAR;
use crate::report::form::shown;

const HOUR: f64 = 4.0;
/// Place 0 of the palette is the unknown, the others are shades.
const SHADES: u8 = 15;
/// From little to much; darker in grey, too.
const STOPS: [Colour; 5] = [
    [0xff, 0xfb, 0xd6],
    [0xc4, 0xe6, 0xb5],
    [0x46, 0xb3, 0xc3],
    [0x22, 0x63, 0xa9],
    [0x0a, 0x1d, 0x58],
];
const UNKNOWN: Colour = [0xa9, 0xb2, 0xba];
const LEFT: f64 = 24.0;

pub fn draw(carpet: &Carpet, language: Language) -> Option<Drawing> {
    let (low, high, cut) = range(carpet)?;
    let png = cells(carpet, low, high).ok()?;
    let mut drawing = Drawing::new(0.0);
    let left = scale(&mut drawing, (low, high, cut), &carpet.unit, language);
    let (top, height) = (20.0, 24.0 * HOUR);
    let width = WIDTH - LEFT;
    let unknown = carpet.days.iter().flatten().any(Option::is_none);
    if unknown {
        let text = language.pick("nicht bekannt", "not known");
        let sample = left - REGULAR.width(text, SIZE) - 30.0;
        drawing.sample(sample, 6.0, &Sample::Hatched(UNKNOWN));
        drawing.text(sample + 13.0, 8.7, Anchor::Start, INK, text);
        drawing.hatched(LEFT, top, width, height, UNKNOWN);
    }
    drawing.shapes.push(Shape::Image { x: LEFT, y: top, width, height, png });
    for hour in [0, 6, 12, 18, 24_u8] {
        let y = top + HOUR * f64::from(hour);
        drawing.line((LEFT - 3.0, y), (LEFT, y), SOFT, 0.6);
        drawing.text(LEFT - 5.0, y + 2.7, Anchor::End, SOFT, hour.to_string());
    }
    drawing.text(0.0, 8.7, Anchor::Start, SOFT, language.pick("Uhr", "hour"));
    months(&mut drawing, carpet, top + height, language);
    drawing.height = top + height + 14.0;
    Some(drawing)
}

/// What the shades go over, and whether some is above. One value in two hundred may be:
/// a single peak would make all else pale.
fn range(carpet: &Carpet) -> Option<(f64, f64, bool)> {
    let known = carpet.days.iter().flatten().flatten().copied();
    let mut values: Vec<f32> = known.filter(|value| value.is_finite()).collect();
    values.sort_by(f32::total_cmp);
    let low = f64::from(*values.first()?).min(0.0);
    let most = f64::from(*values.last()?);
    let usual = f64::from(values[(values.len() - 1) * 199 / 200]);
    let usual = if usual > low { usual } else { most };
    let round = step(usual - low, 8).map_or(usual, |step| (usual / step - 1e-6).ceil() * step);
    let high = if round > low { round } else { low + 1.0 };
    Some((low, high, most > high))
}

fn shade(value: f64, low: f64, high: f64) -> u8 {
    let share = ((value - low) / (high - low)).clamp(0.0, 1.0);
    1 + (share * f64::from(SHADES - 1)).round() as u8
}

fn colour(shade: u8) -> Colour {
    let share = f64::from(shade - 1) / f64::from(SHADES - 1) * (STOPS.len() - 1) as f64;
    let place = (share as usize).min(STOPS.len() - 2);
    let part = share - place as f64;
    let mix = |one: u8, other: u8| {
        (f64::from(one) + (f64::from(other) - f64::from(one)) * part).round() as u8
    };
    std::array::from_fn(|channel| mix(STOPS[place][channel], STOPS[place + 1][channel]))
}

/// The cells as a PNG file, four bits a dot.
fn cells(carpet: &Carpet, low: f64, high: f64) -> Result<Vec<u8>, png::EncodingError> {
    let days = carpet.days.len();
    let row = days.div_ceil(2);
    let mut dots = vec![0_u8; row * 24];
    for (day, hours) in carpet.days.iter().enumerate() {
        for (hour, value) in hours.iter().enumerate() {
            let Some(value) = value.filter(|value| value.is_finite()) else { continue };
            let shade = shade(f64::from(value), low, high);
            dots[hour * row + day / 2] |= if day % 2 == 0 { shade << 4 } else { shade };
        }
    }
    let mut bytes = Vec::new();
    let width = u32::try_from(days).map_err(|_| png::EncodingError::LimitsExceeded)?;
    let mut encoder = png::Encoder::new(&mut bytes, width, 24);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Four);
    let shades = (1..=SHADES).flat_map(colour);
    encoder.set_palette([0xff; 3].into_iter().chain(shades).collect::<Vec<u8>>());
    encoder.set_trns(vec![0]);
    encoder.write_header()?.write_image_data(&dots)?;
    Ok(bytes)
}

/// The shades with their numbers, at the upper right; where they begin.
fn scale(drawing: &mut Drawing, range: (f64, f64, bool), unit: &str, language: Language) -> f64 {
    let (low, high, cut) = range;
    let decimals = step(high - low, 8).map_or(0.0, |step| -(step.log10() + 1e-9).floor());
    let number = |value| shown::number(value, decimals.clamp(0.0, 9.0) as u8, language);
    let above = if cut { language.pick(" und mehr", " and more") } else { "" };
    let text = format!("{} {unit}{above}", number(high));
    let end = WIDTH - REGULAR.width(&text, SIZE) - 5.0;
    drawing.text(WIDTH, 8.7, Anchor::End, INK, text);
    let first = end - 6.0 * f64::from(SHADES);
    for shade in 1..=SHADES {
        drawing.rect(first + 6.0 * f64::from(shade - 1), 2.0, 6.2, 8.0, colour(shade));
    }
    drawing.text(first - 5.0, 8.7, Anchor::End, INK, number(low));
    first - 5.0 - REGULAR.width(&number(low), SIZE)
}

/// A stroke and a name where a month begins.
fn months(drawing: &mut Drawing, carpet: &Carpet, bottom: f64, language: Language) {
    let day = (WIDTH - LEFT) / carpet.days.len().max(1) as f64;
    let mut free = LEFT;
    for (place, date) in days(carpet).enumerate() {
        let x = LEFT + day * place as f64;
        if place > 0 && date.day() != 1 {
            continue;
        }
        drawing.line((x, bottom), (x, bottom + 3.0), SOFT, 0.6);
        let name = shown::month_name(date.month(), language);
        let width = REGULAR.width(name, SIZE);
        if x >= free && x + 2.0 + width <= WIDTH {
            drawing.text(x + 2.0, bottom + 10.0, Anchor::Start, INK, name);
            free = x + width + 4.0;
        }
    }
}

fn days(carpet: &Carpet) -> impl Iterator<Item = Date> {
    carpet.first.series(jiff::Span::new().days(1)).take(carpet.days.len())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn carpet(days: usize) -> Carpet {
        let day =
            |day: usize| std::array::from_fn(|hour| (day != 3).then_some((day + hour) as f32));
        let days = (0..days).map(day).collect();
        Carpet { first: date(2026, 1, 1), days, unit: "kW".to_owned() }
    }

    #[test]
    fn the_unknown_is_transparent_and_much_is_dark() {
        let carpet = carpet(7);
        let png = cells(&carpet, 0.0, 30.0).unwrap();
        let picture = tiny_skia::Pixmap::decode_png(&png).unwrap();
        assert_eq!((picture.width(), picture.height()), (7, 24));
        assert!((0..24).all(|hour| picture.pixel(3, hour).unwrap().alpha() == 0));
        let little = picture.pixel(0, 0).unwrap();
        let much = picture.pixel(6, 23).unwrap();
        assert_eq!([little.red(), little.green(), little.blue()], STOPS[0]);
        assert!(much.red() < 0x40 && much.alpha() == 255);
    }

    #[test]
    fn a_year_is_a_small_file() {
        assert!(cells(&carpet(366), 0.0, 400.0).unwrap().len() < 6 * 1024);
    }

    #[test]
    fn one_peak_does_not_make_all_else_pale() {
        let mut carpet = carpet(100);
        carpet.days[50][12] = Some(9000.0);
        assert_eq!(range(&carpet), Some((0.0, 120.0, true)));
    }

    #[test]
    fn shades_darken_as_greys() {
        let grey = |shade| {
            let [red, green, blue] = colour(shade).map(f64::from);
            0.2126 * red + 0.7152 * green + 0.0722 * blue
        };
        assert!((1..SHADES).all(|shade| grey(shade) > grey(shade + 1)));
    }
}
