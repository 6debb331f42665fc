//! The UDP sockets of one BACnet/IP network. A host bound to one address gets
//! no broadcasts on that socket (Linux), so a second one is bound to the
//! broadcast address; everything is sent from the first.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::UdpSocket;

use crate::site::BacnetIp;
use crate::wire::bacnet::PORT;

/// A datagram of BACnet/IP has at most 1497 octets; bacpypes3 sends five more
/// in a segment. What is cut off here fails the length check.
pub const RECEIVE_BUFFER: usize = 2048;

/// Answers of many devices at once must not overrun the socket.
const KERNEL_BUFFER: usize = 1 << 20;

#[derive(Debug)]
pub(super) struct Sockets {
    pub unicast: UdpSocket,
    /// Only receives.
    pub broadcasts: Option<UdpSocket>,
    /// Where broadcasts go.
    pub broadcast: Option<SocketAddrV4>,
}

/// Which of the two sockets could not be had, and why.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen at {address}")]
pub struct OpenError {
    pub address: SocketAddrV4,
    #[source]
    pub source: io::Error,
}

impl Sockets {
    /// # Errors
    /// If an address is not this machine's, or the port is in use.
    pub fn open(settings: &BacnetIp) -> Result<Self, OpenError> {
        let bind =
            |address, shared| bind(address, shared).map_err(|source| OpenError { address, source });
        let own = settings.bind;
        let unicast = bind(own, false)?;
        let port = if own.port() == 0 { PORT } else { own.port() };
        let broadcast = settings.broadcast.map(|address| SocketAddrV4::new(address, port));
        let broadcasts = match broadcast {
            Some(broadcast) if *own.ip() != Ipv4Addr::UNSPECIFIED && broadcast.ip() != own.ip() => {
                Some(bind(broadcast, true)?)
            }
            _ => None,
        };
        Ok(Self { unicast, broadcasts, broadcast })
    }

    /// Our own address, as far as it is known.
    pub fn own(&self) -> Option<SocketAddr> {
        self.unicast.local_addr().ok()
    }
}

/// `shared`: other BACnet programs on this machine hear the same broadcasts.
fn bind(address: SocketAddrV4, shared: bool) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_broadcast(true)?;
    if shared {
        socket.set_reuse_address(true)?;
        #[cfg(unix)]
        socket.set_reuse_port(true)?;
    }
    // The kernel may give less; that is no reason to stop.
    let _ = socket.set_recv_buffer_size(KERNEL_BUFFER);
    socket.set_nonblocking(true)?;
    socket.bind(&SocketAddr::V4(address).into())?;
    UdpSocket::from_std(socket.into())
}
