//! The in-process driver: a site's points on the simulated building without
//! sockets. What is read and written goes through the same registers, objects and
//! slots, and through the same decoding, as on the wire.

use crate::control::{Action, Done};
use crate::field::{bacnet, modbus};
use crate::model::{Commander, Point, PointId, Quality, Release};
use crate::plant::Direct;
use crate::site::{BacnetSource, DeviceAddress, ModbusSource, PointSource, Site};
use crate::wire::bacnet::{ObjectId, PropertyRef, Value, property};
use crate::wire::modbus::assemble;

/// Slots of a priority array (ANSI/ASHRAE 135, clause 19.2.1).
const SLOTS: u8 = 16;

/// See the module.
#[derive(Debug)]
pub struct Wires<'a> {
    site: &'a Site,
    pub plant: Direct,
}

/// A commanded object's slot.
struct Place<'a> {
    known: &'a Point,
    source: &'a BacnetSource,
    instance: u32,
    object: ObjectId,
    slot: u8,
}

impl<'a> Wires<'a> {
    pub const fn new(site: &'a Site, plant: Direct) -> Self {
        Self { site, plant }
    }

    /// The canonical value, or why there is none; `None`: the building has no
    /// such register or object, or the point cannot be read.
    pub fn read(&self, id: PointId) -> Option<Result<f64, Quality>> {
        let point = self.site.points.get(id);
        if !point.readable {
            return None;
        }
        match (&self.site.sources[id.index()], &self.site.devices[point.device].address) {
            (PointSource::Modbus(source), DeviceAddress::Modbus { unit }) => {
                self.registers(point, source, *unit)
            }
            (PointSource::Bacnet(source), DeviceAddress::Bacnet(address)) => {
                let present = self.plant.present(address.instance?, source.object).ok()?;
                Some(match present {
                    (_, true) => Err(Quality::Faulty),
                    (value, false) => bacnet::plausible(point, source, &value),
                })
            }
            _ => None,
        }
    }

    fn registers(
        &self,
        point: &Point,
        source: &ModbusSource,
        unit: u8,
    ) -> Option<Result<f64, Quality>> {
        let (table, first) = source.read?;
        let mut words = [0; 4];
        let width = if table.is_bits() { 1 } else { source.data.width() };
        let words = &mut words[..usize::from(width.min(4))];
        for (address, word) in (first..).zip(words.iter_mut()) {
            *word = self.plant.word(unit, table, address)?;
        }
        let raw = if table.is_bits() { words[0].into() } else { assemble(source.order, words) };
        Some(modbus::decode(point, source, raw))
    }

    /// Carries out one action of the writer, as the drivers do.
    pub fn carry_out(&mut self, action: &Action) -> Done {
        match action {
            Action::Write(command) => self.write(command.point, command.value),
            Action::ReleaseWrite { point, value, .. } => self.write(*point, *value),
            Action::Relinquish { point, ours } => self.relinquish(*point, *ours),
            Action::Base { point } => Done::Base(self.base(*point)),
            Action::Commander { point, ours } => Done::Commander(self.commander(*point, *ours)),
        }
    }

    fn write(&mut self, id: PointId, value: f64) -> Done {
        let point = self.site.points.get(id);
        let source = &self.site.sources[id.index()];
        match (source, &self.site.devices[point.device].address) {
            (PointSource::Modbus(source), DeviceAddress::Modbus { unit }) => {
                if let Err(why) = self.write_registers(point, source, *unit, value) {
                    return Done::Refused(why.words(self.site.language));
                }
                match self.read(id) {
                    Some(Ok(held)) => Done::Held(held),
                    _ => Done::NotReadBack(String::new()),
                }
            }
            _ => self.write_slot(id, value),
        }
    }

    fn write_registers(
        &mut self,
        point: &Point,
        source: &ModbusSource,
        unit: u8,
        value: f64,
    ) -> Result<(), modbus::NotSent> {
        let encoded = modbus::encode(point, source, value)?;
        let write = source.write.as_ref().ok_or(modbus::NotSent::ReadOnly)?;
        let taken = match encoded {
            modbus::Encoded::Coil(on) => self.plant.write_coil(unit, write.address, on),
            modbus::Encoded::Registers(words) => (write.address..)
                .zip(words.iter())
                .all(|(address, word)| self.plant.write_register(unit, address, *word)),
        };
        taken.then_some(()).ok_or(modbus::NotSent::ReadOnly)
    }

    fn place(&self, id: PointId) -> Option<Place<'a>> {
        let known = self.site.points.get(id);
        let PointSource::Bacnet(source) = &self.site.sources[id.index()] else { return None };
        let DeviceAddress::Bacnet(address) = &self.site.devices[known.device].address else {
            return None;
        };
        let Release::Slot(slot) = known.command.as_ref()?.release else { return None };
        let object = ObjectId::new(source.object.0, source.object.1)?;
        Some(Place { known, source, instance: address.instance?, object, slot })
    }

    fn write_slot(&mut self, id: PointId, value: f64) -> Done {
        let Some(place) = self.place(id) else { return Done::Refused(String::new()) };
        let encoded = bacnet::Datatype::of(place.source)
            .ok_or(bacnet::NotSent::NotANumber)
            .and_then(|datatype| bacnet::encode(place.known, place.source, datatype, value));
        let sent = match encoded {
            Ok(sent) => sent,
            Err(why) => return Done::Refused(why.words(self.site.language)),
        };
        if let Err(why) = self.put(&place, &sent) {
            return Done::Refused(why);
        }
        self.slot(&place, place.slot).map_or_else(|| Done::NotReadBack(String::new()), Done::Held)
    }

    fn put(&mut self, place: &Place<'_>, value: &Value) -> Result<(), String> {
        let present = PropertyRef::new(property::PRESENT_VALUE);
        let Place { instance, object, slot, .. } = *place;
        let written = self.plant.write_property(instance, object, present, value, Some(slot));
        written.map_err(|error| error.to_string())
    }

    /// What a slot of the priority array holds; `None`: it is empty.
    fn slot(&self, place: &Place<'_>, slot: u8) -> Option<f64> {
        let entry = PropertyRef::element(property::PRIORITY_ARRAY, slot.into());
        self.number(place, entry)
    }

    fn number(&self, place: &Place<'_>, property: PropertyRef) -> Option<f64> {
        let values = self.plant.property(place.instance, place.object, property).ok()?;
        bacnet::canonical(place.known, place.source, values.first()?).ok()
    }

    fn relinquish(&mut self, id: PointId, ours: f64) -> Done {
        let Some(place) = self.place(id) else { return Done::Refused(String::new()) };
        match self.slot(&place, place.slot) {
            None => return Done::Released,
            Some(held) if !bacnet::is_ours(place.known, place.source, held, ours) => {
                return Done::NotOurs(held);
            }
            Some(_) => {}
        }
        self.put(&place, &Value::Null).map_or_else(Done::Refused, |()| Done::Released)
    }

    /// The next filled slot below ours, else the relinquish default.
    fn base(&self, id: PointId) -> Option<f64> {
        let place = self.place(id)?;
        let below = (place.slot + 1..=SLOTS).find_map(|slot| self.slot(&place, slot));
        below.or_else(|| self.number(&place, PropertyRef::new(property::RELINQUISH_DEFAULT)))
    }

    fn commander(&self, id: PointId, ours: f64) -> Commander {
        let Some(place) = self.place(id) else { return Commander::Unknown };
        let own = self.slot(&place, place.slot);
        if !own.is_some_and(|own| bacnet::is_ours(place.known, place.source, own, ours)) {
            return Commander::NotOurs;
        }
        let above = (1..place.slot).find_map(|slot| Some((slot, self.slot(&place, slot)?)));
        above.map_or(Commander::Ours, |(slot, value)| Commander::Above { slot, value })
    }
}
