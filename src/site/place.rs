//! Where a value stands in a file, and the list that faults are collected in.
//! Every word of a site file or template carries its place until it has been
//! checked. Called by all readers and checks of this room.

use std::ops::Range;
use std::sync::Arc;

use crate::model::{Diagnostic, Fault};

/// Bytes of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub file: Arc<str>,
    pub span: Range<usize>,
}

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct At<T> {
    pub value: T,
    pub place: Place,
}

impl<T> At<T> {
    pub fn new(value: T, place: &Place) -> Self {
        Self { value, place: place.clone() }
    }

    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> At<U> {
        At { value: change(self.value), place: self.place }
    }
}

/// The value of an optional word, or what holds where it is not written.
pub(super) fn or<T: Clone>(at: Option<&At<T>>, default: T) -> T {
    at.map_or(default, |at| at.value.clone())
}

/// The codes of faults of grammar.
const GRAMMAR: [&str; 4] = ["syntax", "quotes", "duplicate-key", "comma"];

/// All faults found so far.
#[derive(Debug, Default)]
pub(super) struct Faults {
    pub list: Vec<Diagnostic>,
    /// Lines whose grammar is broken: what else is said about them is noise.
    broken: Vec<Place>,
}

impl Faults {
    pub fn error(&mut self, place: &Place, fault: impl Fault + 'static) {
        self.list.push(Diagnostic::error(&place.file, place.span.clone(), fault));
    }

    pub fn warning(&mut self, place: &Place, fault: impl Fault + 'static) {
        self.list.push(Diagnostic::warning(&place.file, place.span.clone(), fault));
    }

    /// Says that a line is broken, `place` being all of it.
    pub fn broken_line(&mut self, line: Place) {
        self.broken.push(line);
    }

    /// Drops what was said twice (a template's fault is found again with each
    /// device that uses it) and what else was said about broken lines.
    pub fn once_each(&mut self) {
        let mut kept: Vec<Diagnostic> = Vec::with_capacity(self.list.len());
        let mut seen = std::collections::HashSet::new();
        for fault in self.list.drain(..) {
            let key = (fault.file.clone(), fault.span.start, fault.span.end, fault.fault.code());
            let noise = !GRAMMAR.contains(&fault.fault.code())
                && self
                    .broken
                    .iter()
                    .any(|line| line.file == fault.file && line.span.contains(&fault.span.start));
            if !noise && seen.insert(key) {
                kept.push(fault);
            }
        }
        self.list = kept;
    }
}
