//! A BACnet/IP client on one pair of sockets: reads, writes and subscriptions
//! to any number of devices at a time, and finding them. An answer counts only
//! if it names what was asked.

use std::collections::HashMap;
use std::net::{SocketAddr, SocketAddrV4};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{broadcast, mpsc, watch};
use tokio::task::JoinHandle;

use super::failure::{Failure, Refusal, Sought};
use super::foreign::{self, Registration};
use super::receive;
use super::socket::{OpenError, Sockets};
use super::transaction::{Answer, Peer, Target, Transactions, lock, transact};
use crate::site::BacnetIp;
use crate::wire::bacnet::{
    Apdu, Bvlc, CovNotification, IAm, NetworkAddress, NetworkMessage, Npdu, ObjectId, PropertyRef,
    ReadProperty, ReadPropertyAck, ReadPropertyMultiple, ReadPropertyMultipleAck, SubscribeCov,
    Value, WhoIs, WriteProperty, confirmed, object_type, unconfirmed,
};

/// One property's value: its elements, or the device's no to it.
pub type Property = Result<Vec<Value>, Refusal>;

/// What was heard of others without having a transaction.
#[derive(Debug, Clone)]
pub enum Heard {
    Device(Peer, IAm),
    Routers(SocketAddrV4, Vec<u16>),
}

/// What the client and its receiving tasks share.
#[derive(Debug)]
pub(super) struct Shared {
    pub sockets: Sockets,
    /// How long an answer may take.
    pub timeout: Duration,
    /// Our own device instance, told in I-Am.
    pub instance: Option<u32>,
    pub transactions: Transactions,
    pub heard: broadcast::Sender<Heard>,
    /// Who gets the notifications of a process number, and from which device.
    pub subscribers: Mutex<HashMap<u32, (Peer, mpsc::Sender<CovNotification>)>>,
    pub bbmd: Option<SocketAddrV4>,
    /// Results that the BBMD sends.
    pub results: mpsc::Sender<u16>,
    pub registration: watch::Sender<Registration>,
}

/// A client; it and its tasks end when the last handle is dropped.
#[derive(Debug, Clone)]
pub struct Client {
    shared: Arc<Shared>,
    _tasks: Arc<Tasks>,
}

#[derive(Debug)]
struct Tasks(Vec<JoinHandle<()>>);

impl Drop for Tasks {
    fn drop(&mut self) {
        self.0.iter().for_each(JoinHandle::abort);
    }
}

/// I-Ams that may lie waiting for who looks for a device.
const EARSHOT: usize = 256;

impl Client {
    /// Opens the sockets and begins to listen. `timeout` is real time.
    ///
    /// # Errors
    /// If an address is not this machine's, or the port is in use.
    pub fn open(settings: &BacnetIp, timeout: Duration) -> Result<Self, OpenError> {
        let (results, from_bbmd) = mpsc::channel(8);
        let shared = Arc::new(Shared {
            sockets: Sockets::open(settings)?,
            timeout,
            instance: settings.instance,
            transactions: Transactions::default(),
            heard: broadcast::channel(EARSHOT).0,
            subscribers: Mutex::default(),
            bbmd: settings.foreign.as_ref().map(|foreign| foreign.bbmd),
            results,
            registration: watch::channel(Registration::default()).0,
        });
        let mut tasks = vec![tokio::spawn(receive::unicasts(Arc::clone(&shared)))];
        if shared.sockets.broadcasts.is_some() {
            tasks.push(tokio::spawn(receive::broadcasts(Arc::clone(&shared))));
        }
        if let Some(foreign) = &settings.foreign {
            let register = foreign::keep_registered(Arc::clone(&shared), foreign.ttl, from_bbmd);
            tasks.push(tokio::spawn(register));
        }
        Ok(Self { shared, _tasks: Arc::new(Tasks(tasks)) })
    }

    /// Where the client listens.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.shared.sockets.own()
    }

    /// How a foreign device's registration stands.
    #[must_use]
    pub fn registration(&self) -> Registration {
        *self.shared.registration.borrow()
    }

    /// Reads one property, or one element of it.
    ///
    /// # Errors
    /// As [`Failure`] says.
    pub async fn read_property(
        &self,
        target: &Target,
        object: ObjectId,
        property: PropertyRef,
    ) -> Result<Vec<Value>, Failure> {
        let asked = ReadProperty { object, property };
        let answer = self.request(target, confirmed::READ_PROPERTY, asked.encode()).await?;
        let answer = ReadPropertyAck::decode(&complex(answer)?)?;
        if !is_same(object, answer.object) || answer.property != property {
            let (object, property) = (answer.object, answer.property);
            return Err(Failure::Wrong(format!("{object} {property}")));
        }
        Ok(answer.values)
    }

    /// Reads several properties of several objects in one request. The results
    /// stand in the order of the question.
    ///
    /// # Errors
    /// As [`Failure`] says; also where a result is missing in the answer.
    pub async fn read_property_multiple(
        &self,
        target: &Target,
        objects: Vec<(ObjectId, Vec<PropertyRef>)>,
    ) -> Result<Vec<Vec<Property>>, Failure> {
        let asked = ReadPropertyMultiple { objects };
        let data = asked.encode();
        let answer = self.request(target, confirmed::READ_PROPERTY_MULTIPLE, data).await?;
        match_up(&asked, ReadPropertyMultipleAck::decode(&complex(answer)?)?)
    }

    /// Writes one value at a priority (1–16). `Value::Null` relinquishes.
    ///
    /// # Errors
    /// As [`Failure`] says.
    pub async fn write_property(
        &self,
        target: &Target,
        object: ObjectId,
        property: PropertyRef,
        values: Vec<Value>,
        priority: Option<u8>,
    ) -> Result<(), Failure> {
        let asked = WriteProperty { object, property, values, priority };
        simple(self.request(target, confirmed::WRITE_PROPERTY, asked.encode()).await?)
    }

    /// Subscribes to an object's changes, or cancels that.
    ///
    /// # Errors
    /// As [`Failure`] says.
    pub async fn subscribe_cov(&self, target: &Target, asked: SubscribeCov) -> Result<(), Failure> {
        simple(self.request(target, confirmed::SUBSCRIBE_COV, asked.encode()).await?)
    }

    /// Sends any confirmed service.
    ///
    /// # Errors
    /// As [`Failure`] says.
    pub async fn request(
        &self,
        target: &Target,
        service: u8,
        data: Vec<u8>,
    ) -> Result<Answer, Failure> {
        transact(&self.shared, target, service, data).await
    }

    /// The notifications that `peer` sends to this process number.
    pub fn notifications(&self, process: u32, peer: Peer) -> mpsc::Receiver<CovNotification> {
        let (sender, receiver) = mpsc::channel(EARSHOT);
        lock(&self.shared.subscribers).insert(process, (peer, sender));
        receiver
    }

    /// No more notifications are taken for this process number.
    pub fn unsubscribe(&self, process: u32) {
        lock(&self.shared.subscribers).remove(&process);
    }

    /// What others tell of themselves from now on.
    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<Heard> {
        self.shared.heard.subscribe()
    }

    /// Looks for a device by its instance, on all networks.
    ///
    /// # Errors
    /// If nobody answers within `tries` time-outs, or nothing can be sent;
    /// [`Failure::Duplicate`] if two devices answer: which is meant nobody
    /// knows, so neither is spoken to.
    pub async fn find_device(&self, instance: u32, tries: u32) -> Result<(Peer, IAm), Failure> {
        let mut heard = self.listen();
        let who_is = WhoIs { range: Some((instance, instance)) };
        let apdu = Apdu::Unconfirmed { service: unconfirmed::WHO_IS, data: who_is.encode() };
        let question = Npdu::to(Some(NetworkAddress::everywhere()), apdu.encode(), false).encode();
        let answer = |heard| match heard {
            Heard::Device(peer, i_am) if i_am.instance == instance => Some((peer, i_am)),
            _ => None,
        };
        let found = self.seek(&question, Sought::Device(instance), tries, answer).await?;
        let second = async {
            loop {
                match heard.recv().await {
                    Ok(Heard::Device(peer, i_am))
                        if i_am.instance == instance && !peer.is_place_of(&found.0) =>
                    {
                        return Some(peer);
                    }
                    Err(broadcast::error::RecvError::Closed) => return None,
                    _ => {}
                }
            }
        };
        match tokio::time::timeout(self.shared.timeout, second).await {
            Ok(Some(second)) => Err(Failure::Duplicate {
                instance,
                places: [found.0.to_string(), second.to_string()],
            }),
            _ => Ok(found),
        }
    }

    /// Looks for the router to a network.
    ///
    /// # Errors
    /// If none answers within `tries` time-outs, or nothing can be sent.
    pub async fn find_router(&self, network: u16, tries: u32) -> Result<SocketAddrV4, Failure> {
        let question = Npdu::network(NetworkMessage::WhoIsRouter(Some(network))).encode();
        let answer = |heard| match heard {
            Heard::Routers(address, networks) if networks.contains(&network) => Some(address),
            _ => None,
        };
        self.seek(&question, Sought::Router(network), tries, answer).await
    }

    async fn seek<T>(
        &self,
        question: &[u8],
        sought: Sought,
        tries: u32,
        answer: impl Fn(Heard) -> Option<T>,
    ) -> Result<T, Failure> {
        let mut heard = self.listen();
        for _ in 0..tries.max(1) {
            self.shared.send_to_all(question).await?;
            let found = async {
                loop {
                    match heard.recv().await {
                        Ok(told) => {
                            if let Some(found) = answer(told) {
                                return Some(found);
                            }
                        }
                        Err(broadcast::error::RecvError::Lagged(_)) => {}
                        Err(broadcast::error::RecvError::Closed) => return None,
                    }
                }
            };
            if let Ok(Some(found)) = tokio::time::timeout(self.shared.timeout, found).await {
                return Ok(found);
            }
        }
        // Where broadcasts go only through the BBMD, its no explains all.
        let only_foreign = self.shared.bbmd.is_some() && self.shared.sockets.broadcast.is_none();
        if only_foreign && self.registration() != Registration::Accepted {
            return Err(Failure::NotRegistered);
        }
        Err(Failure::NotFound(sought))
    }
}

impl Shared {
    /// Sends an APDU to a device, through its router if it has one.
    pub async fn send(&self, peer: &Peer, apdu: Vec<u8>, reply: bool) -> Result<(), Failure> {
        let npdu = Npdu::to(peer.route.clone(), apdu, reply).encode();
        self.send_raw(&Bvlc::Unicast(&npdu).encode(), peer.address).await
    }

    /// Broadcasts, and asks the BBMD to do so where we are a foreign device.
    async fn send_to_all(&self, npdu: &[u8]) -> Result<(), Failure> {
        let mut sent = Err(Failure::NoAddress);
        if let Some(broadcast) = self.sockets.broadcast {
            sent = self.send_raw(&Bvlc::Broadcast(npdu).encode(), broadcast).await;
        }
        if let Some(bbmd) = self.bbmd {
            foreign::registered(&self.registration, self.timeout).await;
            sent = self.send_raw(&Bvlc::DistributeBroadcast(npdu).encode(), bbmd).await;
        }
        sent
    }

    pub async fn send_raw(&self, datagram: &[u8], to: SocketAddrV4) -> Result<(), Failure> {
        match self.sockets.unicast.send_to(datagram, to).await {
            Ok(_) => Ok(()),
            Err(error) => Err(Failure::NotSent((&error).into())),
        }
    }
}

fn complex(answer: Answer) -> Result<Vec<u8>, Failure> {
    match answer {
        Answer::Complex(data) => Ok(data),
        Answer::Simple => Err(Failure::Wrong("no data".into())),
    }
}

fn simple(answer: Answer) -> Result<(), Failure> {
    match answer {
        Answer::Simple => Ok(()),
        Answer::Complex(_) => Err(Failure::Wrong("data where none is due".into())),
    }
}

/// Who is asked as device 4194303 answers by its own name.
fn is_same(asked: ObjectId, answered: ObjectId) -> bool {
    let wildcard = ObjectId::device(ObjectId::ANY_INSTANCE);
    asked == answered || asked == wildcard && answered.kind() == object_type::DEVICE
}

/// Finds each thing asked in the answer by its name, wherever it stands.
fn match_up(
    asked: &ReadPropertyMultiple,
    answer: ReadPropertyMultipleAck,
) -> Result<Vec<Vec<Property>>, Failure> {
    let mut given: Vec<_> = answer
        .objects
        .into_iter()
        .flat_map(|(object, results)| {
            results.into_iter().map(move |(property, result)| ((object, property), Some(result)))
        })
        .collect();
    let mut next = 0;
    let mut take = |object, property| {
        let fits = |(name, result): &((ObjectId, PropertyRef), Option<_>)| {
            result.is_some() && is_same(object, name.0) && name.1 == property
        };
        let at =
            if given.get(next).is_some_and(fits) { next } else { given.iter().position(fits)? };
        next = at + 1;
        given[at].1.take()
    };
    let mut find = |object, property| match take(object, property) {
        Some(result) => Ok(result.map_err(Refusal::Error)),
        None => Err(Failure::Wrong(format!("{object} {property} is missing"))),
    };
    asked
        .objects
        .iter()
        .map(|(object, properties)| {
            properties.iter().map(|property| find(*object, *property)).collect()
        })
        .collect()
}
