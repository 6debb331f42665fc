//! The points of a building that are looked at, by their roles: what they are called
//! in the history, and when one of them is running. Points of other roles are not read.

use std::collections::{BTreeSet, HashMap};

use super::month::Cell;
use crate::history::Name;
use crate::model::{Keep, Kind, Point, PointId, Quantity, Role};
use crate::report::account::names;
use crate::site::Site;

/// Above this a valve, damper or fan in % is open or runs: below it is play.
pub const OPEN_PERCENT: f64 = 5.0;

/// A point that is looked at.
#[derive(Debug, Clone)]
pub struct Seen {
    /// `building.device.point`
    pub name: String,
    /// Its last part.
    pub own: String,
    pub role: Role,
    pub device: usize,
    pub keep: Keep,
    pub runs: Option<Runs>,
    /// Its unit as people read it, of what is no state.
    pub quantity: Option<Quantity>,
}

/// When it runs, or is open.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Runs {
    /// One of two states; this one means off.
    Switch { off: f64 },
    /// States or stages of which 0 means off.
    Stages,
    /// More than [`OPEN_PERCENT`].
    Percent,
}

impl Runs {
    fn of(kind: &Kind) -> Option<Self> {
        if kind.quantity() == Some(Quantity::PERCENT) {
            return Some(Self::Percent);
        }
        let off = kind.off()?;
        match kind {
            Kind::States(states) if states.len() == 2 => Some(Self::Switch { off }),
            _ => (off == 0.0).then_some(Self::Stages),
        }
    }

    /// Whether it runs at this value.
    pub fn at(self, value: f64) -> bool {
        match self {
            Self::Switch { off } => (value - off).abs() > 0.5,
            Self::Stages => value > 0.5,
            Self::Percent => value > OPEN_PERCENT,
        }
    }

    /// Whether it ran, and whether it was off, at some time of a quarter hour.
    pub fn seen(self, cell: &Cell) -> (bool, bool) {
        let (least, most) = (self.at(cell.min()), self.at(cell.max()));
        (least || most, !(least && most))
    }

    /// Of its known time the share in which it ran, 0–1; of stages and percents that
    /// also stood at off, at least this much.
    pub fn share(self, cell: &Cell) -> Option<f64> {
        let mean = cell.any()?;
        Some(match (self.seen(cell), self) {
            ((true, false), _) => 1.0,
            ((false, _), _) => 0.0,
            (_, Self::Switch { off }) => (mean - off).abs().min(1.0),
            _ => (mean / cell.max()).clamp(0.0, 1.0),
        })
    }
}

/// See the module. Points go by their place in it.
#[derive(Debug)]
pub struct Followed {
    points: Vec<Seen>,
    by_name: HashMap<Name, usize>,
}

impl Followed {
    pub fn of(site: &Site, building: usize) -> Self {
        let mut followed = Self { points: Vec::new(), by_name: HashMap::new() };
        let wanted = |(_, point): &(PointId, &Point)| {
            point.building == building && is_looked_at(point.role) && point.keep != Keep::None
        };
        for (id, point) in site.points.iter().filter(wanted) {
            let place = followed.points.len();
            followed.by_name.extend(names(site, id).into_iter().map(|name| (name, place)));
            followed.points.push(Seen {
                own: point.name.rsplit('.').next().unwrap_or_default().to_owned(),
                name: point.name.clone(),
                role: point.role,
                device: point.device,
                keep: point.keep,
                runs: Runs::of(&point.kind),
                quantity: point.kind.quantity(),
            });
        }
        followed
    }

    pub fn len(&self) -> usize {
        self.points.len()
    }

    pub fn names(&self) -> BTreeSet<Name> {
        self.by_name.keys().cloned().collect()
    }

    pub fn find(&self, name: &Name) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    pub fn get(&self, place: usize) -> &Seen {
        &self.points[place]
    }

    /// All of them with their places.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &Seen)> {
        self.points.iter().enumerate()
    }

    /// Those of a role.
    pub fn of_role(&self, role: Role) -> impl Iterator<Item = (usize, &Seen)> {
        self.iter().filter(move |(_, point)| point.role == role)
    }
}

const fn is_looked_at(role: Role) -> bool {
    matches!(
        role,
        Role::RoomTemperature
            | Role::RoomSetpoint
            | Role::RoomHumidity
            | Role::Co2
            | Role::OutdoorTemperature
            | Role::FlowTemperature
            | Role::FlowSetpoint
            | Role::ReturnTemperature
            | Role::SupplyTemperature
            | Role::SupplySetpoint
            | Role::ExtractTemperature
            | Role::HotWaterTemperature
            | Role::HotWaterSetpoint
            | Role::Mode
            | Role::Valve
            | Role::Pump
            | Role::Fan
            | Role::FanStage
            | Role::Boiler
            | Role::Burner
            | Role::HeatPump
            | Role::Compressor
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_running_quarter_hour_of_each_kind() {
        let cell = |min: f64, max: f64, mean: f64| Cell::of(mean, min, max, max, 3, 900);
        let switch = Runs::of(&Kind::switch()).unwrap();
        assert_eq!(switch, Runs::Switch { off: 0.0 });
        let share = |runs: Runs, cell: Cell| (runs.share(&cell).unwrap() * 100.0).round();
        assert_eq!(share(switch, cell(0.0, 1.0, 0.25)), 25.0);
        assert_eq!(share(Runs::Switch { off: 1.0 }, cell(0.0, 1.0, 0.25)), 75.0);
        assert_eq!(share(Runs::Switch { off: 1.0 }, cell(1.0, 1.0, 1.0)), 0.0);
        assert_eq!(share(Runs::Stages, cell(1.0, 3.0, 2.0)), 100.0);
        assert_eq!(share(Runs::Stages, cell(0.0, 2.0, 0.5)), 25.0);
        assert_eq!(share(Runs::Percent, cell(0.0, 5.0, 4.0)), 0.0);
        assert_eq!(share(Runs::Percent, cell(6.0, 80.0, 40.0)), 100.0);
        assert_eq!(switch.share(&Cell::UNKNOWN), None);
        let modes = Kind::States(["auto", "standby", "day"].map(str::to_owned).to_vec());
        assert_eq!(Runs::of(&modes), None, "no state of it means off");
    }
}
