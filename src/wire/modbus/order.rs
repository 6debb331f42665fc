//! Bits to registers and back in the four orders in use. Modbus itself fixes
//! only the byte order within one register (Application Protocol V1.1b3, 4.2);
//! what a value of several registers looks like is each maker's choice.

use std::ops::Deref;

use super::Order;

/// The registers of one value, one to four.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    words: [u16; 4],
    len: u8,
}

impl Deref for Words {
    type Target = [u16];

    fn deref(&self) -> &[u16] {
        &self.words[..usize::from(self.len)]
    }
}

impl Order {
    const fn lowest_word_first(self) -> bool {
        matches!(self, Self::Cdab | Self::Dcba)
    }

    const fn bytes_swapped(self) -> bool {
        matches!(self, Self::Badc | Self::Dcba)
    }

    const fn word(self, word: u16) -> u16 {
        if self.bytes_swapped() { word.swap_bytes() } else { word }
    }
}

/// The bits that `registers` hold, the highest first. Registers beyond the
/// fourth are not looked at.
#[must_use]
pub fn assemble(order: Order, registers: &[u16]) -> u64 {
    let join = |bits: u64, word: &u16| bits << 16 | u64::from(order.word(*word));
    let registers = &registers[..registers.len().min(4)];
    if order.lowest_word_first() {
        registers.iter().rev().fold(0, join)
    } else {
        registers.iter().fold(0, join)
    }
}

/// The lowest `width` × 16 bits as registers; `width` is one to four.
#[must_use]
pub fn spread(order: Order, bits: u64, width: u16) -> Words {
    let len = width.clamp(1, 4);
    let mut words = [0; 4];
    for place in 0..len {
        let shift = if order.lowest_word_first() { place } else { len - 1 - place } * 16;
        words[usize::from(place)] = order.word((bits >> shift) as u16);
    }
    Words { words, len: len as u8 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ORDERS: [Order; 4] = [Order::Abcd, Order::Cdab, Order::Badc, Order::Dcba];

    /// 123456.78 as float32 is 0x47F12064; the registers of the four orders
    /// as makers' manuals print them.
    #[test]
    fn the_four_orders_of_one_float() {
        let bits = u64::from(123_456.78_f32.to_bits());
        assert_eq!(bits, 0x47F1_2064);
        let registers = ORDERS.map(|order| spread(order, bits, 2).to_vec());
        assert_eq!(
            registers,
            [
                vec![0x47F1, 0x2064],
                vec![0x2064, 0x47F1],
                vec![0xF147, 0x6420],
                vec![0x6420, 0xF147],
            ]
        );
    }

    #[test]
    fn sixty_four_bits_go_on_in_the_same_pattern() {
        let bits = 0x0102_0304_0506_0708;
        let registers = ORDERS.map(|order| spread(order, bits, 4).to_vec());
        assert_eq!(
            registers,
            [
                vec![0x0102, 0x0304, 0x0506, 0x0708],
                vec![0x0708, 0x0506, 0x0304, 0x0102],
                vec![0x0201, 0x0403, 0x0605, 0x0807],
                vec![0x0807, 0x0605, 0x0403, 0x0201],
            ]
        );
    }

    proptest! {
        #[test]
        fn what_is_spread_is_assembled_again(bits: u64, width in 1_u16..=4, order in 0_usize..4) {
            let order = ORDERS[order];
            let kept = if width == 4 { bits } else { bits & ((1 << (width * 16)) - 1) };
            let words = spread(order, bits, width);
            prop_assert_eq!(words.len(), usize::from(width));
            prop_assert_eq!(assemble(order, &words), kept);
        }
    }
}
