//! `calendar NAME` and its days: dates, public holidays of a Land.

use super::{Parsed, Parser, Skip};
use crate::model::Days;
use crate::model::diagnostic::did_you_mean;
use crate::model::holiday::{Feast, LAENDER, Land};
use crate::rules::ast::{CalendarEntry, DaysEntry, Name, Place};
use crate::rules::fault::{NameFault, SyntaxFault, Wanted};
use crate::rules::lexer::TokenKind;

/// What the Länder are called beside their codes and names.
const ELSEWHERE: [(&str, &str); 13] = [
    ("bawü", "BW"),
    ("bavaria", "BY"),
    ("brb", "BB"),
    ("hesse", "HE"),
    ("meck-pomm", "MV"),
    ("nds", "NI"),
    ("nrw", "NW"),
    ("rlp", "RP"),
    ("saxony", "SN"),
    ("lsa", "ST"),
    ("saxony-anhalt", "ST"),
    ("thuringia", "TH"),
    ("thueringen", "TH"),
];

/// What stands in a calendar.
enum Item {
    Days(DaysEntry),
    File(Name),
    /// It was reported, and read to its end.
    Broken,
}

impl Parser<'_> {
    /// `calendar NAME` and its items, with commas between them or without.
    pub(super) fn calendar(&mut self) -> Option<CalendarEntry> {
        let name = self.definition()?;
        let mut entry = CalendarEntry { name, items: Vec::new(), files: Vec::new(), broken: false };
        while self.calendar_goes_on() {
            let (at, start) = (self.at, self.place().start);
            match self.calendar_item() {
                Ok(Item::Days(days)) => entry.items.push((days, start..self.end())),
                Ok(Item::File(name)) => entry.files.push(name),
                Ok(Item::Broken) => entry.broken = true,
                Err(Skip) => {
                    entry.broken = true;
                    self.skip_to_line(at);
                }
            }
            self.take_sign(",");
        }
        Some(entry)
    }

    fn calendar_goes_on(&self) -> bool {
        // For editors: they may stand here beside days.
        self.at_phrase("public holidays");
        self.at_word("file");
        self.entry_goes_on(Wanted::Days)
    }

    fn calendar_item(&mut self) -> Parsed<Item> {
        let word = self.word().to_owned();
        match word.as_str() {
            "public" => {
                self.advance();
                self.expect_word("holidays")?;
                self.land()
            }
            "file" => {
                self.advance();
                self.quoted().map(Item::File)
            }
            _ if matches!(self.token().kind, TokenKind::Text(_)) => {
                let found = self.written(self.token()).to_owned();
                let help = Some(format!("file {found}"));
                let fault = SyntaxFault::Expected { wanted: Wanted::Days, found, help };
                self.report(self.place(), fault);
                self.advance();
                Ok(Item::Broken)
            }
            // `Feiertage RP`
            _ if self.at_name() && self.land_ahead(1) && Feast::find(&word).is_none() => {
                let near = Some("public holidays".to_owned());
                self.report(self.place(), SyntaxFault::UnknownKeyword { found: word, near });
                self.advance();
                self.land()
            }
            _ => self.days().map(Item::Days),
        }
    }

    fn land_ahead(&self, by: usize) -> bool {
        self.ahead(by).kind == TokenKind::Word
            && LAENDER.iter().any(|(_, code, name)| {
                let word = self.word_ahead(by);
                word == *code || name.split('-').next() == Some(word)
            })
    }

    /// A Land by its code or name, which may be written with a hyphen.
    fn land(&mut self) -> Parsed<Item> {
        let place = self.place();
        let other_line = self.token().first && !self.land_ahead(0);
        if self.token().kind != TokenKind::Word || other_line {
            return self.expected_with(Wanted::Land, Some("public holidays RP".to_owned()));
        }
        let mut text = self.word().to_owned();
        self.advance();
        if self.at_sign("-") && self.ahead(1).kind == TokenKind::Word {
            text.push('-');
            text.push_str(self.word_ahead(1));
            self.advance();
            self.advance();
        } else if Land::find(&text).is_none() && !self.token().first {
            // `Baden Württemberg`
            let hyphened = format!("{text}-{}", self.word());
            if Land::find(&hyphened).is_some() {
                self.advance();
                let place = place.start..self.end();
                self.unknown_land(place, text, Some(hyphened));
                return Ok(Item::Broken);
            }
        }
        let land = Land::find(&text);
        if land.is_none() {
            let near = near_land(&text).map(str::to_owned);
            self.unknown_land(place.start..self.end(), text, near);
        }
        Ok(land.map_or(Item::Broken, |land| Item::Days(DaysEntry::Known(Days::Holidays(land)))))
    }

    fn unknown_land(&mut self, place: Place, found: String, near: Option<String>) {
        self.report(place, NameFault::UnknownLand { name: found, near });
    }
}

fn near_land(text: &str) -> Option<&'static str> {
    let lower = text.to_lowercase();
    let elsewhere = ELSEWHERE.iter().find(|(theirs, _)| *theirs == lower).map(|(_, code)| *code);
    let names = || LAENDER.iter().flat_map(|(_, code, name)| [*code, *name]);
    let begins = |name: &&str| lower.chars().count() > 3 && name.to_lowercase().starts_with(&lower);
    elsewhere.or_else(|| did_you_mean(text, names())).or_else(|| names().find(begins))
}
