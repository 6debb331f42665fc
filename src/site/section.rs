//! Walks a parsed TOML table and collects every fault of form: wrong types,
//! missing and unknown keys, words that are none of the allowed, quantities
//! with a wrong unit. Whoever asks a [`Section`] for a key thereby says that
//! the key exists, so what is left at [`Section::finish`] is unknown. Knows
//! nothing of what the words mean.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::{Shape, Type};
use super::place::{At, Faults, Place};
use super::quantity::{Amount, Wanted, bound, convert};
use super::words;
use crate::model::Unit;

type Value<'a> = Spanned<DeValue<'a>>;

/// One table of a file.
pub(super) struct Section<'a> {
    table: &'a DeTable<'a>,
    file: Arc<str>,
    /// The header, or the whole inline table.
    pub place: Place,
    /// As people see it: `[site]`, `[[device]]`.
    pub title: String,
    asked: Vec<&'static str>,
    /// Keys that are not there and should be, and what to say of it.
    missing: Vec<(&'static str, Shape)>,
}

impl<'a> Section<'a> {
    pub fn new(table: &'a DeTable<'a>, place: Place, title: impl Into<String>) -> Self {
        Self {
            table,
            file: place.file.clone(),
            place,
            title: title.into(),
            asked: Vec::new(),
            missing: Vec::new(),
        }
    }

    fn place_of(&self, span: std::ops::Range<usize>) -> Place {
        Place { file: self.file.clone(), span }
    }

    /// The value of a key, as it stands.
    fn get(&mut self, key: &'static str) -> Option<(&'a Value<'a>, Place)> {
        self.ask(key);
        let value = self.table.get(key)?;
        Some((value, self.place_of(value.span())))
    }

    /// Whether the key is written, whatever its value.
    pub fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Whether a table stands under the key.
    pub fn is_table(&self, key: &str) -> bool {
        self.table.get(key).is_some_and(|value| value.get_ref().is_table())
    }

    /// Where the value of a key stands.
    pub fn value_place(&self, key: &str) -> Option<Place> {
        self.table.get(key).map(|value| self.place_of(value.span()))
    }

    /// Says at the end that a key is missing, if it is.
    pub fn require(&mut self, key: &'static str, example: &'static str) {
        if !self.has(key) {
            // Those who require it ask for its value later, in the order that
            // people are told.
            let section = self.title.clone();
            self.missing.push((key, Shape::MissingKey { key, section, example }));
        }
    }

    /// A key is missing; said at the end, unless it is there misspelt.
    pub fn lacks(&mut self, key: &'static str, fault: Shape) {
        self.ask(key);
        self.missing.push((key, fault));
    }

    /// The key is known from now on.
    fn ask(&mut self, key: &'static str) {
        if !self.asked.contains(&key) {
            self.asked.push(key);
        }
    }

    pub fn text(&mut self, key: &'static str, faults: &mut Faults) -> Option<At<String>> {
        let (value, place) = self.get(key)?;
        as_text(key, value, place, faults)
    }

    pub fn flag(&mut self, key: &'static str, faults: &mut Faults) -> Option<At<bool>> {
        let (value, place) = self.get(key)?;
        match value.get_ref() {
            DeValue::Boolean(flag) => Some(At { value: *flag, place }),
            other => wrong_type(key, Type::Flag, other, &place, faults),
        }
    }

    /// A whole number between two bounds, both included.
    pub fn integer(
        &mut self,
        key: &'static str,
        least: i64,
        most: i64,
        faults: &mut Faults,
    ) -> Option<At<i64>> {
        let (value, place) = self.get(key)?;
        let DeValue::Integer(_) = value.get_ref() else {
            return wrong_type(key, Type::Integer, value.get_ref(), &place, faults);
        };
        match as_integer(value.get_ref()).and_then(|value| i64::try_from(value).ok()) {
            Some(value) if (least..=most).contains(&value) => Some(At { value, place }),
            _ => {
                faults.error(&place, Shape::OutOfBounds { key, least, most });
                None
            }
        }
    }

    /// A whole or broken number.
    pub fn number(&mut self, key: &'static str, faults: &mut Faults) -> Option<At<f64>> {
        let (value, place) = self.get(key)?;
        match as_number(value.get_ref()) {
            Some(value) => Some(At { value, place }),
            None => wrong_type(key, Type::Number, value.get_ref(), &place, faults),
        }
    }

    /// A word of a closed list, the list being the variants of `T`.
    pub fn word<T: DeserializeOwned>(
        &mut self,
        key: &'static str,
        faults: &mut Faults,
    ) -> Option<At<T>> {
        let text = self.text(key, faults)?;
        as_word(key, text, faults)
    }

    /// A list of words, or a single one in place of a list of one.
    pub fn word_list<T: DeserializeOwned>(
        &mut self,
        key: &'static str,
        faults: &mut Faults,
    ) -> Option<Vec<At<T>>> {
        let texts = self.texts(key, faults)?;
        Some(texts.into_iter().filter_map(|text| as_word(key, text, faults)).collect())
    }

    /// A list of texts, or a single one in place of a list of one.
    pub fn texts(&mut self, key: &'static str, faults: &mut Faults) -> Option<Vec<At<String>>> {
        let (value, place) = self.get(key)?;
        match value.get_ref() {
            DeValue::String(text) => Some(vec![At { value: text.to_string(), place }]),
            DeValue::Array(items) => Some(
                items
                    .iter()
                    .filter_map(|item| as_text(key, item, self.place_of(item.span()), faults))
                    .collect(),
            ),
            other => wrong_type(key, Type::Texts, other, &place, faults),
        }
    }

    /// A list of whole numbers, of any size that 64 bits hold.
    pub fn integers(&mut self, key: &'static str, faults: &mut Faults) -> Option<Vec<At<i128>>> {
        let (value, place) = self.get(key)?;
        let DeValue::Array(items) = value.get_ref() else {
            return wrong_type(key, Type::Integers, value.get_ref(), &place, faults);
        };
        let mut found = Vec::new();
        for item in items {
            let place = self.place_of(item.span());
            match as_integer(item.get_ref()) {
                Some(value) => found.push(At { value, place }),
                None => {
                    let _: Option<()> =
                        wrong_type(key, Type::Integer, item.get_ref(), &place, faults);
                }
            }
        }
        Some(found)
    }

    /// A unit; the empty text is the unit of plain numbers.
    pub fn unit(&mut self, key: &'static str, faults: &mut Faults) -> Option<At<Unit>> {
        let text = self.text(key, faults)?;
        match Unit::parse(&text.value) {
            Some(unit) => Some(At { value: unit, place: text.place }),
            None => {
                faults.error(&text.place, Shape::unknown_unit(&text.value, &text.value));
                None
            }
        }
    }

    /// A quantity of a known kind, canonical, between two bounds in canonical
    /// units; `example` shows how it is written.
    pub fn quantity(
        &mut self,
        key: &'static str,
        wanted: Wanted,
        faults: &mut Faults,
    ) -> Option<At<f64>> {
        let amount = self.amount(key, faults)?;
        let value = convert(&amount, wanted.quantity, wanted.example, faults)?;
        if value < wanted.least || value > wanted.most {
            let [least, most] =
                [wanted.least, wanted.most].map(|value| bound(wanted.quantity, value));
            faults.error(&amount.place, Shape::QuantityOutOfBounds { key, least, most });
            return None;
        }
        Some(At { value, place: amount.place })
    }

    /// A quantity whose kind only the whole point tells.
    pub fn amount(&mut self, key: &'static str, faults: &mut Faults) -> Option<At<Amount>> {
        let (value, place) = self.get(key)?;
        as_amount(key, value, place, faults)
    }

    /// A list of two quantities: lowest and highest.
    pub fn amount_pair(
        &mut self,
        key: &'static str,
        faults: &mut Faults,
    ) -> Option<At<(At<Amount>, At<Amount>)>> {
        let (value, place) = self.get(key)?;
        let DeValue::Array(items) = value.get_ref() else {
            return wrong_type(key, Type::Pair, value.get_ref(), &place, faults);
        };
        let [low, high] = items.as_ref() else {
            faults.error(&place, Shape::NotAPair { key });
            return None;
        };
        let low = as_amount(key, low, self.place_of(low.span()), faults);
        let high = as_amount(key, high, self.place_of(high.span()), faults);
        Some(At { value: (low?, high?), place })
    }

    /// A whole number as it stands, or a text.
    pub fn number_or_text(&mut self, key: &'static str, faults: &mut Faults) -> Option<At<String>> {
        let (value, place) = self.get(key)?;
        match as_integer(value.get_ref()) {
            Some(number) => Some(At { value: number.to_string(), place }),
            None => as_text(key, value, place, faults),
        }
    }

    /// The table under a key.
    pub fn table(&mut self, key: &'static str, faults: &mut Faults) -> Option<Self> {
        let (value, place) = self.get(key)?;
        match value.get_ref() {
            DeValue::Table(table) => Some(Section::new(table, place, self.below(key))),
            other => wrong_type(key, Type::Table, other, &place, faults),
        }
    }

    /// The table under a key, or the text in its place.
    pub fn table_or_text(
        &mut self,
        key: &'static str,
        faults: &mut Faults,
    ) -> Option<Result<Self, At<String>>> {
        let (value, _) = self.get(key)?;
        match value.get_ref() {
            DeValue::String(_) => self.text(key, faults).map(Err),
            _ => self.table(key, faults).map(Ok),
        }
    }

    /// The tables of `[[key]]`, in the order of the file.
    pub fn tables(&mut self, key: &'static str, faults: &mut Faults) -> Vec<Self> {
        let Some((value, place)) = self.get(key) else { return Vec::new() };
        match value.get_ref() {
            DeValue::Array(items) => items
                .iter()
                .filter_map(|item| {
                    let place = self.place_of(item.span());
                    match item.get_ref() {
                        DeValue::Table(table) => {
                            let title = format!("[{}]", self.below(key));
                            Some(Section::new(table, place, title))
                        }
                        other => wrong_type(key, Type::Tables, other, &place, faults),
                    }
                })
                .collect(),
            other => wrong_type(key, Type::Tables, other, &place, faults).unwrap_or_default(),
        }
    }

    /// The tables below a key by name (`[point.NAME]`), in the order of the
    /// file.
    pub fn named(&mut self, key: &'static str, faults: &mut Faults) -> Vec<(At<String>, Self)> {
        let Some(section) = self.table(key, faults) else { return Vec::new() };
        let mut found = Vec::new();
        for (name, value) in section.table {
            let name_place = section.place_of(name.span());
            let place = section.place_of(value.span());
            match value.get_ref() {
                DeValue::Table(table) => {
                    let title = section.below(name.get_ref());
                    let name = At { value: name.get_ref().to_string(), place: name_place };
                    found.push((name, Section::new(table, place, title)));
                }
                other => {
                    let _: Option<()> = wrong_type(key, Type::Table, other, &place, faults);
                }
            }
        }
        found.sort_by_key(|(name, _)| name.place.span.start);
        found
    }

    /// The keys and values of a table whose keys are the user's own words, in
    /// the order of the file: each value a whole number or a list of them.
    pub fn codes(&self, key: &'static str, faults: &mut Faults) -> Vec<(At<String>, Vec<i64>)> {
        let mut found = Vec::new();
        for (name, value) in self.table {
            let place = self.place_of(value.span());
            let items: Vec<&DeValue<'_>> = match value.get_ref() {
                DeValue::Array(items) => items.iter().map(Spanned::get_ref).collect(),
                single => vec![single],
            };
            let codes: Option<Vec<i64>> = items
                .iter()
                .map(|item| as_integer(item).and_then(|code| i64::try_from(code).ok()))
                .collect();
            let name = At { value: name.get_ref().to_string(), place: self.place_of(name.span()) };
            match codes {
                Some(codes) => found.push((name, codes)),
                None => {
                    let _: Option<()> =
                        wrong_type(key, Type::Integer, value.get_ref(), &place, faults);
                }
            }
        }
        found.sort_by_key(|(name, _)| name.place.span.start);
        found
    }

    /// As [`codes`](Self::codes), with quantities.
    pub fn amounts(&self, key: &'static str, faults: &mut Faults) -> Vec<(At<String>, At<Amount>)> {
        let mut found = Vec::new();
        for (name, value) in self.table {
            let place = self.place_of(value.span());
            let name = At { value: name.get_ref().to_string(), place: self.place_of(name.span()) };
            let amount = as_amount(key, value, place, faults);
            found.extend(amount.map(|amount| (name, amount)));
        }
        found.sort_by_key(|(name, _)| name.place.span.start);
        found
    }

    /// As [`codes`](Self::codes), with numbers whole or broken.
    pub fn numbers(&self, key: &'static str, faults: &mut Faults) -> Vec<(At<String>, At<f64>)> {
        let mut found = Vec::new();
        for (name, value) in self.table {
            let place = self.place_of(value.span());
            let name = At { value: name.get_ref().to_string(), place: self.place_of(name.span()) };
            match as_number(value.get_ref()) {
                Some(value) => found.push((name, At { value, place })),
                None => {
                    let _: Option<()> =
                        wrong_type(key, Type::Number, value.get_ref(), &place, faults);
                }
            }
        }
        found.sort_by_key(|(name, _)| name.place.span.start);
        found
    }

    fn below(&self, key: &str) -> String {
        let outer = self.title.trim_matches(['[', ']']);
        if outer.is_empty() { format!("[{key}]") } else { format!("[{outer}.{key}]") }
    }

    /// Says of every key that nobody asked for that it is unknown, and which
    /// keys are missing.
    pub fn finish(mut self, faults: &mut Faults) {
        for at in 0..self.missing.len() {
            self.ask(self.missing[at].0);
        }
        for (key, _) in self.table {
            if !self.asked.iter().any(|asked| asked == key.get_ref()) {
                let place = self.place_of(key.span());
                let fault = Shape::unknown_key(key.get_ref(), &self.title, &self.asked);
                if let Shape::UnknownKey { near: Some(near), .. } = &fault {
                    self.missing.retain(|(missing, _)| missing != near);
                }
                faults.error(&place, fault);
            }
        }
        for (_, fault) in std::mem::take(&mut self.missing) {
            faults.error(&self.place, fault);
        }
    }
}

fn as_text(
    key: &'static str,
    value: &Value<'_>,
    place: Place,
    faults: &mut Faults,
) -> Option<At<String>> {
    match value.get_ref() {
        DeValue::String(text) => Some(At { value: text.to_string(), place }),
        other => wrong_type(key, Type::Text, other, &place, faults),
    }
}

fn as_word<T: DeserializeOwned>(
    key: &'static str,
    text: At<String>,
    faults: &mut Faults,
) -> Option<At<T>> {
    match words::of_list::<T>(&text.value) {
        Ok(value) => Some(At { value, place: text.place }),
        Err(allowed) => {
            faults.error(&text.place, Shape::unknown_word(key, &text.value, allowed));
            None
        }
    }
}

fn as_amount(
    key: &'static str,
    value: &Value<'_>,
    place: Place,
    faults: &mut Faults,
) -> Option<At<Amount>> {
    let amount = match value.get_ref() {
        DeValue::String(text) => Amount::Text(text.to_string()),
        other => match as_number(other) {
            Some(number) => Amount::Number(number),
            None => return wrong_type(key, Type::Quantity, other, &place, faults),
        },
    };
    Some(At { value: amount, place })
}

fn as_integer(value: &DeValue<'_>) -> Option<i128> {
    let number = value.as_integer()?;
    i128::from_str_radix(number.as_str(), number.radix()).ok()
}

fn as_number(value: &DeValue<'_>) -> Option<f64> {
    match value {
        DeValue::Float(number) => {
            number.as_str().parse().ok().filter(|value: &f64| value.is_finite())
        }
        other => as_integer(other).map(|value| value as f64),
    }
}

fn wrong_type<T>(
    key: &'static str,
    wanted: Type,
    found: &DeValue<'_>,
    place: &Place,
    faults: &mut Faults,
) -> Option<T> {
    let text = match found {
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::String(text) => text.to_string(),
        _ => String::new(),
    };
    let found = match found {
        DeValue::String(_) => Type::Text,
        DeValue::Integer(_) => Type::Integer,
        DeValue::Float(_) => Type::Number,
        DeValue::Boolean(_) => Type::Flag,
        DeValue::Datetime(_) => Type::Date,
        DeValue::Array(_) => Type::List,
        DeValue::Table(_) => Type::Table,
    };
    faults.error(place, Shape::WrongType { key, wanted, found, text });
    None
}
