//! Devices of no kind in particular, any number of them: a Modbus TCP line
//! whose every unit holds registers, and BACnet controllers, each with an
//! address of its own. What is written is held; what was not moves slowly.

use std::collections::HashMap;
use std::future::{Ready, ready};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use hauswart::wire::bacnet::{
    Apdu, BitString, Bvlc, DeviceError, Npdu, ObjectId, Payload, PropertyRef, ReadProperty,
    ReadPropertyAck, ReadPropertyMultiple, ReadPropertyMultipleAck, Request, Value, WriteProperty,
    confirmed, error_code, property,
};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio_modbus::server::tcp::Server;
use tokio_modbus::{ExceptionCode, Response, SlaveRequest};

/// The first BACnet controller's address; the others follow.
pub const FIRST: Ipv4Addr = Ipv4Addr::new(127, 3, 0, 1);

/// Serves both from a thread of its own, for as long as the process lasts;
/// the ports of Modbus and BACnet.
pub fn serve(controllers: u32) -> (u16, u16) {
    let (ports, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let line = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let first = UdpSocket::bind((FIRST, 0)).await.unwrap();
            let port = first.local_addr().unwrap().port();
            tokio::spawn(controller(first, 0));
            for next in 1..controllers {
                let address = Ipv4Addr::from(u32::from(FIRST) + next);
                let socket = UdpSocket::bind((address, port)).await.unwrap();
                tokio::spawn(controller(socket, next));
            }
            ports.send((line.local_addr().unwrap().port(), port)).unwrap();
            let units = Units::default();
            let connected =
                |stream: TcpStream, _: SocketAddr| ready(Ok(Some((units.clone(), stream))));
            Server::new(line).serve(&connected, |_| {}).await.unwrap();
        });
    });
    told.recv().unwrap()
}

/// A room's temperature: between 15 and 25 °C, another everywhere.
fn wanders(place: u32, since: Instant) -> f64 {
    let phase = since.elapsed().as_secs_f64() / 60.0 + f64::from(place);
    20.0 + 5.0 * phase.sin()
}

/// What was written, by unit and register.
#[derive(Clone)]
struct Units(Arc<Mutex<HashMap<(u8, u16), u16>>>, Instant);

impl Default for Units {
    fn default() -> Self {
        Self(Arc::default(), Instant::now())
    }
}

impl tokio_modbus::server::Service for Units {
    type Request = SlaveRequest<'static>;
    type Response = Response;
    type Exception = ExceptionCode;
    type Future = Ready<Result<Response, ExceptionCode>>;

    fn call(&self, asked: Self::Request) -> Self::Future {
        use tokio_modbus::Request::{ReadHoldingRegisters, WriteSingleRegister};
        let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ready(match asked.request {
            ReadHoldingRegisters(first, count) => {
                let word = |register| {
                    let place = u32::from(asked.slave) * 1000 + u32::from(register);
                    let own = (wanders(place, self.1) * 10.0) as u16;
                    written.get(&(asked.slave, register)).copied().unwrap_or(own)
                };
                Ok(Response::ReadHoldingRegisters((first..first + count).map(word).collect()))
            }
            WriteSingleRegister(register, word) => {
                written.insert((asked.slave, register), word);
                Ok(Response::WriteSingleRegister(register, word))
            }
            _ => Err(ExceptionCode::IllegalFunction),
        })
    }
}

/// Answers for one BACnet controller.
async fn controller(socket: UdpSocket, number: u32) {
    let mut objects = Objects { number, written: HashMap::new(), since: Instant::now() };
    let mut buffer = [0; 1600];
    loop {
        let Ok((length, from)) = socket.recv_from(&mut buffer).await else { continue };
        let Some(answer) = answer(&mut objects, &buffer[..length]) else { continue };
        let npdu = Npdu::local(answer.encode(), false).encode();
        let _ = socket.send_to(&Bvlc::Unicast(&npdu).encode(), from).await;
    }
}

fn answer(objects: &mut Objects, datagram: &[u8]) -> Option<Apdu> {
    let Ok(Bvlc::Unicast(npdu)) = Bvlc::decode(datagram) else { return None };
    let Payload::Apdu(apdu) = Npdu::decode(npdu).ok()?.payload else { return None };
    let Ok(Apdu::Request(Request { invoke_id, service, data, .. })) = Apdu::decode(&apdu) else {
        return None;
    };
    let whole = |data| Apdu::ComplexAck { invoke_id, service, segment: None, data };
    Some(match service {
        confirmed::READ_PROPERTY => {
            let ReadProperty { object, property } = ReadProperty::decode(&data).ok()?;
            match objects.read(object, property) {
                Ok(values) => whole(ReadPropertyAck { object, property, values }.encode()),
                Err(error) => Apdu::Error { invoke_id, service, error },
            }
        }
        confirmed::READ_PROPERTY_MULTIPLE => {
            let asked = ReadPropertyMultiple::decode(&data).ok()?.objects.into_iter();
            let read = |(object, properties): (ObjectId, Vec<PropertyRef>)| {
                let each = properties.into_iter();
                (object, each.map(|property| (property, objects.read(object, property))).collect())
            };
            whole(ReadPropertyMultipleAck { objects: asked.map(read).collect() }.encode())
        }
        confirmed::WRITE_PROPERTY => {
            let WriteProperty { object, values, .. } = WriteProperty::decode(&data).ok()?;
            objects.written.insert(object, values.into_iter().next()?);
            Apdu::SimpleAck { invoke_id, service }
        }
        _ => Apdu::Error { invoke_id, service, error: error_code::OTHER },
    })
}

/// One controller's objects, as many as are asked for.
struct Objects {
    number: u32,
    /// What stands in the slot of whoever writes; NULL where it was let go.
    written: HashMap<ObjectId, Value>,
    since: Instant,
}

impl Objects {
    fn read(&self, object: ObjectId, asked: PropertyRef) -> Result<Vec<Value>, DeviceError> {
        let slot = self.written.get(&object).cloned().unwrap_or(Value::Null);
        let place = self.number * 1000 + object.instance();
        Ok(vec![match asked.property {
            property::PRESENT_VALUE if slot == Value::Null => {
                Value::Real(wanders(place, self.since) as f32)
            }
            property::PRESENT_VALUE | property::PRIORITY_ARRAY => slot,
            property::STATUS_FLAGS => Value::BitString(BitString(vec![false; 4])),
            property::RELIABILITY => Value::Enumerated(0),
            _ => return Err(error_code::UNKNOWN_PROPERTY),
        }])
    }
}
