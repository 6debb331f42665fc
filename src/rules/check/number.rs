//! Quantities: arithmetic, functions, curves, `fallback`, and their units
//! (RULES, "Expressions": °C − °C = K, °C + K = °C; °C + °C and 2 · °C are
//! errors).

use super::Checker;
use super::lower::Hint;
use super::names::Symbol;
use super::term::{Bounds, Term, Type};
use crate::model::diagnostic::did_you_mean;
use crate::model::{Origin, PointId, Quantity, Unit};
use crate::rules::ast::{Expression, Factor, Kind, Name, Place, Sign};
use crate::rules::fault::{KindFault, NameFault, Unfit};
use crate::rules::program::{Node, Substitute};
use crate::rules::{air, keyword};

impl Checker<'_> {
    /// An expression that must be a quantity.
    pub(super) fn number(&mut self, expression: &Expression) -> Term {
        let term = self.lower(expression, None);
        match term.kind {
            Type::Number(_) | Type::Broken => term,
            Type::Condition | Type::States(_) => {
                self.report(&expression.place, KindFault::NotANumber);
                self.broken()
            }
        }
    }

    /// An expression that must be a length of time.
    pub(super) fn time(&mut self, expression: &Expression) -> Term {
        let term = self.number(expression);
        let Type::Number(quantity) = term.kind else { return term };
        if quantity == Quantity::TIME {
            return term;
        }
        if !self.missing_unit(expression, &term, &Quantity::TIME.usual_unit()) {
            let fault = Unfit::Time { found: term.symbol() };
            self.report(&expression.place, KindFault::Unfit(fault));
        }
        self.broken()
    }

    pub(super) fn negative(&mut self, inner: &Expression) -> Term {
        let term = self.number(inner);
        let Type::Number(quantity) = term.kind else { return term };
        if quantity.absolute {
            self.report(&inner.place, KindFault::Unfit(Unfit::ScaleMultiplied));
            return self.broken();
        }
        let node = self.node(Node::Negate(term.node));
        Term { node, bounds: term.bounds.negated(), ..term }
    }

    pub(super) fn sum(&mut self, terms: &[(Sign, Expression)]) -> Term {
        let Some(((_, first), rest)) = terms.split_first() else { return self.broken() };
        let mut total = self.number(first);
        let mut before = first;
        for (sign, expression) in rest {
            let term = self.number(expression);
            total = self.add(before, total, *sign, expression, term);
            before = expression;
        }
        total
    }

    fn add(
        &mut self,
        before: &Expression,
        left: Term,
        sign: Sign,
        expression: &Expression,
        right: Term,
    ) -> Term {
        let (Type::Number(a), Type::Number(b)) = (&left.kind, &right.kind) else {
            return self.broken();
        };
        let (a, b) = (*a, *b);
        let difference = |mut quantity: Quantity| {
            quantity.absolute = false;
            quantity
        };
        if difference(a) != difference(b) {
            let missing = self.missing_unit(expression, &right, &step(&left.unit))
                || self.missing_unit(before, &left, &step(&right.unit));
            if !missing {
                let fault = Unfit::Added { left: left.symbol(), right: right.symbol() };
                self.report(&expression.place, KindFault::Unfit(fault));
            }
            return self.broken();
        }
        let absolute = match (a.absolute, sign, b.absolute) {
            (true, Sign::Plus, true) => Err(Unfit::ScalesAdded),
            (false, Sign::Minus, true) => Err(Unfit::ScaleSubtracted),
            (true, Sign::Minus, true) => Ok(false),
            (one, _, other) => Ok(one || other),
        };
        let absolute = match absolute {
            Ok(absolute) => absolute,
            Err(fault) => {
                self.report(&expression.place, KindFault::Unfit(fault));
                return self.broken();
            }
        };
        let (node, bounds) = match sign {
            Sign::Plus => (Node::Add(left.node, right.node), left.bounds.plus(right.bounds)),
            Sign::Minus => (Node::Subtract(left.node, right.node), left.bounds.minus(right.bounds)),
        };
        let mut quantity = a;
        quantity.absolute = absolute;
        let fallible = left.fallible || right.fallible;
        let unit = if quantity == a { Some(left.unit.clone()) } else { None };
        let node = self.node(node);
        let term = self.term(node, Type::Number(quantity), bounds, fallible);
        Term { unit: unit.unwrap_or_else(|| term.unit.clone()), ..term }
    }

    pub(super) fn product(&mut self, factors: &[(Factor, Expression)]) -> Term {
        let Some(((_, first), rest)) = factors.split_first() else { return self.broken() };
        let mut total = self.number(first);
        let mut before = first;
        for (factor, expression) in rest {
            let term = self.number(expression);
            total = self.multiply(before, &total, *factor, expression, &term);
            before = expression;
        }
        total
    }

    fn multiply(
        &mut self,
        before: &Expression,
        left: &Term,
        factor: Factor,
        expression: &Expression,
        right: &Term,
    ) -> Term {
        let (Type::Number(a), Type::Number(b)) = (&left.kind, &right.kind) else {
            return self.broken();
        };
        if a.absolute || b.absolute {
            let place = if a.absolute { &before.place } else { &expression.place };
            self.report(place, KindFault::Unfit(Unfit::ScaleMultiplied));
            return self.broken();
        }
        let (node, bounds, quantity) = match factor {
            Factor::Times => (
                Node::Multiply(left.node, right.node),
                left.bounds.times(right.bounds),
                a.times(*b),
            ),
            Factor::Per => {
                (Node::Divide(left.node, right.node), left.bounds.per(right.bounds), a.per(*b))
            }
        };
        // A division by what may be zero may have no result.
        let zero = factor == Factor::Per && right.bounds.low <= 0.0 && right.bounds.high >= 0.0;
        let fallible = left.fallible || right.fallible || zero;
        let node = self.node(node);
        let term = self.term(node, Type::Number(quantity), bounds, fallible);
        let unit = if quantity == *a { left.unit.clone() } else { term.unit.clone() };
        Term { unit, ..term }
    }

    /// `x fallback y fallback z`
    pub(super) fn fallback(&mut self, choices: &[Expression], hint: Hint<'_>) -> Term {
        let Some((first, rest)) = choices.split_first() else { return self.broken() };
        let mut total = self.lower(first, hint);
        let mut before = first;
        for choice in rest {
            let states = match &total.kind {
                Type::States(states) => Some(states.clone()),
                _ => None,
            };
            let mut term = self.lower(choice, states.as_ref());
            if total.kind == Type::Condition && matches!(term.kind, Type::States(_)) {
                term = self.as_condition(choice, term);
            } else if term.kind == Type::Condition && matches!(total.kind, Type::States(_)) {
                total = self.as_condition(before, total);
            }
            self.check_same_device(before, choice);
            total = self.choose(before, &total, choice, &term);
            before = choice;
        }
        total
    }

    fn choose(
        &mut self,
        before: &Expression,
        preferred: &Term,
        choice: &Expression,
        other: &Term,
    ) -> Term {
        if preferred.is_broken() || other.is_broken() {
            return self.broken();
        }
        if !self.same_kind(before, preferred, choice, other) {
            return self.broken();
        }
        let node = self.node(Node::Fallback(preferred.node, other.node));
        if other.bounds.constant().is_some() && !other.fallible && preferred.fallible {
            self.substitute(preferred, &choice.place);
        }
        Term {
            node,
            kind: preferred.kind.clone(),
            unit: preferred.unit.clone(),
            bounds: preferred.bounds.either(other.bounds),
            fallible: preferred.fallible && other.fallible,
            comparison: None,
            wavers: preferred.wavers || other.wavers,
        }
    }

    /// Remembers that a constant can stand in for `preferred`.
    fn substitute(&mut self, preferred: &Term, place: &Place) {
        let origin = Origin::Rule {
            rule: self.here.owner.clone(),
            file: self.here.source.file.clone(),
            line: self.line(place),
        };
        let reads: Vec<PointId> = self.here.reads.iter().copied().collect();
        let inputs = self.inputs(&reads);
        let preferred = preferred.node;
        self.program.substitutes.push(Substitute { preferred, origin: origin.into(), inputs });
    }

    /// Two of which one is taken must be of one kind.
    fn same_kind(
        &mut self,
        before: &Expression,
        left: &Term,
        expression: &Expression,
        right: &Term,
    ) -> bool {
        if left.kind == right.kind {
            return true;
        }
        match (&left.kind, &right.kind) {
            (Type::Number(_), Type::Number(_)) => {
                let missing = self.missing_unit(expression, right, &left.unit)
                    || self.missing_unit(before, left, &right.unit);
                if !missing {
                    let fault = Unfit::Mixed { left: left.symbol(), right: right.symbol() };
                    self.report(&expression.place, KindFault::Unfit(fault));
                }
            }
            (Type::States(_), Type::States(_)) => {
                self.report(&expression.place, KindFault::StatesDiffer);
            }
            (Type::Number(_), _) => self.report(&expression.place, KindFault::NotANumber),
            _ => self.report(&expression.place, KindFault::NotACondition { help: None }),
        }
        false
    }

    /// Warns where a substitute fails together with what it stands in for.
    fn check_same_device(&mut self, before: &Expression, choice: &Expression) {
        let device = |checker: &mut Self, expression: &Expression| match &expression.kind {
            Kind::Name(name) => match checker.resolve(name) {
                Some(Symbol::Point(point)) => Some(checker.site().points.get(point).device),
                _ => None,
            },
            _ => None,
        };
        let (one, other) = (device(self, before), device(self, choice));
        if let Some(device) = one.filter(|_| one == other) {
            let name = self.site().devices.get(device).map_or("", |device| &device.name);
            self.warn(&choice.place, NameFault::SameDevice(name.to_owned()));
        }
    }

    /// Functions without a window, and curves.
    pub(super) fn call(
        &mut self,
        place: &Place,
        function: &Name,
        arguments: &[Expression],
    ) -> Term {
        match function.text.as_str() {
            "hours" => self.hours(place, function, arguments),
            "mean" | "change" | "rate" | "starts" | "demand" => {
                self.without_window(function, arguments)
            }
            "min" => self.select(arguments, function, Node::Least, Bounds::least),
            "max" => self.select(arguments, function, Node::Greatest, Bounds::greatest),
            "abs" => self.absolute(arguments, function),
            "dewpoint" => self.moist_air(arguments, function, Quantity::CELSIUS),
            "humidity" => self.moist_air(arguments, function, Quantity::HUMIDITY),
            _ => self.curve_at(function, arguments),
        }
    }

    fn select(
        &mut self,
        arguments: &[Expression],
        function: &Name,
        node: impl Fn(u32, u32) -> Node,
        bounds: impl Fn(Bounds, Bounds) -> Bounds,
    ) -> Term {
        let Some((first, rest)) = arguments.split_first().filter(|(_, rest)| !rest.is_empty())
        else {
            return self.wrong_arguments(function, 2);
        };
        let mut total = self.number(first);
        let mut before = first;
        for argument in rest {
            let term = self.number(argument);
            let fits = !total.is_broken()
                && !term.is_broken()
                && self.same_kind(before, &total, argument, &term);
            if !fits {
                total = self.broken();
                continue;
            }
            total = Term {
                node: self.node(node(total.node, term.node)),
                bounds: bounds(total.bounds, term.bounds),
                fallible: total.fallible || term.fallible,
                ..total
            };
            before = argument;
        }
        total
    }

    fn absolute(&mut self, arguments: &[Expression], function: &Name) -> Term {
        let [argument] = arguments else { return self.wrong_arguments(function, 1) };
        let term = self.number(argument);
        let Type::Number(quantity) = term.kind else { return term };
        if quantity.absolute {
            self.report(&argument.place, KindFault::Unfit(Unfit::ScaleMultiplied));
            return self.broken();
        }
        let node = self.node(Node::Absolute(term.node));
        Term { node, bounds: term.bounds.absolute(), ..term }
    }

    /// `dewpoint(T, rF)`, `humidity(T, rF)`: both rise with either.
    fn moist_air(&mut self, arguments: &[Expression], function: &Name, gives: Quantity) -> Term {
        let [air, relative] = arguments else {
            let function = function.clone();
            self.report(&function.place, NameFault::AirArguments { function: function.text });
            return self.broken();
        };
        let air = self.argument(air, &Quantity::CELSIUS.usual_unit());
        let relative = self.argument(relative, &Quantity::PERCENT.usual_unit());
        if air.is_broken() || relative.is_broken() {
            return self.broken();
        }
        let dew = gives == Quantity::CELSIUS;
        let (node, of): (Node, fn(f64, f64) -> f64) = if dew {
            (Node::DewPoint(air.node, relative.node), air::dew_point)
        } else {
            (Node::Humidity(air.node, relative.node), air::humidity)
        };
        let or = |value: f64, other: f64| if value.is_nan() { other } else { value };
        let floor = if dew { f64::NEG_INFINITY } else { 0.0 };
        let bounds = Bounds {
            low: or(of(air.bounds.low, relative.bounds.low), floor),
            high: or(of(air.bounds.high, relative.bounds.high), f64::INFINITY),
        };
        let node = self.node(node);
        // Of dry air there is no dew point.
        self.term(node, Type::Number(gives), bounds, true)
    }

    /// An argument that must be of one quantity.
    fn argument(&mut self, expression: &Expression, wanted: &Unit) -> Term {
        let term = self.number(expression);
        let Type::Number(quantity) = term.kind else { return term };
        if quantity == wanted.quantity {
            return term;
        }
        if !self.missing_unit(expression, &term, wanted) {
            let (wanted, found) = (wanted.symbol.clone(), term.symbol());
            let fault = Unfit::Argument { wanted, found };
            self.report(&expression.place, KindFault::Unfit(fault));
        }
        self.broken()
    }

    fn wrong_arguments(&mut self, function: &Name, wanted: usize) -> Term {
        let fault = NameFault::Arguments { function: function.text.clone(), wanted };
        self.report(&function.place, fault);
        self.broken()
    }

    fn curve_at(&mut self, function: &Name, arguments: &[Expression]) -> Term {
        let Some(symbol) = self.resolve(&function.text) else {
            let name = function.text.clone();
            let near = did_you_mean(&name, keyword::CALLED).map(str::to_owned);
            self.report(&function.place, NameFault::UnknownFunction { name, near });
            return self.broken();
        };
        let Symbol::Curve(index) = symbol else {
            if symbol != Symbol::Opaque {
                let name = function.text.clone();
                self.report(&function.place, NameFault::UnknownFunction { name, near: None });
            }
            return self.broken();
        };
        let [argument] = arguments else { return self.wrong_arguments(function, 1) };
        let curve = self.curves[index].clone();
        let Some((x, y)) = curve.units else {
            self.number(argument);
            return self.broken();
        };
        let term = self.argument(argument, &x);
        if term.is_broken() {
            return term;
        }
        let node = self.node(Node::Curve(u32::try_from(index).unwrap_or(u32::MAX), term.node));
        let kind = Type::Number(y.quantity);
        Term { unit: y.into(), ..self.term(node, kind, curve.bounds, term.fallible) }
    }
}

/// The unit of a difference: K where °C is shown.
fn step(unit: &Unit) -> Unit {
    if unit.quantity.absolute { Quantity::KELVIN.usual_unit() } else { unit.clone() }
}
