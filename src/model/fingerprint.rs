//! A number that tells texts and records apart: FNV-1a, 64 bit
//! (draft-eastlake-fnv). The same on every machine and in every version;
//! against accidents, not against forgery.

/// Of no bytes.
pub const EMPTY: u64 = 0xcbf2_9ce4_8422_2325;

/// That of the bytes before, carried on over `bytes`.
#[must_use]
pub const fn fingerprint(mut hash: u64, bytes: &[u8]) -> u64 {
    let mut place = 0;
    while place < bytes.len() {
        hash = (hash ^ bytes[place] as u64).wrapping_mul(0x0000_0100_0000_01b3);
        place += 1;
    }
    hash
}

#[cfg(test)]
mod tests {
    #[test]
    fn published_test_vectors() {
        assert_eq!(super::fingerprint(super::EMPTY, b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(super::fingerprint(super::EMPTY, b"foobar"), 0x8594_4171_f739_67e8);
    }
}
