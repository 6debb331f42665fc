//! The letters that reports are set in (a part of DejaVu Sans Condensed: Latin, Greek,
//! Cyrillic; `fonts/LICENSE`), and how wide text is in them. Pages on a screen have
//! fonts of their own, which run no wider. In points.

use std::borrow::Cow;
use std::sync::LazyLock;

use ttf_parser::{Face, GlyphId};

const REGULAR_FILE: &[u8] = include_bytes!("fonts/DejaVuSansCondensed.ttf");
const BOLD_FILE: &[u8] = include_bytes!("fonts/DejaVuSansCondensed-Bold.ttf");

pub static REGULAR: Font =
    Font { file: REGULAR_FILE, face: LazyLock::new(|| Face::parse(REGULAR_FILE, 0).ok()) };
pub static BOLD: Font =
    Font { file: BOLD_FILE, face: LazyLock::new(|| Face::parse(BOLD_FILE, 0).ok()) };

/// Stands for a letter that the font lacks.
const SUBSTITUTE: char = '\u{fffd}';

/// A test rules out that it cannot be read; if it could not, it would have letters of
/// half their size in width.
#[derive(Debug)]
pub struct Font {
    file: &'static [u8],
    face: LazyLock<Option<Face<'static>>>,
}

impl Font {
    #[must_use]
    pub fn face(&self) -> Option<&Face<'static>> {
        self.face.as_ref()
    }

    /// The file, to be embedded.
    #[must_use]
    pub const fn bytes(&self) -> &'static [u8] {
        self.file
    }

    /// A letter that is lacking is shown as one that says so.
    #[must_use]
    pub fn glyph(&self, letter: char) -> Option<GlyphId> {
        let face = self.face()?;
        face.glyph_index(letter).or_else(|| face.glyph_index(SUBSTITUTE))
    }

    /// Of one letter, in its size.
    #[must_use]
    pub fn advance(&self, letter: char) -> f64 {
        let glyph = self.glyph(letter);
        let advance = self.face().zip(glyph).and_then(|(face, glyph)| {
            let units = face.glyph_hor_advance(glyph)?;
            Some(f64::from(units) / f64::from(face.units_per_em()))
        });
        advance.unwrap_or(0.5)
    }

    #[must_use]
    pub fn width(&self, text: &str, size: f64) -> f64 {
        text.chars().map(|letter| self.advance(letter)).sum::<f64>() * size
    }

    /// The text, or as much of its beginning as fits, with an ellipsis.
    #[must_use]
    pub fn shortened<'a>(&self, text: &'a str, size: f64, width: f64) -> Cow<'a, str> {
        if self.width(text, size) <= width {
            return Cow::Borrowed(text);
        }
        let room = width - self.width("…", size);
        let mut used = 0.0;
        let fits = text.char_indices().find_map(|(place, letter)| {
            used += self.advance(letter) * size;
            (used > room).then_some(place)
        });
        let beginning = &text[..fits.unwrap_or(text.len())];
        Cow::Owned(format!("{}…", beginning.trim_end()))
    }

    /// In lines that are no wider; a word that is, is broken, and any may be behind a
    /// hyphen. At least one line.
    #[must_use]
    pub fn wrapped(&self, text: &str, size: f64, width: f64) -> Vec<String> {
        let space = self.advance(' ') * size;
        let mut lines = Vec::new();
        let (mut line, mut used) = (String::new(), 0.0);
        // Not `split_whitespace`: it parts at spaces that do not break.
        for word in text.split([' ', '\n', '\t', '\r']).filter(|word| !word.is_empty()) {
            for part in parts(word) {
                let begins = part.as_ptr() == word.as_ptr();
                for piece in self.pieces(part, size, width) {
                    let length = self.width(piece, size);
                    let glue = if line.is_empty() || !begins { 0.0 } else { space };
                    let broken = piece.as_ptr() != part.as_ptr();
                    if !line.is_empty() && (broken || used + glue + length > width) {
                        lines.push(std::mem::take(&mut line));
                        used = 0.0;
                    }
                    if !line.is_empty() && begins {
                        line.push(' ');
                        used += space;
                    }
                    line.push_str(piece);
                    used += length;
                }
            }
        }
        lines.push(line);
        lines
    }

    /// A word in pieces that fit, each of a letter at least.
    fn pieces<'a>(&self, word: &'a str, size: f64, width: f64) -> Vec<&'a str> {
        let mut pieces = Vec::new();
        let (mut from, mut used) = (0, 0.0);
        for (place, letter) in word.char_indices() {
            let advance = self.advance(letter) * size;
            if used + advance > width && place > from {
                pieces.push(&word[from..place]);
                (from, used) = (place, 0.0);
            }
            used += advance;
        }
        pieces.push(&word[from..]);
        pieces
    }
}

/// A word at its hyphens between letters: not a minus, not a date.
pub fn parts(word: &str) -> impl Iterator<Item = &str> {
    let mut from = 0;
    let hyphens = word.match_indices('-').map(|(place, _)| place + 1).filter(move |end| {
        let letter = |letter: Option<char>| letter.is_some_and(char::is_alphabetic);
        letter(word[..end - 1].chars().next_back()) && letter(word[*end..].chars().next())
    });
    hyphens.chain([word.len()]).map(move |end| {
        let part = &word[from..end];
        from = end;
        part
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_part_at_hyphens_alone() {
        let parted = |word| parts(word).collect::<Vec<_>>();
        assert_eq!(parted("Weather-corrected"), ["Weather-", "corrected"]);
        for whole in ["", "-5", "2026-01-15", "Ende-", "-", "CO2-5"] {
            assert_eq!(parted(whole), [whole]);
        }
        let corrected = REGULAR.width("corrected", 8.0) + 0.1;
        let lines = REGULAR.wrapped("so Weather-corrected", 8.0, corrected);
        assert_eq!(lines, ["so", "Weather-", "corrected"]);
        assert_eq!(REGULAR.wrapped("a-b c", 8.0, 100.0), ["a-b c"]);
    }

    #[test]
    fn both_fonts_have_what_reports_need() {
        for font in [&REGULAR, &BOLD] {
            let face = font.face().unwrap();
            for letter in "AZaz09ÄÖÜäöüßẞ ąęłżźćń ğışİ ΑΩαωή АЯаяёїЄ €²³₂°–−…„“·≤≥→✓".chars()
            {
                assert!(face.glyph_index(letter).is_some(), "{letter} is lacking");
            }
            let digits: Vec<_> = ('0'..='9').map(|digit| font.advance(digit)).collect();
            assert!(digits.iter().all(|it| *it == digits[0]), "digits stand below each other");
            assert_eq!(font.advance('漢'), font.advance(SUBSTITUTE));
        }
    }

    #[test]
    fn text_is_wrapped_and_shortened_to_its_width() {
        let text = "Verwaltungsgebäude am Donaudampfschifffahrtsplatz 12";
        for width in [20.0, 60.0, 100.0, 1000.0] {
            let lines = REGULAR.wrapped(text, 8.0, width);
            assert!(lines.iter().all(|line| REGULAR.width(line, 8.0) <= width), "{lines:?}");
            assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
            assert!(REGULAR.width(&REGULAR.shortened(text, 8.0, width), 8.0) <= width);
        }
        assert_eq!(REGULAR.wrapped("", 8.0, 10.0), [""]);
        assert_eq!(REGULAR.wrapped("6,2 % mehr", 8.0, 1.0).len(), 8, "a letter a line");
    }
}
