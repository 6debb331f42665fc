//! The text of a clause or rule as its identity: white space and comments are
//! no part of it.

/// The words of checked text with one space between; what stands in quotes
/// stays as it is.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['"', '#']) {
        push_words(&mut plain, &rest[..at]);
        let end = if rest[at..].starts_with('#') {
            at + rest[at..].find('\n').unwrap_or(rest.len() - at)
        } else {
            let end = rest[at + 1..].find('"').map_or(rest.len(), |close| at + 1 + close + 1);
            space(&mut plain);
            plain.push_str(&rest[at..end]);
            end
        };
        rest = &rest[end..];
    }
    push_words(&mut plain, rest);
    plain
}

fn push_words(plain: &mut String, text: &str) {
    for word in text.split_whitespace() {
        space(plain);
        plain.push_str(word);
    }
}

fn space(plain: &mut String) {
    if !plain.is_empty() {
        plain.push(' ');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_meant_counts() {
        let one = "when A > 20 °C  # warm\n   alarm \"Nr. # 1  hier\" # too\n";
        assert_eq!(plain(one), "when A > 20 °C alarm \"Nr. # 1  hier\"");
        assert_eq!(plain(one), plain("when A > 20 °C\n alarm \"Nr. # 1  hier\""));
        assert_ne!(plain(one), plain("when A > 20 °C alarm \"Nr. # 1 hier\""));
        assert_eq!(plain("  # nothing"), "");
    }
}
