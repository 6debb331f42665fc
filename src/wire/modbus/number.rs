//! Bits to numbers and back. A number that a type cannot hold is refused, for
//! a wrapped setpoint is a wrong one: 70000 must not become 4464.

use thiserror::Error;

use super::DataType;
use crate::wire::decimal::widened;

/// Why a number cannot be sent.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum Unfit {
    #[error("not a finite number")]
    NotANumber,
    /// In raw units, before scaling: the number and the ends of the type.
    #[error("{number} lies outside {lowest}…{highest}")]
    OutOfRange { number: f64, lowest: f64, highest: f64 },
}

/// The number that `bits` stand for; `None` where they are no number (NaN,
/// infinity). Whole numbers above 2⁵³ are rounded to what an `f64` can hold.
#[must_use]
pub fn number(data: DataType, bits: u64) -> Option<f64> {
    let number = match data {
        DataType::Bool | DataType::U16 | DataType::U32 | DataType::U64 => bits as f64,
        DataType::I16 => f64::from(bits as i16),
        DataType::I32 => f64::from(bits as i32),
        DataType::I64 => bits as i64 as f64,
        DataType::F32 => widened(f32::from_bits(bits as u32)),
        DataType::F64 => f64::from_bits(bits),
    };
    number.is_finite().then_some(number)
}

/// The bits of `number`, rounded to the nearest that the type can hold.
///
/// # Errors
/// If it is no finite number or lies outside of the type's range.
pub fn bits_of(data: DataType, number: f64) -> Result<u64, Unfit> {
    if !number.is_finite() {
        return Err(Unfit::NotANumber);
    }
    let whole = number.round();
    let within = |lowest: f64, highest: f64, value: f64| {
        if (lowest..=highest).contains(&value) {
            Ok(value)
        } else {
            Err(Unfit::OutOfRange { number, lowest, highest })
        }
    };
    // The ends of the 64-bit types are no f64: the last below them count.
    const U64_END: f64 = 18_446_744_073_709_549_568.0;
    const I64_END: f64 = 9_223_372_036_854_774_784.0;
    Ok(match data {
        DataType::Bool => within(0.0, 1.0, whole)? as u64,
        DataType::U16 => within(0.0, f64::from(u16::MAX), whole)? as u64,
        DataType::I16 => u64::from(within(i16::MIN.into(), i16::MAX.into(), whole)? as i16 as u16),
        DataType::U32 => within(0.0, f64::from(u32::MAX), whole)? as u64,
        DataType::I32 => u64::from(within(i32::MIN.into(), i32::MAX.into(), whole)? as i32 as u32),
        DataType::U64 => within(0.0, U64_END, whole)? as u64,
        DataType::I64 => within(i64::MIN as f64, I64_END, whole)? as i64 as u64,
        DataType::F32 => {
            u64::from((within(f32::MIN.into(), f32::MAX.into(), number)? as f32).to_bits())
        }
        DataType::F64 => number.to_bits(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_does_not_fit_is_refused_and_never_wraps() {
        for (data, value) in [
            (DataType::Bool, 2.0),
            (DataType::Bool, -1.0),
            (DataType::U16, 65_535.5),
            (DataType::U16, -0.6),
            (DataType::I16, 32_768.0),
            (DataType::I16, -32_769.0),
            (DataType::U32, 4_294_967_296.0),
            (DataType::I32, -2_147_483_649.0),
            (DataType::U64, 18_446_744_073_709_551_616.0),
            (DataType::I64, 9_223_372_036_854_775_808.0),
            (DataType::F32, 3.5e38),
        ] {
            let refused = bits_of(data, value);
            assert!(matches!(refused, Err(Unfit::OutOfRange { .. })), "{data:?} {value}");
        }
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(bits_of(DataType::F64, value), Err(Unfit::NotANumber));
        }
    }

    #[test]
    fn whole_numbers_are_rounded_to_the_nearest() {
        assert_eq!(bits_of(DataType::U16, 204.999_999_999_999_97), Ok(205));
        assert_eq!(bits_of(DataType::I16, -0.4), Ok(0));
        assert_eq!(bits_of(DataType::I16, -1.5), Ok(0xFFFE));
        assert_eq!(bits_of(DataType::U16, 65_535.4), Ok(65_535));
    }

    #[test]
    fn not_a_number_is_none() {
        assert_eq!(number(DataType::F32, 0x7FC0_0000), None);
        assert_eq!(number(DataType::F32, 0x7F80_0000), None);
        assert_eq!(number(DataType::F64, f64::NEG_INFINITY.to_bits()), None);
        assert_eq!(number(DataType::I16, 0xFFF6), Some(-10.0));
    }

    const TYPES: [DataType; 9] = [
        DataType::Bool,
        DataType::U16,
        DataType::I16,
        DataType::U32,
        DataType::I32,
        DataType::U64,
        DataType::I64,
        DataType::F32,
        DataType::F64,
    ];

    proptest! {
        /// Whatever bits a device sends, the number they stand for is written
        /// back as the same number.
        #[test]
        fn numbers_come_back(bits: u64, data in 0_usize..TYPES.len()) {
            let data = TYPES[data];
            let bits = match data {
                DataType::Bool => bits & 1,
                _ if data.width() < 4 => bits & ((1 << (data.width() * 16)) - 1),
                _ => bits,
            };
            if let Some(value) = number(data, bits) {
                match bits_of(data, value) {
                    Ok(again) => prop_assert_eq!(number(data, again), Some(value)),
                    // Only the last numbers of the 64-bit types round past their end.
                    Err(_) => prop_assert!(value.abs() >= 9.2e18),
                }
            }
        }

        /// Whatever number is written, it is off by half a step at most or refused.
        #[test]
        fn a_number_written_is_near_or_refused(value in -1e20_f64..1e20, data in 0_usize..7) {
            let data = TYPES[data];
            if let Ok(bits) = bits_of(data, value) {
                let read = number(data, bits).unwrap();
                prop_assert!((read - value).abs() <= 0.5, "{} became {}", value, read);
            }
        }

        #[test]
        fn sixteen_bits_are_written_whole(value in -40_000_f64..70_000.0) {
            for (data, lowest, highest) in
                [(DataType::U16, 0.0, 65_535.0), (DataType::I16, -32_768.0, 32_767.0)]
            {
                let fits = (lowest..=highest).contains(&value.round());
                prop_assert_eq!(bits_of(data, value).is_ok(), fits);
            }
        }
    }
}
