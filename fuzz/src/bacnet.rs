//! BACnet/IP datagrams: into every decoder, what one takes meaning the same
//! when it is written and read once more; and, where the first byte is odd, as
//! the answers of a device that means harm, before the client.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::time::Duration;

use hauswart::field::bacnet::{Client, Target};
use hauswart::site::BacnetIp;
use hauswart::wire::bacnet::{
    Apdu, Bvlc, CovNotification, DecodeError, IAm, Npdu, ObjectId, Payload, PropertyRef,
    ReadProperty, ReadPropertyAck, ReadPropertyMultiple, ReadPropertyMultipleAck, Request, Segment,
    SubscribeCov, Value, WhoIs, WriteProperty, object_type, property,
};
use tokio::net::UdpSocket;

use crate::dice::Dice;
use crate::peer::{self, Act};

pub fn run(bytes: &[u8]) -> bool {
    let Some((how, rest)) = bytes.split_first() else { return false };
    match how & 1 {
        0 => {
            receive(rest, how & 2 != 0);
            true
        }
        _ => converse(rest),
    }
}

/// The way of a datagram, and every decoder on what each layer unwraps. `mend`
/// puts the length right, or hardly one would get past the first header.
fn receive(datagram: &[u8], mend: bool) {
    let mut datagram = datagram.to_vec();
    let length = u16::try_from(datagram.len()).unwrap_or(u16::MAX).to_be_bytes();
    if let Some(field) = datagram.get_mut(2..4).filter(|_| mend) {
        field.copy_from_slice(&length);
    }
    decode_all(&datagram);
    let Ok(
        Bvlc::Unicast(npdu)
        | Bvlc::Broadcast(npdu)
        | Bvlc::DistributeBroadcast(npdu)
        | Bvlc::Forwarded { npdu, .. },
    ) = Bvlc::decode(&datagram)
    else {
        return;
    };
    decode_all(npdu);
    let Ok(Npdu { payload: Payload::Apdu(apdu), .. }) = Npdu::decode(npdu) else { return };
    decode_all(&apdu);
    if let Ok(
        Apdu::Request(Request { data, .. })
        | Apdu::Unconfirmed { data, .. }
        | Apdu::ComplexAck { data, .. },
    ) = Apdu::decode(&apdu)
    {
        decode_all(&data);
    }
}

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
}

const HERE: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0);
const PRESENT: PropertyRef = PropertyRef::new(property::PRESENT_VALUE);

fn converse(bytes: &[u8]) -> bool {
    let mut dice = Dice::new(bytes);
    let asked: [u8; 4] = std::array::from_fn(|_| dice.byte());
    let device = std::net::UdpSocket::bind(HERE).expect("a port");
    let Ok(SocketAddr::V4(address)) = device.local_addr() else { return false };
    let ours = async {
        let settings = BacnetIp { bind: HERE, broadcast: None, foreign: None, instance: Some(4) };
        let client = Client::open(&settings, Duration::from_millis(500)).expect("a port");
        let target = Target { tries: 2, ..Target::at(address) };
        let mut notified = client.notifications(7, target.peer.clone());
        for which in asked {
            ask(&client, &target, which).await;
        }
        while notified.try_recv().is_ok() {}
    };
    peer::talk(ours, answer_all(device, dice));
    true
}

async fn ask(client: &Client, target: &Target, which: u8) {
    let object =
        |instance| ObjectId::new(object_type::ANALOG_INPUT, instance).expect("it is small");
    match which % 5 {
        0 => {
            let one = PropertyRef::element(property::PRIORITY_ARRAY, 13);
            let _ = client.read_property(target, object(5), one).await;
        }
        1 => drop(client.read_property(target, object(5), PRESENT).await),
        2 => {
            let asked: Vec<_> = (0..3).map(|n| (object(n), vec![PRESENT, PRESENT])).collect();
            if let Ok(read) = client.read_property_multiple(target, asked).await {
                assert_eq!(read.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 2]);
            }
        }
        3 => {
            let values = vec![Value::Real(20.5)];
            let _ = client.write_property(target, object(5), PRESENT, values, Some(13)).await;
        }
        _ => drop(client.find_device(1001, 1).await),
    }
}

/// Each datagram that comes is answered by the input's next word, and so is
/// each acknowledgement of a segment.
async fn answer_all(device: std::net::UdpSocket, mut dice: Dice<'_>) -> std::io::Result<()> {
    device.set_nonblocking(true)?;
    let device = UdpSocket::from_std(device)?;
    let mut question = [0; 2048];
    loop {
        let (length, from) = device.recv_from(&mut question).await?;
        let Some(act) = peer::act(&mut dice) else { return Ok(()) };
        let datagram = match heard(&question[..length]) {
            Some(apdu) if act.framed => framed(&act, &apdu),
            _ => act.bytes.to_vec(),
        };
        for _ in 0..=usize::from(act.twice) {
            device.send_to(&datagram, from).await?;
        }
    }
}

fn heard(datagram: &[u8]) -> Option<Apdu> {
    let Ok(Bvlc::Unicast(npdu)) = Bvlc::decode(datagram) else { return None };
    let Payload::Apdu(apdu) = Npdu::decode(npdu).ok()?.payload else { return None };
    Apdu::decode(&apdu).ok()
}

/// The input's bytes as the data of an answer to this message. `close`: as a
/// segment, whose first two bytes say which one.
fn framed(act: &Act<'_>, heard: &Apdu) -> Vec<u8> {
    let (invoke_id, service) = match heard {
        Apdu::Request(request) => (request.invoke_id, request.service),
        Apdu::SegmentAck { invoke_id, .. } => (*invoke_id, 14),
        _ => return act.bytes.to_vec(),
    };
    let (segment, data) = match act.bytes {
        [sequence, window, data @ ..] if act.close => {
            let more_follows = window & 0x80 != 0;
            let window = window & 0x7F;
            (Some(Segment { more_follows, sequence: *sequence, window }), data)
        }
        data => (None, data),
    };
    let apdu = match act.fitting {
        true => Apdu::SimpleAck { invoke_id, service },
        false => Apdu::ComplexAck { invoke_id, service, segment, data: data.to_vec() },
    };
    Bvlc::Unicast(&Npdu::local(apdu.encode(), false).encode()).encode()
}
