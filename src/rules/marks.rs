//! A set of small numbers that is emptied from its lowest member up while
//! higher ones are still being added: what has to be computed anew.

/// Numbers below a fixed bound.
#[derive(Debug, Clone, Default)]
pub(super) struct Marks {
    words: Vec<u64>,
    bound: usize,
}

impl Marks {
    /// An empty set of numbers below `bound`.
    pub fn below(bound: usize) -> Self {
        Self { words: vec![0; bound.div_ceil(64)], bound }
    }

    pub fn set(&mut self, number: u32) {
        self.words[number as usize / 64] |= 1 << (number % 64);
    }

    /// Takes out the lowest member at or above `from`.
    pub fn take_from(&mut self, from: u32) -> Option<u32> {
        let mut index = from as usize / 64;
        let mut word = self.words.get(index)? & (!0 << (from % 64));
        while word == 0 {
            index += 1;
            word = *self.words.get(index)?;
        }
        let bit = word.trailing_zeros();
        self.words[index] &= !(1 << bit);
        u32::try_from(index * 64).ok().map(|base| base + bit)
    }

    pub fn set_all(&mut self) {
        self.words.fill(!0);
        if let Some(last) = self.words.last_mut()
            && !self.bound.is_multiple_of(64)
        {
            *last = !(!0 << (self.bound % 64));
        }
    }

    pub fn clear(&mut self) {
        self.words.fill(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_come_out_in_order_also_those_added_on_the_way() {
        let mut marks = Marks::below(200);
        for number in [130, 3, 64, 199] {
            marks.set(number);
        }
        assert_eq!(marks.take_from(0), Some(3));
        marks.set(5);
        marks.set(63);
        let rest: Vec<u32> = std::iter::from_fn({
            let mut from = 3;
            move || {
                let next = marks.take_from(from)?;
                from = next;
                Some(next)
            }
        })
        .collect();
        assert_eq!(rest, [5, 63, 64, 130, 199]);
        assert_eq!(Marks::below(0).take_from(0), None);
        let mut all = Marks::below(65);
        all.set_all();
        assert_eq!((all.take_from(64), all.take_from(64)), (Some(64), None));
    }
}
