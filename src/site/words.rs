//! The words of closed lists, and what makes a name. Names are what the rule
//! language can read; the first part of a full name must be none of its
//! keywords (RULES, "Form").

use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{DeserializeOwned, Error, IntoDeserializer};

/// Words of the rule language that no building or device may be called: all it
/// will have, so that a name given today is none of them tomorrow.
const KEYWORDS: &str = "\
    abs acknowledge acknowledged alarm all also and any at bad because building by calendar change count \
    curve daily day demand dewpoint each else ended ends expect extended fallback fault file \
    for given good grace group hand high holidays hour hours humidity in is keep language \
    least level limit low manual max mean min most normal not notice of off on or over pause \
    per protect public ramp rate released rule run safety schedule set shadow start starts \
    step sum test to until urgent value when with within";

/// Whether the rule language reads `word` as a keyword.
#[must_use]
pub fn is_keyword(word: &str) -> bool {
    !word.is_empty() && KEYWORDS.split(' ').any(|keyword| keyword == word)
}

/// Whether `word` is letters, digits and `_`, beginning with a letter or `_`.
#[must_use]
pub fn is_name(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_alphanumeric() || letter == '_')
}

/// A name made of `word`, for a help line; empty if nothing is left of it.
pub(super) fn mended_name(word: &str) -> String {
    let mut mended: String = word
        .trim()
        .chars()
        .map(|letter| if letter.is_alphanumeric() { letter } else { '_' })
        .collect();
    if mended.starts_with(|first: char| first.is_numeric()) {
        mended.insert(0, '_');
    }
    mended
}

/// Reads a word as a variant of `T`.
///
/// # Errors
/// The words that `T` has.
pub(super) fn of_list<T: DeserializeOwned>(word: &str) -> Result<T, &'static [&'static str]> {
    let deserializer: StrDeserializer<'_, NotOne> = word.into_deserializer();
    T::deserialize(deserializer).map_err(|NotOne(allowed)| allowed)
}

/// The allowed words, caught from serde.
#[derive(Debug)]
struct NotOne(&'static [&'static str]);

impl fmt::Display for NotOne {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "none of {:?}", self.0)
    }
}

impl std::error::Error for NotOne {}

impl Error for NotOne {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self(&[])
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self(expected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::Parity;

    #[test]
    fn a_word_is_found_and_the_others_are_named() {
        assert_eq!(of_list::<Parity>("even"), Ok(Parity::Even));
        assert_eq!(of_list::<Parity>("evn"), Err(["none", "even", "odd"].as_slice()));
    }

    #[test]
    fn keywords_are_whole_words() {
        assert!(is_keyword("abs") && is_keyword("within") && is_keyword("when"));
        assert!(!is_keyword("") && !is_keyword("ab") && !is_keyword("abs acknowledged"));
    }

    #[test]
    fn umlauts_make_names_and_dots_do_not() {
        assert!(is_name("Außenfühler_2") && is_name("_x"));
        assert!(!is_name("2x") && !is_name("a.b") && !is_name("") && !is_name("a b"));
        assert_eq!(mended_name("Heizkreis 1"), "Heizkreis_1");
    }
}
