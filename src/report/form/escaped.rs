//! Any text within HTML, SVG or XML: in elements and in quoted attributes.

use std::fmt::{Display, Formatter, Result, Write};

/// Letters that markup would read are written as references; control letters, which
/// XML does not allow, as a sign that says so.
#[derive(Debug)]
pub struct Escaped<'a>(pub &'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for letter in self.0.chars() {
            match letter {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                '\t' | '\n' | '\r' => f.write_char(' ')?,
                letter if letter.is_control() || ('\u{fffe}'..='\u{ffff}').contains(&letter) => {
                    f.write_char('\u{fffd}')?;
                }
                letter => f.write_char(letter)?,
            }
        }
        Ok(())
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
