//! Choices that an input's bytes make. When they are used up, every choice is
//! the first one, so that whatever is built comes to an end.

pub struct Dice<'a>(&'a [u8]);

impl<'a> Dice<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    /// 0 to `sides` − 1.
    pub fn roll(&mut self, sides: usize) -> usize {
        let low = usize::from(self.byte());
        let roll = if sides > 256 { low << 8 | usize::from(self.byte()) } else { low };
        roll % sides.max(1)
    }

    pub fn one_in(&mut self, sides: usize) -> bool {
        self.roll(sides) == 1
    }

    /// # Panics
    /// If there is nothing to choose from.
    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.roll(from.len())]
    }

    /// As many bytes as the next one says, or what is left.
    pub fn chunk(&mut self) -> &'a [u8] {
        let length = usize::from(self.byte()).min(self.0.len());
        let (chunk, rest) = self.0.split_at(length);
        self.0 = rest;
        chunk
    }

    /// Half of what is left.
    pub fn half(&mut self) -> Dice<'a> {
        let (half, rest) = self.0.split_at(self.0.len() / 2);
        self.0 = rest;
        Dice(half)
    }
}
