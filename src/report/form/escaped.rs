//! Any text within HTML, SVG or XML: in elements and in quoted attributes.

use std::fmt::{Display, Formatter, Result, Write};

/// Letters that markup would read are written as references; control letters, which
/// XML does not allow, as a sign that says so.
#[derive(Debug)]
pub struct Escaped<'a>(pub &'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for letter in self.0.chars().map(harmless) {
            match letter {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                letter => f.write_char(letter)?,
            }
        }
        Ok(())
    }
}

/// Text of letters that can be shown: what is none becomes a sign that says so, breaks
/// of lines become spaces.
#[must_use]
pub fn printable(text: &str) -> String {
    text.chars().map(harmless).collect()
}

fn harmless(letter: char) -> char {
    match letter {
        '\t' | '\n' | '\r' | '\u{2028}' | '\u{2029}' => ' ',
        '\u{fffe}' | '\u{ffff}' | '\u{feff}' => '\u{fffd}',
        // Of private use: nobody else knows what they show.
        '\u{e000}'..='\u{f8ff}' | '\u{f0000}'.. => '\u{fffd}',
        letter if letter.is_control() => '\u{fffd}',
        letter => letter,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_breaks_out() {
        assert_eq!(
            Escaped("Lüftung <1> & \"x\"='y'\u{0}\n").to_string(),
            "Lüftung &lt;1&gt; &amp; &quot;x&quot;=&#39;y&#39;\u{fffd} "
        );
    }
}
