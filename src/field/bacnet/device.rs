//! One device: where it is, whether it answers, and telling the engine so. It
//! is found by Who-Is, by a router, or stands at its address; after a silence
//! it is found anew, for it may have moved or been replaced.
//!
//! ```text
//!   unknown ──answer──▶ answers ──no answer, four times──▶ silent
//!      └──────no answer────────────────────────────────────▶ │
//!                      answers ◀──answer (one try a beat)────┘
//! ```

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use tokio::sync::{mpsc, watch};

use super::client::Client;
use super::failure::{Failure, Refusal};
use super::transaction::{Peer, TRIES, Target, lock};
use crate::field::{DeviceState, News, Report};
use crate::model::{Clock, Language, PointId};
use crate::site::{BacnetAddress, BacnetSource, DeviceAddress, PointSource, Site};
use crate::wire::bacnet::{
    MAX_APDU, NetworkAddress, ObjectId, PropertyRef, Segmentation, Value, error_code, property,
};

/// What a device takes of which nothing is known yet: what MS/TP takes.
const CAUTIOUS_APDU: u16 = 480;

#[derive(Debug)]
pub(super) struct Device {
    /// Index into the site's devices.
    pub index: usize,
    pub site: Arc<Site>,
    pub clock: Arc<dyn Clock>,
    pub client: Client,
    reports: mpsc::Sender<Report>,
    /// Where it is; locked while it is being found.
    found: tokio::sync::Mutex<Option<Target>>,
    pub habits: Mutex<Habits>,
    /// `None`: not known yet.
    answers: watch::Sender<Option<bool>>,
    /// How often it has been found silent.
    silences: AtomicU64,
    /// Orders to one device go one after another.
    pub orders: tokio::sync::Mutex<()>,
}

/// What was learnt of a device; forgotten when it was silent.
#[derive(Debug, Default)]
pub(super) struct Habits {
    /// Whether it knows ReadPropertyMultiple.
    pub multiple: Option<bool>,
    /// How many points it manages in one request.
    pub batch: Option<usize>,
    /// Properties that fail others beside them.
    pub alone: HashSet<(ObjectId, PropertyRef)>,
    /// Its limits were asked for.
    pub asked_limits: bool,
}

/// How long one is ready to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Patience {
    /// All retries, unless the device is known to be silent.
    Usual,
    /// One time-out, unless the device is known to answer.
    Short,
}

impl Device {
    pub fn new(
        index: usize,
        site: Arc<Site>,
        clock: Arc<dyn Clock>,
        client: Client,
        reports: mpsc::Sender<Report>,
    ) -> Self {
        Self {
            index,
            site,
            clock,
            client,
            reports,
            found: tokio::sync::Mutex::default(),
            habits: Mutex::default(),
            answers: watch::channel(None).0,
            silences: AtomicU64::new(0),
            orders: tokio::sync::Mutex::default(),
        }
    }

    pub fn language(&self) -> Language {
        self.site.language
    }

    /// Where a point of this device lies; `None` if it is not BACnet's or its
    /// object number cannot exist.
    pub fn locate(&self, point: PointId) -> Option<(ObjectId, PropertyRef, &BacnetSource)> {
        let PointSource::Bacnet(source) = &self.site.sources[point.index()] else { return None };
        let object = ObjectId::new(source.object.0, source.object.1)?;
        let property = PropertyRef { property: source.property, array_index: source.array_index };
        Some((object, property, source))
    }

    pub fn answers(&self) -> watch::Receiver<Option<bool>> {
        self.answers.subscribe()
    }

    pub fn silences(&self) -> u64 {
        self.silences.load(Ordering::Relaxed)
    }

    /// The device, found if need be.
    ///
    /// # Errors
    /// If it is not there.
    pub async fn target(&self, patience: Patience) -> Result<Target, Failure> {
        let tries = match (*self.answers.borrow(), patience) {
            (Some(true), _) | (None, Patience::Usual) => TRIES,
            (Some(false), _) | (None, Patience::Short) => 1,
        };
        let mut found = self.found.lock().await;
        if let Some(target) = &*found {
            return Ok(Target { tries, ..target.clone() });
        }
        let target = Target { tries, ..self.find(tries).await? };
        Ok(found.insert(target).clone())
    }

    async fn find(&self, tries: u32) -> Result<Target, Failure> {
        let DeviceAddress::Bacnet(address) = &self.site.devices[self.index].address else {
            return Err(Failure::NoAddress);
        };
        let BacnetAddress { instance, address, routed } = address;
        let route = routed.clone().map(|(network, address)| NetworkAddress { network, address });
        let address = match (address, &route, instance) {
            (Some(SocketAddr::V4(address)), ..) => *address,
            // BACnet/IP has IPv4 addresses.
            (Some(SocketAddr::V6(_)), ..) | (None, None, None) => return Err(Failure::NoAddress),
            (None, Some(route), _) => self.client.find_router(route.network, tries).await?,
            (None, None, Some(instance)) => {
                let (peer, i_am) = self.client.find_device(*instance, tries).await?;
                lock(&self.habits).asked_limits = true;
                return Ok(Target {
                    peer,
                    max_apdu: clamp_apdu(i_am.max_apdu.into()),
                    segments: i_am.segmentation.receives(),
                    tries,
                });
            }
        };
        let peer = Peer { address, route };
        let mut target = Target { peer, max_apdu: CAUTIOUS_APDU, segments: false, tries };
        if let Some(instance) = instance {
            self.ask_limits(&mut target, *instance).await?;
        }
        Ok(target)
    }

    /// Asks a device at a fixed address what it takes, by the instance that it
    /// should have: whoever else answers there is a stranger.
    async fn ask_limits(&self, target: &mut Target, instance: u32) -> Result<(), Failure> {
        let object = ObjectId::device(instance);
        let ask = async |property| {
            let property = PropertyRef::new(property);
            self.client.read_property(target, object, property).await
        };
        let max_apdu = match ask(property::MAX_APDU_LENGTH_ACCEPTED).await {
            Err(Failure::Refused(Refusal::Error(error_code::UNKNOWN_OBJECT))) => {
                return Err(Failure::Stranger(instance));
            }
            Err(failure) if failure.is_silence() => return Err(failure),
            answer => answer.ok(),
        };
        let segmentation = match ask(property::SEGMENTATION_SUPPORTED).await {
            Err(failure) if failure.is_silence() => return Err(failure),
            answer => answer.ok(),
        };
        if let Some([Value::Unsigned(max_apdu)]) = max_apdu.as_deref() {
            target.max_apdu = clamp_apdu(*max_apdu);
        }
        if let Some([Value::Enumerated(kind)]) = segmentation.as_deref() {
            target.segments = Segmentation::from_number(*kind).is_some_and(Segmentation::receives);
        }
        lock(&self.habits).asked_limits = true;
        Ok(())
    }

    /// Asks a device of unknown instance what it takes, once it has answered
    /// something: not all know the wildcard, and then stay silent.
    pub async fn learn_limits(&self) {
        if lock(&self.habits).asked_limits {
            return;
        }
        let Some(mut target) = self.found.lock().await.clone() else { return };
        lock(&self.habits).asked_limits = true;
        target.tries = 1;
        if self.ask_limits(&mut target, ObjectId::ANY_INSTANCE).await.is_ok()
            && let Some(found) = &mut *self.found.lock().await
            && found.peer == target.peer
        {
            *found = target;
        }
    }

    /// What a request says about the device: that it answers, or not.
    pub async fn note(&self, failure: Option<&Failure>) {
        let silence = failure.filter(|failure| failure.is_silence());
        let answers = Some(silence.is_none());
        if silence.is_some() {
            self.silences.fetch_add(1, Ordering::Relaxed);
            *self.found.lock().await = None;
            *lock(&self.habits) = Habits::default();
        }
        let changed = self.answers.send_if_modified(|known| {
            let changed = *known != answers;
            *known = answers;
            changed
        });
        if changed {
            let state = match silence {
                None => DeviceState::Answers,
                Some(failure) => DeviceState::Silent(failure.words(self.language())),
            };
            self.tell(News::Device { device: self.index, state }).await;
        }
    }

    /// Tells the engine. Who no longer listens need not be told.
    pub async fn tell(&self, news: News) {
        let _ = self.reports.send(Report { news, busy: self.clock.busy() }).await;
    }
}

fn clamp_apdu(max_apdu: u64) -> u16 {
    u16::try_from(max_apdu.clamp(50, MAX_APDU.into())).unwrap_or(MAX_APDU)
}
