//! Letters on their way: each with an id of its own, in the store until it has
//! gone out, and with the postman of its recipient.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::postman::Postman;
use crate::engine::run::Back;
use crate::model::Clock;
use crate::site::Site;
use crate::store::alarms::{Content, LetterRecord};

/// See the module.
#[derive(Debug, Default)]
pub struct Outbox {
    last: u64,
    /// Not in the store yet.
    fresh: Vec<LetterRecord>,
    /// By the recipient's address.
    postmen: BTreeMap<String, mpsc::UnboundedSender<LetterRecord>>,
}

impl Outbox {
    /// Starts a postman for each recipient. Must be called within a tokio
    /// runtime.
    pub(in crate::engine) fn start(
        site: &Arc<Site>,
        clock: &Arc<dyn Clock>,
        back: &mpsc::UnboundedSender<Back>,
        last: u64,
    ) -> Self {
        let recipients = site.alarms.recipients.iter();
        let postmen = recipients.map(|recipient| {
            let (letters, received) = mpsc::unbounded_channel();
            let (site, clock, back) = (site.clone(), clock.clone(), back.clone());
            let postman = Postman::new(recipient.clone(), site, clock, back);
            tokio::spawn(postman.deliver(received));
            (recipient.label().to_owned(), letters)
        });
        Self { last, fresh: Vec::new(), postmen: postmen.collect() }
    }

    /// Gives the letters of a former run to their postmen; the ids of those
    /// whose recipient the site no longer has.
    pub fn resume(&self, letters: Vec<LetterRecord>) -> Vec<u64> {
        letters.into_iter().filter_map(|letter| self.hand_over(letter).err()).collect()
    }

    /// A letter to one recipient.
    pub fn put(&mut self, to: String, content: Content) {
        self.last += 1;
        self.fresh.push(LetterRecord { id: self.last, to, content });
    }

    /// The new letters, for the store; the postmen have them too. They do not
    /// wait for the disk: one that fails is told of by these very letters.
    pub fn take(&mut self) -> Vec<LetterRecord> {
        let mut fresh = std::mem::take(&mut self.fresh);
        fresh.retain(|letter| self.hand_over(letter.clone()).is_ok());
        fresh
    }

    fn hand_over(&self, letter: LetterRecord) -> Result<(), u64> {
        let id = letter.id;
        let postman = self.postmen.get(&letter.to).ok_or(id)?;
        postman.send(letter).map_err(|_| id)
    }

    /// The last id given.
    #[must_use]
    pub const fn last(&self) -> u64 {
        self.last
    }
}
