//! How wide the columns of a table are, and in which size it is set, so that it fits
//! on the page: numbers stay in one line, text is wrapped, many columns make the
//! letters smaller. In points.

use super::font::{BOLD, REGULAR, parts};
use super::shown;
use crate::model::Language;
use crate::report::document::{Column, Row, Value};

/// What a table may be set in, the best first.
const SIZES: [f64; 6] = [8.5, 8.0, 7.5, 7.0, 6.5, 6.0];
/// The last resort: then words are broken.
const LEAST: f64 = 5.5;
/// So many times what it needs a column is at most.
const MOST_SPREAD: f64 = 2.0;
/// On either side of a cell.
pub const PADDING: f64 = 3.0;
/// Text behind a number keeps so much more from it.
pub const APART: f64 = 7.0;
/// Marks are so much smaller than numbers.
pub const MARK: f64 = 0.7;

/// See the module.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    pub size: f64,
    /// With the padding; in sum at most what was given.
    pub widths: Vec<f64>,
    /// Room for so many marks behind each number of the column.
    pub marks: Vec<usize>,
}

/// In ems, without padding.
#[derive(Debug, Clone, Copy, Default)]
struct Need {
    least: f64,
    most: f64,
}

#[must_use]
pub fn layout<'a>(
    columns: &[&Column],
    rows: impl Iterator<Item = &'a Row> + Clone,
    places: &[usize],
    language: Language,
    width: f64,
) -> Layout {
    let needs = columns.iter().zip(places).map(|(column, place)| {
        let cells = rows.clone().filter_map(|row| Some((row.cells.get(*place)?, row.strong)));
        let marks = cells.clone().map(|(cell, _)| cell.marks.set().len()).max().unwrap_or(0);
        let mut need = heading(column);
        for (cell, strong) in cells {
            need.grow(&cell.value, column, strong, language);
        }
        if shown::numeric(column) {
            let room = marks as f64 * MARK * BOLD.advance('m');
            need.least += room;
            need.most += room;
        }
        (need, marks)
    });
    let (needs, marks): (Vec<Need>, Vec<usize>) = needs.unzip();
    let padding: Vec<f64> = paddings(columns).collect();
    let inner = width - padding.iter().sum::<f64>();
    let least: f64 = needs.iter().map(|need| need.least).sum();
    let size = SIZES.into_iter().find(|size| least * size <= inner).unwrap_or(LEAST);
    let widths = shared_out(&needs, inner / size);
    let widths = widths.iter().zip(padding).map(|(it, padding)| it * size + padding).collect();
    Layout { size, widths, marks }
}

/// Left and right of each together. Text behind a number keeps more from it.
fn paddings(columns: &[&Column]) -> impl Iterator<Item = f64> {
    columns.iter().enumerate().map(|(place, column)| {
        let before = place.checked_sub(1).and_then(|before| columns.get(before));
        let apart = before.is_some_and(|it| shown::numeric(it)) && !shown::numeric(column);
        2.0 * PADDING + if apart { APART } else { 0.0 }
    })
}

impl Layout {
    #[must_use]
    pub fn width(&self) -> f64 {
        self.widths.iter().sum()
    }
}

/// Each what it needs at least, then what it would like, then the rest by its width.
fn shared_out(needs: &[Need], width: f64) -> Vec<f64> {
    let least: f64 = needs.iter().map(|need| need.least).sum();
    let most: f64 = needs.iter().map(|need| need.most).sum();
    if most <= width {
        // The eye does not find its row again over wide gaps.
        let more = (width / most.max(f64::MIN_POSITIVE)).min(MOST_SPREAD);
        return needs.iter().map(|need| need.most * more).collect();
    }
    if least <= width {
        let share = (width - least) / (most - least).max(f64::MIN_POSITIVE);
        return needs.iter().map(|it| it.least + (it.most - it.least) * share).collect();
    }
    needs.iter().map(|need| need.least * width / least).collect()
}

/// A heading is broken between words, and takes up to three lines.
fn heading(column: &Column) -> Need {
    let words = column.title.split(' ').flat_map(parts).chain([column.unit.as_str()]);
    let least = words.map(|word| BOLD.width(word, 1.0)).fold(1.0, f64::max);
    Need { least, most: least.max(BOLD.width(&column.title, 1.0) / 2.5) }
}

impl Need {
    fn grow(&mut self, value: &Value, column: &Column, strong: bool, language: Language) {
        let font = if strong { &BOLD } else { &REGULAR };
        let (least, most) = match value {
            Value::Text(text) => {
                let words = text.split([' ', '\n']).flat_map(parts);
                let words = words.map(|part| font.width(part, 1.0));
                // A long word may be broken, and a long text has lines enough.
                (words.fold(0.0, f64::max).min(16.0), font.width(text, 1.0).min(40.0))
            }
            _ => {
                let width = font.width(&shown::value(value, column, language), 1.0);
                (width, width)
            }
        };
        self.least = self.least.max(least);
        self.most = self.most.max(most).max(self.least);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::document::{Cell, Table};

    fn laid(count: usize, cell: &Cell) -> Layout {
        let key = "value";
        let columns = (0..count).map(|_| Column::number(key, "Verbrauch", "kWh", 1)).collect();
        let mut table = Table::new("table", String::new(), columns);
        table.push("row", vec![cell.clone(); count]);
        let columns: Vec<&Column> = table.columns.iter().collect();
        let places: Vec<usize> = (0..count).collect();
        layout(&columns, table.rows.iter(), &places, Language::De, 493.0)
    }

    #[test]
    fn many_columns_make_letters_smaller_and_the_page_is_full() {
        let cell = Cell::number(Some(1_234_567.8));
        let sizes = [3, 9, 10, 11, 30].map(|count| {
            let layout = laid(count, &cell);
            assert!(layout.width() < 493.0 + 1e-6);
            assert!(count < 9 || layout.width() > 492.0, "the page is full");
            layout.size
        });
        assert!(sizes.is_sorted_by(|one, other| one >= other), "{sizes:?}");
        assert_eq!((sizes[0], sizes[4]), (SIZES[0], LEAST));
        assert!(sizes[2] > LEAST);
    }
}
