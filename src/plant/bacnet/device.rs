//! The three BACnet devices: two zone controllers and the air handler. Their
//! objects, what they command in the building, and the program that watches a
//! supervisor's heartbeat.
//!
//! ```text
//!   no heartbeat yet ──toggles──▶ watched ──10 min without──▶ slot 13 cleared
//!          ▲                                                       │
//!          └───────────────────────────────────────────────────────┘
//! ```

use std::time::Duration;

use super::super::commands::{Air, Commands, Mode, Zone};
use super::super::faults::Sensor;
use super::super::truth::Truth;
use super::object::{Kind, Object, PPM, RelinquishDefault, SLOTS, Source, Take};

/// The slot that a supervisor uses, and that its heartbeat keeps.
pub const SUPERVISOR_SLOT: usize = 13;
/// The heartbeat's object.
pub const HEARTBEAT: (Kind, u32) = (Kind::BinaryValue, 1);
const HEARTBEAT_LOST: Duration = Duration::from_secs(10 * 60);

const CELSIUS: u32 = 62;
const PERCENT: u32 = 98;
const NO_UNITS: u32 = 95;

/// Instances of the devices.
pub const INSTANCES: [u32; 3] = [1001, 1002, 1003];

/// One device.
#[derive(Debug, Clone)]
pub struct Device {
    pub instance: u32,
    pub name: &'static str,
    pub model: &'static str,
    /// Largest APDU that it takes and sends: small controllers take little.
    pub max_apdu: usize,
    /// Zone that it serves; the air handler serves the hall.
    pub zone: usize,
    air: bool,
    pub objects: Vec<Object>,
    /// When the heartbeat last toggled.
    toggled: Option<Duration>,
}

impl Device {
    /// The three devices, as they come up: nothing commanded.
    pub fn all() -> [Self; 3] {
        let zone = |zone: usize, name| Self {
            instance: INSTANCES[zone],
            name,
            model: "Heating zone controller",
            max_apdu: 480,
            zone,
            air: false,
            objects: zone_objects(),
            toggled: None,
        };
        let air = Self {
            instance: INSTANCES[2],
            name: "Lüftung Saal",
            model: "Air handler controller",
            max_apdu: 1476,
            zone: 1,
            air: true,
            objects: air_objects(),
            toggled: None,
        };
        [zone(0, "Heizkreis Büros"), zone(1, "Heizkreis Saal"), air]
    }

    /// The place of an object in [`objects`](Self::objects).
    pub fn find(&self, kind: u16, instance: u32) -> Option<usize> {
        self.objects
            .iter()
            .position(|object| object.kind as u16 == kind && object.instance == instance)
    }

    fn object(&self, kind: Kind, instance: u32) -> Option<&Object> {
        self.find(kind as u16, instance).map(|at| &self.objects[at])
    }

    /// The heartbeat was toggled at `steady`.
    pub fn heartbeat(&mut self, steady: Duration) {
        self.toggled = Some(steady);
    }

    /// The device's own program: lets go of the supervisor's slot once its
    /// heartbeat has stopped.
    pub fn watch(&mut self, steady: Duration) {
        if self.toggled.is_some_and(|at| steady.saturating_sub(at) >= HEARTBEAT_LOST) {
            self.toggled = None;
            self.objects.iter_mut().for_each(|object| object.relinquish(SUPERVISOR_SLOT));
        }
    }

    /// What the building is told by this device.
    pub fn command(&self, commands: &mut Commands) {
        let commanded = |kind, instance| self.object(kind, instance).and_then(Object::commanded);
        let setpoint = commanded(Kind::AnalogValue, 1);
        let state = commanded(Kind::MultiStateValue, 1).map(|state| state as u8);
        if self.air {
            let own = Air::default();
            commands.air = Air {
                setpoint_c: setpoint.unwrap_or(own.setpoint_c),
                stage: state.map_or(own.stage, |state| state.saturating_sub(1)),
            };
        } else {
            let own = Zone::default();
            commands.zones[self.zone] = Zone {
                setpoint_c: setpoint.unwrap_or(own.setpoint_c),
                mode: match state {
                    Some(2) => Mode::Standby,
                    Some(3) => Mode::Day,
                    Some(4) => Mode::Night,
                    _ => own.mode,
                },
                valve: commanded(Kind::AnalogOutput, 1).map(|percent| percent / 100.0),
                pump: commanded(Kind::BinaryOutput, 1).map(|state| state != 0.0),
            };
        }
    }
}

fn measured(instance: u32, name: &'static str, sensor: fn(usize) -> Sensor, take: Take) -> Object {
    analog(Kind::AnalogInput, instance, name, CELSIUS, Source::Measured(Some(sensor), take))
}

fn analog(kind: Kind, instance: u32, name: &'static str, unit: u32, source: Source) -> Object {
    let increment = match unit {
        PPM => 20.0,
        PERCENT => 1.0,
        _ => 0.2,
    };
    let range = (0.0, 100.0);
    Object { kind, instance, name, unit, range, increment, states: &[], source }
}

fn commanded(default: RelinquishDefault) -> Source {
    Source::Commanded(Box::new([None; SLOTS]), default)
}

fn states(
    kind: Kind,
    instance: u32,
    name: &'static str,
    states: &'static [&'static str],
    source: Source,
) -> Object {
    let range = if kind.binary() { (0.0, 1.0) } else { (1.0, states.len() as f64) };
    Object { kind, instance, name, unit: NO_UNITS, range, increment: 0.0, states, source }
}

fn heartbeat() -> Object {
    states(
        HEARTBEAT.0,
        HEARTBEAT.1,
        "Heartbeat",
        &["low", "high"],
        commanded(RelinquishDefault::Fixed(0.0)),
    )
}

fn zone_objects() -> Vec<Object> {
    let setpoint = analog(
        Kind::AnalogValue,
        1,
        "Raum_Soll",
        CELSIUS,
        commanded(RelinquishDefault::Fixed(Zone::default().setpoint_c)),
    );
    vec![
        measured(1, "Außentemperatur", |_| Sensor::Outdoor, |t, _| t.outdoor_c),
        measured(2, "Vorlauf", Sensor::Flow, |t, z| t.circuits[z].flow_c),
        measured(3, "Rücklauf", Sensor::Return, |t, z| t.circuits[z].return_c),
        measured(4, "Raumtemperatur", Sensor::Room, |t, z| t.zones[z].room_c),
        Object { range: (5.0, 30.0), ..setpoint },
        analog(
            Kind::AnalogValue,
            2,
            "Vorlauf_Soll",
            CELSIUS,
            Source::Measured(None, |t, z| t.zones[z].flow_setpoint_c),
        ),
        states(
            Kind::MultiStateValue,
            1,
            "Betriebsart",
            &["auto", "standby", "day", "night"],
            commanded(RelinquishDefault::Fixed(1.0)),
        ),
        analog(
            Kind::AnalogOutput,
            1,
            "Ventil",
            PERCENT,
            commanded(RelinquishDefault::Own(|t, z| t.zones[z].valve * 100.0)),
        ),
        states(
            Kind::BinaryOutput,
            1,
            "Pumpe",
            &["off", "on"],
            commanded(RelinquishDefault::Own(|t, z| f64::from(t.zones[z].pump))),
        ),
        heartbeat(),
    ]
}

fn air_objects() -> Vec<Object> {
    let setpoint = analog(
        Kind::AnalogValue,
        1,
        "Zuluft_Soll",
        CELSIUS,
        commanded(RelinquishDefault::Fixed(Air::default().setpoint_c)),
    );
    let co2 = analog(
        Kind::AnalogInput,
        4,
        "CO2",
        PPM,
        Source::Measured(Some(|_| Sensor::Co2), |t, z| t.zones[z].co2_ppm),
    );
    vec![
        measured(1, "Außentemperatur", |_| Sensor::Outdoor, |t, _| t.outdoor_c),
        measured(2, "Zuluft", |_| Sensor::Supply, |t, _| t.air.supply_c),
        measured(3, "Abluft", |_| Sensor::Extract, |t, _| t.air.extract_c),
        co2,
        Object { range: (14.0, 28.0), ..setpoint },
        states(
            Kind::MultiStateValue,
            1,
            "Stufe",
            &["off", "stage 1", "stage 2", "stage 3"],
            commanded(RelinquishDefault::Fixed(f64::from(Air::default().stage) + 1.0)),
        ),
        analog(Kind::AnalogOutput, 1, "Ventilator", PERCENT, Source::Own(|t, _| t.air.fan * 100.0)),
        states(
            Kind::BinaryInput,
            1,
            "Filter",
            &["clean", "dirty"],
            Source::Measured(None, |t, _| f64::from(t.air.filter_dirty)),
        ),
        states(
            Kind::BinaryInput,
            2,
            "Ventilator_Meldung",
            &["off", "running"],
            Source::Measured(None, |t: &Truth, _| f64::from(t.air.fan > 0.0)),
        ),
        heartbeat(),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::super::faults::Faults;
    use super::super::object::Refusal;
    use super::*;

    #[test]
    fn the_highest_slot_wins_and_null_lets_go() {
        let [mut device, ..] = Device::all();
        let at = device.find(Kind::AnalogValue as u16, 1).unwrap();
        let (truth, faults) = (Truth::default(), Faults::default());
        let present = |device: &Device| device.objects[at].present(&truth, 0, &faults).value;
        assert_eq!(present(&device), 21.0);
        device.objects[at].write(Some(18.0), 13).unwrap();
        device.objects[at].write(Some(23.0), 8).unwrap();
        assert_eq!(present(&device), 23.0);
        device.objects[at].write(None, 8).unwrap();
        let mut commands = Commands::default();
        device.command(&mut commands);
        assert_eq!((present(&device), commands.zones[0].setpoint_c), (18.0, 18.0));
        device.objects[at].write(None, 13).unwrap();
        assert_eq!(present(&device), 21.0);
    }

    #[test]
    fn refuses_what_it_must() {
        let [mut device, .., mut air] = Device::all();
        let mut write = |kind: Kind, instance, value, priority| {
            let at = device.find(kind as u16, instance).unwrap();
            device.objects[at].write(value, priority)
        };
        assert_eq!(write(Kind::AnalogInput, 1, Some(1.0), 13), Err(Refusal::WriteAccessDenied));
        assert_eq!(write(Kind::AnalogValue, 2, Some(40.0), 13), Err(Refusal::WriteAccessDenied));
        assert_eq!(write(Kind::AnalogValue, 1, Some(40.0), 13), Err(Refusal::ValueOutOfRange));
        assert_eq!(write(Kind::AnalogValue, 1, Some(f64::NAN), 13), Err(Refusal::ValueOutOfRange));
        assert_eq!(write(Kind::AnalogValue, 1, Some(20.0), 6), Err(Refusal::WriteAccessDenied));
        assert_eq!(write(Kind::MultiStateValue, 1, Some(0.0), 13), Err(Refusal::ValueOutOfRange));
        assert_eq!(write(Kind::BinaryValue, 1, Some(2.0), 13), Err(Refusal::ValueOutOfRange));
        let fan = air.find(Kind::AnalogOutput as u16, 1).unwrap();
        assert_eq!(air.objects[fan].write(Some(5.0), 13), Err(Refusal::WriteAccessDenied));
    }

    #[test]
    fn a_lost_heartbeat_clears_only_the_supervisors_slot() {
        let [mut device, ..] = Device::all();
        let at = device.find(Kind::AnalogValue as u16, 1).unwrap();
        device.objects[at].write(Some(18.0), SUPERVISOR_SLOT).unwrap();
        device.objects[at].write(Some(22.0), 15).unwrap();
        device.watch(Duration::from_secs(3600));
        assert_eq!(device.objects[at].commanded(), Some(18.0), "it never toggled");
        device.heartbeat(Duration::from_secs(3600));
        device.watch(Duration::from_secs(3600 + 599));
        assert_eq!(device.objects[at].commanded(), Some(18.0));
        device.watch(Duration::from_secs(3600 + 600));
        assert_eq!(device.objects[at].commanded(), Some(22.0));
    }
}
