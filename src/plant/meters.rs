//! Modbus units 2–4: the meters, input registers only.
//!
//! Unit 2, electricity, after the published list of the Eastron SDM630:
//! float32, ABCD, at most 80 registers a request. Unit 3, heat: 0 energy u32
//! 0.1 kWh, 2 power i32 W, 4/5 flow and return i16 0.1 °C. Unit 4, gas: 0
//! volume u32 0.01 m³.

use super::trovis::tenths;
use super::truth::Truth;

/// Registers a request that the electricity meter answers at most.
pub const ELECTRICITY_LARGEST: u16 = 80;

/// Power factor of the building.
const POWER_FACTOR: f64 = 0.95;

/// Register `address` of the electricity meter.
pub fn electricity(address: u16, truth: &Truth) -> Option<u16> {
    let meters = &truth.meters;
    // Three phases, unevenly loaded; the voltage sags a little with the load.
    const SHARES: [f64; 3] = [0.38, 0.33, 0.29];
    let volt =
        |phase: usize| 231.5 + 0.6 * phase as f64 - meters.electricity_w * SHARES[phase] / 9e3;
    let watt = |phase: usize| meters.electricity_w * SHARES[phase];
    let apparent = |phase: usize| watt(phase) / POWER_FACTOR;
    let value = match address & !1 {
        at @ 0x00..=0x04 => volt(usize::from(at / 2)),
        at @ 0x06..=0x0a => {
            let phase = usize::from(at / 2 - 3);
            apparent(phase) / volt(phase)
        }
        at @ 0x0c..=0x10 => watt(usize::from(at / 2 - 6)),
        at @ 0x12..=0x16 => apparent(usize::from(at / 2 - 9)),
        0x1e..=0x22 => POWER_FACTOR,
        0x2a => (volt(0) + volt(1) + volt(2)) / 3.0,
        0x34 => meters.electricity_w,
        0x38 => meters.electricity_w / POWER_FACTOR,
        0x3e => POWER_FACTOR,
        0x46 => 50.0 + 0.02 * (meters.electricity_kwh * 7.0).sin(),
        0x48 => meters.electricity_kwh,
        // Reserved registers of this block read 0, as the meter has it.
        0x00..=0x4e => 0.0,
        _ => return None,
    };
    // As such meters measure; the counter counts in 10 Wh.
    let step = match address & !1 {
        0x00..=0x04 | 0x2a => 0.1,
        0x0c..=0x16 | 0x34 | 0x38 => 1.0,
        _ => 0.01,
    };
    let measured = (value / step).round() * step;
    Some(half((measured as f32).to_bits(), address & 1 == 1))
}

/// Register `address` of the heat meter.
pub fn heat(address: u16, truth: &Truth) -> Option<u16> {
    match address {
        0 | 1 => Some(half(counter(truth.meters.heat_kwh, 0.1), address == 1)),
        2 | 3 => Some(half((truth.meters.heat_w.round() as i32).cast_unsigned(), address == 3)),
        4 => Some(tenths(truth.boiler.flow_c)),
        5 => Some(tenths(truth.boiler.return_c)),
        _ => None,
    }
}

/// Register `address` of the gas meter.
pub fn gas(address: u16, truth: &Truth) -> Option<u16> {
    match address {
        0 | 1 => Some(half(counter(truth.meters.gas_m3, 0.01), address == 1)),
        _ => None,
    }
}

/// A counter in steps, rolling over at 32 bits as such registers do.
fn counter(value: f64, step: f64) -> u32 {
    ((value / step).floor() as u64 & 0xffff_ffff) as u32
}

const fn half(bits: u32, low: bool) -> u16 {
    if low { bits as u16 } else { (bits >> 16) as u16 }
}

#[cfg(test)]
mod tests {
    use super::super::truth::{BoilerTruth, MeterTruth};
    use super::*;

    fn truth() -> Truth {
        Truth {
            meters: MeterTruth {
                gas_m3: 48_213.456,
                heat_kwh: 412_300.78,
                heat_w: 65_432.1,
                electricity_kwh: 187_450.5,
                electricity_w: 9_000.0,
            },
            boiler: BoilerTruth { flow_c: 65.04, return_c: 48.06, ..BoilerTruth::default() },
            ..Truth::default()
        }
    }

    #[test]
    fn golden_registers() {
        let truth = truth();
        let words = |f: fn(u16, &Truth) -> Option<u16>, at: u16| {
            (u32::from(f(at, &truth).unwrap()) << 16) | u32::from(f(at + 1, &truth).unwrap())
        };
        assert_eq!(words(gas, 0), 4_821_345);
        assert_eq!(words(heat, 0), 4_123_007);
        assert_eq!(words(heat, 2), 65_432);
        assert_eq!(heat(4, &truth), Some(650));
        assert_eq!(heat(5, &truth), Some(481));
        assert_eq!(f32::from_bits(words(electricity, 0x34)), 9_000.0);
        assert_eq!(f32::from_bits(words(electricity, 0x48)), 187_450.5);
        let phases: f32 = (0..3).map(|i| f32::from_bits(words(electricity, 0x0c + 2 * i))).sum();
        assert!((phases - 9_000.0).abs() < 0.01);
        assert!((225.0..235.0).contains(&f32::from_bits(words(electricity, 0))));
        assert_eq!(electricity(0x50, &truth), None);
        assert_eq!(gas(2, &truth), None);
    }
}
