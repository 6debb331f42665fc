//! The TOML parser's own messages in words for people who do not know TOML.

/// What a message's beginning means, German and English.
const WORDS: [(&str, &str, &str); 13] = [
    ("unclosed table", "Die schließende Klammer ] fehlt.", "The closing bracket ] is missing."),
    (
        "unclosed array table",
        "Die schließenden Klammern ]] fehlen.",
        "The closing brackets ]] are missing.",
    ),
    (
        "unclosed array",
        "Die schließende Klammer ] der Liste fehlt.",
        "The list lacks its closing bracket ].",
    ),
    (
        "unclosed inline table",
        "Die schließende Klammer } fehlt.",
        "The closing brace } is missing.",
    ),
    (
        "invalid basic string",
        "Das schließende Anführungszeichen fehlt.",
        "The closing quote is missing.",
    ),
    (
        "invalid literal string",
        "Das schließende Anführungszeichen fehlt.",
        "The closing quote is missing.",
    ),
    (
        "missing opening quote",
        "Das öffnende Anführungszeichen fehlt.",
        "The opening quote is missing.",
    ),
    (
        "key with no value",
        "Nach dem Namen fehlen = und ein Wert.",
        "The name lacks = and a value behind it.",
    ),
    ("missing value", "Nach dem = fehlt der Wert.", "The value behind = is missing."),
    (
        "unexpected key or value",
        "Hier beginnt etwas Neues; es gehört in eine eigene Zeile.",
        "Something new begins here; it belongs on a line of its own.",
    ),
    (
        "missing comma between array elements",
        "Zwischen zwei Werten der Liste fehlt ein Komma.",
        "A comma is missing between two values of the list.",
    ),
    (
        "missing comma between key-value pairs",
        "Zwischen zwei Angaben fehlt ein Komma.",
        "A comma is missing between two entries.",
    ),
    ("invalid value", "Das ist kein Wert.", "This is no value."),
];

/// The sentence for a message; unknown ones are quoted.
pub(super) fn words(message: &str) -> (String, String) {
    // The longest beginning that fits: "unclosed array table" is no array.
    let known = WORDS
        .iter()
        .filter(|(beginning, _, _)| message.starts_with(beginning))
        .max_by_key(|(beginning, _, _)| beginning.len());
    match known {
        Some((_, german, english)) => ((*german).to_owned(), (*english).to_owned()),
        None => (
            format!("Das ist kein gültiges TOML ({message})."),
            format!("This is no valid TOML ({message})."),
        ),
    }
}
