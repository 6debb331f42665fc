//! Bytes that mean harm: every decoder on mutated and random messages. None
//! may panic, loop or take much memory, and what one accepts must mean the same
//! when it is written and read once more.

use std::panic::catch_unwind;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::super::*;
use super::{hex, round_trip};

/// Calls every decoder of this module on the same bytes.
fn decode_all(bytes: &[u8]) {
    macro_rules! stable {
        ($($service:ty),+) => {$(
            if let Ok(first) = <$service>::decode(bytes) {
                let written = first.encode();
                let again = <$service>::decode(&written);
                // As text, for NaN differs from itself.
                assert_eq!(format!("{again:?}"), format!("{:?}", Ok::<_, DecodeError>(first)));
            }
        )+};
    }
    stable!(Bvlc<'_>, Npdu, Apdu);
    stable!(ReadProperty, ReadPropertyAck, ReadPropertyMultiple, ReadPropertyMultipleAck);
    stable!(WriteProperty, SubscribeCov, CovNotification, WhoIs, IAm);
    let mut reader = tag::Reader::new(bytes);
    while reader.value().is_ok() {}
}

/// The way of a datagram, and every decoder on what each layer unwraps.
fn receive(datagram: &[u8]) {
    decode_all(datagram);
    let Ok(
        Bvlc::Unicast(npdu)
        | Bvlc::Broadcast(npdu)
        | Bvlc::DistributeBroadcast(npdu)
        | Bvlc::Forwarded { npdu, .. },
    ) = Bvlc::decode(datagram)
    else {
        return;
    };
    decode_all(npdu);
    let Ok(Npdu { payload: Payload::Apdu(apdu), .. }) = Npdu::decode(npdu) else { return };
    decode_all(&apdu);
    if let Some(data) = data(&apdu) {
        decode_all(&data);
    }
}

fn data(apdu: &[u8]) -> Option<Vec<u8>> {
    match Apdu::decode(apdu) {
        Ok(
            Apdu::Request(Request { data, .. })
            | Apdu::Unconfirmed { data, .. }
            | Apdu::ComplexAck { data, .. },
        ) => Some(data),
        _ => None,
    }
}

/// Datagrams whose neighbours are worth trying.
fn seeds() -> Vec<Vec<u8>> {
    [
        "81 0A 0017 01 00 30 01 0C 0C 00000005 19 55 3E 44 4290999A 3F",
        "81 0A 0032 01 08 0005 01 0C 30 02 0E 0C 00000010 1E 29 55 4E 44 4290999A 4F 29 67
         4E 91 00 4F 1F 0C 00000011 1E 29 55 5E 91 01 91 1F 5F 1F",
        "81 0A 0015 01 04 02 75 0F 05 09 12 1C 0000000A 29 01 39 00",
        "81 0B 0014 01 00 10 00 C4 02000001 22 01E0 91 01 21 63",
        "81 0B 0010 01 20 FFFF 00 FF 10 08 09 03 19 03",
        "81 04 0012 C0A80102BAC0 01 20 FFFF 00 FF 10 08",
        "81 0A 000D 01 00 50 03 0F 91 02 91 28",
        "81 0A 0018 01 00 50 03 10 0E 91 02 91 28 0F 1E 0C 00800001 19 55 1F",
        "81 0A 000D 01 00 3C 07 02 10 0E AA BB",
        "81 0A 000A 01 00 42 07 05 10",
        "81 0A 0009 01 00 71 07 04",
        "81 0B 000B 01 80 01 0005 0006",
        "81 05 0006 003C",
    ]
    .map(hex)
    .to_vec()
}

/// A device's answers and notifications, and a write as a plant gets it.
fn datagram() -> impl Strategy<Value = Vec<u8>> {
    let ack = |service, data| Apdu::ComplexAck { invoke_id: 1, service, segment: None, data };
    let apdu = prop_oneof![
        round_trip::multiple_answer()
            .prop_map(move |m| ack(confirmed::READ_PROPERTY_MULTIPLE, m.encode())),
        round_trip::write().prop_map(|w| Apdu::Request(Request::new(
            1,
            confirmed::WRITE_PROPERTY,
            w.encode()
        ))),
        round_trip::notification().prop_map(|n| {
            Apdu::Unconfirmed { service: unconfirmed::COV_NOTIFICATION, data: n.encode() }
        }),
    ];
    apdu.prop_map(|apdu| Bvlc::Unicast(&Npdu::local(apdu.encode(), false).encode()).encode())
}

/// Changes, turns over, cuts off or adds an octet.
fn mutate(bytes: &mut Vec<u8>, (kind, at, new): (u8, Index, u8)) {
    if bytes.is_empty() {
        return;
    }
    let at = at.index(bytes.len());
    match kind % 8 {
        0..3 => bytes[at] = new,
        3..5 => bytes[at] ^= 1 << (new % 8),
        5 => drop(bytes.remove(at)),
        6 => bytes.truncate(at),
        _ => bytes.insert(at, new),
    }
}

#[test]
fn the_seeds_are_good_messages() {
    for seed in seeds() {
        let npdu = match Bvlc::decode(&seed).unwrap() {
            Bvlc::Unicast(npdu) | Bvlc::Broadcast(npdu) | Bvlc::Forwarded { npdu, .. } => npdu,
            Bvlc::RegisterForeignDevice { .. } => continue,
            other => panic!("{other:?}"),
        };
        if let Payload::Apdu(apdu) = Npdu::decode(npdu).unwrap().payload {
            Apdu::decode(&apdu).unwrap();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn random_bytes_never_panic(bytes in vec(any::<u8>(), 0..200)) {
        receive(&bytes);
    }

    #[test]
    fn mutated_messages_never_panic(
        mut bytes in prop_oneof![select(seeds()), datagram()],
        mutations in vec(any::<(u8, Index, u8)>(), 1..6),
        announced in prop::bool::weighted(0.8),
    ) {
        mutations.into_iter().for_each(|mutation| mutate(&mut bytes, mutation));
        // Or hardly one would get past the first header.
        let length = u16::try_from(bytes.len()).unwrap().to_be_bytes();
        if announced && let Some(field) = bytes.get_mut(2..4) {
            field.copy_from_slice(&length);
        }
        receive(&bytes);
    }
}

#[test]
fn announced_lengths_beyond_the_message_cost_no_memory() {
    for bytes in ["65 FF FFFFFFFF 00", "75 FE FFFF 00", "3E 65 FF 7FFFFFFF", "FD 0C FF FFFFFFFF"] {
        assert!(tag::Reader::new(&hex(bytes)).value().is_err(), "{bytes}");
    }
}

#[test]
fn deep_nesting_ends_in_an_error_not_in_the_stack() {
    let nested = |depth: usize| [vec![0x0E; depth], vec![0x0F; depth]].concat();
    let read = |bytes: &[u8]| tag::Reader::new(bytes).value();
    assert_eq!(read(&nested(32)), Ok(Value::Raw(nested(32))));
    assert_eq!(read(&nested(33)), Err(DecodeError::Depth));
    assert_eq!(read(&nested(100_000)), Err(DecodeError::Depth));
    let mut bytes = hex("0C 00000005 19 55 3E");
    bytes.extend([0x0E; 1000]);
    bytes.extend([0x0F; 1000]);
    bytes.push(0x3F);
    assert_eq!(ReadPropertyAck::decode(&bytes), Err(DecodeError::Depth));
}

#[test]
fn brackets_that_do_not_match_are_errors() {
    assert!(ReadPropertyAck::decode(&hex("0C 00000005 19 55 3E 0E 21 01 1F 3F")).is_err());
    assert!(ReadPropertyAck::decode(&hex("0C 00000005 19 55 3E 0E 21 01 3F")).is_err());
    assert!(ReadPropertyAck::decode(&hex("0C 00000005 19 55 3E 21 01")).is_err());
    assert!(ReadPropertyAck::decode(&hex("0C 00000005 19 55 3E 21 01 3F 00")).is_err());
}

#[test]
fn a_request_for_an_unknown_service_can_still_be_rejected() {
    let unknown = DecodeError::UnknownService { invoke_id: 7, service: 99 };
    assert_eq!(Apdu::decode(&hex("02 75 07 63 01")), Err(unknown));
}

/// The last net holds even where a check is missing.
#[test]
fn a_panic_in_the_codec_becomes_an_error() {
    let nine = hex("25 09 010101010101010101");
    assert!(catch_unwind(|| bacnet_rs::encoding::decode_unsigned64(&nine)).is_err());
    let caught = guarded(|| bacnet_rs::encoding::decode_unsigned64(&nine));
    assert_eq!(caught, Err(DecodeError::Codec));
}
