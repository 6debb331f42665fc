//! Places as the protocol has them: a file as a URI, an offset as a line and a
//! column in UTF-16 units. Any URI and any position is answered; one outside
//! of the text means its nearest end.

use std::ffi::OsString;
use std::ops;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use gen_lsp_types::{Position, Range};

/// The file that a URI names; `None` for anything but a local file.
pub fn path_of(uri: &str) -> Option<PathBuf> {
    let rest = uri.strip_prefix("file://")?;
    let path = rest.strip_prefix("localhost").unwrap_or(rest);
    path.starts_with('/').then(|| PathBuf::from(OsString::from_vec(decoded(path.as_bytes()))))
}

fn decoded(mut coded: &[u8]) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut bytes = Vec::with_capacity(coded.len());
    while let [first, rest @ ..] = coded {
        coded = match rest {
            [high, low, rest @ ..] if *first == b'%' => match digit(*high).zip(digit(*low)) {
                Some((high, low)) => {
                    bytes.push(high << 4 | low);
                    rest
                }
                None => {
                    bytes.push(*first);
                    &coded[1..]
                }
            },
            rest => {
                bytes.push(*first);
                rest
            }
        };
    }
    bytes
}

/// The URI of a file.
pub fn uri_of(path: &Path) -> String {
    let mut uri = "file://".to_owned();
    for byte in path.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(byte) {
            uri.push(char::from(*byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

/// Where the lines of a text begin.
#[derive(Debug)]
pub struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    pub fn new(text: &'t str) -> Self {
        let breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        Self { text, starts: std::iter::once(0).chain(breaks).collect() }
    }

    /// The position of a byte offset.
    pub fn position(&self, offset: usize) -> Position {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.starts.partition_point(|start| *start <= offset) - 1;
        let before = &self.text[self.starts[line]..offset];
        Position { line: count(line), character: count(before.encode_utf16().count()) }
    }

    pub fn range(&self, span: &ops::Range<usize>) -> Range {
        Range { start: self.position(span.start), end: self.position(span.end) }
    }

    /// The byte offset of a position.
    pub fn offset(&self, position: Position) -> usize {
        let Some(start) = self.starts.get(position.line as usize) else {
            return self.text.len();
        };
        let line = self.text[*start..].split('\n').next().unwrap_or("");
        let line = line.strip_suffix('\r').unwrap_or(line);
        let mut units = position.character as usize;
        for (at, letter) in line.char_indices() {
            if units < letter.len_utf16() {
                return start + at;
            }
            units -= letter.len_utf16();
        }
        start + line.len()
    }

    /// The bytes of a range; an end before its start counts as the start.
    pub fn span(&self, range: Range) -> ops::Range<usize> {
        let start = self.offset(range.start);
        start..self.offset(range.end).max(start)
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_utf_16_units() {
        let text = "ä °C\r\n𝄞x\n";
        let lines = Lines::new(text);
        let at = |line, character| Position { line, character };
        assert_eq!(lines.position(text.find('C').unwrap()), at(0, 3));
        assert_eq!(lines.position(text.find('x').unwrap()), at(1, 2));
        assert_eq!(lines.position(text.len() + 9), at(2, 0));
        assert_eq!(lines.position(1), at(0, 0), "within a letter");
        for (offset, _) in text.char_indices().filter(|(at, _)| !text[..*at].ends_with('\r')) {
            assert_eq!(lines.offset(lines.position(offset)), offset);
        }
        assert_eq!(lines.offset(at(0, 99)), text.find('\r').unwrap());
        assert_eq!(lines.offset(at(1, 1)), text.find('𝄞').unwrap(), "within a letter");
        assert_eq!(lines.offset(at(u32::MAX, u32::MAX)), text.len());
        assert_eq!(Lines::new("").offset(at(0, 3)), 0);
    }

    #[test]
    fn files_come_back_from_their_uris() {
        let path = Path::new("/srv/Rathaus Süd/a#%.rules");
        assert_eq!(uri_of(path), "file:///srv/Rathaus%20S%C3%BCd/a%23%25.rules");
        assert_eq!(path_of(&uri_of(path)).as_deref(), Some(path));
        assert_eq!(path_of("file:///a%zz%4").as_deref(), Some(Path::new("/a%zz%4")));
        assert_eq!(path_of("untitled:Untitled-1"), None);
    }
}
