//! Peers written here: what bacpypes3 would never send.

use std::net::SocketAddrV4;
use std::sync::{Arc, Mutex};

use hauswart::wire::bacnet::{
    Apdu, Bvlc, Npdu, Payload, ReadProperty, Request as Confirmed, confirmed, error_code,
    object_type,
};
use tokio::net::UdpSocket;

/// What a hand-written peer sends in answer to one request: whole datagrams.
pub type Answers = Vec<Vec<u8>>;

/// A peer of our own at `address`: `answer` gets each confirmed request.
pub async fn peer(
    address: SocketAddrV4,
    mut answer: impl FnMut(Confirmed) -> Answers + Send + 'static,
) {
    raw_peer(address, move |apdu| match apdu {
        Apdu::Request(request) => answer(request),
        _ => Vec::new(),
    })
    .await;
}

/// As [`peer`], but for all application messages.
pub async fn raw_peer(
    address: SocketAddrV4,
    mut answer: impl FnMut(Apdu) -> Answers + Send + 'static,
) {
    let socket = UdpSocket::bind(address).await.unwrap();
    tokio::spawn(async move {
        let mut buffer = [0; 2048];
        while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
            let Some(apdu) = unwrap(&buffer[..length]) else { continue };
            for datagram in answer(apdu) {
                let _ = socket.send_to(&datagram, from).await;
            }
        }
    });
}

/// The application message in a datagram.
pub fn unwrap(datagram: &[u8]) -> Option<Apdu> {
    let (Bvlc::Unicast(npdu) | Bvlc::Broadcast(npdu)) = Bvlc::decode(datagram).ok()? else {
        return None;
    };
    let Payload::Apdu(apdu) = Npdu::decode(npdu).ok()?.payload else { return None };
    Apdu::decode(&apdu).ok()
}

/// An application message as a datagram.
pub fn wrap(apdu: &Apdu) -> Vec<u8> {
    Bvlc::Unicast(&Npdu::local(apdu.encode(), false).encode()).encode()
}

/// An acknowledgement with data.
pub fn ack(request: &Confirmed, data: Vec<u8>) -> Vec<u8> {
    let (invoke_id, service) = (request.invoke_id, request.service);
    wrap(&Apdu::ComplexAck { invoke_id, service, segment: None, data })
}

/// Something that peer and test share.
pub fn shared<T>(value: T) -> (Arc<Mutex<T>>, Arc<Mutex<T>>) {
    let value = Arc::new(Mutex::new(value));
    (Arc::clone(&value), value)
}

/// A device that says nothing about itself: questions to its device object
/// are refused, all others go to `answer`.
pub fn deaf_to_limits(
    mut answer: impl FnMut(Confirmed) -> Answers + Send + 'static,
) -> impl FnMut(Confirmed) -> Answers + Send + 'static {
    move |request| {
        let device = ReadProperty::decode(&request.data)
            .is_ok_and(|asked| asked.object.kind() == object_type::DEVICE);
        if request.service == confirmed::READ_PROPERTY && device {
            let (invoke_id, service) = (request.invoke_id, request.service);
            let error = error_code::UNKNOWN_PROPERTY;
            return vec![wrap(&Apdu::Error { invoke_id, service, error })];
        }
        answer(request)
    }
}
