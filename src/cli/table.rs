//! Tables that line up, whatever letters are in them.

use unicode_width::UnicodeWidthStr;

/// How a column stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    Left,
    Right,
}

/// A table with a heading, in columns two spaces apart.
#[derive(Debug)]
pub struct Table {
    align: Vec<Align>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these columns.
    #[must_use]
    pub fn new(columns: &[(&str, Align)]) -> Self {
        Self {
            align: columns.iter().map(|(_, align)| *align).collect(),
            rows: vec![columns.iter().map(|(heading, _)| (*heading).to_owned()).collect()],
        }
    }

    /// Adds a row; cells that are missing are empty.
    pub fn row(&mut self, cells: impl IntoIterator<Item = impl Into<String>>) {
        let mut row: Vec<String> = cells.into_iter().map(Into::into).collect();
        row.resize(self.align.len(), String::new());
        self.rows.push(row);
    }

    /// The lines, the heading first, without trailing spaces.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let widths: Vec<usize> = (0..self.align.len())
            .map(|column| self.rows.iter().map(|row| row[column].width()).max().unwrap_or(0))
            .collect();
        self.rows.iter().map(|row| self.line(row, &widths)).collect()
    }

    fn line(&self, row: &[String], widths: &[usize]) -> String {
        let mut line = String::new();
        for ((cell, align), width) in row.iter().zip(&self.align).zip(widths) {
            let padding = " ".repeat(width - cell.width());
            match align {
                Align::Left => line.extend([cell.as_str(), &padding]),
                Align::Right => line.extend([&padding, cell.as_str()]),
            }
            line.push_str("  ");
        }
        line.trim_end().to_owned()
    }
}

/// `text` cut to `width` columns, with `…` where something is missing.
#[must_use]
pub fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    for letter in text.chars() {
        if kept.width() + letter.to_string().width() + 1 > width {
            break;
        }
        kept.push(letter);
    }
    kept.push('…');
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_behind_umlauts() {
        let mut table = Table::new(&[("point", Align::Left), ("value", Align::Right)]);
        table.row(["HK1.Lüftung", "20.5 °C"]);
        table.row(["HK1.Raum", "4 °C"]);
        assert_eq!(
            table.lines(),
            ["point          value", "HK1.Lüftung  20.5 °C", "HK1.Raum        4 °C"]
        );
    }

    #[test]
    fn what_is_too_wide_is_cut_and_says_so() {
        assert_eq!(cut("Lüftungsanlage", 6), "Lüftu…");
        assert_eq!(cut("Saal", 6), "Saal");
    }
}
