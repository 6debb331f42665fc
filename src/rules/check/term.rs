//! What the checker knows of an expression: its kind, its unit, the values
//! that it can have, whether it can become unknown.

use std::sync::Arc;

use crate::model::{Kind, Quantity, Unit};
use crate::rules::ast::Relation;
use crate::rules::program::NodeId;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Type {
    Number(Quantity),
    /// 0 or 1
    Condition,
    /// An index into these.
    States(Arc<[String]>),
    /// Reported already; fits everything.
    Broken,
}

/// The values that a number can have, both ends included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bounds {
    pub low: f64,
    pub high: f64,
}

#[derive(Debug, Clone)]
pub(super) struct Term {
    pub node: NodeId,
    pub kind: Type,
    /// The unit to show it in.
    pub unit: Arc<Unit>,
    pub bounds: Bounds,
    /// Whether it can become unknown.
    pub fallible: bool,
    pub comparison: Option<Comparison>,
    /// A measured value is compared with nothing to hold the answer still.
    pub wavers: bool,
}

/// A comparison of something with a constant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Comparison {
    pub relation: Relation,
    pub left: NodeId,
    pub bound: f64,
}

impl Bounds {
    pub const ANY: Self = Self { low: f64::NEG_INFINITY, high: f64::INFINITY };
    pub const CONDITION: Self = Self { low: 0.0, high: 1.0 };

    pub const fn exactly(value: f64) -> Self {
        Self { low: value, high: value }
    }

    /// The one value it can have.
    pub fn constant(self) -> Option<f64> {
        (self.low == self.high).then_some(self.low)
    }

    fn of(low: f64, high: f64) -> Self {
        if low.is_nan() || high.is_nan() { Self::ANY } else { Self { low, high } }
    }

    pub fn plus(self, other: Self) -> Self {
        Self::of(self.low + other.low, self.high + other.high)
    }

    pub fn minus(self, other: Self) -> Self {
        Self::of(self.low - other.high, self.high - other.low)
    }

    pub fn times(self, other: Self) -> Self {
        Self::corners(self, other, |a, b| a * b)
    }

    pub fn per(self, other: Self) -> Self {
        if other.low <= 0.0 && other.high >= 0.0 {
            return Self::ANY;
        }
        Self::corners(self, other, |a, b| a / b)
    }

    fn corners(self, other: Self, op: impl Fn(f64, f64) -> f64) -> Self {
        let all = [
            op(self.low, other.low),
            op(self.low, other.high),
            op(self.high, other.low),
            op(self.high, other.high),
        ];
        if all.iter().any(|value| value.is_nan()) {
            return Self::ANY;
        }
        Self {
            low: all.iter().copied().fold(f64::INFINITY, f64::min),
            high: all.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        }
    }

    pub fn negated(self) -> Self {
        Self { low: -self.high, high: -self.low }
    }

    pub fn absolute(self) -> Self {
        let high = self.low.abs().max(self.high.abs());
        let low = if self.low <= 0.0 && self.high >= 0.0 {
            0.0
        } else {
            self.low.abs().min(self.high.abs())
        };
        Self { low, high }
    }

    pub fn least(self, other: Self) -> Self {
        Self { low: self.low.min(other.low), high: self.high.min(other.high) }
    }

    pub fn greatest(self, other: Self) -> Self {
        Self { low: self.low.max(other.low), high: self.high.max(other.high) }
    }

    pub fn either(self, other: Self) -> Self {
        Self { low: self.low.min(other.low), high: self.high.max(other.high) }
    }

    /// Whether `relation` with `other` is always or never true; `None` if it
    /// can change.
    pub fn verdict(self, relation: Relation, other: Self) -> Option<bool> {
        let (always, never) = match relation {
            Relation::Less => (self.high < other.low, self.low >= other.high),
            Relation::AtMost => (self.high <= other.low, self.low > other.high),
            Relation::Greater => (self.low > other.high, self.high <= other.low),
            Relation::AtLeast => (self.low >= other.high, self.high < other.low),
        };
        if always {
            Some(true)
        } else if never {
            Some(false)
        } else {
            None
        }
    }
}

impl Term {
    pub fn is_broken(&self) -> bool {
        self.kind == Type::Broken
    }

    /// How its values are shown.
    pub fn shown_as(&self) -> Kind {
        match &self.kind {
            Type::Number(quantity) if self.unit.quantity == *quantity => {
                Kind::Number((*self.unit).clone())
            }
            Type::Number(quantity) => Kind::Number(quantity.usual_unit()),
            Type::Condition => Kind::switch(),
            Type::States(states) => Kind::States(states.to_vec()),
            Type::Broken => Kind::Number(Unit::none()),
        }
    }

    /// The unit as people read it; empty for plain numbers, conditions and
    /// states.
    pub fn symbol(&self) -> String {
        self.unit.symbol.clone()
    }
}

impl Comparison {
    /// Whether one value could satisfy both, so that start and stop collide.
    pub fn overlaps(self, stop: Self) -> bool {
        if self.relation.upward() == stop.relation.upward() {
            return true;
        }
        let (above, below) = if self.relation.upward() { (self, stop) } else { (stop, self) };
        above.bound < below.bound
            || above.bound == below.bound && above.relation.closed() && below.relation.closed()
    }
}
