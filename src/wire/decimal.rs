//! Numbers as the device's maker wrote them: 333 tenths are 33.3, not
//! 33.300000000000004, and a REAL of 20.1 is 20.1, not 20.100000381469727. A
//! rule that says `> 33.3 °C` must not be true at 33.3 °C.

/// A raw number times `scale`; exact to the last digit where the scale is one
/// over a whole number, as in tenths and hundredths.
#[must_use]
pub fn scaled(raw: f64, scale: f64) -> f64 {
    let parts = (1.0 / scale).round();
    if parts.abs() > 1.0 && (scale * parts - 1.0).abs() < 1e-12 { raw / parts } else { raw * scale }
}

/// A 32-bit float as the shortest decimal that means it.
#[must_use]
pub fn widened(short: f32) -> f64 {
    let exact = f64::from(short);
    if exact.fract() == 0.0 || !exact.is_finite() {
        return exact;
    }
    // The shortest text that reads back as this float.
    short.to_string().parse().unwrap_or(exact)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tenths_are_exact() {
        assert_eq!(scaled(333.0, 0.1), 33.3);
        assert_eq!(scaled(-57.0, 0.01), -0.57);
        assert_eq!(scaled(7.0, 360_000.0), 2_520_000.0);
        assert_eq!(scaled(5.0, -0.1), -0.5);
        for raw in -40_000_i32..40_000 {
            let text =
                format!("{}{}.{}", if raw < 0 { "-" } else { "" }, raw.abs() / 10, raw.abs() % 10);
            assert_eq!(scaled(f64::from(raw), 0.1), text.parse::<f64>().unwrap());
        }
    }

    #[test]
    fn short_floats_mean_their_shortest_decimal() {
        assert_eq!(widened(20.1), 20.1);
        assert_eq!(widened(-0.3), -0.3);
        assert_eq!(widened(1e20), f64::from(1e20_f32));
        assert!(widened(f32::NAN).is_nan());
        assert_eq!(widened(16_777_216.0), 16_777_216.0);
    }
}
