//! Frames: what becomes durable together, as bytes in a file that only grows.
//! A frame that a power cut tore does not count, and one that the disk spoilt
//! hides none behind it. Whatever bytes come, they are read without a panic.
//!
//! ```text
//! file  = frame*
//! frame = magic (4) · length of what follows (4) · CRC-32 of what follows (4)
//!         number (8) · part*                                all little-endian
//! part  = kind (1) · hour or 0 (8) · length (4) · bytes
//! ```

use std::ops::Range;

const MAGIC: [u8; 4] = *b"HWF1";
const HEAD: usize = 12;
const PART_HEAD: usize = 13;

/// What the bytes of a part are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PartKind {
    /// Names and meanings of series, JSON.
    Series,
    /// Samples of one hour, see `chunk`.
    Samples,
    /// An event of one hour, JSON.
    Event,
    /// How far the history reaches, JSON.
    Mark,
}

impl PartKind {
    const ALL: [Self; 4] = [Self::Series, Self::Samples, Self::Event, Self::Mark];

    fn of(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u8 == code)
    }
}

/// A part, read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part<'a> {
    pub kind: PartKind,
    pub hour: i64,
    pub bytes: &'a [u8],
}

/// A frame in the making.
#[derive(Debug)]
pub(super) struct Frame(Vec<u8>);

impl Frame {
    pub fn begin(number: u64) -> Self {
        let mut bytes = MAGIC.to_vec();
        bytes.resize(HEAD, 0);
        bytes.extend(number.to_le_bytes());
        Self(bytes)
    }

    pub fn push(&mut self, kind: PartKind, hour: i64, bytes: &[u8]) {
        self.0.push(kind as u8);
        self.0.extend(hour.to_le_bytes());
        self.0.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes());
        self.0.extend(bytes);
    }

    pub fn end(mut self) -> Vec<u8> {
        let (head, body) = self.0.split_at_mut(HEAD);
        head[4..8].copy_from_slice(&u32::try_from(body.len()).unwrap_or(u32::MAX).to_le_bytes());
        head[8..].copy_from_slice(&crc32fast::hash(body).to_le_bytes());
        self.0
    }
}

/// A frame that lies whole at the beginning of `bytes`: its number, its parts
/// and its length.
pub(super) fn read(bytes: &[u8]) -> Option<(u64, Vec<Part<'_>>, usize)> {
    let rest = bytes.strip_prefix(&MAGIC)?;
    let (length, rest) = rest.split_first_chunk()?;
    let (sum, rest) = rest.split_first_chunk()?;
    let body = rest.get(..u32::from_le_bytes(*length) as usize)?;
    if crc32fast::hash(body) != u32::from_le_bytes(*sum) {
        return None;
    }
    let (number, mut rest) = body.split_first_chunk()?;
    let mut parts = Vec::new();
    while !rest.is_empty() {
        let (head, after) = rest.split_first_chunk::<PART_HEAD>()?;
        let [code, head @ ..] = head;
        let (hour, length) = head.split_first_chunk()?;
        let length = u32::from_le_bytes(length.try_into().ok()?) as usize;
        let bytes = after.get(..length)?;
        rest = &after[length..];
        // A kind of a newer program is passed over.
        if let Some(kind) = PartKind::of(*code) {
            parts.push(Part { kind, hour: i64::from_le_bytes(*hour), bytes });
        }
    }
    Some((u64::from_le_bytes(*number), parts, HEAD + body.len()))
}

/// Hands every whole frame of a file to `take`, with its place. Says how many
/// times bytes in between made no sense; what is torn at the end is not counted.
pub(super) fn scan<'a>(
    bytes: &'a [u8],
    mut take: impl FnMut(Range<usize>, u64, &[Part<'a>]),
) -> usize {
    let (mut at, mut damaged, mut broken) = (0, 0, false);
    while at < bytes.len() {
        if let Some((number, parts, length)) = read(&bytes[at..]) {
            damaged += usize::from(std::mem::take(&mut broken));
            take(at..at + length, number, &parts);
            at += length;
            continue;
        }
        broken = true;
        let next = bytes[at + 1..].windows(MAGIC.len()).position(|window| window == MAGIC);
        let Some(next) = next else { break };
        at += 1 + next;
    }
    damaged
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frame(number: u64, text: &[u8]) -> Vec<u8> {
        let mut frame = Frame::begin(number);
        frame.push(PartKind::Samples, -3, text);
        frame.push(PartKind::Mark, 0, b"{}");
        frame.end()
    }

    fn numbers(bytes: &[u8]) -> (Vec<u64>, usize) {
        let mut numbers = Vec::new();
        let damaged = scan(bytes, |_, number, _| numbers.push(number));
        (numbers, damaged)
    }

    #[test]
    fn what_was_put_in_comes_out() {
        let bytes = frame(7, b"abc");
        let (number, parts, length) = read(&bytes).unwrap();
        assert_eq!((number, length), (7, bytes.len()));
        let samples = Part { kind: PartKind::Samples, hour: -3, bytes: b"abc" };
        assert_eq!(parts, [samples, Part { kind: PartKind::Mark, hour: 0, bytes: b"{}" }]);
    }

    #[test]
    fn a_torn_end_does_not_count_and_a_spoilt_byte_hides_one_frame_only() {
        let parts = [frame(1, b"one"), frame(2, b"two HWF1 two"), frame(3, b"three")];
        let whole = parts.concat();
        assert_eq!(numbers(&whole), (vec![1, 2, 3], 0));
        let last = parts[0].len() + parts[1].len();
        for length in last..whole.len() {
            assert_eq!(numbers(&whole[..length]), (vec![1, 2], 0), "{length}");
        }
        for at in parts[0].len()..last {
            let mut spoilt = whole.clone();
            spoilt[at] ^= 0x40;
            assert_eq!(numbers(&spoilt), (vec![1, 3], 1), "{at}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_bytes_are_read_without_a_panic(
            number: u64, noise in prop::collection::vec(any::<u8>(), 0..300), cut in 0..40_usize,
        ) {
            let _ = numbers(&noise);
            let mut bytes = frame(number, &noise);
            bytes.truncate(bytes.len() - cut);
            let _ = numbers(&bytes);
            bytes.extend(frame(number, &noise));
            prop_assert_eq!(numbers(&bytes).0.last().copied(), Some(number));
        }
    }
}
