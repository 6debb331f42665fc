//! From a device's words to a [`Device`] and its points: which template and
//! variant, which address, and the references between its points.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::fault::{Address, Meaning, Naming, What, Wire};
use super::place::{At, Faults, Place};
use super::points::{self, Around, Built};
use super::raw_site::{ConnectionType, RawDevice};
use super::template::{self, NamedPoints, Protocol, RawLimits, Template};
use super::{
    BacnetAddress, Device, DeviceAddress, ModbusLimits, PointSource, addresses, command, modbus,
};
use crate::model::unit::duration;
use crate::model::{Kind, PointId, PointTable};

/// How often a point is read where nobody says otherwise.
const USUAL_POLL: Duration = Duration::from_secs(10);

/// What of the connection matters to its devices.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'a> {
    pub index: usize,
    pub name: &'a str,
    pub kind: ConnectionType,
    /// Whether a Who-Is reaches anybody.
    pub broadcasts: bool,
}

/// Points found so far, of all devices.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub points: PointTable,
    pub sources: Vec<PointSource>,
    /// Full names, those with faults included, and where they are written.
    pub declared: HashMap<String, Place>,
    /// Full names of devices, and where they are written.
    pub devices: HashMap<String, Place>,
    /// Devices of which nobody knows what points they have.
    pub unclear: HashSet<String>,
}

/// The parts of a device that hold whatever it is connected to.
pub(super) struct Layers {
    /// What the template says, its variant laid over it.
    pub template: NamedPoints,
    /// The site's own words laid over that.
    pub points: NamedPoints,
    pub limits: RawLimits,
    pub poll: Duration,
    pub watchdog_fed_by_reads: bool,
}

/// Lays the device's own words over its template's; `None` if the variant is
/// not there.
pub(super) fn layers(
    raw: &RawDevice,
    template: Option<&Template>,
    faults: &mut Faults,
) -> Option<Layers> {
    let variant = match &raw.variant {
        None => None,
        Some(at) => Some(variant(raw, at, template, faults)?),
    };
    let below = template.map(|template| template.points_of(variant)).unwrap_or_default();
    let limits = template.map(|template| template.limits_of(variant)).unwrap_or_default();
    let poll = raw.poll.as_ref().or_else(|| template.and_then(|template| template.poll.as_ref()));
    Some(Layers {
        points: template::overlay(&below, &raw.points),
        template: below,
        limits: raw.limits.clone().over(&limits),
        poll: poll.and_then(|at| duration(at.value)).unwrap_or(USUAL_POLL),
        watchdog_fed_by_reads: template.is_some_and(|template| template.watchdog_fed_by_reads),
    })
}

fn variant<'a>(
    raw: &RawDevice,
    at: &'a At<String>,
    template: Option<&Template>,
    faults: &mut Faults,
) -> Option<&'a str> {
    let Some(template) = template else {
        faults.error(&at.place, Naming::VariantOfNothing { name: raw.name.value.clone() });
        return None;
    };
    if template.variant(&at.value).is_none() {
        let fault = Naming::Unknown {
            who: What::Template,
            name: template.name.clone(),
            what: What::Variant,
            word: at.value.clone(),
            known: template.variants.iter().map(|(name, _)| name.value.clone()).collect(),
        };
        faults.error(&at.place, fault);
        return None;
    }
    Some(&at.value)
}

/// Builds a device with its points.
pub(super) fn build(
    raw: &RawDevice,
    layers: &Layers,
    line: Line<'_>,
    building: (usize, &str),
    index: usize,
    found: &mut Found,
    faults: &mut Faults,
) -> Option<Device> {
    let prefix = format!("{}.{}.", building.1, raw.name.value);
    let around = Around {
        protocol: line.kind.protocol(),
        prefix,
        building: building.0,
        device: index,
        poll: layers.poll,
        template: &layers.template,
    };
    let device = around.prefix.trim_end_matches('.').to_owned();
    found.devices.insert(device, raw.name.place.clone());
    for (name, _) in &layers.points {
        found.declared.insert(format!("{}{}", around.prefix, name.value), name.place.clone());
    }
    let built = build_points(&layers.points, &around, faults);
    let ids = add(built, &layers.points, found, faults);
    let limits = match line.kind.protocol() {
        Protocol::Modbus => modbus::limits(&layers.limits, faults),
        Protocol::Bacnet => ModbusLimits::default(),
    };
    Some(Device {
        name: raw.name.value.clone(),
        building: building.0,
        connection: line.index,
        template: raw.template.as_ref().map(|at| at.value.clone()),
        address: address(raw, line, faults)?,
        points: ids,
        watchdog_fed_by_reads: layers.watchdog_fed_by_reads,
        modbus: limits,
    })
}

/// Builds all points of a device that it has.
pub(super) fn build_points(
    points: &NamedPoints,
    around: &Around<'_>,
    faults: &mut Faults,
) -> Vec<Built> {
    let mut built: Vec<Built> = points
        .iter()
        .filter(|(_, raw)| !points::is_absent(raw))
        .filter_map(|(name, raw)| points::build(name, raw, around, faults))
        .collect();
    check_write_places(&built, faults);
    share_heartbeat(&mut built, faults);
    built
}

/// The plant's program that hears the heartbeat lets go of all our commands in
/// the device: what the heartbeat says of that holds for all its points.
fn share_heartbeat(built: &mut [Built], faults: &mut Faults) {
    let beats = |one: &Built| one.point.command.as_ref().is_some_and(|it| it.heartbeat.is_some());
    let mut hearts = built.iter().filter(|one| beats(one));
    let Some(heart) = hearts.next() else { return };
    for second in hearts {
        let (point, other) = (second.name.value.clone(), heart.name.value.clone());
        faults.error(&second.name.place, Meaning::HeartbeatTwice { point, other });
    }
    let command = heart.point.command.as_ref();
    let Some(after) = command.and_then(|command| command.abandoned.falls_back) else { return };
    for command in built.iter_mut().filter_map(|one| one.point.command.as_mut()) {
        command.abandoned.falls_back.get_or_insert(after);
    }
}

/// Gives the points ids and follows the references between them.
pub(super) fn add(
    built: Vec<Built>,
    declared: &NamedPoints,
    found: &mut Found,
    faults: &mut Faults,
) -> Vec<PointId> {
    let first = u32::try_from(found.points.len()).unwrap_or(u32::MAX);
    let mut ids = Vec::new();
    for (id, one) in (first..).map(PointId).zip(&built) {
        let mut point = one.point.clone();
        point.by_hand = by_hand(one, &built, declared, first, faults);
        let pulse = one.pulse.as_ref().and_then(|at| target(one, at, &built, declared, faults));
        point.pulse = pulse.map(|place| PointId(first + place as u32));
        if let (Some((at, value)), Some(command)) = (&one.action, point.command.as_mut())
            && let Some(target) = target(one, at, &built, declared, faults)
        {
            let id = PointId(first + target as u32);
            if let Some(release) = command::action(&built[target], id, value, at, faults) {
                command.release = release;
            }
        }
        if found.points.push(point) == Some(id) {
            found.sources.push(one.source.clone());
            ids.push(id);
        }
    }
    ids
}

/// The place of a point of the same device in the list; `None`, and told, if
/// there is none of this name.
fn target(
    point: &Built,
    at: &At<String>,
    built: &[Built],
    declared: &NamedPoints,
    faults: &mut Faults,
) -> Option<usize> {
    let place = built.iter().position(|other| other.name.value == at.value);
    let is_known =
        declared.iter().any(|(name, raw)| name.value == at.value && !points::is_absent(raw));
    if place.is_none() && !is_known {
        let fault = Naming::Unknown {
            who: What::Point,
            name: point.name.value.clone(),
            what: What::Point,
            word: at.value.clone(),
            known: built.iter().map(|other| other.name.value.clone()).collect(),
        };
        faults.error(&at.place, fault);
    }
    place
}

fn by_hand(
    point: &Built,
    built: &[Built],
    declared: &NamedPoints,
    first: u32,
    faults: &mut Faults,
) -> Option<(PointId, Vec<f64>)> {
    let raw = &point.by_hand.as_ref()?.value;
    // A device without the switch just does not say.
    if declared
        .iter()
        .any(|(name, other)| name.value == raw.point.value && points::is_absent(other))
    {
        return None;
    }
    let place = target(point, &raw.point, built, declared, faults)?;
    let switch = &built[place];
    let Kind::States(names) = &switch.point.kind else {
        let fault = Meaning::ByHandNumber { point: switch.name.value.clone() };
        faults.error(&raw.point.place, fault);
        return None;
    };
    let mut states = Vec::new();
    for at in &raw.states {
        match names.iter().position(|name| *name == at.value) {
            Some(state) => states.push(state as f64),
            None => {
                let fault = super::states::unknown(&switch.name, &at.value, names);
                faults.error(&at.place, fault);
            }
        }
    }
    Some((PointId(first + place as u32), states))
}

/// Two commanded points on one place would fight over it.
fn check_write_places(built: &[Built], faults: &mut Faults) {
    let place = |built: &Built| -> Option<(u32, u32, u32)> {
        built.point.command.as_ref()?;
        Some(match &built.source {
            PointSource::Modbus(source) => {
                let write = source.write.as_ref()?;
                (write.table as u32, u32::from(write.address), 0)
            }
            PointSource::Bacnet(source) => {
                (0x100 + u32::from(source.object.0), source.object.1, source.property)
            }
        })
    };
    let mut taken: HashMap<_, &Built> = HashMap::new();
    for one in built {
        let Some(here) = place(one) else { continue };
        if let Some(other) = taken.get(&here) {
            let (point, other) = (one.name.value.clone(), other.name.value.clone());
            faults.error(&one.name.place, Wire::SamePlace { point, other });
        } else {
            taken.insert(here, one);
        }
    }
}

fn address(raw: &RawDevice, line: Line<'_>, faults: &mut Faults) -> Option<DeviceAddress> {
    let protocol = line.kind.protocol();
    let (word, unfit): (_, Vec<(&'static str, Option<&Place>)>) = match protocol {
        Protocol::Modbus => (
            "Modbus",
            vec![
                ("instance", raw.instance.as_ref().map(|at| &at.place)),
                ("address", raw.address.as_ref().map(|at| &at.place)),
                ("network", raw.network.as_ref().map(|at| &at.place)),
                ("mac", raw.mac.as_ref().map(|at| &at.place)),
            ],
        ),
        Protocol::Bacnet => (
            "BACnet",
            vec![
                ("unit", raw.unit.as_ref().map(|at| &at.place)),
                ("modbus", raw.limits.place.as_ref()),
            ],
        ),
    };
    for (key, place) in unfit {
        if let Some(place) = place {
            faults.error(place, Address::NotForDevice { key, protocol: word });
        }
    }
    match protocol {
        Protocol::Modbus => modbus_address(raw, line, faults),
        Protocol::Bacnet => bacnet_address(raw, line, faults),
    }
}

/// Units 1 to 247 on a serial line, 0 being the broadcast (Modbus over Serial
/// Line V1.02, 2.2); over TCP 0 and 255 are in use too.
fn modbus_address(raw: &RawDevice, line: Line<'_>, faults: &mut Faults) -> Option<DeviceAddress> {
    let Some(unit) = &raw.unit else {
        if !raw.has_unit {
            faults.error(&raw.place, Address::NoUnit { device: raw.name.value.clone() });
        }
        return None;
    };
    let serial = line.kind != ConnectionType::ModbusTcp;
    if serial && !(1..=247).contains(&unit.value) {
        faults.error(&unit.place, Address::UnitOnLine { unit: unit.value });
    }
    Some(DeviceAddress::Modbus { unit: u8::try_from(unit.value).ok()? })
}

fn bacnet_address(raw: &RawDevice, line: Line<'_>, faults: &mut Faults) -> Option<DeviceAddress> {
    let socket = raw.address.as_ref().map(|at| {
        let socket = addresses::bacnet(&at.value);
        if socket.is_none() {
            let (text, example) = (at.value.clone(), "\"192.168.1.20:47808\"");
            faults.error(&at.place, Address::BadAddress { text, example });
        }
        socket
    });
    let mac = raw.mac.as_ref().map(|at| {
        let mac = addresses::mac(&at.value);
        if mac.is_none() {
            faults.error(&at.place, Address::BadMac { text: at.value.clone() });
        }
        mac
    });
    let routed = match (&raw.network, &mac) {
        (Some(network), Some(mac)) => Some((u16::try_from(network.value).ok()?, mac.clone()?)),
        (None, None) => None,
        (Some(At { place, .. }), None) => return lone(place, faults),
        (None, Some(_)) => return lone(&raw.mac.as_ref()?.place, faults),
    };
    if raw.address.is_none() && raw.instance.is_none() && routed.is_none() {
        faults.error(&raw.place, Address::NoWayToDevice { device: raw.name.value.clone() });
        return None;
    }
    if raw.address.is_none() && !line.broadcasts {
        let place = raw.instance.as_ref().map_or(&raw.place, |at| &at.place);
        faults.error(place, Address::Unfindable { device: raw.name.value.clone() });
    }
    Some(DeviceAddress::Bacnet(BacnetAddress {
        instance: raw.instance.as_ref().and_then(|at| u32::try_from(at.value).ok()),
        address: match socket {
            Some(socket) => Some(socket?),
            None => None,
        },
        routed,
    }))
}

fn lone(place: &Place, faults: &mut Faults) -> Option<DeviceAddress> {
    faults.error(place, Address::NetworkWithoutMac);
    None
}

/// Two devices of one connection cannot have one address.
pub(super) fn check_addresses(devices: &[(&RawDevice, Option<Device>)], faults: &mut Faults) {
    for (index, (raw, device)) in devices.iter().enumerate() {
        let Some(device) = device else { continue };
        let before = devices[..index].iter().filter_map(|(_, other)| other.as_ref());
        for other in before.filter(|other| other.connection == device.connection) {
            let same = match (&device.address, &other.address) {
                (DeviceAddress::Bacnet(one), DeviceAddress::Bacnet(two)) => {
                    (one.instance.is_some() && one.instance == two.instance)
                        || (one.address.is_some() || one.routed.is_some())
                            && (&one.address, &one.routed) == (&two.address, &two.routed)
                }
                (one, two) => one == two,
            };
            if same {
                let place = [&raw.unit, &raw.instance]
                    .into_iter()
                    .flatten()
                    .map(|at| &at.place)
                    .chain(raw.address.as_ref().map(|at| &at.place))
                    .next()
                    .unwrap_or(&raw.place);
                let (device, other) = (device.name.clone(), other.name.clone());
                faults.error(place, Address::SameAddress { device, other });
                break;
            }
        }
    }
}
