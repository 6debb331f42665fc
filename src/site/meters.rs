//! From a meter's words to a [`Meter`]: its point must be a counter of what
//! the meter counts (or a power, or it is a dial without a point), and its
//! parents must end somewhere. How it counts is `counting`'s matter.

use jiff::tz::TimeZone;

use super::devices::Found;
use super::fault::{MeterFault, Naming, ReportFault, What};
use super::place::{At, Faults, or};
use super::raw_meter::RawMeter;
use super::raw_site::RawSite;
use super::validate::building_of;
use super::{Carrier, Direction, Meter, MeterSource, PointSource, Serves, counting};
use crate::model::{Keep, Kind, PointId, Quantity, Unit};
use crate::wire::modbus::DataType;

impl Carrier {
    /// Whether a counter may count this quantity, and which it should.
    fn counts(self, quantity: Quantity) -> Result<(), &'static str> {
        let (energy, volume) = (quantity == Quantity::ENERGY, quantity == Quantity::VOLUME);
        match self {
            Self::Electricity | Self::DistrictHeat | Self::Heat | Self::Cold => {
                energy.then_some(()).ok_or("kWh")
            }
            Self::Water => volume.then_some(()).ok_or("m³"),
            Self::NaturalGas
            | Self::Biogas
            | Self::Lpg
            | Self::Oil
            | Self::Wood
            | Self::Pellets => (energy || volume).then_some(()).ok_or("m³ / kWh"),
        }
    }

    /// Whether a meter of this carrier may lie behind one of another.
    fn behind(self, parent: Self) -> bool {
        self == parent || (self == Self::Heat && parent == Self::DistrictHeat)
    }
}

/// Builds all meters.
pub(super) fn build(
    raw: &RawSite,
    found: &Found,
    zone: &TimeZone,
    faults: &mut Faults,
) -> Vec<Meter> {
    let meters: Vec<Option<Meter>> =
        raw.meters.iter().map(|meter| one(raw, meter, found, zone, faults)).collect();
    check_parents(raw, faults);
    meters.into_iter().flatten().collect()
}

fn one(
    raw: &RawSite,
    meter: &RawMeter,
    found: &Found,
    zone: &TimeZone,
    faults: &mut Faults,
) -> Option<Meter> {
    let parent = parent(raw, meter, faults);
    let building = building_of(raw, What::Meter, &meter.name, meter.building.as_ref(), faults)?;
    let prefix = &raw.buildings[building].name.value;
    let carrier = meter.carrier.as_ref().map(|at| at.value);
    let source = source(prefix, meter, found, faults)?;
    let carrier = carrier?;
    let unit = unit(meter, source, carrier, found, faults)?;
    let counting = counting::build(meter, carrier, &unit, zone, faults);
    let (step, width) = match source {
        MeterSource::Counter(point) => register(&found.sources[point.index()]),
        _ => (None, None),
    };
    let of_point = match source {
        MeterSource::Counter(point) => found.points.get(point).rolls_over,
        _ => None,
    };
    let serves: Vec<Serves> = match &meter.serves {
        Some(list) => list.iter().map(|at| at.value).collect(),
        None => vec![Serves::All],
    };
    Some(Meter {
        name: meter.name.value.clone(),
        building,
        source,
        unit,
        carrier,
        serves,
        parent,
        direction: or(meter.direction.as_ref(), Direction::Import),
        hot_water_included: meter.hot_water_included.as_ref().map(|at| at.value),
        factor: counting.factor,
        rolls_over: counting.rolls_over.or(of_point).or(width),
        step,
        load: counting.load,
        replaced: counting.replaced,
        conversions: counting.conversions,
        made_of: made_of(meter, carrier, faults),
    })
}

/// Its word in sets of factors: whether they know it is found out when they are read.
fn made_of(meter: &RawMeter, carrier: Carrier, faults: &mut Faults) -> Option<String> {
    let at = meter.made_of.as_ref()?;
    if matches!(carrier, Carrier::Heat | Carrier::Cold | Carrier::Water) {
        faults.error(&at.place, ReportFault::MadeOf { meter: meter.name.value.clone() });
    }
    Some(at.value.trim().to_owned())
}

/// The smallest step of a register of whole numbers, and what lies behind its
/// last one; canonical.
fn register(source: &PointSource) -> (Option<f64>, Option<f64>) {
    let PointSource::Modbus(source) = source else { return (None, None) };
    let bits = match source.data {
        DataType::U16 => 16,
        DataType::U32 => 32,
        DataType::U64 => 64,
        _ => return (None, None),
    };
    let step = source.scale.abs();
    let width = 2_f64.powi(bits) * source.scale + source.offset;
    // One with an offset or counting down does not begin again at zero.
    (Some(step), (source.offset == 0.0 && source.scale > 0.0).then_some(width))
}

/// Exactly one of the three ways.
fn source(
    building: &str,
    meter: &RawMeter,
    found: &Found,
    faults: &mut Faults,
) -> Option<MeterSource> {
    let named = [
        ("point", meter.point.as_ref().map(|at| &at.place)),
        ("power", meter.power.as_ref().map(|at| &at.place)),
        ("unit", meter.unit.as_ref().map(|at| &at.place)),
    ];
    let mut named = named.into_iter().filter_map(|(key, place)| Some((key, place?)));
    let first = named.next();
    if let (Some((first, _)), Some((second, place))) = (first, named.next()) {
        let meter = meter.name.value.clone();
        faults.error(place, MeterFault::TwoSources { meter, first, second });
        return None;
    }
    match (&meter.point, &meter.power) {
        (Some(at), _) => point(building, meter, at, found, faults).map(MeterSource::Counter),
        (_, Some(at)) => {
            let not_counted = [
                ("factor", meter.factor.as_ref().map(|at| &at.place)),
                ("rolls_over", meter.rolls_over.as_ref().map(|at| &at.place)),
                ("load", meter.load.as_ref().map(|at| &at.place)),
                ("replaced", meter.replaced.first().map(|it| &it.place)),
            ];
            for (key, place) in not_counted {
                if let Some(place) = place {
                    faults.error(place, MeterFault::NotCounted { key });
                }
            }
            point(building, meter, at, found, faults).map(MeterSource::Power)
        }
        _ => first.map(|_| MeterSource::Dial),
    }
}

/// What it is read in; the quantity must be one that its carrier is counted in.
fn unit(
    meter: &RawMeter,
    source: MeterSource,
    carrier: Carrier,
    found: &Found,
    faults: &mut Faults,
) -> Option<Unit> {
    match source {
        MeterSource::Counter(point) => {
            let at = meter.point.as_ref()?;
            let unit = number(at, point, found, faults)?;
            check_quantity(at, carrier, &unit, faults).then_some(unit)
        }
        MeterSource::Power(point) => {
            let at = meter.power.as_ref()?;
            let unit = number(at, point, found, faults)?;
            let energy = carrier.counts(Quantity::ENERGY).is_ok();
            if unit.quantity != Quantity::POWER || !energy {
                let (point, found) = (at.value.clone(), unit.symbol);
                faults.error(&at.place, MeterFault::NoPower { point, found, energy });
                return None;
            }
            Some(Quantity::ENERGY.usual_unit())
        }
        MeterSource::Dial => {
            let at = meter.unit.as_ref()?;
            let Err(wanted) = carrier.counts(at.value.quantity) else {
                return Some(at.value.clone());
            };
            let found = at.value.symbol.clone();
            faults.error(&at.place, MeterFault::DialUnit { found, wanted });
            None
        }
    }
}

/// A point of the meter's building, or by its full name.
fn point(
    building: &str,
    meter: &RawMeter,
    at: &At<String>,
    found: &Found,
    faults: &mut Faults,
) -> Option<PointId> {
    let full = format!("{building}.{}", at.value);
    let point = found.points.find(&full).or_else(|| found.points.find(&at.value));
    let unclear = at.value.split('.').any(|part| found.unclear.contains(part));
    if point.is_none()
        && !unclear
        && !found.declared.contains_key(&full)
        && !found.declared.contains_key(&at.value)
    {
        let prefix = format!("{building}.");
        let mut known: Vec<String> = found
            .points
            .iter()
            .map(|(_, point)| point.name.strip_prefix(&prefix).unwrap_or(&point.name).to_owned())
            .collect();
        known.sort();
        let fault = Naming::Unknown {
            who: What::Meter,
            name: meter.name.value.clone(),
            what: What::Point,
            word: at.value.clone(),
            known,
        };
        faults.error(&at.place, fault);
    }
    if point.is_some_and(|point| found.points.get(point).keep == Keep::None) {
        faults.error(&at.place, MeterFault::NotKept { point: at.value.clone() });
    }
    point
}

/// The unit of a point that is a number.
fn number(at: &At<String>, point: PointId, found: &Found, faults: &mut Faults) -> Option<Unit> {
    match &found.points.get(point).kind {
        Kind::Number(unit) => Some(unit.clone()),
        Kind::States(_) => {
            faults.error(&at.place, MeterFault::OfStates { point: at.value.clone() });
            None
        }
    }
}

fn check_quantity(at: &At<String>, carrier: Carrier, unit: &Unit, faults: &mut Faults) -> bool {
    let Err(wanted) = carrier.counts(unit.quantity) else { return true };
    let (point, found) = (at.value.clone(), unit.symbol.clone());
    let power = unit.quantity == Quantity::POWER;
    faults.error(&at.place, MeterFault::Quantity { point, found, wanted, power });
    false
}

fn parent(raw: &RawSite, meter: &RawMeter, faults: &mut Faults) -> Option<usize> {
    let at = meter.parent.as_ref()?;
    let index = raw.meters.iter().position(|other| other.name.value == at.value);
    let Some(index) = index else {
        let fault = Naming::Unknown {
            who: What::Meter,
            name: meter.name.value.clone(),
            what: What::Meter,
            word: at.value.clone(),
            known: raw.meters.iter().map(|other| other.name.value.clone()).collect(),
        };
        faults.error(&at.place, fault);
        return None;
    };
    if let (Some(own), Some(theirs)) = (&meter.carrier, &raw.meters[index].carrier)
        && !own.value.behind(theirs.value)
    {
        let fault =
            MeterFault::OtherCarrier { meter: meter.name.value.clone(), parent: at.value.clone() };
        faults.error(&at.place, fault);
    }
    Some(index)
}

/// Nobody lies behind himself, however far round.
fn check_parents(raw: &RawSite, faults: &mut Faults) {
    let above = |meter: &RawMeter| {
        let at = meter.parent.as_ref()?;
        raw.meters.iter().find(|other| other.name.value == at.value)
    };
    for meter in &raw.meters {
        let mut place = above(meter);
        for _ in 0..raw.meters.len() {
            let Some(parent) = place else { break };
            if parent.name == meter.name {
                if let Some(at) = &meter.parent {
                    let fault = MeterFault::BelowItself { meter: meter.name.value.clone() };
                    faults.error(&at.place, fault);
                }
                break;
            }
            place = above(parent);
        }
    }
}
