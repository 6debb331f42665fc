//! How many entries the store has, a hash over all of them, and how many batches
//! there were, kept as an entry of its own in the same batches: so a store that
//! comes back with some missing says so. One that comes back as it was after an
//! earlier batch (sled cuts its log at the first damage, without a word) shows
//! by the number of batches, which the folder's mark keeps outside of it.
//! Against damage, not against forgery.

use crate::model::fingerprint::{EMPTY, fingerprint};

/// Order does not matter: the hashes of all entries, added up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sum {
    pub entries: u64,
    hash: u64,
    /// Ever applied.
    pub batches: u64,
}

impl Sum {
    /// The same entries after so many batches.
    pub const fn after(self, batches: u64) -> Self {
        Self { batches, ..self }
    }

    /// Whether both have the same entries.
    pub const fn same_entries(&self, other: &Self) -> bool {
        self.entries == other.entries && self.hash == other.hash
    }

    pub const fn add(&mut self, key: &[u8], value: &[u8]) {
        self.entries += 1;
        self.hash = self.hash.wrapping_add(hash(key, value));
    }

    pub const fn remove(&mut self, key: &[u8], value: &[u8]) {
        self.entries = self.entries.saturating_sub(1);
        self.hash = self.hash.wrapping_sub(hash(key, value));
    }

    pub fn to_bytes(self) -> Vec<u8> {
        [self.entries, self.hash, self.batches].iter().flat_map(|n| n.to_le_bytes()).collect()
    }

    /// `None` if these are no sum.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let number =
            |place: usize| Some(u64::from_le_bytes(bytes.get(place..place + 8)?.try_into().ok()?));
        let sum = Self { entries: number(0)?, hash: number(8)?, batches: number(16)? };
        (bytes.len() == 24).then_some(sum)
    }
}

/// Over the key's length, key and value.
const fn hash(key: &[u8], value: &[u8]) -> u64 {
    let length = (key.len() as u64).to_le_bytes();
    fingerprint(fingerprint(fingerprint(EMPTY, &length), key), value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_added_and_removed_again_leaves_no_trace() {
        let mut sum = Sum::default();
        sum.add(b"a", b"1");
        sum.batches = 7;
        let one = sum;
        sum.add(b"b", b"2");
        sum.add(b"a2", b"");
        sum.remove(b"b", b"2");
        assert_ne!(sum, one);
        sum.remove(b"a2", b"");
        assert_eq!(sum, one);
        assert_eq!(Sum::from_bytes(&sum.to_bytes()), Some(sum));
        assert_eq!(Sum::from_bytes(b"short"), None);
    }

    #[test]
    fn key_and_value_do_not_run_together() {
        assert_ne!(hash(b"ab", b"c"), hash(b"a", b"bc"));
    }
}
