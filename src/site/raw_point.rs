//! A point as written, in a template, in a template's variant or in the site
//! file: the same words everywhere, each optional, each with its place. Layers
//! are laid over one another word by word before anything is judged; what the
//! words mean together is `points`' matter.

use super::out_of_service::{self, RawClosed};
use super::place::{At, Faults, Place};
use super::quantity::{Amount, Wanted};
use super::section::Section;
use crate::model::{Keep, Role, Unit};
use crate::wire::modbus::{DataType, Order};

/// States as written: each with its raw codes, or only in order.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum RawStates {
    /// Coded in order: from 0 on Modbus and for binary objects, from 1 for
    /// multi-state objects.
    InOrder(Vec<At<String>>),
    Coded(Vec<(At<String>, Vec<i64>)>),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum RawRelease {
    Restore,
    Value(At<Amount>),
    Action { point: At<String>, value: At<Amount> },
}

/// `stays = { by, on, why }`
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RawAccepted {
    pub by: At<String>,
    pub on: At<String>,
    pub why: At<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct RawByHand {
    pub point: At<String>,
    pub states: Vec<At<String>>,
}

/// Fills the struct, its overlay and nothing else: a word added here is
/// carried everywhere.
macro_rules! raw_point {
    ($($word:ident: $type:ty),* $(,)?) => {
        #[derive(Debug, Clone, Default, PartialEq)]
        pub(super) struct RawPoint {
            /// Where the layer on top begins.
            pub header: Option<Place>,
            /// A word of it is malformed or unknown: what seems to be missing may
            /// be that one.
            pub broken: bool,
            $(pub $word: Option<$type>,)*
        }

        impl RawPoint {
            /// This layer over the one below: what it says wins, word by word.
            pub fn over(self, below: &Self) -> Self {
                let (slot, release) = (self.slot.is_some(), self.release.is_some());
                let mut whole = Self {
                    header: self.header.or_else(|| below.header.clone()),
                    broken: self.broken || below.broken,
                    $($word: self.$word.or_else(|| below.$word.clone()),)*
                };
                // One way of letting go replaces the other.
                if slot && !release {
                    whole.release = None;
                } else if release && !slot {
                    whole.slot = None;
                }
                whole
            }
        }
    };
}

raw_point! {
    absent: At<bool>,
    role: At<Role>,
    unit: At<Unit>,
    states: At<RawStates>,
    write_states: At<RawStates>,
    register: At<String>,
    write: At<String>,
    write_function: At<i64>,
    data: At<DataType>,
    order: At<Order>,
    bit: At<i64>,
    scale: At<f64>,
    offset: At<f64>,
    invalid: Vec<At<i128>>,
    object: At<String>,
    property: At<String>,
    array_index: At<i64>,
    cov: At<bool>,
    range: At<(At<Amount>, At<Amount>)>,
    poll: At<f64>,
    by_hand: At<RawByHand>,
    hours: At<Vec<(At<String>, At<Amount>)>>,
    history: At<Keep>,
    momentary: At<bool>,
    pulse: At<String>,
    rolls_over: At<Amount>,
    commandable: At<bool>,
    slot: At<i64>,
    release: At<RawRelease>,
    limits: At<(At<Amount>, At<Amount>)>,
    min_write_interval: At<f64>,
    keep_alive: At<f64>,
    endures: At<i64>,
    heartbeat: At<f64>,
    tolerance: At<Amount>,
    hold_on_stop: At<bool>,
    floor: At<Amount>,
    ceiling: At<Amount>,
    released: At<Amount>,
    falls_back: At<f64>,
    harmless: Vec<At<String>>,
    stays: At<RawAccepted>,
    out_of_service: At<RawClosed>,
    formerly: Vec<At<String>>,
}

/// How often a point or device may be read.
pub(super) const POLL: Wanted = Wanted::time(0.1, 86_400.0, "\"10 s\"");
/// Memory that endures fewer writes is none that anybody sells.
const FEWEST_WRITES: i64 = 100;
const INTERVAL: Wanted = Wanted::time(0.0, 366.0 * 86_400.0, "\"10 min\"");

/// How often a heartbeat is toggled.
const HEARTBEAT: Wanted = Wanted::time(1.0, 3600.0, "\"1 min\"");

/// Reads a point's table.
pub(super) fn read(mut section: Section<'_>, faults: &mut Faults) -> RawPoint {
    let header = Some(section.place.clone());
    let before = faults.list.len();
    let s = &mut section;
    let mut point = RawPoint {
        header,
        absent: s.flag("absent", faults),
        role: s.word("role", faults),
        poll: s.quantity("poll", POLL, faults),
        formerly: s.texts("formerly", faults),
        ..RawPoint::default()
    };
    read_meaning(s, &mut point, faults);
    read_wire(s, &mut point, faults);
    read_command(s, &mut point, faults);
    section.finish(faults);
    point.broken = faults.list.len() > before;
    point
}

fn read_meaning(s: &mut Section<'_>, point: &mut RawPoint, faults: &mut Faults) {
    point.unit = s.unit("unit", faults);
    point.states = states(s, "states", faults);
    point.range = s.amount_pair("range", faults);
    point.pulse = s.text("pulse", faults);
    point.rolls_over = s.amount("rolls_over", faults);
    point.history = s.word("history", faults);
    point.momentary = s.flag("momentary", faults);
    point.hours = s.table("hours", faults).map(|hours| {
        let value = hours.amounts("hours", faults);
        At { value, place: hours.place }
    });
    point.by_hand = s.table("by_hand", faults).and_then(|mut by_hand| {
        by_hand.require("point", "point = \"Schalter\"");
        by_hand.require("states", "states = [\"hand\"]");
        let point = by_hand.text("point", faults);
        let states = by_hand.texts("states", faults);
        let place = by_hand.place.clone();
        by_hand.finish(faults);
        Some(At { value: RawByHand { point: point?, states: states? }, place })
    });
}

fn read_wire(s: &mut Section<'_>, point: &mut RawPoint, faults: &mut Faults) {
    point.register = s.text("register", faults);
    point.write = s.text("write", faults);
    point.write_function = s.integer("write_function", 5, 16, faults);
    point.data = s.word("type", faults);
    point.order = s.word("order", faults);
    point.bit = s.integer("bit", 0, 15, faults);
    point.scale = s.number("scale", faults);
    point.offset = s.number("offset", faults);
    point.invalid = s.integers("invalid", faults);
    point.object = s.text("object", faults);
    point.property = s.number_or_text("property", faults);
    point.array_index = s.integer("array_index", 0, i64::from(u32::MAX), faults);
    point.cov = s.flag("cov", faults);
}

fn read_command(s: &mut Section<'_>, point: &mut RawPoint, faults: &mut Faults) {
    point.commandable = s.flag("commandable", faults);
    point.slot = s.integer("slot", i64::MIN, i64::MAX, faults);
    point.release = release(s, faults);
    point.limits = s.amount_pair("limits", faults);
    point.min_write_interval = s.quantity("min_write_interval", INTERVAL, faults);
    point.keep_alive = s.quantity("keep_alive", Wanted { least: 1.0, ..INTERVAL }, faults);
    point.endures = s.integer("endures", FEWEST_WRITES, i64::from(u32::MAX), faults);
    point.heartbeat = s.quantity("heartbeat", HEARTBEAT, faults);
    point.tolerance = s.amount("tolerance", faults);
    point.hold_on_stop = s.flag("hold_on_stop", faults);
    point.floor = s.amount("floor", faults);
    point.ceiling = s.amount("ceiling", faults);
    point.released = s.amount("released", faults);
    point.write_states = states(s, "write_states", faults);
    point.falls_back = s.quantity("falls_back", Wanted { least: 1.0, ..INTERVAL }, faults);
    point.harmless = s.texts("harmless", faults);
    point.stays = accepted(s, faults);
    point.out_of_service = out_of_service::read(s, faults);
}

fn accepted(s: &mut Section<'_>, faults: &mut Faults) -> Option<At<RawAccepted>> {
    let mut table = s.table("stays", faults)?;
    table.require("by", "by = \"K. Meier\"");
    table.require("on", "on = \"2026-10-01\"");
    table.require("why", "why = \"…\"");
    let place = table.place.clone();
    let texts = ["by", "on", "why"].map(|key| table.text(key, faults));
    table.finish(faults);
    let [Some(by), Some(on), Some(why)] = texts else { return None };
    Some(At { value: RawAccepted { by, on, why }, place })
}

fn states(s: &mut Section<'_>, key: &'static str, faults: &mut Faults) -> Option<At<RawStates>> {
    if s.is_table(key) {
        let table = s.table(key, faults)?;
        let coded = table.codes(key, faults);
        return Some(At { value: RawStates::Coded(coded), place: table.place });
    }
    let place = s.value_place(key);
    let names = s.texts(key, faults)?;
    Some(At { value: RawStates::InOrder(names), place: place? })
}

fn release(s: &mut Section<'_>, faults: &mut Faults) -> Option<At<RawRelease>> {
    match s.table_or_text("release", faults)? {
        Err(word) if word.value == "restore" => Some(word.map(|_| RawRelease::Restore)),
        Err(word) => {
            let fault = super::fault::Meaning::UnknownRelease { word: word.value };
            faults.error(&word.place, fault);
            None
        }
        Ok(mut table) => {
            let place = table.place.clone();
            table.require("value", "release = { value = \"50 °C\" }");
            let point = table.text("action", faults);
            let value = table.amount("value", faults);
            table.finish(faults);
            let value = value?;
            let release = match point {
                Some(point) => RawRelease::Action { point, value },
                None => RawRelease::Value(value),
            };
            Some(At { value: release, place })
        }
    }
}

impl RawPoint {
    /// Says what is missing, unless a malformed word may be it.
    pub fn lacks(
        &self,
        name: &At<String>,
        fault: impl crate::model::Fault + 'static,
        faults: &mut Faults,
    ) {
        if !self.broken {
            faults.error(self.header.as_ref().unwrap_or(&name.place), fault);
        }
    }
}
