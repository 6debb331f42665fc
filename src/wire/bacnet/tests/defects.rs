//! The known faults of bacnet-rs 0.3.2. Each test fails if this module used
//! the faulty function; faults of its client and its segmentation are tested
//! in `tests/bacnet`.

use super::super::*;
use super::hex;

fn analog_value(instance: u32) -> ObjectId {
    ObjectId::new(object_type::ANALOG_VALUE, instance).unwrap()
}

fn decode_one(bytes: &[u8]) -> Result<Value, DecodeError> {
    tag::Reader::new(bytes).value()
}

/// 1: its encoder cuts property and index to 8 bits and knows an index or a
/// priority, not both.
#[test]
fn a_write_keeps_wide_properties_and_has_index_and_priority() {
    let asked = WriteProperty {
        object: analog_value(1),
        property: PropertyRef::element(0x1_0055, 0x12C),
        values: vec![Value::Real(2.0)],
        priority: Some(13),
    };
    assert_eq!(asked.encode(), hex("0C 00800001 1B 010055 2A 012C 3E 44 40000000 3F 49 0D"));
}

/// 2: its decoder ends a value at the first 0x3F and panics on a cut index.
#[test]
fn a_write_of_one_is_not_cut_at_its_first_octet() {
    let asked = WriteProperty::decode(&hex("0C 00800001 19 55 3E 44 3F800000 3F")).unwrap();
    assert_eq!(asked.values, [Value::Real(1.0)]);
    assert!(WriteProperty::decode(&hex("0C 00800001 19 55 2A 01")).is_err());
    assert!(WriteProperty::decode(&hex("0C 00800001 19 55 29")).is_err());
    let whole = hex("0C 00800001 19 55 3E 44 3F800000 3F 49 08");
    for cut in 0..whole.len() - 2 {
        assert!(WriteProperty::decode(&whole[..cut]).is_err(), "cut at {cut}");
    }
}

/// 3: its 64-bit decoders panic on more than eight octets.
#[test]
fn integers_of_more_than_eight_octets_stay_raw() {
    for tag in [0x25, 0x35] {
        let mut bytes = vec![tag, 9];
        bytes.extend([1; 9]);
        assert_eq!(decode_one(&bytes), Ok(Value::Raw(bytes.clone())));
        bytes.truncate(2);
        bytes[1] = 0;
        assert_eq!(decode_one(&bytes), Ok(Value::Raw(bytes.clone())), "no octets at all");
    }
    assert_eq!(decode_one(&hex("20")), Ok(Value::Raw(hex("20"))));
    assert_eq!(decode_one(&hex("25 08 FFFFFFFFFFFFFFFF")), Ok(Value::Unsigned(u64::MAX)));
    assert_eq!(decode_one(&hex("35 08 FFFFFFFFFFFFFFFF")), Ok(Value::Signed(-1)));
    assert_eq!(decode_one(&hex("35 05 8000000000")), Ok(Value::Signed(-549_755_813_888)));
}

/// 4: its decoder ignores the character set.
#[test]
fn character_sets_are_heeded() {
    for (bytes, text) in [
        ("75 06 00 42C3BC726F", "Büro"),
        ("75 07 05 42FC726F20B0", "Büro °"),
        ("75 09 04 004200FC0072006F", "Büro"),
        ("75 0D 03 00000042000000FC00000072", "Bür"),
        ("75 05 00 42FC726F", "Büro"), // ISO 8859-1 that says UTF-8
        ("75 05 02 42FC726F", "B\u{FFFD}ro"), // JIS
        ("75 07 01 035242FC726F", "B\u{FFFD}ro"), // code page 850
        ("74 04 0042D8", "B\u{FFFD}"), // cut
        ("75 05 04 D8000042", "\u{FFFD}B"), // half a surrogate pair
        ("75 08 03 00000042 0000FC", "Bü"), // cut
        ("71 00", ""),
    ] {
        assert_eq!(decode_one(&hex(bytes)), Ok(Value::CharacterString(text.into())), "{bytes}");
    }
    for bytes in ["71 09", "70"] {
        assert_eq!(decode_one(&hex(bytes)), Ok(Value::Raw(hex(bytes))), "no such character set");
    }
}

/// 5: its decoders fail a whole answer on one constructed or context value,
/// and read context values in notifications as Null.
#[test]
fn constructed_and_context_values_stay_raw_beside_others() {
    let bytes = hex("0C 04400001 1E 29 7B 4E 0E B4 08000000 44 41A80000 B4 11000000 00 0F 4F 1F
                     0C 00800001 1E 29 55 4E 44 41A80000 4F 29 E3 4E 0C 00000005 19 55 4F 1F");
    let answer = ReadPropertyMultipleAck::decode(&bytes).unwrap();
    let values = |object: usize, property: usize| {
        answer.objects[object].1[property].1.as_ref().unwrap().clone()
    };
    assert_eq!(
        values(0, 0),
        [Value::Raw(hex("0E B4 08000000 44 41A80000 B4 11000000 00 0F"))],
        "a weekly schedule"
    );
    assert_eq!(values(1, 0), [Value::Real(21.0)]);
    assert_eq!(values(1, 1), [Value::Raw(hex("0C 00000005")), Value::Raw(hex("19 55"))]);
    assert_eq!(answer.encode(), bytes);

    // An exception schedule: an element is one constructed value after another.
    let (period, times, priority) = ("0E 0C 01800001 0F", "2E B4 08000000 44 41A80000 2F", "39 0A");
    let bytes = hex(&format!("0C 04400001 19 26 3E {period} {times} {priority} 3F"));
    let answer = ReadPropertyAck::decode(&bytes).unwrap();
    assert_eq!(answer.values, [period, times, priority].map(|part| Value::Raw(hex(part))));

    let bytes = hex("09 01 1C 02000004 2C 00000001 39 00 4E 09 55 2E 1C 3F800000 2F 4F");
    let told = CovNotification::decode(&bytes).unwrap();
    assert_eq!(told.values[0].values, [Value::Raw(hex("1C 3F800000"))]);
}

/// 6: its decoder cuts class and code to 8 bits and fails on wrapped errors.
#[test]
fn errors_keep_their_width_and_may_be_wrapped() {
    let wide = DeviceError { class: 600, code: 0x1234 };
    let apdu = Apdu::Error { invoke_id: 1, service: 15, error: wide };
    assert_eq!(apdu.encode(), hex("50 01 0F 92 0258 92 1234"));
    assert_eq!(Apdu::decode(&apdu.encode()), Ok(apdu));
    let wrapped = hex("50 01 10 0E 91 02 91 28 0F 1E 0C 00800001 19 55 1F");
    assert_eq!(
        Apdu::decode(&wrapped),
        Ok(Apdu::Error { invoke_id: 1, service: 16, error: error_code::WRITE_ACCESS_DENIED })
    );
    let private = hex("50 01 12 91 02 91 28");
    assert!(Apdu::decode(&private).is_ok(), "an error to a service it does not know");
}

/// 8: an unspecified year is neither 255 nor 1900.
#[test]
fn an_unspecified_year_stays_unspecified() {
    let bytes = hex("A4 FF 0C 18 FF");
    let Ok(Value::Date(date)) = decode_one(&bytes) else { panic!() };
    assert_eq!(date.year(), None);
    let mut encoded = Vec::new();
    Value::Date(date).encode(&mut encoded);
    assert_eq!(encoded, bytes);
    let Ok(Value::Date(date)) = decode_one(&hex("A4 7E 0C 18 04")) else { panic!() };
    assert_eq!(date.year(), Some(2026));
}

/// 9: its decoder panics on an announced length below four.
#[test]
fn a_link_header_that_announces_less_than_itself_is_an_error() {
    for length in 0..4 {
        assert!(Bvlc::decode(&[0x81, 0x0A, 0, length]).is_err());
        assert!(Bvlc::decode(&[0x81, 0x0A, 0, length, 1, 0, 0x10, 8]).is_err());
    }
    assert!(Bvlc::decode(&hex("81 0A 0100 01")).is_err(), "cut off");
    assert!(Bvlc::decode(&hex("81 0A 0005 01 02")).is_err(), "more than announced");
}
