//! Confirmed requests, one state machine each (clause 5.4): invoke ids, the
//! limit of outstanding requests, time-outs and retries, segments both ways.
//! A transaction is known by device address, network and invoke id together.
//!
//! ```text
//!   wait for a turn ─▶ send ─▶ await answer ──ack, error, reject, abort──▶ done
//!                       ▲          │  └─segment 0─▶ put together ─▶ done
//!                       └─time-out─┘ (at most `tries` times)
//! ```

use std::collections::HashMap;
use std::fmt;
use std::net::SocketAddrV4;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::Sleep;

use super::client::Shared;
use super::failure::{Failure, Refusal};
use super::segment::{Outgoing, Reassembly, Step};
use crate::wire::bacnet::{Apdu, MAX_APDU, NetworkAddress, Request, abort_reason};

/// Where a device is: its address, or the router's and its own behind it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Peer {
    pub address: SocketAddrV4,
    pub route: Option<NetworkAddress>,
}

impl Peer {
    /// Whether both are one device: behind routers the network and the address
    /// there say so, whichever router it is heard through.
    #[must_use]
    pub fn is_place_of(&self, other: &Self) -> bool {
        match (&self.route, &other.route) {
            (None, None) => self.address == other.address,
            (mine, others) => mine == others,
        }
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.address)?;
        let Some(NetworkAddress { network, address }) = &self.route else { return Ok(()) };
        write!(f, " network {network} address ")?;
        address.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}

/// A device, and how to treat it.
#[derive(Debug, Clone)]
pub struct Target {
    pub peer: Peer,
    /// The longest APDU that it takes.
    pub max_apdu: u16,
    /// Whether it takes requests in segments.
    pub segments: bool,
    /// How often a request is sent before the device counts as silent.
    pub tries: u32,
}

/// How often a request is sent: once, and three retries (the standard's usual
/// Number_Of_APDU_Retries).
pub const TRIES: u32 = 4;

/// Requests on the way to one device.
const OUTSTANDING: usize = 2;

/// Segments, answers and strays that may lie waiting.
const INBOX: usize = 64;

impl Target {
    /// A device that can do what is usual.
    #[must_use]
    pub const fn at(address: SocketAddrV4) -> Self {
        let peer = Peer { address, route: None };
        Self { peer, max_apdu: MAX_APDU, segments: false, tries: TRIES }
    }
}

/// A positive answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Simple,
    Complex(Vec<u8>),
}

/// Who waits for what.
#[derive(Debug, Default)]
pub(super) struct Transactions {
    waiting: Mutex<HashMap<(Peer, u8), mpsc::Sender<Apdu>>>,
    peers: Mutex<HashMap<Peer, Turns>>,
    /// One request at a time on each network behind a router.
    networks: Mutex<HashMap<(SocketAddrV4, u16), Arc<Semaphore>>>,
}

#[derive(Debug)]
struct Turns {
    outstanding: Arc<Semaphore>,
    next_invoke_id: u8,
}

/// A transaction's place in the table; given up when dropped.
struct Place<'a> {
    transactions: &'a Transactions,
    key: (Peer, u8),
    inbox: mpsc::Receiver<Apdu>,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        lock(&self.transactions.waiting).remove(&self.key);
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Transactions {
    /// Gives an answer to who waits for it; false if nobody does.
    pub fn deliver(&self, peer: Peer, invoke_id: u8, apdu: Apdu) -> bool {
        match lock(&self.waiting).get(&(peer, invoke_id)) {
            // A full inbox loses what the sender will repeat.
            Some(inbox) => inbox.try_send(apdu).is_ok(),
            None => false,
        }
    }

    /// Waits until the device may be asked.
    async fn turn(&self, peer: &Peer) -> Option<OwnedSemaphorePermit> {
        let limit = if peer.route.is_some() { 1 } else { OUTSTANDING };
        let turns = {
            let mut peers = lock(&self.peers);
            let turns = peers.entry(peer.clone()).or_insert_with(|| Turns {
                outstanding: Arc::new(Semaphore::new(limit)),
                // Answers to the process before us shall not meet our ids.
                next_invoke_id: std::process::id() as u8,
            });
            Arc::clone(&turns.outstanding)
        };
        turns.acquire_owned().await.ok()
    }

    /// Waits until the network behind the router is free. A device known to
    /// be silent does not take part: it would hold up its neighbours.
    async fn network_turn(&self, target: &Target) -> Option<OwnedSemaphorePermit> {
        let route = target.peer.route.as_ref().filter(|_| target.tries > 1)?;
        let key = (target.peer.address, route.network);
        let turns = {
            let mut networks = lock(&self.networks);
            Arc::clone(networks.entry(key).or_insert_with(|| Arc::new(Semaphore::new(1))))
        };
        turns.acquire_owned().await.ok()
    }

    /// The next invoke id of this device that is free; they come round late,
    /// so that a late answer meets no other request.
    fn begin(&self, peer: &Peer) -> Option<Place<'_>> {
        let mut peers = lock(&self.peers);
        let turns = peers.get_mut(peer)?;
        let mut waiting = lock(&self.waiting);
        for _ in 0..=u8::MAX {
            let key = (peer.clone(), turns.next_invoke_id);
            turns.next_invoke_id = turns.next_invoke_id.wrapping_add(1);
            if !waiting.contains_key(&key) {
                let (sender, inbox) = mpsc::channel(INBOX);
                waiting.insert(key.clone(), sender);
                return Some(Place { transactions: self, key, inbox });
            }
        }
        None
    }
}

/// Sends a confirmed request and waits for its answer.
pub(super) async fn transact(
    shared: &Shared,
    target: &Target,
    service: u8,
    data: Vec<u8>,
) -> Result<Answer, Failure> {
    let _turn = shared.transactions.turn(&target.peer).await;
    let network = shared.transactions.network_turn(target).await;
    let Some(place) = shared.transactions.begin(&target.peer) else {
        return Err(Failure::NoInvokeId);
    };
    let request = Request::new(place.key.1, service, data);
    let whole = 4 + request.data.len() <= usize::from(target.max_apdu);
    if !whole && !target.segments {
        return Err(Failure::TooLong);
    }
    let mut transaction = Transaction { shared, target, request, place, network };
    if whole { transaction.unsegmented().await } else { transaction.segmented().await }
}

/// What came of a window of segments.
enum Window {
    Taken,
    Idle,
    Answered(Answer),
}

struct Transaction<'a> {
    shared: &'a Shared,
    target: &'a Target,
    request: Request,
    place: Place<'a>,
    network: Option<OwnedSemaphorePermit>,
}

impl Transaction<'_> {
    async fn unsegmented(&mut self) -> Result<Answer, Failure> {
        let bytes = Apdu::Request(self.request.clone()).encode();
        for _ in 0..self.target.tries.max(1) {
            self.shared.send(&self.target.peer, bytes.clone(), true).await?;
            if let Some(answer) = self.answer().await? {
                return Ok(answer);
            }
            // Its neighbours have waited long enough.
            self.network = None;
        }
        Err(Failure::Silent)
    }

    async fn segmented(&mut self) -> Result<Answer, Failure> {
        let mut outgoing = Outgoing::new(self.request.data.len(), self.target.max_apdu);
        // Rounds that brought nothing: silence, or the same answer again.
        let mut idle = 0;
        while !outgoing.is_done() {
            for (segment, range) in outgoing.due() {
                let data = self.request.data[range].to_vec();
                let request = Request { segment: Some(segment), data, ..self.request.clone() };
                let bytes = Apdu::Request(request).encode();
                self.shared.send(&self.target.peer, bytes, true).await?;
            }
            match self.window(&mut outgoing).await? {
                Window::Taken => idle = 0,
                Window::Idle if idle + 1 >= self.target.tries.max(1) => {
                    return Err(Failure::Silent);
                }
                Window::Idle => {
                    self.network = None;
                    idle += 1;
                }
                Window::Answered(answer) => return Ok(answer),
            }
        }
        self.answer().await?.ok_or(Failure::Silent)
    }

    /// Waits one time-out for the acknowledgement of what was just sent.
    async fn window(&mut self, outgoing: &mut Outgoing) -> Result<Window, Failure> {
        let wait = tokio::time::sleep(self.shared.timeout);
        tokio::pin!(wait);
        loop {
            match self.next(&mut wait).await {
                None => return Ok(Window::Idle),
                Some(Apdu::SegmentAck { server: true, sequence, window, .. }) => {
                    match outgoing.acknowledge(sequence, window) {
                        Some(0) => return Ok(Window::Idle),
                        Some(_) => return Ok(Window::Taken),
                        None => {}
                    }
                }
                Some(apdu) => {
                    if let Some(answer) = self.judge(apdu).await? {
                        return Ok(Window::Answered(answer));
                    }
                }
            }
        }
    }

    /// The next message to this transaction, until `wait` is over.
    async fn next(&mut self, wait: &mut Pin<&mut Sleep>) -> Option<Apdu> {
        tokio::select! {
            biased;
            apdu = self.place.inbox.recv() => apdu,
            () = wait => None,
        }
    }

    /// Waits one time-out for an answer, whatever else comes.
    async fn answer(&mut self) -> Result<Option<Answer>, Failure> {
        let wait = tokio::time::sleep(self.shared.timeout);
        tokio::pin!(wait);
        while let Some(apdu) = self.next(&mut wait).await {
            if let Some(answer) = self.judge(apdu).await? {
                return Ok(Some(answer));
            }
        }
        Ok(None)
    }

    /// What a message means; `None` if it is no answer to this request.
    async fn judge(&mut self, apdu: Apdu) -> Result<Option<Answer>, Failure> {
        let asked = self.request.service;
        match apdu {
            Apdu::SimpleAck { service, .. } if service == asked => Ok(Some(Answer::Simple)),
            Apdu::ComplexAck { service, segment: None, data, .. } if service == asked => {
                Ok(Some(Answer::Complex(data)))
            }
            Apdu::ComplexAck { service, segment: Some(segment), data, .. } if service == asked => {
                match Reassembly::begin(segment, &data) {
                    Some((begun, step)) => self.put_together(begun, step).await.map(Some),
                    None => Ok(None),
                }
            }
            Apdu::Error { service, error, .. } if service == asked => {
                Err(Failure::Refused(Refusal::Error(error)))
            }
            Apdu::Reject { reason, .. } => Err(Failure::Refused(Refusal::Reject(reason))),
            Apdu::Abort { server: true, reason, .. } => {
                Err(Failure::Refused(Refusal::Abort(reason)))
            }
            _ => Ok(None),
        }
    }

    async fn put_together(&mut self, begun: Reassembly, step: Step) -> Result<Answer, Failure> {
        let (mut answer, mut step) = (begun, step);
        loop {
            match step {
                Step::Wait | Step::Missing(_) => {}
                Step::Acknowledge(sequence) => self.acknowledge(&answer, sequence, false).await?,
                Step::Done(sequence) => {
                    self.acknowledge(&answer, sequence, false).await?;
                    return Ok(Answer::Complex(answer.into_data()));
                }
                Step::TooLarge => {
                    self.abort(abort_reason::BUFFER_OVERFLOW).await?;
                    return Err(Failure::Wrong("the answer has no end".into()));
                }
            }
            step = self.next_in_order(&mut answer).await?;
        }
    }

    /// Waits for the next segment. What is out of order is answered, but only
    /// the one that was due counts as progress: a device repeats a window
    /// after its own time-out (clause 5.4.4: four times the segment time-out).
    async fn next_in_order(&mut self, answer: &mut Reassembly) -> Result<Step, Failure> {
        let wait = tokio::time::sleep(self.shared.timeout * 4);
        tokio::pin!(wait);
        loop {
            let (segment, data) = match self.next(&mut wait).await {
                None => return Err(Failure::Silent),
                Some(Apdu::ComplexAck { service, segment: Some(segment), data, .. })
                    if service == self.request.service =>
                {
                    (segment, data)
                }
                Some(Apdu::Abort { server: true, reason, .. }) => {
                    return Err(Failure::Refused(Refusal::Abort(reason)));
                }
                Some(_) => continue,
            };
            let before = answer.count();
            let step = answer.push(segment, &data);
            if answer.count() > before || step == Step::TooLarge {
                return Ok(step);
            }
            match step {
                Step::Missing(sequence) => self.acknowledge(answer, sequence, true).await?,
                Step::Acknowledge(sequence) => self.acknowledge(answer, sequence, false).await?,
                _ => {}
            }
        }
    }

    async fn acknowledge(
        &self,
        answer: &Reassembly,
        sequence: u8,
        negative: bool,
    ) -> Result<(), Failure> {
        let acknowledgement = Apdu::SegmentAck {
            invoke_id: self.request.invoke_id,
            negative,
            server: false,
            sequence,
            window: answer.window(),
        };
        self.shared.send(&self.target.peer, acknowledgement.encode(), false).await
    }

    async fn abort(&self, reason: u8) -> Result<(), Failure> {
        let abort = Apdu::Abort { invoke_id: self.request.invoke_id, server: false, reason };
        self.shared.send(&self.target.peer, abort.encode(), false).await
    }
}
