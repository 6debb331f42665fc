//! Content lines of RFC 5545, clause 3.1: `NAME;PARAM=value:value`, folded onto
//! further lines that begin with a space or a tab. A line that is none is left
//! out, as other calendars do; what it should have said will be missed.

use std::borrow::Cow;

use crate::rules::ast::Place;

/// One line, unfolded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// In capitals.
    pub name: String,
    /// Names in capitals; values without their quotes.
    params: Vec<(String, String)>,
    pub value: Cow<'a, str>,
    /// In the file, without the end of the line.
    pub place: Place,
}

impl Line<'_> {
    /// The value of a parameter, by its name in capitals.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether it is `NAME:value`, both in capitals.
    pub fn is(&self, name: &str, value: &str) -> bool {
        self.name == name && self.value.trim().eq_ignore_ascii_case(value)
    }
}

/// All lines of a file, whatever ends them.
pub(super) fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    let mut at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    std::iter::from_fn(move || {
        while at < text.len() {
            let (unfolded, place, next) = unfold(text, at);
            at = next;
            if let Some(line) = split(unfolded, place) {
                return Some(line);
            }
        }
        None
    })
}

/// The line that begins at `at`, its place, and where the next one begins.
fn unfold(text: &str, at: usize) -> (Cow<'_, str>, Place, usize) {
    let physical = |from: usize| {
        let end = text[from..].find('\n').map_or(text.len(), |length| from + length);
        let next = (end + 1).min(text.len());
        (from + text[from..end].trim_end_matches('\r').len(), next)
    };
    let (mut end, mut next) = physical(at);
    let mut line = Cow::Borrowed(&text[at..end]);
    while text[next..].starts_with([' ', '\t']) {
        let from = next + 1;
        (end, next) = physical(from);
        line.to_mut().push_str(&text[from..end.max(from)]);
    }
    (line, at..end, next)
}

fn split(line: Cow<'_, str>, place: Place) -> Option<Line<'_>> {
    let mut quoted = false;
    let mut cuts = Vec::new();
    for (at, byte) in line.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b';' | b':' if !quoted => cuts.push(at),
            _ => {}
        }
        if byte == b':' && !quoted {
            break;
        }
    }
    let colon = cuts.pop().filter(|at| line.as_bytes()[*at] == b':')?;
    let mut parts = Vec::new();
    let mut from = 0;
    for cut in cuts.into_iter().chain([colon]) {
        parts.push(&line[from..cut]);
        from = cut + 1;
    }
    let (name, params) = parts.split_first()?;
    let name = name.trim().to_ascii_uppercase();
    if name.is_empty() {
        return None;
    }
    let params = params
        .iter()
        .filter_map(|param| param.split_once('='))
        .map(|(name, value)| (name.to_ascii_uppercase(), value.replace('"', "")))
        .collect();
    let value = match line {
        Cow::Borrowed(line) => Cow::Borrowed(&line[colon + 1..]),
        Cow::Owned(mut line) => Cow::Owned(line.split_off(colon + 1)),
    };
    Some(Line { name, params, value, place })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_unfolded_and_cut() {
        let text = "\u{feff}begin:VEVENT\r\nSUMMARY:Chor\r\n  probe\r\n\t im Saal: 2; 3\r\n\
                    kein Feld\r\n\r\nDTSTART;TZID=\"Zone; mit: allem\";X=1:20260302T\n 190000\nEND:VEVENT";
        let lines: Vec<Line<'_>> = lines(text).collect();
        assert!(lines[0].is("BEGIN", "VEVENT"));
        assert_eq!(lines[1].value, "Chor probe im Saal: 2; 3");
        assert_eq!(&text[lines[1].place.clone()], "SUMMARY:Chor\r\n  probe\r\n\t im Saal: 2; 3");
        assert_eq!(lines[2].name, "DTSTART");
        assert_eq!(lines[2].param("TZID"), Some("Zone; mit: allem"));
        assert_eq!(lines[2].value, "20260302T190000");
        assert!(lines[3].is("END", "VEVENT"));
        assert_eq!(lines.len(), 4);
    }

    #[test]
    fn odd_ends_are_no_trouble() {
        for text in ["", "\r\n", " ", "\n ", "A", "A:", ":", ";:x", "A:\n \n", "A\r"] {
            let count = lines(text).count();
            assert_eq!(count, usize::from(text.starts_with("A:")), "{text:?}");
        }
    }
}
