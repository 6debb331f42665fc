//! What comes in: each datagram is checked, unwrapped and given to who waits
//! for it. Answers count only as unicasts from the device that was asked;
//! nothing here trusts a length, and nothing waits.

use std::net::{SocketAddr, SocketAddrV4};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::UdpSocket;

use super::client::{Heard, Shared};
use super::socket::RECEIVE_BUFFER;
use super::transaction::{Peer, lock};
use crate::wire::bacnet::{
    Apdu, Bvlc, CovNotification, DecodeError, IAm, MAX_APDU, NetworkMessage, Npdu, Payload,
    Request, Segmentation, WhoIs, abort_reason, confirmed, error_code, reject_reason, unconfirmed,
};

pub(super) async fn unicasts(shared: Arc<Shared>) {
    listen(&shared, &shared.sockets.unicast).await;
}

pub(super) async fn broadcasts(shared: Arc<Shared>) {
    if let Some(socket) = &shared.sockets.broadcasts {
        listen(&shared, socket).await;
    }
}

async fn listen(shared: &Shared, socket: &UdpSocket) {
    let mut buffer = vec![0; RECEIVE_BUFFER];
    loop {
        match socket.recv_from(&mut buffer).await {
            Ok((length, SocketAddr::V4(from))) => {
                if shared.sockets.own() == Some(SocketAddr::V4(from)) {
                    continue;
                }
                let answer = take(shared, &buffer[..length], from);
                if let Some((datagram, to)) = answer {
                    // Whoever asked will ask again.
                    let _ = shared.send_raw(&datagram, to).await;
                }
            }
            Ok(_) => {}
            Err(error) => {
                tracing::debug!(%error, "receiving failed");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// Who sent a message, and whether to us alone.
struct Sender {
    peer: Peer,
    direct: bool,
}

type Reply = Option<(Vec<u8>, SocketAddrV4)>;

/// One datagram; what is to be sent in answer to it.
fn take(shared: &Shared, datagram: &[u8], from: SocketAddrV4) -> Reply {
    let (npdu, address, direct) = match Bvlc::decode(datagram) {
        Ok(Bvlc::Unicast(npdu)) => (npdu, from, true),
        Ok(Bvlc::Broadcast(npdu)) => (npdu, from, false),
        Ok(Bvlc::Forwarded { origin, npdu }) => (npdu, origin, false),
        Ok(Bvlc::Result(code)) if shared.bbmd == Some(from) => {
            let _ = shared.results.try_send(code);
            return None;
        }
        Ok(_) => return None,
        Err(error) => {
            tracing::debug!(%from, %error, "not a BACnet/IP message");
            return None;
        }
    };
    let npdu = match Npdu::decode(npdu) {
        Ok(npdu) => npdu,
        Err(error) => {
            tracing::debug!(%from, %error, "not a network message");
            return None;
        }
    };
    // What is meant for another network is a router's matter.
    if npdu.destination.is_some_and(|destination| destination.network != 0xFFFF) {
        return None;
    }
    let sender = Sender { peer: Peer { address, route: npdu.source }, direct };
    match npdu.payload {
        Payload::Network(NetworkMessage::IAmRouter(networks)) => {
            let _ = shared.heard.send(Heard::Routers(address, networks));
            None
        }
        Payload::Network(_) => None,
        Payload::Apdu(apdu) => match Apdu::decode(&apdu) {
            Ok(apdu) => take_apdu(shared, sender, apdu),
            Err(DecodeError::UnknownService { invoke_id, .. }) if direct => {
                let reason = reject_reason::UNRECOGNIZED_SERVICE;
                Some(reply(&sender.peer, &Apdu::Reject { invoke_id, reason }))
            }
            Err(error) => {
                tracing::debug!(%from, %error, "not an application message");
                None
            }
        },
    }
}

fn reply(peer: &Peer, apdu: &Apdu) -> (Vec<u8>, SocketAddrV4) {
    let npdu = Npdu::to(peer.route.clone(), apdu.encode(), false).encode();
    (Bvlc::Unicast(&npdu).encode(), peer.address)
}

fn take_apdu(shared: &Shared, sender: Sender, apdu: Apdu) -> Reply {
    let invoke_id = match &apdu {
        Apdu::Unconfirmed { service, data } => {
            return take_unconfirmed(shared, sender, *service, data);
        }
        _ if !sender.direct => return None,
        Apdu::Request(request) => return take_request(shared, &sender.peer, request),
        Apdu::SimpleAck { invoke_id, .. }
        | Apdu::ComplexAck { invoke_id, .. }
        | Apdu::SegmentAck { invoke_id, .. }
        | Apdu::Error { invoke_id, .. }
        | Apdu::Reject { invoke_id, .. }
        | Apdu::Abort { invoke_id, .. } => *invoke_id,
    };
    let segment = matches!(apdu, Apdu::ComplexAck { segment: Some(_), .. });
    let peer = sender.peer;
    if shared.transactions.deliver(peer.clone(), invoke_id, apdu) || !segment {
        return None;
    }
    // Nobody waits for these segments: let the device stop sending them.
    let reason = abort_reason::INVALID_APDU_IN_THIS_STATE;
    Some(reply(&peer, &Apdu::Abort { invoke_id, server: false, reason }))
}

fn take_unconfirmed(shared: &Shared, sender: Sender, service: u8, data: &[u8]) -> Reply {
    match service {
        unconfirmed::I_AM => {
            if let Ok(i_am) = IAm::decode(data) {
                let _ = shared.heard.send(Heard::Device(sender.peer, i_am));
            }
            None
        }
        unconfirmed::WHO_IS => {
            let instance = shared.instance?;
            WhoIs::decode(data).ok().filter(|who| who.asks(instance))?;
            let i_am = IAm {
                instance,
                max_apdu: MAX_APDU.into(),
                segmentation: Segmentation::Both,
                vendor: 0,
            };
            let data = i_am.encode();
            Some(reply(&sender.peer, &Apdu::Unconfirmed { service: unconfirmed::I_AM, data }))
        }
        unconfirmed::COV_NOTIFICATION => {
            if let Ok(told) = CovNotification::decode(data) {
                notify(shared, &sender.peer, told);
            }
            None
        }
        _ => None,
    }
}

/// The only request that we serve is a confirmed notification.
fn take_request(shared: &Shared, peer: &Peer, request: &Request) -> Reply {
    let (invoke_id, service) = (request.invoke_id, request.service);
    let answer = if service != confirmed::COV_NOTIFICATION {
        Apdu::Reject { invoke_id, reason: reject_reason::UNRECOGNIZED_SERVICE }
    } else if request.segment.is_some() {
        let reason = abort_reason::SEGMENTATION_NOT_SUPPORTED;
        Apdu::Abort { invoke_id, server: true, reason }
    } else {
        match CovNotification::decode(&request.data) {
            Ok(told) => match notify(shared, peer, told) {
                true => Apdu::SimpleAck { invoke_id, service },
                false => {
                    let error = error_code::UNKNOWN_SUBSCRIPTION;
                    Apdu::Error { invoke_id, service, error }
                }
            },
            Err(_) => Apdu::Reject { invoke_id, reason: reject_reason::INVALID_TAG },
        }
    };
    Some(reply(peer, &answer))
}

/// Gives a notification to its subscriber; false if there is none.
fn notify(shared: &Shared, peer: &Peer, told: CovNotification) -> bool {
    match lock(&shared.subscribers).get(&told.process) {
        // A full inbox: the slow poll will find out.
        Some((from, inbox)) if from == peer => {
            let _ = inbox.try_send(told);
            true
        }
        _ => false,
    }
}
