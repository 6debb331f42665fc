//! Devices' own mistakes: what is malformed must be unknown itself, and cost
//! nothing else. A wrong value is no value; a wrong no is still a no.

use super::super::*;
use super::hex;

/// Primitives whose length is plain and whose content is not what they say.
pub(super) fn primitives() -> Vec<Vec<u8>> {
    [
        "01 00", // Null with content
        "12",    // neither true nor false
        "20",    // unsigned, no octets
        "25 09 010203040506070809",
        "30", // signed, no octets
        "35 09 010203040506070809",
        "43 41A800",    // REAL, cut
        "54 41A80000",  // Double of a REAL's length
        "70",           // character string without a character set
        "74 06 427572", // no such character set
        "80",           // bit string that does not say what is unused
        "82 09 A8",     // nine unused bits in an octet
        "81 01",        // an unused bit of none
        "90",           // enumeration, no octets
        "95 05 0102030405",
        "A3 7E0B17", // date, cut
        "B5 05 0C22384E00",
        "C3 000005",      // object identifier, cut
        "D1 00",          // reserved
        "E0",             // reserved
        "F4 04 41A80000", // REAL, its number in the long form
        "F1 20 2A",       // a datatype of the future
    ]
    .map(hex)
    .to_vec()
}

#[test]
fn a_malformed_primitive_is_raw_and_no_number() {
    for bytes in primitives() {
        let mut reader = tag::Reader::new(&bytes);
        let value = reader.value().unwrap();
        assert!(reader.is_empty(), "{bytes:02X?}");
        assert_eq!(value.as_f64(), None, "{bytes:02X?}");
        assert_eq!(value, Value::Raw(bytes));
    }
}

/// The values beside it, in every service that carries values.
#[test]
fn a_malformed_primitive_costs_no_other_value() {
    for bad in primitives() {
        let raw = Value::Raw(bad.clone());
        let join = |before: &str, after: &str| [hex(before), bad.clone(), hex(after)].concat();

        let answer = join("0C 00000001 1E 29 55 4E", "4F 29 67 4E 91 00 4F 1F");
        let answer = ReadPropertyMultipleAck::decode(&answer).unwrap();
        let results: Vec<_> =
            answer.objects[0].1.iter().map(|(_, result)| result.clone()).collect();
        assert_eq!(results, [Ok(vec![raw.clone()]), Ok(vec![Value::Enumerated(0)])]);

        let answer = join("0C 00800001 19 57 3E 00", "44 41A80000 3F");
        let answer = ReadPropertyAck::decode(&answer).unwrap();
        assert_eq!(answer.values, [Value::Null, raw.clone(), Value::Real(21.0)]);

        let told =
            join("09 01 1C 02000004 2C 00000001 39 00 4E 09 6F 2E", "2F 09 55 2E 91 01 2F 4F");
        let told = CovNotification::decode(&told).unwrap();
        let values: Vec<_> = told.values.iter().map(|value| value.values.clone()).collect();
        assert_eq!(values, [vec![raw], vec![Value::Enumerated(1)]]);
    }
}

/// Where the length cannot be told, neither can what follows.
#[test]
fn tags_without_a_length_are_errors() {
    for bytes in ["06", "07", "0F", "F9", "45", "75 FE 00"] {
        assert!(tag::Reader::new(&hex(bytes)).value().is_err(), "{bytes}");
    }
}

/// Else the device would seem dead to whoever waits for its answer.
#[test]
fn an_unreadable_error_is_still_an_error_of_its_request() {
    for (bytes, service) in [
        ("50 07 0F", 15),
        ("50 07 0F 91", 15),
        ("50 07 0F 91 02", 15),
        ("50 07 0F 44 00000000", 15),
        ("50 07 0F 19 02 19 28", 15),
        ("50 07 0F 91 02 95 05 0000000028", 15),
        ("50 07 0F 0F", 15),
        ("50 07 10 0E", 16),
        ("50 07 10 0E 91", 16),
        ("50 07 10 0E 0F", 16),
        ("50 07 C8 FF", 200),
    ] {
        let error = Apdu::Error { invoke_id: 7, service, error: error_code::OTHER };
        assert_eq!(Apdu::decode(&hex(bytes)), Ok(error), "{bytes}");
    }
    assert_eq!(Apdu::decode(&hex("50 07")), Err(DecodeError::Short), "whose error?");
    assert_eq!(error_code::OTHER.to_string(), "device: other");
}

#[test]
fn an_unreadable_error_costs_no_other_property() {
    for error in ["", "91 02", "44 00000000", "0E 91 02 91 28 0F", "25 09 010203040506070809 91 28"]
    {
        let bytes = format!("0C 00000001 1E 29 67 5E {error} 5F 29 55 4E 44 41A80000 4F 1F");
        let answer = ReadPropertyMultipleAck::decode(&hex(&bytes)).unwrap();
        let results: Vec<_> =
            answer.objects[0].1.iter().map(|(_, result)| result.clone()).collect();
        assert_eq!(results, [Err(error_code::OTHER), Ok(vec![Value::Real(21.0)])], "{error}");
    }
}

#[test]
fn addresses_that_no_answer_could_reach_are_refused() {
    for bytes in [
        "01 20 0000 00 FF 10 08",    // to network 0
        "01 20 0000 01 0C FF 10 08", // to a station of it
        "01 08 0005 00 10 08",       // from no station
        "01 08 0000 01 0C 10 08",    // from network 0
        "01 08 FFFF 01 0C 10 08",    // from everywhere
        "01 28 FFFF 00 0005 00 FF 10 08",
    ] {
        assert!(matches!(Npdu::decode(&hex(bytes)), Err(DecodeError::Range(_))), "{bytes}");
    }
    assert!(Npdu::decode(&hex("01 28 FFFF 00 0005 01 0C FF 10 08")).is_ok());
    assert!(Npdu::decode(&hex("01 20 0005 00 FF 10 08")).is_ok(), "all stations of a network");
}

#[test]
fn who_is_asks_for_instances_that_can_be() {
    let all = WhoIs { range: Some((0, 4_194_303)) };
    assert_eq!(WhoIs::decode(&hex("09 00 1B 3FFFFF")), Ok(all));
    for bytes in ["09 00 1B 400000", "0B 400000 1B 400000", "0B 400000 19 05", "09 00 1C FFFFFFFF"]
    {
        assert_eq!(WhoIs::decode(&hex(bytes)), Err(DecodeError::Range("limits")), "{bytes}");
    }
    assert!(WhoIs::decode(&hex("09 03")).is_err(), "one limit alone");
}

#[test]
fn priorities_are_one_to_sixteen() {
    for priority in ["49 00", "49 11", "4A 0100", "49"] {
        let bytes = format!("0C 00800001 19 55 3E 00 3F {priority}");
        assert!(WriteProperty::decode(&hex(&bytes)).is_err(), "{priority}");
    }
}
