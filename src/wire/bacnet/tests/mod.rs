//! The codec against bytes written out by hand, against itself, against the
//! known faults of bacnet-rs, against devices' own mistakes, and against bytes
//! that mean harm.

mod defects;
mod golden;
mod hostile;
mod malformed;
mod round_trip;

/// Bytes from hexadecimal digits; white space is left out.
fn hex(digits: &str) -> Vec<u8> {
    let digits: Vec<u8> = digits.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}
