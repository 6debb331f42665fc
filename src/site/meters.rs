//! From a meter's words to a [`Meter`]: its point must be a counter of what
//! the meter counts, and its parents must end somewhere.

use super::devices::Found;
use super::fault::{MeterFault, Naming, What};
use super::place::{At, Faults, or};
use super::raw_site::{RawMeter, RawSite};
use super::validate::building_of;
use super::{Carrier, Direction, Meter, Serves};
use crate::model::{Kind, PointId, Quantity};

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
pub(super) fn build(raw: &RawSite, found: &Found, faults: &mut Faults) -> Vec<Meter> {
    let meters: Vec<Option<Meter>> =
        raw.meters.iter().map(|meter| one(raw, meter, found, faults)).collect();
    check_parents(raw, faults);
    meters.into_iter().flatten().collect()
}

fn one(raw: &RawSite, meter: &RawMeter, found: &Found, faults: &mut Faults) -> Option<Meter> {
    let parent = parent(raw, meter, faults);
    let building = building_of(raw, What::Meter, &meter.name, meter.building.as_ref(), faults)?;
    let prefix = &raw.buildings[building].name.value;
    let point = point(prefix, meter, found, faults)?;
    let carrier = meter.carrier.as_ref()?.value;
    check_counter(meter.point.as_ref()?, carrier, point, found, faults);
    let serves: Vec<Serves> = match &meter.serves {
        Some(list) => list.iter().map(|at| at.value).collect(),
        None => vec![Serves::All],
    };
    Some(Meter {
        name: meter.name.value.clone(),
        building,
        point,
        carrier,
        serves,
        parent,
        direction: or(meter.direction.as_ref(), Direction::Import),
        hot_water_included: meter.hot_water_included.as_ref().map(|at| at.value),
    })
}

/// A point of the meter's building, or by its full name.
fn point(building: &str, meter: &RawMeter, found: &Found, faults: &mut Faults) -> Option<PointId> {
    let at = meter.point.as_ref()?;
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
    point
}

fn check_counter(
    at: &At<String>,
    carrier: Carrier,
    point: PointId,
    found: &Found,
    faults: &mut Faults,
) {
    let name = at.value.clone();
    match &found.points.get(point).kind {
        Kind::States(_) => faults.error(&at.place, MeterFault::OfStates { point: name }),
        Kind::Number(unit) => {
            if let Err(wanted) = carrier.counts(unit.quantity) {
                let found = unit.symbol.clone();
                faults.error(&at.place, MeterFault::Quantity { point: name, found, wanted });
            }
        }
    }
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
