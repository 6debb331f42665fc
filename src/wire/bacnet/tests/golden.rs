//! Golden frames. Do not change what stands here to make a test pass: these
//! are the bytes of ANSI/ASHRAE 135 annex F and of independent programs
//! (bacpypes3), and devices in the field expect them.

use std::net::SocketAddrV4;

use super::super::*;
use super::hex;

fn id(kind: u16, instance: u32) -> ObjectId {
    ObjectId::new(kind, instance).unwrap()
}

fn request(invoke_id: u8, service: u8, data: Vec<u8>) -> Vec<u8> {
    Apdu::Request(Request::new(invoke_id, service, data)).encode()
}

/// The data of the confirmed request in these bytes.
fn request_data(bytes: &[u8], service: u8) -> Vec<u8> {
    match Apdu::decode(bytes).unwrap() {
        Apdu::Request(request) if request.service == service => request.data,
        other => panic!("{other:?}"),
    }
}

fn ack_data(bytes: &[u8], service: u8) -> Vec<u8> {
    match Apdu::decode(bytes).unwrap() {
        Apdu::ComplexAck { service: s, data, segment: None, .. } if s == service => data,
        other => panic!("{other:?}"),
    }
}

#[test]
fn read_property() {
    let bytes = hex("02 75 01 0C 0C 00000005 19 55");
    let asked = ReadProperty {
        object: id(object_type::ANALOG_INPUT, 5),
        property: PropertyRef::new(property::PRESENT_VALUE),
    };
    assert_eq!(request(1, confirmed::READ_PROPERTY, asked.encode()), bytes);
    assert_eq!(ReadProperty::decode(&request_data(&bytes, 12)), Ok(asked));

    let bytes = hex("02 75 09 0C 0C 00400007 19 57 29 0D");
    let asked = ReadProperty {
        object: id(object_type::ANALOG_OUTPUT, 7),
        property: PropertyRef::element(property::PRIORITY_ARRAY, 13),
    };
    assert_eq!(request(9, confirmed::READ_PROPERTY, asked.encode()), bytes);
    assert_eq!(ReadProperty::decode(&request_data(&bytes, 12)), Ok(asked));
}

#[test]
fn read_property_acknowledged() {
    let bytes = hex("30 01 0C 0C 00000005 19 55 3E 44 4290999A 3F");
    let answer = ReadPropertyAck {
        object: id(object_type::ANALOG_INPUT, 5),
        property: PropertyRef::new(property::PRESENT_VALUE),
        values: vec![Value::Real(72.3)],
    };
    let apdu = Apdu::ComplexAck { invoke_id: 1, service: 12, segment: None, data: answer.encode() };
    assert_eq!(apdu.encode(), bytes);
    assert_eq!(ReadPropertyAck::decode(&ack_data(&bytes, 12)), Ok(answer));
}

#[test]
fn read_property_multiple() {
    let bytes = hex("02 75 02 0E 0C 00000010 1E 09 55 09 67 1F");
    let asked = ReadPropertyMultiple {
        objects: vec![(
            id(object_type::ANALOG_INPUT, 16),
            vec![
                PropertyRef::new(property::PRESENT_VALUE),
                PropertyRef::new(property::RELIABILITY),
            ],
        )],
    };
    assert_eq!(request(2, confirmed::READ_PROPERTY_MULTIPLE, asked.encode()), bytes);
    assert_eq!(ReadPropertyMultiple::decode(&request_data(&bytes, 14)), Ok(asked));
}

#[test]
fn read_property_multiple_acknowledged() {
    let bytes = hex("30 02 0E 0C 00000010 1E 29 55 4E 44 4290999A 4F 29 67 4E 91 00 4F 1F
                     0C 00000011 1E 29 55 5E 91 01 91 1F 5F 1F");
    let answer = ReadPropertyMultipleAck {
        objects: vec![
            (
                id(object_type::ANALOG_INPUT, 16),
                vec![
                    (PropertyRef::new(property::PRESENT_VALUE), Ok(vec![Value::Real(72.3)])),
                    (PropertyRef::new(property::RELIABILITY), Ok(vec![Value::Enumerated(0)])),
                ],
            ),
            (
                id(object_type::ANALOG_INPUT, 17),
                vec![(PropertyRef::new(property::PRESENT_VALUE), Err(error_code::UNKNOWN_OBJECT))],
            ),
        ],
    };
    let apdu = Apdu::ComplexAck { invoke_id: 2, service: 14, segment: None, data: answer.encode() };
    assert_eq!(apdu.encode(), bytes);
    assert_eq!(ReadPropertyMultipleAck::decode(&ack_data(&bytes, 14)), Ok(answer));
}

#[test]
fn write_property() {
    let bytes = hex("02 75 59 0F 0C 00800001 19 55 3E 44 3F800000 3F 49 0D");
    let asked = WriteProperty {
        object: id(object_type::ANALOG_VALUE, 1),
        property: PropertyRef::new(property::PRESENT_VALUE),
        values: vec![Value::Real(1.0)],
        priority: Some(13),
    };
    assert_eq!(request(0x59, confirmed::WRITE_PROPERTY, asked.encode()), bytes);
    assert_eq!(WriteProperty::decode(&request_data(&bytes, 15)), Ok(asked));
}

#[test]
fn write_null_to_an_element_of_a_vendor_property() {
    let bytes = hex("02 75 59 0F 0C 00800001 1A 0200 2A 012C 3E 00 3F 49 08");
    let asked = WriteProperty {
        object: id(object_type::ANALOG_VALUE, 1),
        property: PropertyRef::element(512, 300),
        values: vec![Value::Null],
        priority: Some(8),
    };
    assert_eq!(request(0x59, confirmed::WRITE_PROPERTY, asked.encode()), bytes);
    assert_eq!(WriteProperty::decode(&request_data(&bytes, 15)), Ok(asked));
}

#[test]
fn subscribe_cov_and_cancel() {
    let object = id(object_type::ANALOG_INPUT, 10);
    for (bytes, terms) in [
        ("02 75 0F 05 09 12 1C 0000000A 29 01 39 00", Some((true, 0))),
        ("02 75 0F 05 09 12 1C 0000000A", None),
    ] {
        let bytes = hex(bytes);
        let asked = SubscribeCov { process: 18, object, terms };
        assert_eq!(request(15, confirmed::SUBSCRIBE_COV, asked.encode()), bytes);
        assert_eq!(SubscribeCov::decode(&request_data(&bytes, 5)), Ok(asked));
    }
}

#[test]
fn cov_notifications_of_both_kinds() {
    let body = "09 12 1C 02000004 2C 0000000A 39 00
                4E 09 55 2E 44 42820000 2F 09 6F 2E 82 04 00 2F 4F";
    let told = CovNotification {
        process: 18,
        device: ObjectId::device(4),
        object: id(object_type::ANALOG_INPUT, 10),
        remaining: 0,
        values: vec![
            CovValue {
                property: PropertyRef::new(property::PRESENT_VALUE),
                values: vec![Value::Real(65.0)],
                priority: None,
            },
            CovValue {
                property: PropertyRef::new(property::STATUS_FLAGS),
                values: vec![Value::BitString(BitString(vec![false; 4]))],
                priority: None,
            },
        ],
    };
    let confirmed_bytes = hex(&format!("02 75 0F 01 {body}"));
    let unconfirmed_bytes = hex(&format!("10 02 {body}"));
    assert_eq!(request(15, confirmed::COV_NOTIFICATION, told.encode()), confirmed_bytes);
    let apdu = Apdu::Unconfirmed { service: unconfirmed::COV_NOTIFICATION, data: told.encode() };
    assert_eq!(apdu.encode(), unconfirmed_bytes);
    assert_eq!(CovNotification::decode(&request_data(&confirmed_bytes, 1)).as_ref(), Ok(&told));
    assert_eq!(Apdu::decode(&unconfirmed_bytes), Ok(apdu));
}

#[test]
fn who_is_and_i_am() {
    let who = WhoIs { range: Some((3, 3)) };
    let apdu = Apdu::Unconfirmed { service: unconfirmed::WHO_IS, data: who.encode() };
    assert_eq!(apdu.encode(), hex("10 08 09 03 19 03"));
    assert_eq!(WhoIs::decode(&who.encode()), Ok(who));
    assert!(who.asks(3) && !who.asks(4));
    let all = WhoIs { range: None };
    assert!(all.encode().is_empty());
    assert_eq!(WhoIs::decode(&[]), Ok(all));
    assert!(all.asks(4));
    let i_am = IAm { instance: 1, max_apdu: 480, segmentation: Segmentation::Transmit, vendor: 99 };
    let apdu = Apdu::Unconfirmed { service: unconfirmed::I_AM, data: i_am.encode() };
    assert_eq!(apdu.encode(), hex("10 00 C4 02000001 22 01E0 91 01 21 63"));
    assert_eq!(IAm::decode(&i_am.encode()), Ok(i_am));
}

#[test]
fn short_answers() {
    for (bytes, apdu) in [
        ("20 59 0F", Apdu::SimpleAck { invoke_id: 0x59, service: 15 }),
        (
            "50 03 0F 91 02 91 28",
            Apdu::Error { invoke_id: 3, service: 15, error: error_code::WRITE_ACCESS_DENIED },
        ),
        ("60 07 09", Apdu::Reject { invoke_id: 7, reason: reject_reason::UNRECOGNIZED_SERVICE }),
        (
            "71 07 04",
            Apdu::Abort {
                invoke_id: 7,
                server: true,
                reason: abort_reason::SEGMENTATION_NOT_SUPPORTED,
            },
        ),
        (
            "42 07 05 10",
            Apdu::SegmentAck {
                invoke_id: 7,
                negative: true,
                server: false,
                sequence: 5,
                window: 16,
            },
        ),
        (
            "3C 07 02 10 0E AA BB",
            Apdu::ComplexAck {
                invoke_id: 7,
                service: 14,
                segment: Some(Segment { sequence: 2, window: 16, more_follows: true }),
                data: vec![0xAA, 0xBB],
            },
        ),
    ] {
        assert_eq!(apdu.encode(), hex(bytes));
        assert_eq!(Apdu::decode(&hex(bytes)), Ok(apdu));
    }
}

#[test]
fn values() {
    for (bytes, value) in [
        ("00", Value::Null),
        ("11", Value::Boolean(true)),
        ("10", Value::Boolean(false)),
        ("21 00", Value::Unsigned(0)),
        ("22 012C", Value::Unsigned(300)),
        ("23 011170", Value::Unsigned(70_000)),
        ("25 06 010000000000", Value::Unsigned(1 << 40)),
        ("25 08 FFFFFFFFFFFFFFFF", Value::Unsigned(u64::MAX)),
        ("31 80", Value::Signed(-128)),
        ("32 0080", Value::Signed(128)),
        ("31 FF", Value::Signed(-1)),
        ("32 FF7F", Value::Signed(-129)),
        ("33 FEEE90", Value::Signed(-70_000)),
        ("44 41AC0000", Value::Real(21.5)),
        ("55 08 4052000000000000", Value::Double(72.0)),
        ("60", Value::OctetString(Vec::new())),
        ("62 0102", Value::OctetString(vec![1, 2])),
        ("75 06 00 42C3BC726F", Value::CharacterString("Büro".into())),
        ("81 00", Value::BitString(BitString(Vec::new()))),
        ("82 03 A8", Value::BitString(BitString(vec![true, false, true, false, true]))),
        ("91 03", Value::Enumerated(3)),
        (
            "A4 7E 0B 17 01",
            Value::Date(Date { year_since_1900: 126, month: 11, day: 23, weekday: 1 }),
        ),
        ("B4 0C 22 38 4E", Value::Time(Time { hour: 12, minute: 34, second: 56, hundredths: 78 })),
        ("C4 00C0000F", Value::ObjectId(id(object_type::BINARY_INPUT, 15))),
    ] {
        let mut encoded = Vec::new();
        value.encode(&mut encoded);
        assert_eq!(encoded, hex(bytes), "{value:?}");
        assert_eq!(tag::Reader::new(&hex(bytes)).value(), Ok(value));
    }
}

#[test]
fn lengths_take_one_two_three_or_five_octets_more() {
    for (length, tag) in [
        (4, "64"),
        (5, "65 05"),
        (253, "65 FD"),
        (254, "65 FE 00FE"),
        (65_535, "65 FE FFFF"),
        (65_536, "65 FF 00010000"),
    ] {
        let value = Value::OctetString(vec![0xAB; length]);
        let mut bytes = Vec::new();
        value.encode(&mut bytes);
        assert_eq!(bytes[..bytes.len() - length], hex(tag), "{length}");
        assert_eq!(tag::Reader::new(&bytes).value(), Ok(value));
    }
}

/// Or a rule that says `> 20.1 °C` would be true at 20.1 °C.
#[test]
fn a_real_is_the_decimal_that_was_meant() {
    for (bytes, number) in [
        ("44 41A0CCCD", 20.1),
        ("44 4290999A", 72.3),
        ("44 BE99999A", -0.3),
        ("44 41A80000", 21.0),
        ("55 08 403419999999999A", 20.1),
        ("23 01E240", 123_456.0),
        ("31 80", -128.0),
        ("91 03", 3.0),
        ("11", 1.0),
    ] {
        let value = tag::Reader::new(&hex(bytes)).value().unwrap();
        assert_eq!(value.as_f64(), Some(number), "{bytes}");
    }
    let nan = tag::Reader::new(&hex("44 7FC00000")).value().unwrap();
    assert!(nan.as_f64().is_some_and(f64::is_nan), "for the driver to refuse");
}

#[test]
fn a_segmented_request() {
    let bytes = hex("0A 65 07 01 10 0F AA");
    let segment = Some(Segment { sequence: 1, window: 16, more_follows: false });
    let last = Request { segment, max_segments: 64, ..Request::new(7, 15, vec![0xAA]) };
    assert_eq!(Apdu::Request(last.clone()).encode(), bytes);
    assert_eq!(Apdu::decode(&bytes), Ok(Apdu::Request(last)));
}

/// Or answers come that do not fit.
#[test]
fn what_we_take_is_never_overstated() {
    for (max_segments, max_apdu, octet) in [
        (0, 0, 0x00),
        (1, 127, 0x00),
        (3, 479, 0x12),
        (63, 1475, 0x54),
        (64, 1476, 0x65),
        (255, u16::MAX, 0x75),
    ] {
        let request = Request { max_segments, max_apdu, ..Request::new(1, 12, Vec::new()) };
        assert_eq!(Apdu::Request(request).encode()[1], octet, "{max_segments} {max_apdu}");
    }
}

#[test]
fn links_and_networks() {
    let npdu = Npdu::local(vec![0x10, 0x08], false);
    assert_eq!(npdu.encode(), hex("01 00 10 08"));
    let behind = NetworkAddress { network: 5, address: vec![12] };
    let npdu = Npdu::to(Some(behind.clone()), vec![0x10, 0x08], true);
    assert_eq!(npdu.encode(), hex("01 24 0005 01 0C FF 10 08"));
    assert_eq!(Npdu::decode(&npdu.encode()), Ok(npdu));
    let answer = Npdu::decode(&hex("01 08 0005 01 0C 20 59 0F")).unwrap();
    assert_eq!(answer.source, Some(behind));
    assert_eq!(answer.payload, Payload::Apdu(hex("20 59 0F")));
    let everywhere = Npdu::to(Some(NetworkAddress::everywhere()), vec![0x10, 0x08], false);
    assert_eq!(everywhere.encode(), hex("01 20 FFFF 00 FF 10 08"));
    for (bytes, message) in [
        ("01 80 00", NetworkMessage::WhoIsRouter(None)),
        ("01 80 00 0005", NetworkMessage::WhoIsRouter(Some(5))),
        ("01 80 01 0005 0006", NetworkMessage::IAmRouter(vec![5, 6])),
        ("01 80 03 01 0005", NetworkMessage::Reject { reason: 1, network: 5 }),
        ("01 80 04 0005", NetworkMessage::Busy(vec![5])),
        ("01 80 05", NetworkMessage::Available(Vec::new())),
        ("01 80 81 0063 05", NetworkMessage::Other(0x81, vec![0, 99, 5])),
    ] {
        let npdu = Npdu::network(message);
        assert_eq!(npdu.encode(), hex(bytes));
        assert_eq!(Npdu::decode(&hex(bytes)), Ok(npdu));
    }

    let origin: SocketAddrV4 = "192.168.1.2:47808".parse().unwrap();
    for (bytes, bvlc) in [
        ("81 0A 0006 0102", Bvlc::Unicast(&[1, 2])),
        ("81 0B 0006 0102", Bvlc::Broadcast(&[1, 2])),
        ("81 09 0006 0102", Bvlc::DistributeBroadcast(&[1, 2])),
        ("81 04 000C C0A80102BAC0 0102", Bvlc::Forwarded { origin, npdu: &[1, 2] }),
        ("81 05 0006 003C", Bvlc::RegisterForeignDevice { ttl: 60 }),
        ("81 08 000A C0A80102BAC0", Bvlc::DeleteForeignDevice(origin)),
        ("81 00 0006 0030", Bvlc::Result(result_code::REGISTER_FOREIGN_DEVICE_NAK)),
        ("81 02 0004", Bvlc::Other(2)),
    ] {
        assert_eq!(bvlc.encode(), hex(bytes));
        assert_eq!(Bvlc::decode(&hex(bytes)), Ok(bvlc));
    }
}

#[test]
fn names_are_the_standards_own() {
    assert_eq!(id(object_type::ANALOG_VALUE, 3).to_string(), "analog-value,3");
    assert_eq!(id(300, 3).to_string(), "object-type-300,3");
    assert_eq!(
        PropertyRef::element(property::PRIORITY_ARRAY, 13).to_string(),
        "priority-array[13]"
    );
    assert_eq!(error_code::WRITE_ACCESS_DENIED.to_string(), "property: write-access-denied");
    assert_eq!(reject_name(reject_reason::UNRECOGNIZED_SERVICE), "unrecognized-service");
    assert_eq!(abort_name(abort_reason::SEGMENTATION_NOT_SUPPORTED), "segmentation-not-supported");
}
