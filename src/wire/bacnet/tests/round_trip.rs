//! What is encoded decodes to itself, for all values and services.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::super::*;
use super::malformed;

pub(super) fn object() -> impl Strategy<Value = ObjectId> {
    any::<u32>().prop_map(ObjectId::from_bits)
}

pub(super) fn property_ref() -> impl Strategy<Value = PropertyRef> {
    (any::<u32>(), option::of(any::<u32>()))
        .prop_map(|(property, array_index)| PropertyRef { property, array_index })
}

pub(super) fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Boolean),
        any::<u64>().prop_map(Value::Unsigned),
        any::<i64>().prop_map(Value::Signed),
        (-70_000_i64..70_000).prop_map(Value::Signed),
        (-1e9_f32..1e9).prop_map(Value::Real),
        (-1e200_f64..1e200).prop_map(Value::Double),
        vec(any::<u8>(), 0..300).prop_map(Value::OctetString),
        ".{0,80}".prop_map(Value::CharacterString),
        vec(any::<bool>(), 0..40).prop_map(|bits| Value::BitString(BitString(bits))),
        any::<u32>().prop_map(Value::Enumerated),
        any::<[u8; 4]>().prop_map(|[year_since_1900, month, day, weekday]| {
            Value::Date(Date { year_since_1900, month, day, weekday })
        }),
        any::<[u8; 4]>().prop_map(|[hour, minute, second, hundredths]| {
            Value::Time(Time { hour, minute, second, hundredths })
        }),
        object().prop_map(Value::ObjectId),
        Just(Value::Raw(vec![0x0E, 0x21, 0x05, 0x2E, 0x2F, 0x0F])),
        prop::sample::select(malformed::primitives()).prop_map(Value::Raw),
    ]
}

pub(super) fn device_error() -> impl Strategy<Value = DeviceError> {
    (any::<u32>(), any::<u32>()).prop_map(|(class, code)| DeviceError { class, code })
}

pub(super) fn multiple_answer() -> impl Strategy<Value = ReadPropertyMultipleAck> {
    let result = prop_oneof![vec(value(), 0..4).prop_map(Ok), device_error().prop_map(Err)];
    vec((object(), vec((property_ref(), result), 0..4)), 0..4)
        .prop_map(|objects| ReadPropertyMultipleAck { objects })
}

pub(super) fn write() -> impl Strategy<Value = WriteProperty> {
    (object(), property_ref(), vec(value(), 0..4), option::of(1_u8..=16)).prop_map(
        |(object, property, values, priority)| WriteProperty { object, property, values, priority },
    )
}

pub(super) fn notification() -> impl Strategy<Value = CovNotification> {
    let value = (property_ref(), vec(value(), 0..3), option::of(1_u8..=16))
        .prop_map(|(property, values, priority)| CovValue { property, values, priority });
    (any::<u32>(), object(), object(), any::<u32>(), vec(value, 0..4)).prop_map(
        |(process, device, object, remaining, values)| CovNotification {
            process,
            device,
            object,
            remaining,
            values,
        },
    )
}

proptest! {
    #[test]
    fn values(value in value()) {
        let mut bytes = Vec::new();
        value.encode(&mut bytes);
        let mut reader = tag::Reader::new(&bytes);
        prop_assert_eq!(reader.value(), Ok(value));
        prop_assert!(reader.is_empty());
    }

    #[test]
    fn reads(
        object in object(),
        property in property_ref(),
        values in vec(value(), 0..5),
        properties in vec(property_ref(), 0..3),
    ) {
        let asked = ReadProperty { object, property };
        prop_assert_eq!(ReadProperty::decode(&asked.encode()), Ok(asked));
        let answer = ReadPropertyAck { object, property, values };
        prop_assert_eq!(ReadPropertyAck::decode(&answer.encode()), Ok(answer));
        let asked = ReadPropertyMultiple { objects: vec![(object, properties)] };
        prop_assert_eq!(ReadPropertyMultiple::decode(&asked.encode()), Ok(asked));
    }

    #[test]
    fn multiple_answers(answer in multiple_answer()) {
        prop_assert_eq!(ReadPropertyMultipleAck::decode(&answer.encode()), Ok(answer));
    }

    #[test]
    fn writes(asked in write()) {
        prop_assert_eq!(WriteProperty::decode(&asked.encode()), Ok(asked));
    }

    #[test]
    fn subscriptions_and_notifications(
        process in any::<u32>(),
        object in object(),
        terms in option::of(any::<(bool, u32)>()),
        told in notification(),
    ) {
        let asked = SubscribeCov { process, object, terms };
        prop_assert_eq!(SubscribeCov::decode(&asked.encode()), Ok(asked));
        prop_assert_eq!(CovNotification::decode(&told.encode()), Ok(told));
    }

    #[test]
    fn application_messages(
        invoke_id in any::<u8>(),
        segment in option::of(any::<(u8, u8, bool)>()),
        max_segments in prop_oneof![Just(0_u8), Just(2), Just(16), Just(64), Just(255)],
        max_apdu in prop_oneof![Just(50_u16), Just(206), Just(1024), Just(1476)],
        accepts_segments in any::<bool>(),
        data in vec(any::<u8>(), 0..60),
        error in device_error(),
    ) {
        let segment = segment
            .map(|(sequence, window, more_follows)| Segment { sequence, window, more_follows });
        for apdu in [
            Apdu::Request(Request {
                invoke_id,
                service: confirmed::WRITE_PROPERTY,
                segment,
                accepts_segments,
                max_segments,
                max_apdu,
                data: data.clone(),
            }),
            Apdu::ComplexAck {
                invoke_id,
                service: confirmed::READ_PROPERTY,
                segment,
                data: data.clone(),
            },
            Apdu::Error { invoke_id, service: confirmed::READ_PROPERTY, error },
        ] {
            prop_assert_eq!(Apdu::decode(&apdu.encode()), Ok(apdu));
        }
    }

    #[test]
    fn network_messages(
        expecting_reply in any::<bool>(),
        hop_count in any::<u8>(),
        destination in option::of((1_u16.., vec(any::<u8>(), 0..8))),
        source in option::of((1_u16..0xFFFF, vec(any::<u8>(), 1..8))),
        apdu in vec(any::<u8>(), 0..60),
    ) {
        let address = |(network, address)| NetworkAddress { network, address };
        let npdu = Npdu {
            source: source.map(address),
            hop_count: if destination.is_some() { hop_count } else { 255 },
            ..Npdu::to(destination.map(address), apdu, expecting_reply)
        };
        prop_assert_eq!(Npdu::decode(&npdu.encode()), Ok(npdu));
    }
}
