//! Rule files that an input's bytes choose: mostly such as check without
//! errors, so that there is something to run.

use std::sync::LazyLock;

use hauswart::model::{Kind, Point};

use crate::dice::Dice;
use crate::town;

const HEAD: &str = "language 1
building Rathaus
schedule Nutzung
  Mo-Fr 06:00-06:30, 07:00-17:00
  29.03.2026 02:30-03:30
schedule Nacht
  daily 22:00-06:00
curve Kurve
  -12 °C -> 65 °C
  18 °C -> 28 °C
";

/// The points of the town that rules can be about.
struct Points {
    temperatures: Vec<&'static Point>,
    switches: Vec<&'static Point>,
    targets: Vec<&'static Point>,
}

static POINTS: LazyLock<Points> = LazyLock::new(|| {
    let all = || town::site().points.iter().map(|(_, point)| point);
    let celsius = |point: &&Point| point.kind.display(20.0).ends_with("°C");
    let states = |point: &&Point| matches!(point.kind, Kind::States(_));
    Points {
        temperatures: all().filter(|point| point.readable).filter(celsius).collect(),
        switches: all().filter(|point| point.readable).filter(states).collect(),
        targets: all().filter(|point| point.command.is_some()).collect(),
    }
});

/// Builds a text choice by choice.
struct Writer<'a, 'b> {
    dice: &'b mut Dice<'a>,
    /// The last one's rules read, so that conditions and commands meet.
    depth: usize,
}

pub fn program(dice: &mut Dice<'_>) -> String {
    let mut text = HEAD.to_owned();
    let group = [0, 1, 2].map(|_| dice.pick(&POINTS.temperatures).name.as_str());
    text += &format!("group Räume = {}\n", group.join(", "));
    let mut writer = Writer { dice, depth: 0 };
    if writer.dice.one_in(2) {
        let quantity = writer.temperature();
        text += &format!("value Aussen = {quantity}\n");
    }
    for number in 0..=writer.dice.roll(4) {
        text += &writer.rule(number);
    }
    if writer.dice.one_in(3) {
        text += &writer.protect();
    }
    text
}

impl Writer<'_, '_> {
    fn rule(&mut self, number: usize) -> String {
        let target = self.dice.pick(&POINTS.targets);
        let level = self.dice.pick(&["normal", "low", "high", "limit", "safety"]);
        let mut text = format!("rule \"R{number}\"\n  level {level}\n");
        if self.dice.one_in(3) {
            text += &format!("  grace {}\n", self.time());
        }
        if self.dice.one_in(8) {
            text += "  shadow\n";
        }
        for part in 0..=self.dice.roll(3) {
            let head = if part == 0 { "when" } else { "else when" };
            let condition = self.condition();
            text += &format!("  {head} {condition}\n    {}\n", self.command(target));
            match self.dice.roll(12) {
                1 => text += &format!("    run at least {}\n", self.time()),
                2 => text += &format!("    run at most {}\n", self.time()),
                3 => text += &format!("    pause at least {}\n", self.time()),
                4 => text += "    until acknowledged\n",
                _ => {}
            }
        }
        if self.dice.one_in(3) {
            text += &format!("  else {}\n", self.command(target));
        }
        if self.dice.one_in(2) {
            text += &format!("  on fault {}\n", self.command(target));
        }
        text
    }

    fn protect(&mut self) -> String {
        let target = self.dice.pick(&POINTS.targets);
        let name = &target.name;
        match (&target.kind, self.dice.roll(3)) {
            (Kind::States(_), 0) => format!("protect {name} on at least {}\n", self.time()),
            (Kind::States(_), 1) => format!("protect {name} off at least {}\n", self.time()),
            (_, 2) => format!("protect {name} change at most {} per hour\n", self.number(9)),
            (_, 1) => format!("protect {name} step at least {} K\n", self.number(9)),
            _ => format!("protect {name} ramp at most {} K per {}\n", self.number(9), self.time()),
        }
    }

    fn command(&mut self, target: &Point) -> String {
        let name = &target.name;
        match self.dice.roll(8) {
            1 => "alarm notice \"Hinweis\"".to_owned(),
            2 if !matches!(target.kind, Kind::States(_)) => {
                format!("keep {name} at least {}", self.value(target))
            }
            3 if !matches!(target.kind, Kind::States(_)) => {
                format!("keep {name} at most {}", self.value(target))
            }
            4 if target.kind.display(20.0).ends_with("°C") => {
                format!("set {name} to {}", self.temperature())
            }
            _ => format!("set {name} to {}", self.value(target)),
        }
    }

    /// One of the values that a point takes.
    fn value(&mut self, target: &Point) -> String {
        let share = self.dice.roll(8);
        match &target.kind {
            Kind::States(states) => states[share % states.len()].clone(),
            kind => {
                let limits = target.command.as_ref().and_then(|command| command.limits);
                let (lowest, highest) = limits.or(target.range).unwrap_or((0.0, 20.0));
                kind.display((lowest + (highest - lowest) * share as f64 / 7.0).round())
            }
        }
    }

    fn number(&mut self, most: usize) -> usize {
        1 + self.dice.roll(most)
    }

    fn time(&mut self) -> String {
        let unit = self.dice.pick(&["s", "min", "min", "h"]);
        let most = if unit == "h" { 30 } else { 90 };
        format!("{} {unit}", self.number(most))
    }

    fn deeper<T>(&mut self, build: impl FnOnce(&mut Self) -> T) -> T {
        self.depth += 1;
        let built = build(self);
        self.depth -= 1;
        built
    }

    fn temperature(&mut self) -> String {
        let point = self.dice.pick(&POINTS.temperatures).name.clone();
        if self.depth > 4 {
            return point;
        }
        let window = self.dice.pick(&["mean", "min", "max"]);
        self.deeper(|inner| match inner.dice.roll(10) {
            1 => format!("({} + {} K)", inner.temperature(), inner.number(9)),
            2 => format!("{window}({}, {})", inner.temperature(), inner.temperature())
                .replace("mean", "min"),
            3 => format!("({} fallback {})", inner.temperature(), inner.temperature()),
            4 => format!("({} fallback {} °C)", inner.temperature(), inner.number(30)),
            5 => format!("({window}({}) over {})", inner.temperature(), inner.time()),
            6 => format!("({window} of Räume, at least {} good)", inner.number(3)),
            7 => format!("Kurve({})", inner.temperature()),
            _ => point,
        })
    }

    fn condition(&mut self) -> String {
        if self.depth > 5 {
            return self.leaf();
        }
        self.deeper(|inner| match inner.dice.roll(14) {
            1 => format!("({} and {})", inner.condition(), inner.condition()),
            2 => format!("({} or {})", inner.condition(), inner.condition()),
            3 => format!("(not {})", inner.condition()),
            4 => format!("({} for {})", inner.condition(), inner.time()),
            5 => format!("({} extended {})", inner.condition(), inner.time()),
            6 => format!("({} until {})", inner.condition(), inner.condition()),
            _ => inner.leaf(),
        })
    }

    fn leaf(&mut self) -> String {
        let switch = self.dice.pick(&POINTS.switches);
        let schedule = self.dice.pick(&["Nutzung", "Nacht"]);
        let n = self.number(25);
        match self.dice.roll(14) {
            0 => format!("({} > {n} °C)", self.temperature()),
            1 => format!("({} > {n} °C until < {} °C)", self.temperature(), n - 1),
            2 => schedule.to_owned(),
            3 => format!("({schedule} starts within {})", self.time()),
            4 => format!("({schedule} ends within {})", self.time()),
            5 => format!("({schedule} ended within {})", self.time()),
            6 => format!("({} is bad)", switch.name),
            7 => format!("(change({}) over {} > 1 K)", self.temperature(), self.time()),
            8 => format!("(rate({}) over {} > 6 K/h)", self.temperature(), self.time()),
            9 => format!("(starts({}) over {} > 2)", self.is(switch), self.time()),
            10 => format!("(hours({}) > {})", self.is(switch), self.time()),
            11 => format!("(any of Räume > {n} °C)"),
            12 => format!("(count of Räume > {n} °C, at least 1 good) > 1"),
            _ => format!("({})", self.is(switch)),
        }
    }

    fn is(&mut self, switch: &Point) -> String {
        let Kind::States(states) = &switch.kind else { return switch.name.clone() };
        format!("{} is {}", switch.name, self.dice.pick(&states.iter().collect::<Vec<_>>()))
    }
}
