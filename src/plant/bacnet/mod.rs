//! The BACnet/IP servers: three devices, each with a UDP socket of its own, and
//! their faults. One task a device; it answers from the state as of the last
//! step and tells its subscribers after each.

mod device;
mod object;
pub mod property;
mod service;
mod subscription;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::wire::bacnet::{
    Apdu, Bvlc, DecodeError, NetworkAddress, Npdu, Payload, Request, WhoIs, confirmed,
    reject_reason, unconfirmed,
};

use super::faults::{Conduct, Device as Faulty};
use super::state::Shared;
use super::weather::scatter;
pub use device::{Device, INSTANCES};
use service::Desk;
use subscription::Subscriptions;

/// Loopback's broadcast address.
const BROADCAST: Ipv4Addr = Ipv4Addr::new(127, 255, 255, 255);
/// Lifetimes and retries are looked at this often.
const TICK: Duration = Duration::from_secs(1);

/// The sockets of one device: its own, and one that hears broadcasts, which a
/// socket bound to one address does not.
#[derive(Debug)]
pub struct Sockets {
    own: Arc<UdpSocket>,
    broadcast: Option<UdpSocket>,
}

impl Sockets {
    /// # Errors
    /// Where the address cannot be bound. Broadcasts are heard where the
    /// system lets several sockets share their port.
    pub async fn bind(address: SocketAddrV4) -> io::Result<Self> {
        let own = UdpSocket::bind(address).await?;
        let port = own.local_addr()?.port();
        Ok(Self { own: Arc::new(own), broadcast: hear_broadcasts(port).ok() })
    }

    pub fn address(&self) -> io::Result<SocketAddrV4> {
        match self.own.local_addr()? {
            SocketAddr::V4(address) => Ok(address),
            SocketAddr::V6(_) => Err(io::ErrorKind::AddrNotAvailable.into()),
        }
    }

    async fn receive(&self, buffer: &mut [u8; 1600]) -> io::Result<(usize, SocketAddr)> {
        let Some(broadcast) = &self.broadcast else { return self.own.recv_from(buffer).await };
        // Readiness first: two reads cannot borrow one buffer.
        loop {
            tokio::select! {
                ready = self.own.readable() => {
                    ready?;
                    match self.own.try_recv_from(buffer) {
                        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                        received => return received,
                    }
                }
                ready = broadcast.readable() => {
                    ready?;
                    match broadcast.try_recv_from(buffer) {
                        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                        received => return received,
                    }
                }
            }
        }
    }
}

fn hear_broadcasts(port: u16) -> io::Result<UdpSocket> {
    use socket2::{Domain, Protocol, Socket, Type};
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&SocketAddr::from((BROADCAST, port)).into())?;
    UdpSocket::from_std(socket.into())
}

/// Where a client is.
#[derive(Debug, Clone, PartialEq)]
struct Peer {
    address: SocketAddr,
    /// Behind a router.
    route: Option<NetworkAddress>,
}

/// Serves device `at` of the plant until `stop`.
///
/// # Errors
/// Where receiving fails.
pub async fn serve(
    sockets: Sockets,
    at: usize,
    shared: Arc<Shared>,
    stop: CancellationToken,
) -> io::Result<()> {
    let mut stepped = shared.stepped.subscribe();
    let socket = Arc::clone(&sockets.own);
    let mut server = Server { at, shared, socket, subscriptions: Subscriptions::default() };
    let mut buffer = [0; 1600];
    loop {
        let subscribed = !server.subscriptions.is_empty();
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            received = sockets.receive(&mut buffer) => {
                let (length, from) = received?;
                server.datagram(&buffer[..length], from).await;
            }
            changed = stepped.changed() => if changed.is_err() { return Ok(()) },
            () = tokio::time::sleep(TICK), if subscribed => {}
        }
        if !server.subscriptions.is_empty() {
            server.notify().await;
        }
    }
}

struct Server {
    at: usize,
    shared: Arc<Shared>,
    socket: Arc<UdpSocket>,
    subscriptions: Subscriptions<Peer>,
}

impl Server {
    fn conduct(&self) -> Conduct {
        self.shared.faults.conduct(Faulty::Instance(INSTANCES[self.at]))
    }

    /// Runs `work` at the device's desk, the state locked.
    fn at_desk<T>(&mut self, work: impl FnOnce(&mut Desk, &mut Subscriptions<Peer>) -> T) -> T {
        let conduct = self.conduct();
        let steady = self.shared.clock.now().steady;
        let mut state = self.shared.state();
        let state = &mut *state;
        let mut desk = Desk {
            device: &mut state.bacnet[self.at],
            model: &state.model,
            faults: &self.shared.faults,
            conduct,
            steady,
        };
        work(&mut desk, &mut self.subscriptions)
    }

    /// Answers one datagram; what is not BACnet/IP for us is dropped.
    async fn datagram(&mut self, bytes: &[u8], from: SocketAddr) {
        let (npdu, address) = match Bvlc::decode(bytes) {
            Ok(Bvlc::Unicast(npdu) | Bvlc::Broadcast(npdu)) => (npdu, from),
            Ok(Bvlc::Forwarded { origin, npdu }) => (npdu, SocketAddr::V4(origin)),
            _ => return,
        };
        let Ok(npdu) = Npdu::decode(npdu) else { return };
        // We route nothing: only what is for this network, or for all.
        let for_us = npdu.destination.as_ref().is_none_or(|to| to.network == 0xffff);
        let Payload::Apdu(apdu) = npdu.payload else { return };
        if !for_us || self.conduct() == Conduct::Silent {
            return;
        }
        let peer = Peer { address, route: npdu.source };
        match Apdu::decode(&apdu) {
            Ok(Apdu::Request(request)) => self.request(&request, peer).await,
            Ok(Apdu::Unconfirmed { service: unconfirmed::WHO_IS, data }) => {
                self.who_is(&data, peer).await;
            }
            Ok(
                Apdu::SimpleAck { invoke_id, .. }
                | Apdu::Error { invoke_id, .. }
                | Apdu::Reject { invoke_id, .. }
                | Apdu::Abort { invoke_id, .. },
            ) => self.subscriptions.answered(&peer, invoke_id),
            Err(DecodeError::UnknownService { invoke_id, .. }) => {
                let reason = reject_reason::UNRECOGNIZED_SERVICE;
                let apdu = Apdu::Reject { invoke_id, reason }.encode();
                send(&self.socket, &peer, apdu, false).await;
            }
            _ => {}
        }
    }

    async fn request(&mut self, request: &Request, peer: Peer) {
        let answer = self.at_desk(|desk, all| desk.answer(request, &peer, all));
        let mut apdu = answer.encode();
        match self.conduct() {
            Conduct::Short => apdu.truncate(apdu.len().div_ceil(2)),
            Conduct::Garbled => garble(&mut apdu),
            Conduct::Slow(by) => {
                let socket = Arc::clone(&self.socket);
                tokio::spawn(async move {
                    // Real time: lateness is the line's, not the building's.
                    tokio::time::sleep(by).await;
                    send(&socket, &peer, apdu, false).await;
                });
                return;
            }
            _ => {}
        }
        send(&self.socket, &peer, apdu, false).await;
    }

    async fn who_is(&mut self, data: &[u8], peer: Peer) {
        let Ok(asked) = WhoIs::decode(data) else { return };
        if !asked.asks(INSTANCES[self.at]) {
            return;
        }
        let data = self.at_desk(|desk, _| desk.i_am().encode());
        let apdu = Apdu::Unconfirmed { service: unconfirmed::I_AM, data }.encode();
        send(&self.socket, &peer, apdu, false).await;
    }

    /// Tells subscribers what moved, and again what nobody acknowledged.
    async fn notify(&mut self) {
        let due = self.at_desk(|desk, all| desk.notices(all));
        let again = self.subscriptions.retries(Instant::now());
        if self.conduct() == Conduct::Silent {
            return;
        }
        for (peer, apdu) in again {
            send(&self.socket, &peer, apdu, true).await;
        }
        for (notice, data) in due {
            let peer = notice.subscriber.peer;
            if !notice.confirmed {
                let service = unconfirmed::COV_NOTIFICATION;
                send(&self.socket, &peer, Apdu::Unconfirmed { service, data }.encode(), false)
                    .await;
                continue;
            }
            let invoke = self.subscriptions.next_invoke();
            let request = Request {
                accepts_segments: false,
                ..Request::new(invoke, confirmed::COV_NOTIFICATION, data)
            };
            let apdu = Apdu::Request(request).encode();
            send(&self.socket, &peer, apdu.clone(), true).await;
            self.subscriptions.sent(peer, invoke, apdu, Instant::now());
        }
    }
}

/// Sends an APDU to a client; what cannot be sent is lost, as on any line.
async fn send(socket: &UdpSocket, peer: &Peer, apdu: Vec<u8>, expecting_reply: bool) {
    let npdu = Npdu::to(peer.route.clone(), apdu, expecting_reply).encode();
    let _ = socket.send_to(&Bvlc::Unicast(&npdu).encode(), peer.address).await;
}

/// Leaves the header, makes nonsense of the rest.
fn garble(apdu: &mut [u8]) {
    for (at, octet) in apdu.iter_mut().enumerate().skip(3) {
        *octet = scatter(at as u64) as u8;
    }
}
