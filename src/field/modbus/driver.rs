//! The driver of one Modbus line: the one actor that speaks on it. Orders come
//! before polls, and nothing waits behind more than one request in progress;
//! a silent device costs its neighbours one time-out a try, a dead line is
//! tried at its own pace. The driver never writes but on order.
//!
//! ```text
//!   writes ──▶ reads asked for ──▶ polls due ──▶ wait for an order or a beat
//!     ▲             (one request each)                     │
//!     └────────────────────────────────────────────────────┘
//! ```

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::mpsc;

use super::failure::{Failure, Refusal};
use super::guard::Guarded;
use super::orders::ReadJob;
use super::plan::{Block, Item};
use super::poll::{IDLE_INTERVAL, Polled, polled, source};
use super::value::{Answer, decode};
use crate::field::pace::Pace;
use crate::field::{DeviceState, Link, News, Order, Report, Request, Sample};
use crate::model::{Busy, Clock, Now, PointId, Quality};
use crate::site::{ModbusLimits, ModbusSource, Site};
use crate::wire::modbus::Table;

/// Lines start this far apart, so that a site does not knock on all its doors
/// in one moment.
const LINE_STAGGER: Duration = Duration::from_millis(50);

/// A side that closes the line again so soon does so habitually, when idle.
const HABIT: Duration = Duration::from_secs(3600);

pub(super) struct Driver {
    pub(super) site: Arc<Site>,
    clock: Arc<dyn Clock>,
    reports: mpsc::Sender<Report>,
    hold_back: Arc<AtomicBool>,
    pub(super) line: Guarded,
    /// While the line cannot be opened, nothing is polled but at this pace.
    line_pace: Pace,
    /// How often the other side had hung up when last looked, and when it last
    /// did (at first: when we began).
    hang_ups: (u64, Duration),
    pub(super) devices: Vec<Polled>,
    writes: VecDeque<Request>,
    reads: VecDeque<ReadJob>,
}

impl Driver {
    /// `None` if the connection is not Modbus.
    pub(super) fn new(link: &Link) -> Option<Self> {
        let connection = &link.site.connections[link.connection];
        let own = |device: &usize| link.site.devices[*device].connection == link.connection;
        let devices: Vec<usize> = (0..link.site.devices.len()).filter(own).collect();
        let pauses = devices.iter().map(|device| link.site.devices[*device].modbus.pause);
        let pause = pauses.max().unwrap_or_default();
        let line = Guarded::new(&connection.transport, connection.timeout, pause)?;
        let place = u32::try_from(link.connection).unwrap_or(u32::MAX);
        let start = link.clock.now().steady + LINE_STAGGER.saturating_mul(place.min(100));
        let devices = polled(&link.site, &devices, start);
        let paces = devices.iter().filter(|device| !device.groups.is_empty());
        let fastest = paces.map(|device| device.pace.interval()).min().unwrap_or(IDLE_INTERVAL);
        Some(Self {
            site: Arc::clone(&link.site),
            clock: Arc::clone(&link.clock),
            reports: link.reports.clone(),
            hold_back: Arc::clone(&link.hold_back),
            line,
            line_pace: Pace::staggered(fastest, start, 0, 1),
            hang_ups: (0, link.clock.now().steady),
            devices,
            writes: VecDeque::new(),
            reads: VecDeque::new(),
        })
    }

    /// Works until `requests` is closed and what was asked is done. `busy` is
    /// held while there is work, never while waiting.
    pub(super) async fn work(mut self, mut requests: mpsc::Receiver<Request>, mut busy: Busy) {
        loop {
            let open = self.take_orders(&mut requests);
            if let Some(request) = self.writes.pop_front() {
                self.carry_out(request).await;
            } else if let Some(job) = self.reads.pop_front() {
                if let Some(job) = self.read_on(job).await {
                    self.reads.push_front(job);
                }
            } else if !open {
                return;
            } else {
                match self.next_poll() {
                    Next::Now(device, group) => self.poll(device, group).await,
                    Next::At(due) => busy = self.wait(&mut requests, due, busy).await,
                }
            }
        }
    }

    /// Sorts the orders that have come; false once no more can come.
    fn take_orders(&mut self, requests: &mut mpsc::Receiver<Request>) -> bool {
        loop {
            match requests.try_recv() {
                Ok(request) => self.accept(request),
                Err(error) => return error == mpsc::error::TryRecvError::Empty,
            }
        }
    }

    fn accept(&mut self, request: Request) {
        match request.order {
            Order::Read { points, reply } => {
                self.reads.push_back(self.read_job(&points, reply, request.busy));
            }
            order => self.writes.push_back(Request { order, busy: request.busy }),
        }
    }

    /// Waits for an order or for `due`, holding up no clock meanwhile. The
    /// sleep is entered before the token is let go, else time could run past
    /// it.
    async fn wait(
        &mut self,
        requests: &mut mpsc::Receiver<Request>,
        due: Option<Duration>,
        busy: Busy,
    ) -> Busy {
        let sleep = due.map(|due| self.clock.sleep_until(due));
        drop(busy);
        let beat = async {
            match sleep {
                Some(sleep) => sleep.await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            request = requests.recv() => {
                let busy = self.clock.busy();
                if let Some(request) = request {
                    self.accept(request);
                }
                busy
            }
            busy = beat => busy,
        }
    }

    fn next_poll(&mut self) -> Next {
        let now = self.clock.now().steady;
        let hold_back = self.hold_back.load(Ordering::Relaxed);
        let mut first: Option<(Duration, usize, usize)> = None;
        for (place, device) in self.devices.iter_mut().enumerate() {
            if hold_back && device.fed_by_reads {
                device.groups.iter_mut().filter(|group| group.due() <= now).for_each(|group| {
                    group.skip(now);
                });
                if device.pace.is_silent() && device.pace.is_due(now) {
                    device.pace.skip(now);
                }
            }
            if let Some((due, group)) = device.due()
                && first.is_none_or(|(earliest, ..)| due < earliest)
            {
                first = Some((due, place, group));
            }
        }
        let Some((due, device, group)) = first else { return Next::At(None) };
        let due = if self.line_pace.is_silent() { self.line_pace.due() } else { due };
        if due <= now { Next::Now(device, group) } else { Next::At(Some(due)) }
    }

    /// One block of a device that is due.
    async fn poll(&mut self, place: usize, group: usize) {
        let device = &self.devices[place];
        let (block, ask) = device.groups[group].turn(self.clock.now().steady);
        // A silent one is asked in any case, to hear of it again: its pace would
        // be due for ever.
        if !ask && !device.pace.is_silent() {
            let samples = all(block, Quality::Faulty, self.clock.now());
            self.devices[place].groups[group].pass(self.clock.now().steady);
            return self.tell(News::Samples(samples)).await;
        }
        let outcome = fetch(&mut self.line, device.unit, block).await;
        let now = self.clock.now();
        let samples = match &outcome {
            Ok(answer) => heard(&self.site, block, answer, now),
            Err(_) => all(block, Quality::Faulty, now),
        };
        let answered_since = device.answered_since;
        let limits = limits(&self.site, device);
        let group = &mut self.devices[place].groups[group];
        let known = match &outcome {
            Ok(_) => {
                group.answered(now.steady, limits);
                true
            }
            Err(Failure::Refused(code)) => match Refusal::of(*code) {
                Refusal::NotThere => group.refused(now.steady),
                Refusal::Busy => {
                    group.busy(now.steady);
                    false
                }
                refusal @ (Refusal::Fault | Refusal::Gateway) => {
                    group.pass(now.steady);
                    refusal == Refusal::Fault
                }
            },
            Err(Failure::Unreachable(_)) => false,
            Err(_) => group.silent(now.steady, answered_since),
        };
        self.note(place, outcome.err().as_ref()).await;
        if known {
            self.tell(News::Samples(samples)).await;
        }
    }

    /// What a request to a device says about it and about the line. A failure
    /// out of turn (a command's) makes no pace slower than it is.
    pub(super) async fn note(&mut self, place: usize, failure: Option<&Failure>) {
        let now = self.clock.now().steady;
        let language = self.site.language;
        if let Some(failure @ Failure::Unreachable(_)) = failure {
            slow_down(&mut self.line_pace, now);
            for place in 0..self.devices.len() {
                self.tell_state(place, DeviceState::Silent(failure.words(language))).await;
            }
            return;
        }
        if self.line_pace.is_silent() {
            self.line_pace.answered(now);
        }
        if self.was_hung_up(now) {
            for place in 0..self.devices.len() {
                self.tell(News::Reconnected { device: self.devices[place].device }).await;
            }
        }
        let device = &mut self.devices[place];
        match failure.filter(|failure| failure.is_silence()) {
            Some(failure) => {
                slow_down(&mut device.pace, now);
                device.answered_since = false;
                self.tell_state(place, DeviceState::Silent(failure.words(language))).await;
            }
            None => {
                device.answered_since = true;
                if device.pace.is_silent() {
                    device.pace.answered(now);
                }
                self.tell_state(place, DeviceState::Answers).await;
            }
        }
    }

    /// Whether the other side has hung up since last asked, and not by habit.
    fn was_hung_up(&mut self, now: Duration) -> bool {
        let (before, at) = self.hang_ups;
        let count = self.line.hang_ups();
        if count == before {
            return false;
        }
        self.hang_ups = (count, now);
        now.saturating_sub(at) >= HABIT
    }

    async fn tell_state(&mut self, place: usize, state: DeviceState) {
        let device = &mut self.devices[place];
        let answers = Some(state == DeviceState::Answers);
        if device.answers != answers {
            device.answers = answers;
            let device = device.device;
            self.tell(News::Device { device, state }).await;
        }
    }

    pub(super) async fn tell(&mut self, news: News) {
        // Without a listener there is nobody to tell; the end comes by
        // `requests`.
        let _ = self.reports.send(Report { news, busy: self.clock.busy() }).await;
    }

    pub(super) fn now(&self) -> Now {
        self.clock.now()
    }

    /// Whether a device must not be read at present.
    pub(super) fn is_held(&self, place: usize) -> bool {
        self.devices[place].fed_by_reads && self.hold_back.load(Ordering::Relaxed)
    }

    /// The device of a point, if it is on this line, and where the point lies.
    pub(super) fn locate(&self, point: PointId) -> Option<(usize, &ModbusSource)> {
        let source = source(&self.site, point)?;
        let owner = self.site.points.get(point).device;
        let place = self.devices.iter().position(|device| device.device == owner)?;
        Some((place, source))
    }
}

/// Silent once more, unless it was not its turn to be asked.
fn slow_down(pace: &mut Pace, now: Duration) {
    if !pace.is_silent() || pace.is_due(now) {
        pace.silent(now);
    }
}

enum Next {
    Now(usize, usize),
    At(Option<Duration>),
}

/// Reads a block.
pub(super) async fn fetch(line: &mut Guarded, unit: u8, block: &Block) -> Result<Answer, Failure> {
    let (address, count) = (block.address, block.count);
    Ok(match block.table {
        Table::Holding => Answer::Registers(line.read_holding(unit, address, count).await?),
        Table::Input => Answer::Registers(line.read_input(unit, address, count).await?),
        Table::Coil => Answer::Bits(line.read_coils(unit, address, count).await?),
        Table::DiscreteInput => Answer::Bits(line.read_discrete(unit, address, count).await?),
    })
}

/// The samples that an answer holds.
pub(super) fn heard(site: &Site, block: &Block, answer: &Answer, at: Now) -> Vec<Sample> {
    let value = |item: &Item| {
        let source = source(site, item.point).ok_or(Quality::Faulty)?;
        let raw = answer.raw(block, item.address, source).ok_or(Quality::Faulty)?;
        decode(site.points.get(item.point), source, raw)
    };
    block.items.iter().map(|item| Sample { point: item.point, value: value(item), at }).collect()
}

/// All points of a block with the same quality.
pub(super) fn all(block: &Block, quality: Quality, at: Now) -> Vec<Sample> {
    let sample = |item: &Item| Sample { point: item.point, value: Err(quality), at };
    block.items.iter().map(sample).collect()
}

/// The limits of the device in `place`.
pub(super) fn limits<'a>(site: &'a Site, device: &Polled) -> &'a ModbusLimits {
    &site.devices[device.device].modbus
}
