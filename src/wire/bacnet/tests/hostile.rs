//! Bytes that mean harm: every decoder on mutated and random messages. None
//! may panic, loop or take much memory.

use std::panic::catch_unwind;

use proptest::prelude::*;

use super::super::*;
use super::hex;

fn decode_all(bytes: &[u8]) {
    if let Ok(
        Bvlc::Unicast(npdu)
        | Bvlc::Broadcast(npdu)
        | Bvlc::DistributeBroadcast(npdu)
        | Bvlc::Forwarded { npdu, .. },
    ) = Bvlc::decode(bytes)
        && let Ok(Npdu { payload: Payload::Apdu(apdu), .. }) = Npdu::decode(npdu)
    {
        decode_apdu(&apdu);
    }
    let _ = Npdu::decode(bytes);
    decode_apdu(bytes);
    decode_services(bytes);
}

fn decode_apdu(bytes: &[u8]) {
    match Apdu::decode(bytes) {
        Ok(Apdu::Request(Request { data, .. }))
        | Ok(Apdu::Unconfirmed { data, .. } | Apdu::ComplexAck { data, .. }) => {
            decode_services(&data);
        }
        _ => {}
    }
}

fn decode_services(bytes: &[u8]) {
    let _ = ReadProperty::decode(bytes);
    let _ = ReadPropertyAck::decode(bytes);
    let _ = ReadPropertyMultiple::decode(bytes);
    let _ = ReadPropertyMultipleAck::decode(bytes);
    let _ = WriteProperty::decode(bytes);
    let _ = SubscribeCov::decode(bytes);
    let _ = CovNotification::decode(bytes);
    let _ = WhoIs::decode(bytes);
    let _ = IAm::decode(bytes);
}

/// Messages whose neighbours are worth trying.
fn seeds() -> Vec<Vec<u8>> {
    [
        "81 0A 0017 01 00 30 01 0C 0C 00000005 19 55 3E 44 4290999A 3F",
        "81 0A 0033 01 08 0005 01 0C 30 02 0E 0C 00000010 1E 29 55 4E 44 4290999A 4F 29 67
         4E 91 00 4F 1F 0C 00000011 1E 29 55 5E 91 01 91 1F 5F 1F",
        "81 0A 0015 01 04 02 75 0F 05 09 12 1C 0000000A 29 01 39 00",
        "81 0B 0012 01 00 10 00 C4 02000001 22 01E0 91 01 21 63",
        "81 0A 000D 01 00 50 03 0F 91 02 91 28",
        "75 06 05 42FC726F55 08 4052000000000000 82 03 A8 25 08 0000010000000000",
    ]
    .map(hex)
    .to_vec()
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        decode_all(&bytes);
    }

    #[test]
    fn mutated_messages_never_panic(
        seed in 0..seeds().len(),
        changes in proptest::collection::vec((any::<usize>(), any::<u8>()), 1..6),
        cut in any::<usize>(),
    ) {
        let mut bytes = seeds().swap_remove(seed);
        for (at, with) in changes {
            let at = at % bytes.len();
            bytes[at] = with;
        }
        bytes.truncate(1 + cut % (2 * bytes.len()));
        decode_all(&bytes);
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
