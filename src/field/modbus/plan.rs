//! The planner: points to as few reads as the device's limits allow. Blocks
//! run over unused addresses only where the template lets them, and can be
//! split when the device refuses one. Pure; the driver remembers the result.

use crate::model::PointId;
use crate::site::ModbusLimits;
use crate::wire::modbus::Table;

/// A point's addresses within its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    pub point: PointId,
    pub table: Table,
    pub address: u16,
    /// Registers or bits, at least 1.
    pub width: u16,
}

impl Item {
    /// The first address behind it; may be 65536.
    fn end(self) -> u32 {
        u32::from(self.address) + u32::from(self.width)
    }
}

/// One read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    pub table: Table,
    pub address: u16,
    pub count: u16,
    /// In order of addresses; never empty.
    pub items: Vec<Item>,
}

impl Block {
    /// The block of `items` that covers them all; they are of one table and
    /// in order of addresses.
    fn around(items: Vec<Item>) -> Option<Self> {
        let first = items.first()?;
        let end = items.iter().map(|item| item.end()).max()?;
        let count = end - u32::from(first.address);
        Some(Self {
            table: first.table,
            address: first.address,
            count: u16::try_from(count).unwrap_or(u16::MAX),
            items,
        })
    }

    /// Two blocks for what the device refused as one; `None` once only points
    /// of the very same addresses are left (bits of one register).
    #[must_use]
    pub fn split(&self) -> Option<[Self; 2]> {
        let same = |a: &Item, b: &Item| (a.address, a.width) == (b.address, b.width);
        let middle = self.items.len() / 2;
        // The cut nearest to the middle that does not part such points.
        let cut = (1..self.items.len())
            .filter(|cut| !same(&self.items[cut - 1], &self.items[*cut]))
            .min_by_key(|cut| cut.abs_diff(middle))?;
        let (left, right) = self.items.split_at(cut);
        Some([Self::around(left.to_vec())?, Self::around(right.to_vec())?])
    }
}

/// The fewest blocks that cover `items` within `limits`. A point wider than
/// the limits allow gets a block of its own.
#[must_use]
pub fn plan(mut items: Vec<Item>, limits: &ModbusLimits) -> Vec<Block> {
    items.sort_by_key(|item| (item.table, item.address, item.width, item.point));
    let mut blocks = Vec::new();
    let mut block: Vec<Item> = Vec::new();
    let mut end = 0;
    for item in items {
        // Taking items in order of their first address and filling each block
        // as far as it goes is minimal: an item nested in a later one costs
        // nothing there.
        if let Some(first) = block.first()
            && !(first.table == item.table
                && bridges(item.table, end, item.address, limits)
                && item.end().max(end) - u32::from(first.address) <= most(item.table, limits))
        {
            blocks.extend(Block::around(std::mem::take(&mut block)));
        }
        end = if block.is_empty() { item.end() } else { item.end().max(end) };
        block.push(item);
    }
    blocks.extend(Block::around(block));
    blocks
}

/// The longest block of a table, also where the template asks for more than
/// the protocol has (Application Protocol V1.1b3, 6.1 and 6.3).
fn most(table: Table, limits: &ModbusLimits) -> u32 {
    if table.is_bits() {
        u32::from(limits.max_bits.clamp(1, 2000))
    } else {
        u32::from(limits.max_registers.clamp(1, 125))
    }
}

/// Whether the unused addresses from `end` up to `next` may be read across.
fn bridges(table: Table, end: u32, next: u16, limits: &ModbusLimits) -> bool {
    let next = u32::from(next);
    if next <= end {
        return true;
    }
    next - end <= u32::from(limits.max_gap)
        && !limits.holes.iter().any(|(of, first, last)| {
            *of == table && u32::from(*first) < next && u32::from(*last) >= end
        })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn item(point: u32, table: Table, address: u16, width: u16) -> Item {
        Item { point: PointId(point), table, address, width }
    }

    fn holding(items: &[(u16, u16)]) -> Vec<Item> {
        (0..)
            .zip(items)
            .map(|(point, (address, width))| item(point, Table::Holding, *address, *width))
            .collect()
    }

    fn spans(blocks: &[Block]) -> Vec<(u16, u16)> {
        blocks.iter().map(|block| (block.address, block.count)).collect()
    }

    #[test]
    fn near_points_share_a_read_and_far_ones_do_not() {
        let limits = ModbusLimits { max_gap: 3, ..ModbusLimits::default() };
        let items = holding(&[(9, 1), (12, 1), (13, 1), (16, 2), (22, 1), (105, 1)]);
        assert_eq!(spans(&plan(items, &limits)), [(9, 9), (22, 1), (105, 1)]);
    }

    #[test]
    fn holes_are_not_read_unless_a_point_lies_there() {
        let mut limits =
            ModbusLimits { holes: vec![(Table::Holding, 11, 12)], ..Default::default() };
        let items = holding(&[(10, 1), (13, 1)]);
        assert_eq!(spans(&plan(items.clone(), &limits)), [(10, 1), (13, 1)]);
        assert_eq!(spans(&plan(holding(&[(10, 1), (11, 2), (13, 1)]), &limits)), [(10, 4)]);
        limits.holes = vec![(Table::Input, 11, 12)];
        assert_eq!(spans(&plan(items, &limits)), [(10, 4)]);
    }

    #[test]
    fn tables_are_read_apart_and_long_runs_are_cut() {
        let limits = ModbusLimits { max_registers: 50, max_bits: 16, ..Default::default() };
        let mut items: Vec<Item> =
            (0_u16..60).map(|n| item(n.into(), Table::Input, n * 2, 2)).collect();
        items.extend((0_u16..20).map(|n| item(100, Table::Coil, n, 1)));
        let blocks = plan(items, &limits);
        assert_eq!(spans(&blocks), [(0, 16), (16, 4), (0, 50), (50, 50), (100, 20)]);
    }

    #[test]
    fn the_last_address_can_be_read() {
        let blocks = plan(holding(&[(65_534, 2), (65_535, 1)]), &ModbusLimits::default());
        assert_eq!(spans(&blocks), [(65_534, 2)]);
    }

    #[test]
    fn a_refused_block_splits_down_to_points() {
        let blocks = plan(holding(&[(0, 1), (1, 1), (1, 1), (4, 2)]), &ModbusLimits::default());
        let [block] = blocks.as_slice() else { panic!("{blocks:?}") };
        let [left, right] = block.split().unwrap();
        assert_eq!(spans(&[left.clone(), right.clone()]), [(0, 1), (1, 5)]);
        let [bits, last] = right.split().unwrap();
        assert_eq!(spans(&[bits.clone(), last]), [(1, 1), (4, 2)]);
        assert_eq!((left.split(), bits.split()), (None, None));
    }

    prop_compose! {
        fn limits()(
            max_registers in 4_u16..20,
            max_bits in 4_u16..20,
            max_gap in 0_u16..6,
            holes in prop::collection::vec((any::<bool>(), 0_u16..60, 0_u16..4), 0..3),
        ) -> ModbusLimits {
            let table = |coil| if coil { Table::Coil } else { Table::Holding };
            let holes = holes.into_iter().map(|(coil, at, more)| (table(coil), at, at + more));
            ModbusLimits { max_registers, max_bits, max_gap, holes: holes.collect(), ..Default::default() }
        }
    }

    fn items(most: usize) -> impl Strategy<Value = Vec<Item>> {
        let one = (any::<bool>(), 0_u16..60, 0_usize..3);
        prop::collection::vec(one, 0..most).prop_map(|items| {
            (0..)
                .zip(items)
                .map(|(point, (coil, address, width))| {
                    let table = if coil { Table::Coil } else { Table::Holding };
                    item(point, table, address, if coil { 1 } else { [1, 2, 4][width] })
                })
                .collect()
        })
    }

    /// Whether a block keeps to the limits: its length, and every run of
    /// addresses in it that no point of the device uses.
    fn allowed(block: &[Item], limits: &ModbusLimits) -> bool {
        let table = block[0].table;
        let first = block.iter().map(|item| item.address).min().unwrap();
        let end = block.iter().map(|item| item.end()).max().unwrap();
        let used =
            |at: u32| block.iter().any(|item| u32::from(item.address) <= at && at < item.end());
        let hole = |at: u32| {
            limits.holes.iter().any(|(of, from, to)| {
                *of == table && (u32::from(*from)..=u32::from(*to)).contains(&at)
            })
        };
        let mut run = 0;
        for at in u32::from(first)..end {
            run = if used(at) { 0 } else { run + 1 };
            if run > u32::from(limits.max_gap) || (run > 0 && hole(at)) {
                return false;
            }
        }
        block.iter().all(|item| item.table == table)
            && end - u32::from(first) <= most(table, limits)
    }

    /// The fewest allowed blocks, by trying every way to share the items out.
    fn fewest(items: &[Item], limits: &ModbusLimits, blocks: &mut Vec<Vec<Item>>) -> usize {
        let Some((item, rest)) = items.split_first() else {
            let fine = blocks.iter().all(|block| allowed(block, limits));
            return if fine { blocks.len() } else { usize::MAX };
        };
        let mut best = usize::MAX;
        for place in 0..=blocks.len() {
            if place == blocks.len() {
                blocks.push(Vec::new());
            }
            blocks[place].push(*item);
            best = best.min(fewest(rest, limits, blocks));
            blocks[place].pop();
            blocks.retain(|block| !block.is_empty());
        }
        best
    }

    proptest! {
        #[test]
        fn every_point_is_covered_within_the_limits(items in items(40), limits in limits()) {
            let blocks = plan(items.clone(), &limits);
            prop_assert!(blocks.len() <= items.len());
            let mut covered: Vec<Item> = Vec::new();
            for block in &blocks {
                prop_assert!(allowed(&block.items, &limits), "{:?}", block);
                for item in &block.items {
                    prop_assert!(block.address <= item.address);
                    prop_assert!(item.end() <= u32::from(block.address) + u32::from(block.count));
                }
                covered.extend(&block.items);
            }
            covered.sort_by_key(|item| item.point);
            prop_assert_eq!(covered, items);
        }

        #[test]
        fn no_way_needs_fewer_reads(items in items(7), limits in limits()) {
            let found = plan(items.clone(), &limits).len();
            prop_assert_eq!(found, fewest(&items, &limits, &mut Vec::new()));
        }

        #[test]
        fn splitting_loses_no_point(items in items(20), limits in limits()) {
            for block in plan(items, &limits) {
                let Some([left, right]) = block.split() else { continue };
                let mut both = left.items;
                both.extend(right.items);
                prop_assert_eq!(both, block.items);
            }
        }
    }
}
