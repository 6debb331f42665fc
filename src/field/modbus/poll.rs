//! When which block of a device is read: groups of points of one interval,
//! their blocks in turn, and what is remembered of blocks that were refused.
//! Decides only; the driver asks and tells what was heard.
//!
//! ```text
//!   beat due ──▶ block 0 ──▶ block 1 ──▶ … ──▶ next beat
//!                  │ refused: split, the halves at once;
//!                  │   a single point: faulty, asked again after 10 min
//!                  │ busy: again after a second, thrice, then the next block
//!                  └ silent: the device's pace decides, then the next block;
//!                    five times, with answers to others between: as if refused
//! ```

use std::time::Duration;

use super::plan::{Block, Item, plan};
use crate::field::pace::Pace;
use crate::model::PointId;
use crate::site::{DeviceAddress, ModbusLimits, ModbusSource, PointSource, Site};

/// A point that was refused alone is asked for again after this long: a new
/// firmware may have it.
const REFUSED_FOR: Duration = Duration::from_secs(600);
/// How long a device that says it is busy is left alone, and how often it is
/// asked again within one beat.
const BUSY_FOR: Duration = Duration::from_secs(1);
const BUSY_TRIES: u8 = 3;
/// Some devices say nothing where they should refuse: after this many
/// silences while they answered other questions, it counts as a refusal.
const SILENCES: u8 = 5;

/// The pace of a device of which nothing is polled.
pub(super) const IDLE_INTERVAL: Duration = Duration::from_secs(10);

/// A device behind the line.
#[derive(Debug)]
pub(super) struct Polled {
    /// Index into the site's devices.
    pub(super) device: usize,
    pub(super) unit: u8,
    pub(super) fed_by_reads: bool,
    pub(super) groups: Vec<Group>,
    /// While it is silent, it is tried only at this pace.
    pub(super) pace: Pace,
    /// It has answered since its last silence.
    pub(super) answered_since: bool,
    /// What was told of it last.
    pub(super) answers: Option<bool>,
}

impl Polled {
    /// When it is asked next, and by which group; `None` if it is not polled.
    pub(super) fn due(&self) -> Option<(Duration, usize)> {
        let group = (0..self.groups.len()).min_by_key(|group| self.groups[*group].due())?;
        let due = self.groups[group].due();
        Some((if self.pace.is_silent() { self.pace.due() } else { due }, group))
    }
}

/// The points of a device that are read at one interval.
#[derive(Debug)]
pub(super) struct Group {
    pace: Pace,
    items: Vec<Item>,
    blocks: Vec<Planned>,
    /// The block whose turn it is; 0 between two beats.
    next: usize,
    busy_tries: u8,
    busy_until: Option<Duration>,
}

#[derive(Debug)]
struct Planned {
    block: Block,
    /// Refused though it cannot be split: not asked before this moment.
    refused_until: Option<Duration>,
    /// Silences in a row, each after an answer to something else.
    silences: u8,
}

impl Planned {
    const fn new(block: Block) -> Self {
        Self { block, refused_until: None, silences: 0 }
    }
}

impl Group {
    /// `None` without points.
    pub(super) fn new(items: Vec<Item>, limits: &ModbusLimits, pace: Pace) -> Option<Self> {
        if items.is_empty() {
            return None;
        }
        let blocks = plan(items.clone(), limits).into_iter().map(Planned::new).collect();
        Some(Self { pace, items, blocks, next: 0, busy_tries: 0, busy_until: None })
    }

    /// When its next block is to be read.
    pub(super) fn due(&self) -> Duration {
        self.busy_until.unwrap_or(self.pace.due())
    }

    /// The block whose turn it is, and whether to ask for it; if not, its
    /// points are known to be refused.
    pub(super) fn turn(&self, now: Duration) -> (&Block, bool) {
        let planned = &self.blocks[self.next];
        (&planned.block, planned.refused_until.is_none_or(|until| until <= now))
    }

    /// The block gave values. One that had been refused alone shows that the
    /// device has changed: all is planned anew.
    pub(super) fn answered(&mut self, now: Duration, limits: &ModbusLimits) {
        let planned = &mut self.blocks[self.next];
        planned.silences = 0;
        if planned.refused_until.is_some() {
            self.blocks = plan(self.items.clone(), limits).into_iter().map(Planned::new).collect();
            self.next = self.blocks.len();
        }
        self.pass(now);
    }

    /// The device does not have the block as a whole. True if its points are
    /// refused for good; else it was split and the halves come at once.
    pub(super) fn refused(&mut self, now: Duration) -> bool {
        let planned = &mut self.blocks[self.next];
        if let Some(halves) = planned.block.split() {
            self.blocks.splice(self.next..=self.next, halves.map(Planned::new));
            return false;
        }
        planned.refused_until = Some(now + REFUSED_FOR);
        self.pass(now);
        true
    }

    /// No answer; `answered_since`: the device has answered something else
    /// after the last silence. True as for [`refused`](Self::refused).
    pub(super) fn silent(&mut self, now: Duration, answered_since: bool) -> bool {
        let planned = &mut self.blocks[self.next];
        planned.silences += u8::from(answered_since);
        let again = answered_since && planned.refused_until.is_some();
        if planned.silences >= SILENCES || again {
            planned.silences = 0;
            return self.refused(now);
        }
        self.pass(now);
        false
    }

    /// The device asks for patience.
    pub(super) fn busy(&mut self, now: Duration) {
        if self.busy_tries == BUSY_TRIES {
            self.pass(now);
        } else {
            self.busy_tries += 1;
            self.busy_until = Some(now + BUSY_FOR);
        }
    }

    /// Goes on to the next block, or to the next beat after the last.
    pub(super) fn pass(&mut self, now: Duration) {
        self.busy_tries = 0;
        self.busy_until = None;
        self.next += 1;
        if self.next >= self.blocks.len() {
            self.skip(now);
        }
    }

    /// Lets this beat go by.
    pub(super) fn skip(&mut self, now: Duration) {
        self.busy_tries = 0;
        self.busy_until = None;
        self.next = 0;
        self.pace.answered(now);
    }

    #[cfg(test)]
    fn spans(&self) -> Vec<(u16, u16)> {
        self.blocks.iter().map(|planned| (planned.block.address, planned.block.count)).collect()
    }
}

/// The devices of a line, their polls spread over the start.
pub(super) fn polled(site: &Site, devices: &[usize], start: Duration) -> Vec<Polled> {
    let groups: Vec<_> = devices.iter().map(|device| by_interval(site, *device)).collect();
    let count = groups.iter().map(Vec::len).sum();
    let mut places = 0..;
    let polled = devices.iter().zip(groups).filter_map(|(device, groups)| {
        let DeviceAddress::Modbus { unit } = site.devices[*device].address else { return None };
        let limits = &site.devices[*device].modbus;
        let fastest = groups.iter().map(|(interval, _)| *interval).min();
        let groups = groups.into_iter().filter_map(|(interval, items)| {
            let pace = Pace::staggered(interval, start, places.next()?, count);
            Group::new(items, limits, pace)
        });
        Some(Polled {
            device: *device,
            unit,
            fed_by_reads: site.devices[*device].watchdog_fed_by_reads,
            groups: groups.collect(),
            pace: Pace::staggered(fastest.unwrap_or(IDLE_INTERVAL), start, 0, 1),
            answered_since: false,
            answers: None,
        })
    });
    polled.collect()
}

/// The points of a device that can be read, by how often.
fn by_interval(site: &Site, device: usize) -> Vec<(Duration, Vec<Item>)> {
    let mut groups: Vec<(Duration, Vec<Item>)> = Vec::new();
    for point in &site.devices[device].points {
        let Some(item) = item(site, *point) else { continue };
        let interval = site.points.get(*point).poll;
        match groups.iter_mut().find(|(of, _)| *of == interval) {
            Some((_, items)) => items.push(item),
            None => groups.push((interval, vec![item])),
        }
    }
    groups
}

/// Where a point is read; `None` if it is only written or not Modbus.
pub(super) fn item(site: &Site, point: PointId) -> Option<Item> {
    let source = source(site, point)?;
    let (table, address) = source.read?;
    let width = if table.is_bits() { 1 } else { source.data.width() };
    Some(Item { point, table, address, width })
}

/// Where a point lies, if it is Modbus.
pub(super) fn source(site: &Site, point: PointId) -> Option<&ModbusSource> {
    match site.sources.get(point.index())? {
        PointSource::Modbus(source) => Some(source),
        PointSource::Bacnet(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::modbus::Table;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn group(addresses: &[u16]) -> Group {
        let items = (0..)
            .zip(addresses)
            .map(|(point, address)| Item {
                point: PointId(point),
                table: Table::Holding,
                address: *address,
                width: 1,
            })
            .collect();
        let pace = Pace::staggered(s(10), s(0), 0, 1);
        Group::new(items, &ModbusLimits::default(), pace).unwrap()
    }

    #[test]
    fn a_refused_block_is_split_until_the_culprit_is_alone_and_this_is_remembered() {
        let mut group = group(&[0, 1, 2, 3]);
        let limits = ModbusLimits::default();
        let mut asked = 0;
        let mut beat = |group: &mut Group, now| {
            asked = 0;
            while group.due() <= now {
                let (block, ask) = group.turn(now);
                let (first, count) = (block.address, block.count);
                if !ask {
                    group.pass(now);
                    continue;
                }
                asked += 1;
                if (first..first + count).contains(&2) {
                    group.refused(now);
                } else {
                    group.answered(now, &limits);
                }
            }
            asked
        };
        assert_eq!(beat(&mut group, s(0)), 5);
        assert_eq!(group.spans(), [(0, 2), (2, 1), (3, 1)]);
        assert_eq!(beat(&mut group, s(10)), 2, "the refused point is left alone");
        assert_eq!(beat(&mut group, s(610)), 3, "and tried again after ten minutes");
        assert_eq!(beat(&mut group, s(620)), 2);
    }

    #[test]
    fn a_point_that_answers_after_all_brings_back_the_whole_block() {
        let mut group = group(&[0, 1]);
        let limits = ModbusLimits::default();
        group.refused(s(0));
        assert!(group.refused(s(0)) && group.refused(s(0)));
        assert_eq!(group.spans(), [(0, 1), (1, 1)]);
        assert_eq!(group.due(), s(10));
        group.answered(s(600), &limits);
        assert_eq!((group.spans(), group.due()), (vec![(0, 2)], s(610)));
    }

    #[test]
    fn silence_on_one_block_only_counts_as_a_refusal() {
        let mut group = group(&[0, 100]);
        let limits = ModbusLimits::default();
        for beat in 0..5 {
            let now = s(beat * 10);
            group.answered(now, &limits);
            assert_eq!(group.silent(now, true), beat == 4);
        }
        group.answered(s(50), &limits);
        assert!(!group.turn(s(50)).1, "left alone");
        group.pass(s(50));
        // Asked again, it is silent again: no need to be patient twice.
        group.answered(s(700), &limits);
        assert!(group.turn(s(700)).1 && group.silent(s(700), true));
        group.answered(s(710), &limits);
        assert!(!group.turn(s(710)).1);
    }

    #[test]
    fn a_device_silent_altogether_refuses_nothing() {
        let mut group = group(&[0, 100]);
        for beat in 0..20 {
            assert!(!group.silent(s(beat * 10), false));
        }
        assert_eq!(group.spans(), [(0, 1), (100, 1)]);
    }

    #[test]
    fn a_busy_device_is_asked_again_thrice_and_then_left_to_the_next_beat() {
        let mut group = group(&[0]);
        for second in 0..3 {
            group.busy(s(second));
            assert_eq!(group.due(), s(second + 1));
        }
        group.busy(s(3));
        assert_eq!(group.due(), s(10));
    }
}
