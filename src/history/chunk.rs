//! Samples of an open hour as bytes, about five a sample. Sorted by series and
//! time; a series is a number that the open hours give a name to. Whatever bytes
//! come back are read without a panic.
//!
//! ```text
//! chunk  = sample*
//! sample = series as varint, from the one before
//!          time as zigzag varint in ms, from the one before
//!          head: quality (3 bits) | form << 3
//!          form 0: no value · 1: 8 bytes · 2: zigzag varint · 3: the same in tenths · 4: hundredths
//! ```

use super::sample::{Sample, quality_code, quality_of};
/// What a whole number is divided by, by form.
const SCALES: [(u8, f64); 3] = [(2, 1.0), (3, 10.0), (4, 100.0)];
/// Beyond this, eight bytes are no longer than a varint.
const LARGEST_WHOLE: f64 = 140_737_488_355_328.0; // 2^47

/// A sample of the series with this number.
pub(super) type Numbered = (u32, Sample);

/// Packs `samples`, which are sorted by series and time.
pub(super) fn pack(samples: &[Numbered]) -> Vec<u8> {
    let mut chunk = Vec::new();
    let mut before = (0, 0);
    for (series, sample) in samples {
        put_varint(&mut chunk, u64::from(*series - before.0));
        put_varint(&mut chunk, zigzag(sample.at_ms.wrapping_sub(before.1)));
        put_value(&mut chunk, sample);
        before = (*series, sample.at_ms);
    }
    chunk
}

fn put_value(chunk: &mut Vec<u8>, sample: &Sample) {
    let quality = quality_code(sample.quality);
    let Some(value) = sample.value else {
        chunk.push(quality);
        return;
    };
    for (form, scale) in SCALES {
        let whole = (value * scale).round();
        if whole.abs() >= LARGEST_WHOLE {
            continue;
        }
        // By way of the whole number, which has no -0.
        let whole = whole as i64;
        if (whole as f64 / scale).to_bits() == value.to_bits() {
            chunk.push(quality | (form << 3));
            put_varint(chunk, zigzag(whole));
            return;
        }
    }
    chunk.push(quality | 1 << 3);
    chunk.extend(value.to_le_bytes());
}

/// Hands every sample of a chunk to `take`; `None` if these are no chunk.
pub(super) fn unpack(mut bytes: &[u8], mut take: impl FnMut(u32, Sample)) -> Option<()> {
    let mut series = 0_u32;
    let mut at_ms = 0_i64;
    while !bytes.is_empty() {
        series = series.checked_add(u32::try_from(varint(&mut bytes)?).ok()?)?;
        at_ms = at_ms.wrapping_add(unzigzag(varint(&mut bytes)?));
        let (head, rest) = bytes.split_first()?;
        bytes = rest;
        let value = match head >> 3 {
            0 => None,
            1 => {
                let (value, rest) = bytes.split_first_chunk::<8>()?;
                bytes = rest;
                Some(f64::from_le_bytes(*value))
            }
            form => {
                let (_, scale) = SCALES.iter().find(|(known, _)| *known == form)?;
                Some(unzigzag(varint(&mut bytes)?) as f64 / scale)
            }
        };
        take(series, Sample { at_ms, value, quality: quality_of(head & 7)? });
    }
    Some(())
}

const fn zigzag(number: i64) -> u64 {
    (number.wrapping_shl(1) ^ (number >> 63)).cast_unsigned()
}

const fn unzigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -(number & 1).cast_signed()
}

fn put_varint(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Quality;

    fn unpacked(chunk: &[u8]) -> Vec<Numbered> {
        let mut all = Vec::new();
        unpack(chunk, |series, sample| all.push((series, sample))).unwrap();
        all
    }

    fn value() -> impl Strategy<Value = Option<f64>> {
        let number = prop_oneof![
            any::<f64>().prop_filter("a number", |value| value.is_finite()),
            (-100_000..100_000_i32).prop_map(|tenths| f64::from(tenths) / 10.0),
            (-100_000..100_000_i32).prop_map(|tenths| f64::from(tenths) * 0.1),
            Just(-0.0),
        ];
        proptest::option::of(number)
    }

    fn sample() -> impl Strategy<Value = Numbered> {
        (any::<u32>(), any::<i64>(), value(), 0_u8..6).prop_map(|(series, at_ms, value, code)| {
            (series % 5000, Sample { at_ms, value, quality: quality_of(code).unwrap() })
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_was_packed_comes_back_bit_for_bit(
            mut samples in prop::collection::vec(sample(), 0..2000)
        ) {
            samples.sort_by_key(|(series, sample)| (*series, sample.at_ms));
            let back = unpacked(&pack(&samples));
            prop_assert_eq!(back.len(), samples.len());
            for ((series, sample), (packed, before)) in back.iter().zip(&samples) {
                prop_assert_eq!((series, sample.at_ms), (packed, before.at_ms));
                prop_assert!(sample.says_same(before));
            }
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = unpack(&bytes, |_, _| {});
        }
    }

    #[test]
    fn a_usual_sample_takes_few_bytes() {
        let samples: Vec<Numbered> = (0..1000)
            .map(|n| {
                let value = Some(f64::from(200 + n % 7) / 10.0);
                let at_ms = 1_764_000_000_000 + i64::from(n % 4) * 10_000;
                (u32::try_from(n / 4).unwrap(), Sample { at_ms, value, quality: Quality::Good })
            })
            .collect();
        let bytes = pack(&samples).len();
        assert!(bytes < 8 * 1000, "{bytes}");
    }
}
