//! Quantities and units, and their parser. A quantity is a product of powers
//! of a few bases, so that `kW · h` is `kWh` and `20 min/K` means something;
//! `%`, `ppm` and `g/kg` are bases of their own, for a CO2 value is no valve
//! position. Each quantity has one canonical unit inside: °C and K, s, W, J,
//! m, Pa, m³, m³/s, A, V, Hz, lx, %, ppm, g/kg.

use std::fmt;
use std::time::Duration;

/// The bases: K, s, W, m, A, lx, %, ppm, g/kg.
const BASES: usize = 9;

/// A kind of quantity: exponents of the bases, and whether it is a temperature
/// on the scale (`°C`) rather than a difference (`K`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Quantity {
    exponents: [i8; BASES],
    /// `°C`: a place on the scale, not a difference.
    pub absolute: bool,
}

impl Quantity {
    const fn of(exponents: [i8; BASES]) -> Self {
        Self { exponents, absolute: false }
    }

    /// A plain number.
    pub const NONE: Self = Self::of([0; BASES]);
    /// A difference of temperatures.
    pub const KELVIN: Self = Self::of([1, 0, 0, 0, 0, 0, 0, 0, 0]);
    /// A temperature on the scale.
    pub const CELSIUS: Self = Self { absolute: true, ..Self::KELVIN };
    pub const TIME: Self = Self::of([0, 1, 0, 0, 0, 0, 0, 0, 0]);
    pub const POWER: Self = Self::of([0, 0, 1, 0, 0, 0, 0, 0, 0]);
    pub const ENERGY: Self = Self::of([0, 1, 1, 0, 0, 0, 0, 0, 0]);
    pub const LENGTH: Self = Self::of([0, 0, 0, 1, 0, 0, 0, 0, 0]);
    pub const AREA: Self = Self::of([0, 0, 0, 2, 0, 0, 0, 0, 0]);
    pub const VOLUME: Self = Self::of([0, 0, 0, 3, 0, 0, 0, 0, 0]);
    pub const FLOW: Self = Self::of([0, -1, 0, 3, 0, 0, 0, 0, 0]);
    /// Pa = J/m³.
    pub const PRESSURE: Self = Self::of([0, 1, 1, -3, 0, 0, 0, 0, 0]);
    pub const CURRENT: Self = Self::of([0, 0, 0, 0, 1, 0, 0, 0, 0]);
    /// V = W/A.
    pub const VOLTAGE: Self = Self::of([0, 0, 1, 0, -1, 0, 0, 0, 0]);
    pub const FREQUENCY: Self = Self::of([0, -1, 0, 0, 0, 0, 0, 0, 0]);
    pub const ILLUMINANCE: Self = Self::of([0, 0, 0, 0, 0, 1, 0, 0, 0]);
    pub const PERCENT: Self = Self::of([0, 0, 0, 0, 0, 0, 1, 0, 0]);
    pub const PPM: Self = Self::of([0, 0, 0, 0, 0, 0, 0, 1, 0]);
    /// Absolute humidity, g water a kg of dry air.
    pub const HUMIDITY: Self = Self::of([0, 0, 0, 0, 0, 0, 0, 0, 1]);

    /// The quantity of a product. Both must be differences, not places on the
    /// temperature scale; exponents saturate.
    #[must_use]
    pub fn times(self, other: Self) -> Self {
        self.combine(other, i8::saturating_add)
    }

    /// The quantity of a quotient, as [`times`](Self::times).
    #[must_use]
    pub fn per(self, other: Self) -> Self {
        self.combine(other, i8::saturating_sub)
    }

    fn combine(self, other: Self, op: fn(i8, i8) -> i8) -> Self {
        let mut exponents = self.exponents;
        for (mine, theirs) in exponents.iter_mut().zip(other.exponents) {
            *mine = op(*mine, theirs);
        }
        Self { exponents, absolute: false }
    }

    /// The unit that a value of this quantity is shown in where no point says
    /// otherwise.
    #[must_use]
    pub fn usual_unit(self) -> Unit {
        UNITS
            .iter()
            .find(|unit| unit.usual && unit.quantity == self)
            .map_or_else(|| self.composed_unit(), KnownUnit::unit)
    }

    /// The symbol of the unit that values are kept in; empty for a plain number.
    #[must_use]
    pub fn canonical_symbol(self) -> String {
        // These have a name, but nobody types it.
        match self {
            Self::ENERGY => return "J".to_owned(),
            Self::FLOW => return "m³/s".to_owned(),
            _ => {}
        }
        let canonical = |unit: &&KnownUnit| unit.quantity == self && unit.factor == 1.0;
        let known = UNITS.iter().find(canonical).map(|unit| unit.symbol.to_owned());
        known.unwrap_or_else(|| self.composed_unit().symbol)
    }

    /// A canonical unit spelt out, for quantities no named unit has.
    fn composed_unit(self) -> Unit {
        const SYMBOLS: [&str; BASES] = ["K", "s", "W", "m", "A", "lx", "%", "ppm", "g/kg"];
        let mut up = Vec::new();
        let mut down = Vec::new();
        for (symbol, exponent) in SYMBOLS.iter().zip(self.exponents) {
            let side = if exponent > 0 { &mut up } else { &mut down };
            side.extend(std::iter::repeat_n(*symbol, usize::from(exponent.unsigned_abs())));
        }
        let mut symbol = up.join("·");
        for part in down {
            symbol.push('/');
            symbol.push_str(part);
        }
        Unit { symbol, quantity: self, factor: 1.0 }
    }
}

/// A unit as written: its symbol, what it measures, and how many canonical
/// units one of it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Unit {
    pub symbol: String,
    pub quantity: Quantity,
    /// canonical = shown × factor
    pub factor: f64,
}

struct KnownUnit {
    symbol: &'static str,
    quantity: Quantity,
    factor: f64,
    /// The one a value of this quantity is shown in.
    usual: bool,
}

impl KnownUnit {
    fn unit(&self) -> Unit {
        Unit { symbol: self.symbol.to_owned(), quantity: self.quantity, factor: self.factor }
    }
}

const fn unit(symbol: &'static str, quantity: Quantity, factor: f64) -> KnownUnit {
    KnownUnit { symbol, quantity, factor, usual: false }
}

const fn usual(symbol: &'static str, quantity: Quantity, factor: f64) -> KnownUnit {
    KnownUnit { symbol, quantity, factor, usual: true }
}

/// RULES, "Expressions": the known units. `l/s` and the like come from `/`.
const UNITS: [KnownUnit; 32] = [
    usual("°C", Quantity::CELSIUS, 1.0),
    usual("K", Quantity::KELVIN, 1.0),
    usual("%", Quantity::PERCENT, 1.0),
    usual("ppm", Quantity::PPM, 1.0),
    unit("W", Quantity::POWER, 1.0),
    usual("kW", Quantity::POWER, 1e3),
    unit("MW", Quantity::POWER, 1e6),
    unit("Wh", Quantity::ENERGY, 3.6e3),
    usual("kWh", Quantity::ENERGY, 3.6e6),
    unit("MWh", Quantity::ENERGY, 3.6e9),
    usual("Pa", Quantity::PRESSURE, 1.0),
    unit("kPa", Quantity::PRESSURE, 1e3),
    unit("mbar", Quantity::PRESSURE, 1e2),
    unit("bar", Quantity::PRESSURE, 1e5),
    unit("l", Quantity::VOLUME, 1e-3),
    usual("m³", Quantity::VOLUME, 1.0),
    usual("m³/h", Quantity::FLOW, 1.0 / 3600.0),
    unit("l/s", Quantity::FLOW, 1e-3),
    unit("s", Quantity::TIME, 1.0),
    usual("min", Quantity::TIME, 60.0),
    unit("h", Quantity::TIME, 3600.0),
    unit("d", Quantity::TIME, 86_400.0),
    usual("lx", Quantity::ILLUMINANCE, 1.0),
    usual("m", Quantity::LENGTH, 1.0),
    usual("m²", Quantity::AREA, 1.0),
    usual("A", Quantity::CURRENT, 1.0),
    usual("V", Quantity::VOLTAGE, 1.0),
    usual("Hz", Quantity::FREQUENCY, 1.0),
    usual("g/kg", Quantity::HUMIDITY, 1.0),
    unit("m3", Quantity::VOLUME, 1.0),
    unit("m3/h", Quantity::FLOW, 1.0 / 3600.0),
    unit("m2", Quantity::AREA, 1.0),
];

impl Unit {
    /// The unit of plain numbers.
    #[must_use]
    pub fn none() -> Self {
        Self { symbol: String::new(), quantity: Quantity::NONE, factor: 1.0 }
    }

    /// Every named unit, for "did you mean".
    pub fn symbols() -> impl Iterator<Item = &'static str> {
        UNITS.iter().map(|unit| unit.symbol)
    }

    /// Reads a unit: a named one, or named ones joined by `/` and `·`
    /// (`min/K`); the empty text is the unit of plain numbers. `None` if a
    /// part is not known or `°C` stands in a compound.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self::none());
        }
        if let Some(known) = UNITS.iter().find(|unit| unit.symbol == text) {
            return Some(known.unit());
        }
        let mut quantity = Quantity::NONE;
        let mut factor = 1.0;
        let mut rest = text;
        let mut divide = false;
        loop {
            let end = rest.find(['/', '·']).unwrap_or(rest.len());
            let part = UNITS.iter().find(|unit| unit.symbol == &rest[..end])?;
            if part.quantity.absolute {
                return None;
            }
            if divide {
                quantity = quantity.per(part.quantity);
                factor /= part.factor;
            } else {
                quantity = quantity.times(part.quantity);
                factor *= part.factor;
            }
            let Some(separator) = rest[end..].chars().next() else { break };
            divide = separator == '/';
            rest = &rest[end + separator.len_utf8()..];
        }
        Some(Self { symbol: text.to_owned(), quantity, factor })
    }

    /// A shown number in canonical units.
    #[must_use]
    pub fn canonical(&self, shown: f64) -> f64 {
        shown * self.factor
    }

    /// A canonical number in this unit.
    #[must_use]
    pub fn shown(&self, canonical: f64) -> f64 {
        canonical / self.factor
    }

    /// A canonical value as people read it: at most three decimals, no
    /// trailing zeros, the unit behind a space; `?` if it is no number.
    #[must_use]
    pub fn display(&self, canonical: f64) -> String {
        if !canonical.is_finite() {
            return "?".to_owned();
        }
        let shown = self.shown(canonical);
        let mut text = format!("{shown:.3}");
        let kept = text.trim_end_matches('0').trim_end_matches('.').len();
        text.truncate(kept);
        if text == "-0" {
            text = "0".to_owned();
        }
        if !self.symbol.is_empty() {
            text.push(' ');
            text.push_str(&self.symbol);
        }
        text
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.symbol)
    }
}

/// Why a text is no quantity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotAQuantity {
    /// No number stands at its beginning.
    NoNumber,
    /// A comma where the decimal point should be; the text put right.
    Comma(String),
    /// The unit is not known.
    UnknownUnit(String),
}

/// Reads `20.5 °C`, `10 min`, `3`; gives the canonical value and the unit it
/// was written in.
///
/// # Errors
/// [`NotAQuantity`], which says what is wrong.
pub fn parse_quantity(text: &str) -> Result<(f64, Unit), NotAQuantity> {
    let text = text.trim();
    let end = text
        .char_indices()
        .find(|&(at, c)| {
            !(c.is_ascii_digit() || c == '.' || c == ',' || (at == 0 && "+-".contains(c)))
        })
        .map_or(text.len(), |(at, _)| at);
    let (number, unit) = text.split_at(end);
    if number.contains(',') {
        return Err(NotAQuantity::Comma(text.replace(',', ".")));
    }
    let value: f64 = number.parse().map_err(|_| NotAQuantity::NoNumber)?;
    let unit = unit.trim();
    let unit = Unit::parse(unit).ok_or_else(|| NotAQuantity::UnknownUnit(unit.to_owned()))?;
    Ok((unit.canonical(value), unit))
}

/// A canonical time in seconds as a duration; `None` if negative, not finite
/// or beyond what a duration holds.
#[must_use]
pub fn duration(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds).ok()
}

/// A length of time as people say it, in the two largest units: `12 s`,
/// `4 min 30 s`, `2 h 58 min`, `3 d 4 h`.
#[must_use]
pub fn spoken_length(of: Duration) -> String {
    const UNITS: [(u64, &str); 4] = [(86_400, "d"), (3600, "h"), (60, "min"), (1, "s")];
    let mut left = of.as_secs();
    let first = UNITS.iter().position(|(seconds, _)| left >= *seconds).unwrap_or(UNITS.len() - 1);
    let mut words = Vec::with_capacity(2);
    for (seconds, unit) in &UNITS[first..UNITS.len().min(first + 2)] {
        let count = left / seconds;
        left %= seconds;
        if count > 0 || words.is_empty() {
            words.push(format!("{count} {unit}"));
        }
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compound_units_multiply_out() {
        let heat = Unit::parse("kW·h").unwrap();
        let energy = Unit::parse("kWh").unwrap();
        assert_eq!((heat.quantity, heat.factor), (energy.quantity, energy.factor));
        let slope = Unit::parse("min/K").unwrap();
        assert_eq!(slope.quantity.times(Quantity::KELVIN), Quantity::TIME);
        assert!((slope.factor - 60.0).abs() < 1e-12);
    }

    #[test]
    fn a_scale_temperature_stands_in_no_compound() {
        assert_eq!(Unit::parse("kWh/°C"), None);
    }

    #[test]
    fn quantities_are_read_as_people_write_them() {
        assert_eq!(parse_quantity("20.5 °C").unwrap().0, 20.5);
        assert_eq!(parse_quantity("10 min").unwrap().0, 600.0);
        assert_eq!(parse_quantity("-12°C").unwrap().0, -12.0);
        assert_eq!(parse_quantity("20,5 °C"), Err(NotAQuantity::Comma("20.5 °C".into())));
        assert_eq!(parse_quantity("5 Kelvin"), Err(NotAQuantity::UnknownUnit("Kelvin".into())));
        assert_eq!(parse_quantity("warm"), Err(NotAQuantity::NoNumber));
    }

    #[test]
    fn lengths_have_two_units_at_most() {
        let said = |seconds| spoken_length(Duration::from_secs(seconds));
        assert_eq!(said(0), "0 s");
        assert_eq!(said(270), "4 min 30 s");
        assert_eq!(said(3600), "1 h");
        assert_eq!(said(10_680), "2 h 58 min");
        assert_eq!(said(273_700), "3 d 4 h");
    }

    #[test]
    fn values_are_shown_without_needless_digits() {
        let flow = Unit::parse("m³/h").unwrap();
        assert_eq!(flow.display(flow.canonical(5.0)), "5 m³/h");
        assert_eq!(Unit::parse("°C").unwrap().display(-0.0001), "0 °C");
        assert_eq!(Unit::none().display(f64::NAN), "?");
    }

    #[test]
    fn pressure_times_flow_is_power() {
        assert_eq!(Quantity::PRESSURE.times(Quantity::FLOW), Quantity::POWER);
    }
}
