//! Orders carried out: a write with its read-back, and reads asked for. Each
//! ends with an answer; what is not known is said to be not known.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::sleep;

use super::driver::{Driver, all, fetch, heard, limits};
use super::failure::{ACKNOWLEDGE, Failure, Refusal};
use super::plan::{Block, Item, plan};
use super::poll::item;
use super::value::{Encoded, NotSent, encode};
use crate::field::{News, Order, RelinquishOutcome, Request, Sample, WriteOutcome};
use crate::model::{Busy, Commander, Language, PointId, Quality};

/// A busy device is asked again after these, in real time; together less than
/// a usual time-out.
const PATIENCE: [Duration; 3] =
    [Duration::from_millis(100), Duration::from_millis(200), Duration::from_millis(400)];

/// Reads asked for, block by block, so that writes can come between.
pub(super) struct ReadJob {
    blocks: VecDeque<Asked>,
    samples: Vec<Sample>,
    reply: oneshot::Sender<Vec<Sample>>,
    /// Dropped with the job, after the answer.
    _busy: Busy,
}

struct Asked {
    /// Index into the driver's devices.
    place: usize,
    block: Block,
    tries: usize,
}

impl Driver {
    /// Carries out anything but a read.
    pub(super) async fn carry_out(&mut self, request: Request) {
        let language = self.site.language;
        let _busy = request.busy;
        // Who no longer wants the answer has dropped the receiver.
        match request.order {
            Order::Write { point, value, reply } => {
                let _ = reply.send(self.write(point, value).await);
            }
            Order::Relinquish { reply, .. } => {
                let words = language.pick(
                    "Modbus kennt keine Rückgabe eines Platzes",
                    "Modbus has no slots to relinquish",
                );
                let _ = reply.send(RelinquishOutcome::Refused(words.to_owned()));
            }
            Order::Base { reply, .. } => {
                let _ = reply.send(None);
            }
            Order::Commander { reply, .. } => {
                let _ = reply.send(Commander::Unknown);
            }
            Order::Read { .. } => {}
        }
    }

    async fn write(&mut self, point: PointId, value: f64) -> WriteOutcome {
        let language = self.site.language;
        let refused = |why: NotSent| WriteOutcome::Refused(why.words(language));
        let Some((place, source)) = self.locate(point) else { return refused(NotSent::ReadOnly) };
        let encoded = match encode(self.site.points.get(point), source, value) {
            Ok(encoded) => encoded,
            Err(why) => return refused(why),
        };
        let Some(write) = source.write.clone() else { return refused(NotSent::ReadOnly) };
        let unit = self.devices[place].unit;
        for patience in PATIENCE.into_iter().map(Some).chain([None]) {
            let address = write.address;
            let outcome = match &encoded {
                Encoded::Coil(on) => self.line.write_coil(unit, address, *on, write.multiple).await,
                Encoded::Registers(words) => {
                    self.line.write_registers(unit, address, words, write.multiple).await
                }
            };
            self.note(place, outcome.as_ref().err()).await;
            match (outcome, patience) {
                (Ok(()) | Err(Failure::Refused(ACKNOWLEDGE)), _) => break,
                (Err(failure), Some(patience)) if is_busy(&failure) => {
                    tracing::debug!(unit, %failure, "write is tried again");
                    sleep(patience).await;
                }
                (Err(failure), _) => return not_taken(&failure, language),
            }
        }
        self.read_back(place, point).await
    }

    /// What the device holds now; told as a sample too.
    async fn read_back(&mut self, place: usize, point: PointId) -> WriteOutcome {
        let language = self.site.language;
        let limits = limits(&self.site, &self.devices[place]);
        let blocks = item(&self.site, point).map(|item| plan(vec![item], limits));
        let Some(block) = blocks.and_then(|blocks| blocks.into_iter().next()) else {
            let words = language.pick("der Punkt ist nur schreibbar", "the point is write only");
            return WriteOutcome::NotReadBack(words.to_owned());
        };
        for patience in PATIENCE.into_iter().map(Some).chain([None]) {
            let outcome = fetch(&mut self.line, self.devices[place].unit, &block).await;
            self.note(place, outcome.as_ref().err()).await;
            let answer = match (outcome, patience) {
                (Ok(answer), _) => answer,
                (Err(failure), Some(patience)) if is_busy(&failure) => {
                    sleep(patience).await;
                    continue;
                }
                (Err(failure), _) => return WriteOutcome::NotReadBack(failure.words(language)),
            };
            let samples = heard(&self.site, &block, &answer, self.now());
            let held = samples.first().map(|sample| sample.value);
            self.tell(News::Samples(samples)).await;
            return match held {
                Some(Ok(value)) => WriteOutcome::Held(value),
                _ => WriteOutcome::NotReadBack(no_value(language)),
            };
        }
        WriteOutcome::NotReadBack(no_value(language))
    }

    /// The blocks that `points` need; points of other lines, devices that must
    /// not be read now and points that can only be written are left out.
    pub(super) fn read_job(
        &self,
        points: &[PointId],
        reply: oneshot::Sender<Vec<Sample>>,
        busy: Busy,
    ) -> ReadJob {
        let mut blocks = VecDeque::new();
        for (place, device) in self.devices.iter().enumerate() {
            if self.is_held(place) {
                continue;
            }
            let own = |point: &&PointId| self.locate(**point).is_some_and(|(of, _)| of == place);
            let items: Vec<Item> =
                points.iter().filter(own).filter_map(|point| item(&self.site, *point)).collect();
            let planned = plan(items, limits(&self.site, device));
            blocks.extend(planned.into_iter().map(|block| Asked { place, block, tries: 0 }));
        }
        ReadJob { blocks, samples: Vec::new(), reply, _busy: busy }
    }

    /// Reads one more block; `None` once the job is answered.
    pub(super) async fn read_on(&mut self, mut job: ReadJob) -> Option<ReadJob> {
        let Some(asked) = job.blocks.pop_front() else {
            let _ = job.reply.send(job.samples);
            return None;
        };
        let Asked { place, block, tries } = asked;
        let outcome = fetch(&mut self.line, self.devices[place].unit, &block).await;
        self.note(place, outcome.as_ref().err()).await;
        match outcome {
            Ok(answer) => job.samples.extend(heard(&self.site, &block, &answer, self.now())),
            Err(Failure::Refused(code)) => match Refusal::of(code) {
                Refusal::NotThere if let Some(halves) = block.split() => {
                    for block in halves.into_iter().rev() {
                        job.blocks.push_front(Asked { place, block, tries: 0 });
                    }
                }
                Refusal::Busy if tries < PATIENCE.len() => {
                    sleep(PATIENCE[tries]).await;
                    job.blocks.push_back(Asked { place, block, tries: tries + 1 });
                }
                Refusal::Busy => {}
                Refusal::NotThere | Refusal::Fault => {
                    job.samples.extend(all(&block, Quality::Faulty, self.now()));
                }
                Refusal::Gateway => job.blocks.retain(|asked| asked.place != place),
            },
            Err(Failure::Unreachable(_)) => job.blocks.clear(),
            Err(_) => job.blocks.retain(|asked| asked.place != place),
        }
        Some(job)
    }
}

fn is_busy(failure: &Failure) -> bool {
    matches!(failure, Failure::Refused(code) if Refusal::of(*code) == Refusal::Busy)
}

fn not_taken(failure: &Failure, language: Language) -> WriteOutcome {
    let words = failure.words(language);
    match failure {
        Failure::Refused(code)
            if matches!(Refusal::of(*code), Refusal::NotThere | Refusal::Fault) =>
        {
            WriteOutcome::Refused(words)
        }
        _ => WriteOutcome::Failed(words),
    }
}

fn no_value(language: Language) -> String {
    language
        .pick("das Gerät gibt keinen gültigen Wert zurück", "the device gives no valid value back")
        .to_owned()
}
