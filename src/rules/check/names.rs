//! Names: what each one stands for, first with the building's prefix, then in
//! the whole site; and the nearest one where none fits.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::model::diagnostic::did_you_mean;
use crate::model::{PointId, Unit};
use crate::rules::ast::Place;
use crate::rules::fault::NameFault;
use crate::site::Site;

/// What a name stands for; indices are the checker's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Symbol {
    Point(PointId),
    Value(usize),
    Schedule(usize),
    Curve(usize),
    Calendar(usize),
    Group(usize),
    /// Reported already.
    Opaque,
}

#[derive(Debug, Clone)]
pub(super) struct Definition {
    pub symbol: Symbol,
    pub file: Arc<str>,
    pub place: Place,
    /// `file:line`
    pub location: String,
    /// As written, without the building.
    pub name: String,
}

pub(super) struct Names<'a> {
    pub site: &'a Site,
    /// Indices into the site's devices, by full name.
    pub devices: HashMap<String, usize>,
    /// By full name.
    pub definitions: HashMap<String, Definition>,
    /// Full names that something refers to.
    pub used: HashSet<String>,
}

/// `Building.Name`, or the bare name where there is no building.
pub fn full(building: Option<&str>, name: &str) -> String {
    building.map_or_else(|| name.to_owned(), |building| format!("{building}.{name}"))
}

/// What `find` knows of a name that stands in a file of `building`: of the
/// full name first, then of the bare one.
pub fn nearest<T>(
    building: Option<&str>,
    name: &str,
    find: impl Fn(&str) -> Option<T>,
) -> Option<T> {
    let near = building.and_then(|building| find(&full(Some(building), name)));
    near.or_else(|| find(name))
}

impl Names<'_> {
    fn find(&self, full: &str) -> Option<Symbol> {
        self.definitions
            .get(full)
            .map(|definition| definition.symbol)
            .or_else(|| self.site.points.find(full).map(Symbol::Point))
    }

    /// What `name` stands for in `building`.
    pub fn resolve(&self, building: Option<&str>, name: &str) -> Option<Symbol> {
        nearest(building, name, |full| self.find(full))
    }

    /// The device called `name` in `building`.
    pub fn device(&self, building: Option<&str>, name: &str) -> Option<usize> {
        let near = self.devices.get(&full(building, name));
        near.or_else(|| self.devices.get(name)).copied()
    }

    /// As [`resolve`](Self::resolve); the definition counts as used.
    pub fn resolve_used(&mut self, building: Option<&str>, name: &str) -> Option<Symbol> {
        let near = full(building, name);
        let key = if self.find(&near).is_some() { near } else { name.to_owned() };
        let symbol = self.find(&key)?;
        if !matches!(symbol, Symbol::Point(_)) {
            self.used.insert(key);
        }
        Some(symbol)
    }

    /// The fault of a name that stands for nothing.
    pub fn unknown(&self, building: Option<&str>, name: &str) -> NameFault {
        if let Some(points) = self.points_of(building, name) {
            return NameFault::Device { name: name.to_owned(), points };
        }
        if Unit::symbols().any(|unit| unit == name) {
            return NameFault::UnitAlone(name.to_owned());
        }
        let candidates = self.candidates(building);
        let near = near_name(name, &candidates).map(str::to_owned);
        NameFault::UnknownName { name: name.to_owned(), near }
    }

    /// The fault of `name` in a loop, which begins with its variable, where
    /// the item has no such point or value.
    pub fn unknown_of_item(&self, item: &str, variable: &str, name: &str) -> NameFault {
        let prefix = format!("{item}.");
        let Some(rest) = name.strip_prefix(variable).and_then(|rest| rest.strip_prefix('.')) else {
            let points =
                some_points(self.all().into_iter(), variable, |point| point.strip_prefix(&prefix));
            return NameFault::Device { name: name.to_owned(), points: points.unwrap_or_default() };
        };
        let near = self.near_part(item, rest).map(|near| format!("{variable}.{near}"));
        NameFault::UnknownName { name: name.to_owned(), near }
    }

    /// What was most likely meant by `part` of a device or point.
    pub fn near_part(&self, of: &str, part: &str) -> Option<String> {
        did_you_mean(part, self.parts_of(of)).map(str::to_owned)
    }

    /// The points and values of a device or point, by what stands behind its
    /// name.
    pub fn parts_of(&self, full: &str) -> Vec<&str> {
        let prefix = format!("{full}.");
        self.all().into_iter().filter_map(|name| name.strip_prefix(&prefix)).collect()
    }

    /// The fault of a member of a group that stands for nothing.
    pub fn unknown_member(&self, building: Option<&str>, name: &str) -> NameFault {
        let devices = self.devices.keys().map(String::as_str);
        let mut candidates: Vec<&str> =
            devices.chain(self.site.points.iter().map(|(_, point)| point.name.as_str())).collect();
        candidates.sort_unstable();
        let candidates: Vec<&str> =
            candidates.into_iter().map(|name| short(building, name)).collect();
        let near = near_name(name, &candidates).map(str::to_owned);
        NameFault::UnknownName { name: name.to_owned(), near }
    }

    /// All names, as they can be written in `building`.
    fn candidates<'b>(&'b self, building: Option<&str>) -> Vec<&'b str> {
        self.all().into_iter().map(|name| short(building, name)).collect()
    }

    /// The full names of all points and definitions.
    fn all(&self) -> Vec<&str> {
        let points = self.site.points.iter().map(|(_, point)| point.name.as_str());
        let mut names: Vec<&str> =
            points.chain(self.definitions.keys().map(String::as_str)).collect();
        // A HashMap has no order; a diagnostic must have one.
        names.sort_unstable();
        names
    }

    /// Some points of the device called `name`, if it is one.
    fn points_of(&self, building: Option<&str>, name: &str) -> Option<String> {
        let near = format!("{}.", full(building, name));
        let far = format!("{name}.");
        let points = self.site.points.iter().map(|(_, point)| point.name.as_str());
        some_points(points, name, |point| {
            point.strip_prefix(&near).or_else(|| point.strip_prefix(&far))
        })
    }
}

/// A few of the points of a device, as they can be written; `None` if it has
/// none.
fn some_points<'n>(
    points: impl Iterator<Item = &'n str>,
    device: &str,
    inside: impl Fn(&'n str) -> Option<&'n str>,
) -> Option<String> {
    const SHOWN: usize = 4;
    let points = points.filter_map(inside).map(|rest| format!("{device}.{rest}"));
    let points: Vec<String> = points.take(SHOWN).collect();
    (!points.is_empty()).then(|| points.join("\n"))
}

/// `name` as it can be written in `building`.
fn short<'n>(building: Option<&str>, name: &'n str) -> &'n str {
    building.and_then(|building| name.strip_prefix(building)?.strip_prefix('.')).unwrap_or(name)
}

/// The name that was most likely meant: the same number of parts, each close
/// to its own; or else one whose last part is close: `HK1.Raum` for `Raum`.
fn near_name<'a>(name: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let parts: Vec<&str> = name.split('.').collect();
    let close = |one: &str, other: &str| did_you_mean(one, [other]).is_some();
    let all_close = |candidate: &&&str| {
        let theirs: Vec<&str> = candidate.split('.').collect();
        theirs.len() == parts.len()
            && parts.iter().zip(&theirs).all(|(one, other)| close(one, other))
    };
    let nearest = |found: Vec<&'a str>| {
        found.into_iter().min_by_key(|candidate| strsim::damerau_levenshtein(name, candidate))
    };
    nearest(candidates.iter().filter(all_close).copied().collect()).or_else(|| {
        let wanted = parts.last()?;
        let ends = candidates
            .iter()
            .filter(|candidate| candidate.rsplit('.').next().is_some_and(|end| close(wanted, end)));
        nearest(ends.copied().collect())
    })
}
