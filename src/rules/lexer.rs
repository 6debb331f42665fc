//! Cuts a rule file into words, numbers with their units, times, dates, texts
//! and signs. What people write by habit (`20,5`, `1.000`, `–`, `&&`, „…“) is
//! reported here and read as what was meant, so that nothing else complains.

use std::sync::Arc;

use jiff::civil::Date;

use crate::model::Diagnostic;
use crate::model::Unit;
use crate::model::diagnostic::did_you_mean;

use super::ast::Place;
use super::fault::LexicalFault;
use super::keyword;

#[derive(Debug, Clone, PartialEq)]
pub enum TokenKind {
    /// A keyword or a name, parts joined by `.`.
    Word,
    /// NaN if it was reported and cannot be used.
    Number {
        shown: f64,
        unit: Option<Unit>,
    },
    /// Minutes after midnight, 0–1440.
    Time(u16),
    Date(Date),
    /// Month and day.
    YearlessDate(i8, i8),
    /// Without the quotes.
    Text(String),
    Sign(&'static str),
    End,
}

#[derive(Debug, Clone)]
pub struct Token {
    pub kind: TokenKind,
    pub place: Place,
    /// The first on its line: where the parser picks up again after an error.
    pub first: bool,
}

/// Longer ones first.
const SIGNS: [&str; 13] = ["->", "<=", ">=", "+", "-", "*", "/", "(", ")", "<", ">", "=", ","];

/// What is written instead of a sign or keyword, and what it is read as.
const WRONG: [(&str, &str); 14] = [
    ("==", "="),
    ("!=", "is not"),
    ("<>", "is not"),
    ("&&", "and"),
    ("||", "or"),
    ("≤", "<="),
    ("≥", ">="),
    ("→", "->"),
    ("–", "-"),
    ("—", "-"),
    ("−", "-"),
    ("×", "*"),
    ("·", "*"),
    ("÷", "/"),
];

/// What closes a text in single quotes.
const SINGLE: [char; 3] = ['\'', '‘', '’'];

/// What people write for a unit.
const UNIT_HABITS: [(&str, &str); 34] = [
    ("°", "°C"),
    ("C", "°C"),
    ("Grad", "°C"),
    ("ºC", "°C"),
    ("℃", "°C"),
    ("Celsius", "°C"),
    ("degrees", "°C"),
    ("Kelvin", "K"),
    ("Std", "h"),
    ("Stunde", "h"),
    ("Stunden", "h"),
    ("hour", "h"),
    ("hours", "h"),
    ("Minute", "min"),
    ("Minuten", "min"),
    ("minutes", "min"),
    ("mins", "min"),
    ("Sekunde", "s"),
    ("Sekunden", "s"),
    ("Sek", "s"),
    ("sec", "s"),
    ("secs", "s"),
    ("seconds", "s"),
    ("Tag", "d"),
    ("Tage", "d"),
    ("day", "d"),
    ("days", "d"),
    ("Prozent", "%"),
    ("percent", "%"),
    ("qm", "m²"),
    ("cbm", "m³"),
    ("Liter", "l"),
    ("Pascal", "Pa"),
    ("Watt", "W"),
];

/// Reported; nothing near it is known.
struct UnknownUnit;

struct Lexer<'a> {
    file: &'a Arc<str>,
    text: &'a str,
    at: usize,
    line_begins: bool,
    tokens: Vec<Token>,
    diagnostics: &'a mut Vec<Diagnostic>,
}

/// The tokens of `text`; the last one is the end. A byte order mark is
/// skipped; carriage returns count as space.
pub fn tokens(file: &Arc<str>, text: &str, diagnostics: &mut Vec<Diagnostic>) -> Vec<Token> {
    let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut lexer = Lexer { file, text, at, line_begins: true, tokens: Vec::new(), diagnostics };
    while lexer.skip_space() {
        lexer.token();
    }
    lexer.push(TokenKind::End, text.len()..text.len());
    lexer.tokens
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn report(&mut self, place: Place, fault: LexicalFault) {
        self.diagnostics.push(Diagnostic::error(self.file, place, fault));
    }

    fn push(&mut self, kind: TokenKind, place: Place) {
        self.at = place.end;
        self.tokens.push(Token { kind, place, first: self.line_begins });
        self.line_begins = false;
    }

    /// Skips space and comments; false at the end of the text.
    fn skip_space(&mut self) -> bool {
        loop {
            match self.rest().chars().next() {
                None => return false,
                Some('#') => {
                    self.at += self.rest().find('\n').unwrap_or(self.rest().len());
                }
                Some(c) if c.is_whitespace() || c == '\u{feff}' => {
                    self.line_begins |= c == '\n';
                    self.at += c.len_utf8();
                }
                Some(_) => return true,
            }
        }
    }

    fn token(&mut self) {
        let rest = self.rest();
        let first = rest.chars().next().unwrap_or(' ');
        if first.is_ascii_digit() {
            self.number_time_or_date();
        } else if first.is_alphabetic() || first == '_' {
            let length = word_length(rest);
            self.push(TokenKind::Word, self.at..self.at + length);
        } else if matches!(first, '"' | '„' | '“' | '”' | '«' | '»')
            || matches!(first, '\'' | '‚' | '‘') && self.closes_on_this_line()
        {
            self.quoted_text(first);
        } else {
            self.sign(first);
        }
    }

    fn sign(&mut self, first: char) {
        let rest = self.rest();
        if let Some((found, instead)) = WRONG.iter().find(|(found, _)| rest.starts_with(found)) {
            let place = self.at..self.at + found.len();
            // The parser knows what to offer for these two.
            if !matches!(*found, "==" | "!=" | "<>") {
                let fault = LexicalFault::WrongSign {
                    found: (*found).to_owned(),
                    instead: (*instead).to_owned(),
                };
                self.report(place.clone(), fault);
            }
            let read_as = match *found {
                "!=" | "<>" => "!=",
                "&&" => "and",
                "||" => "or",
                _ => instead,
            };
            self.push(TokenKind::Sign(read_as), place);
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            self.push(TokenKind::Sign(sign), self.at..self.at + sign.len());
        } else {
            let place = self.at..self.at + first.len_utf8();
            self.at = place.end;
            self.report(place, LexicalFault::StrayCharacter(first));
        }
    }

    /// Whether a text in single quotes begins here, and no stray sign.
    fn closes_on_this_line(&self) -> bool {
        let line = self.rest().lines().next().unwrap_or("");
        line.chars().skip(1).any(|letter| SINGLE.contains(&letter))
    }

    fn quoted_text(&mut self, open: char) {
        let inside = self.at + open.len_utf8();
        let line = self.text[inside..].lines().next().unwrap_or("");
        let close: &[char] = match open {
            '"' => &['"'],
            '\'' | '‚' | '‘' => &SINGLE,
            _ => &['"', '“', '”', '«', '»'],
        };
        let end = line.find(close);
        let text = line[..end.unwrap_or(line.len())].to_owned();
        let closing = line[text.len()..].chars().next().map_or(0, char::len_utf8);
        let place = self.at..inside + text.len() + closing;
        if end.is_none() {
            self.report(place.clone(), LexicalFault::OpenText);
        } else if open != '"' {
            let fault =
                LexicalFault::WrongSign { found: open.to_string(), instead: format!("\"{text}\"") };
            self.report(place.clone(), fault);
        }
        self.push(TokenKind::Text(text), place);
    }

    fn number_time_or_date(&mut self) {
        let rest = self.rest();
        let run = rest
            .find(|c: char| !(c.is_ascii_digit() || c == '.' || c == ':' || c == ','))
            .unwrap_or(rest.len());
        let digits = digits(rest);
        match rest[digits..].chars().next() {
            Some(':') => self.time(&rest[..run], digits),
            Some('.') if self.date(&rest[..run]) => {}
            Some('-') if iso_date(rest).is_some() => {
                let place = self.at..self.at + 10;
                let (fixed, date) = iso_date(rest).unwrap_or_default();
                let found = rest[..10].to_owned();
                self.report(place.clone(), LexicalFault::WrongSign { found, instead: fixed });
                self.push(TokenKind::Date(date), place);
            }
            _ => self.number(),
        }
    }

    /// `7:30`, `24:00`
    fn time(&mut self, run: &str, hours: usize) {
        let minutes = digits(&run[hours + 1..]);
        let mut length = hours + 1 + minutes;
        let seconds = run[length..].starts_with(':');
        if seconds {
            length += 1 + digits(&run[length + 1..]);
        }
        let place = self.at..self.at + length;
        let text = &run[..length];
        let hour: u16 = run[..hours].parse().unwrap_or(u16::MAX);
        let minute: u16 = run[hours + 1..hours + 1 + minutes].parse().unwrap_or(u16::MAX);
        let exists = hours <= 2
            && minutes == 2
            && !seconds
            && minute < 60
            && (hour < 24 || (hour, minute) == (24, 0));
        if !exists {
            self.report(place.clone(), LexicalFault::NoSuchTime(text.to_owned()));
        }
        let value = if exists { hour * 60 + minute } else { 0 };
        let place = if exists { self.o_clock(place, text) } else { place };
        self.push(TokenKind::Time(value), place);
    }

    /// `17:00 Uhr` and `17 Uhr` are reported, and read as the time; the place
    /// with that word.
    fn o_clock(&mut self, place: Place, time: &str) -> Place {
        let behind = &self.text[place.end..];
        let word = behind.trim_start_matches(' ');
        if !(word.starts_with("Uhr") && word_length(word) == 3) {
            return place;
        }
        let place = place.start..place.end + behind.len() - word.len() + 3;
        let found = self.text[place.clone()].to_owned();
        self.report(place.clone(), LexicalFault::WrongSign { found, instead: time.to_owned() });
        place
    }

    /// `17.03.2026`, `24.12.`; false if it is no date.
    fn date(&mut self, run: &str) -> bool {
        let mut parts = run.split('.');
        let (Some(day), Some(month), Some(rest)) = (parts.next(), parts.next(), parts.next())
        else {
            return false;
        };
        let small = |part: &str| matches!(part.len(), 1 | 2) && digits(part) == part.len();
        if !small(day) || !small(month) {
            return false;
        }
        let year = &rest[..digits(rest)];
        let length = day.len() + month.len() + 2 + year.len();
        let place = self.at..self.at + length;
        let text = &run[..length];
        let (day, month) = (day.parse().unwrap_or(0), month.parse().unwrap_or(0));
        let date = match year.len() {
            // 2028 is a leap year: 29.02. exists, in some years.
            0 => Date::new(2028, month, day).ok(),
            4 => year.parse().ok().and_then(|year| Date::new(year, month, day).ok()),
            _ => None,
        };
        if date.is_none() {
            self.report(place.clone(), LexicalFault::NoSuchDate(text.to_owned()));
        }
        let date = date.unwrap_or_else(|| nearest_date(day, month, year));
        let kind = if year.is_empty() {
            TokenKind::YearlessDate(date.month(), date.day())
        } else {
            TokenKind::Date(date)
        };
        self.push(kind, place);
        true
    }

    fn number(&mut self) {
        let rest = self.rest();
        let whole = digits(rest);
        if let Ok(hour @ 0..=24) = rest[..whole].parse::<u16>() {
            let bare = self.at..self.at + whole;
            let place = self.o_clock(bare.clone(), &format!("{hour:02}:00"));
            if place != bare {
                return self.push(TokenKind::Time(hour * 60), place);
            }
        }
        let mut length = whole;
        let fraction = |from: usize| digits(&rest[from..]);
        let mut text = rest[..whole].to_owned();
        match rest[whole..].chars().next() {
            Some(',') if fraction(whole + 1) > 0 => {
                length = whole + 1 + fraction(whole + 1);
                // 1.234,5 and 1,234.5 are read as far as they go.
                text = rest[..length].replace(',', ".");
                let list = self.within_parentheses();
                let fault = LexicalFault::DecimalComma { fixed: text.clone(), list };
                self.report(self.at..self.at + length, fault);
            }
            Some('.') if fraction(whole + 1) > 0 => {
                length = whole + 1 + fraction(whole + 1);
                while rest[length..].starts_with('.') && digits(&rest[length + 1..]) == 3 {
                    length += 4;
                }
                text = rest[..length].to_owned();
                let groups = text.matches('.').count();
                if groups > 1 {
                    text = text.replace('.', "");
                }
                if rest[length..].starts_with(',') && digits(&rest[length + 1..]) > 0 {
                    let decimals = length + 1 + digits(&rest[length + 1..]);
                    text = format!("{}.{}", text.replace('.', ""), &rest[length + 1..decimals]);
                    length = decimals;
                    let fault = LexicalFault::DecimalComma { fixed: text.clone(), list: false };
                    self.report(self.at..self.at + length, fault);
                } else if groups > 1 {
                    let fault = LexicalFault::ThousandsPoint {
                        whole: text.clone(),
                        exact: format!("{text}.0"),
                    };
                    self.report(self.at..self.at + length, fault);
                } else if fraction(whole + 1) == 3
                    && rest[..whole].bytes().any(|digit| digit != b'0')
                {
                    self.thousands(&rest[..whole], &rest[whole + 1..length], length);
                }
            }
            _ => {}
        }
        let start = self.at;
        let shown: f64 = text.parse().unwrap_or(f64::NAN);
        if !shown.is_finite() {
            self.report(start..start + length, LexicalFault::NotANumber(text));
        }
        self.at = start + length;
        // A number whose unit is unknown is none that could be used.
        let (shown, unit) = match self.unit() {
            Ok(unit) => (shown, unit),
            Err(UnknownUnit) => (f64::NAN, None),
        };
        let end = self.at;
        self.push(TokenKind::Number { shown, unit }, start..end);
    }

    /// Whether a parenthesis is open on this line.
    fn within_parentheses(&self) -> bool {
        let mut closed = 0;
        for token in self.tokens.iter().rev() {
            match token.kind {
                TokenKind::Sign(")") => closed += 1,
                TokenKind::Sign("(") if closed == 0 => return true,
                TokenKind::Sign("(") => closed -= 1,
                _ => {}
            }
            if token.first {
                break;
            }
        }
        false
    }

    fn thousands(&mut self, whole: &str, decimals: &str, length: usize) {
        let kept = decimals.trim_end_matches('0');
        let exact = match kept.len() {
            0 => format!("{whole}.0"),
            3 => format!("{whole}.{decimals}0"),
            _ => format!("{whole}.{kept}"),
        };
        let fault = LexicalFault::ThousandsPoint { whole: format!("{whole}{decimals}"), exact };
        self.report(self.at..self.at + length, fault);
    }

    /// The unit behind a number; leaves the place where it is if there is none.
    /// On the same line an unknown word is a wrong unit, unless it looks like a
    /// keyword; on a later line only a known one is taken.
    fn unit(&mut self) -> Result<Option<Unit>, UnknownUnit> {
        let rest = self.rest();
        let space = rest.len() - rest.trim_start().len();
        let (gap, behind) = rest.split_at(space);
        let length = unit_length(behind);
        if length == 0 {
            return Ok(None);
        }
        if let Some((taken, unit)) = unit_prefix(behind, length) {
            self.at += space + taken;
            return Ok(Some(unit));
        }
        let word = &behind[..length];
        let lower = word.to_lowercase();
        let habit = UNIT_HABITS
            .iter()
            .find(|(theirs, _)| theirs.to_lowercase() == lower)
            .map(|(_, ours)| *ours);
        if gap.contains('\n') || habit.is_none() && looks_like_keyword(word) {
            return Ok(None);
        }
        // A slope is per K, not per °C.
        let slope = Some(word.replace("°C", "K")).filter(|unit| Unit::parse(unit).is_some());
        let near = habit.or_else(|| did_you_mean(word, Unit::symbols())).map(str::to_owned);
        let near = slope.or(near);
        let start = self.at + space;
        // `20 ° C`
        let mut end = start + word.len();
        if word == "°" && self.text[end..].starts_with(" C") {
            end += 2;
        }
        let fault = LexicalFault::UnknownUnit {
            unit: self.text[start..end].to_owned(),
            near: near.clone(),
        };
        self.report(start..end, fault);
        self.at = end;
        near.as_deref().and_then(Unit::parse).map(Some).ok_or(UnknownUnit)
    }
}

fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// Letters, digits and `_`, parts joined by `.`.
fn word_length(text: &str) -> usize {
    let mut end = 0;
    let mut letters = text.char_indices().peekable();
    while let Some((at, c)) = letters.next() {
        let joins = c == '.'
            && letters.peek().is_some_and(|(_, next)| next.is_alphanumeric() || *next == '_');
        if !(c.is_alphanumeric() || c == '_' || joins) {
            break;
        }
        end = at + c.len_utf8();
    }
    end
}

/// Letters, digits, `°`, `%`, `³`, `²`, joined by `/` and `·` without space.
fn unit_length(text: &str) -> usize {
    let inside =
        |c: char| c.is_alphanumeric() || matches!(c, '°' | 'º' | '%' | '³' | '²' | '℃' | '_');
    let mut end = 0;
    let mut letters = text.char_indices().peekable();
    while let Some((at, c)) = letters.next() {
        let joins = at > 0
            && matches!(c, '/' | '·')
            && letters.peek().is_some_and(|(_, next)| inside(*next) && !next.is_ascii_digit());
        if !(inside(c) || joins) || (at == 0 && c.is_ascii_digit()) {
            break;
        }
        end = at + c.len_utf8();
    }
    end
}

/// The longest beginning that is a unit: `100 kW/Flaeche` divides. `None` if
/// there is none, or if the whole looks like a compound misspelt.
fn unit_prefix(text: &str, length: usize) -> Option<(usize, Unit)> {
    let whole = &text[..length];
    let compound = whole.contains(['/', '·']) && Unit::parse(whole).is_none();
    let slope = whole.contains("/°C");
    if slope || compound && did_you_mean(whole, Unit::symbols()).is_some() {
        return None;
    }
    let mut taken = length;
    loop {
        let word = &text[..taken];
        let calls = word == "min" && text[taken..].trim_start().starts_with('(');
        if let Some(unit) = Unit::parse(word).filter(|_| !calls) {
            return Some((taken, unit));
        }
        taken = word.rfind(['/', '·'])?;
    }
}

fn looks_like_keyword(word: &str) -> bool {
    const AFTER_A_NUMBER: [&str; 14] = [
        "good", "until", "fallback", "and", "or", "for", "extended", "set", "keep", "alarm",
        "else", "when", "within", "over",
    ];
    keyword::reserved(word)
        || word.chars().count() > 2 && keyword::near(word, &AFTER_A_NUMBER).is_some()
}

/// A date that exists, in place of one that does not.
fn nearest_date(day: i8, month: i8, year: &str) -> Date {
    let year = match year.len() {
        2 => year.parse::<i16>().map(|short| 2000 + short),
        _ => year.parse(),
    };
    let month = month.clamp(1, 12);
    Date::new(year.unwrap_or(2028), month, day.clamp(1, 28)).unwrap_or_default()
}

/// `2026-03-17` and how it should be written.
fn iso_date(text: &str) -> Option<(String, Date)> {
    let date: Date = text.get(..10)?.parse().ok()?;
    Some((format!("{:02}.{:02}.{:04}", date.day(), date.month(), date.year()), date))
}
