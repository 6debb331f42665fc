//! Taps on the wire between the program and a device: everything is passed on,
//! and what the program sends is kept, byte for byte.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::{Arc, Mutex};
use std::thread;

/// A tap on a Modbus TCP line.
pub struct ModbusTap {
    /// Where the program is to connect.
    pub port: u16,
    /// What was sent, a connection each.
    sent: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl ModbusTap {
    pub fn before(device: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let sent: Arc<Mutex<Vec<Vec<u8>>>> = Arc::default();
        let kept = Arc::clone(&sent);
        thread::spawn(move || {
            for (number, ours) in listener.incoming().map_while(Result::ok).enumerate() {
                let Ok(theirs) = TcpStream::connect(("127.0.0.1", device)) else { continue };
                kept.lock().unwrap().push(Vec::new());
                let kept = Arc::clone(&kept);
                let back = (theirs.try_clone().unwrap(), ours.try_clone().unwrap());
                let keep = move |bytes: &[u8]| kept.lock().unwrap()[number].extend(bytes);
                thread::spawn(move || pass(ours, theirs, keep));
                thread::spawn(move || pass(back.0, back.1, |_| {}));
            }
        });
        Self { port, sent }
    }

    /// The function of every request that was sent (Modbus Messaging on TCP/IP
    /// V1.0b, 3.1: seven octets of header, the length in the fifth and sixth).
    pub fn functions(&self) -> Vec<u8> {
        let mut functions = Vec::new();
        for sent in self.sent.lock().unwrap().iter() {
            let mut rest = sent.as_slice();
            while !rest.is_empty() {
                let length = usize::from(u16::from_be_bytes([rest[4], rest[5]]));
                functions.push(rest[7]);
                rest = &rest[6 + length..];
            }
        }
        functions
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, keep: impl Fn(&[u8])) {
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        keep(&buffer[..count]);
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(std::net::Shutdown::Both);
}

/// A tap on the way to one BACnet/IP device.
pub struct BacnetTap {
    /// Where the program finds the device.
    pub address: String,
    sent: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl BacnetTap {
    /// `ip` must be each test's own.
    pub fn before(device: &str, ip: &str) -> Self {
        let front = UdpSocket::bind((ip, 0)).unwrap();
        let back = UdpSocket::bind((ip, 0)).unwrap();
        back.connect(device).unwrap();
        let address = front.local_addr().unwrap().to_string();
        let sent: Arc<Mutex<Vec<Vec<u8>>>> = Arc::default();
        let client: Arc<Mutex<Option<SocketAddr>>> = Arc::default();
        let (answers, program) = (back.try_clone().unwrap(), Arc::clone(&client));
        let front_again = front.try_clone().unwrap();
        thread::spawn(move || {
            let mut buffer = [0; 2048];
            while let Ok(count) = answers.recv(&mut buffer) {
                if let Some(program) = *program.lock().unwrap() {
                    let _ = front_again.send_to(&buffer[..count], program);
                }
            }
        });
        let kept = Arc::clone(&sent);
        thread::spawn(move || {
            let mut buffer = [0; 2048];
            while let Ok((count, from)) = front.recv_from(&mut buffer) {
                *client.lock().unwrap() = Some(from);
                kept.lock().unwrap().push(buffer[..count].to_vec());
                let _ = back.send(&buffer[..count]);
            }
        });
        Self { address, sent }
    }

    /// The service of every confirmed request that was sent. The program knows
    /// the device's address, so that its messages have the shortest header:
    /// four octets of BVLC, two of NPDU (clauses J.2, 6.2), then the APDU, whose
    /// fourth octet names the service (20.1.2).
    pub fn services(&self) -> Vec<u8> {
        let sent = self.sent.lock().unwrap();
        let confirmed = sent.iter().filter(|datagram| {
            assert_eq!((datagram[0], datagram[4]), (0x81, 1), "{datagram:x?}");
            assert_eq!(datagram[5] & 0xA8, 0, "another network: {datagram:x?}");
            datagram[6] >> 4 == 0
        });
        confirmed.map(|datagram| datagram[9]).collect()
    }
}
