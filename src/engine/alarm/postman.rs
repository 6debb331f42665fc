//! One recipient's postman: a task of its own, so that a server that is down or
//! slow holds up no cycle and nobody else's letters.
//!
//! ```text
//!   letter ─▶ gather ─▶ send ──▶ gone out: told to the engine
//!                        ▲  │
//!          ever later,   └──┘ failed: told to the engine
//!          15 min at most
//! ```
//! What comes within the site's `gather` goes out as one message. After that
//! only something urgent is sent at once; the rest waits until [`APART`] times
//! `gather` are over, so that a bad day is no flood.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::letter;
use crate::engine::run::Back;
use crate::model::{AlarmClass, Clock};
use crate::post::mail::{self, Mail};
use crate::post::{PostError, web};
use crate::site::{Destination, Recipient, Site, shown};
use crate::store::alarms::{Content, LetterRecord, Turn};

/// Messages without anything urgent are so many times `gather` apart.
const APART: u32 = 10;
/// Something urgent is not gathered with others for longer.
const URGENT: Duration = Duration::from_secs(30);
/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(900);
/// The oldest letters beyond these are given up.
const MOST: usize = 500;
/// Letters in one message.
const TOGETHER: usize = 100;

type Letters = mpsc::UnboundedReceiver<LetterRecord>;

/// See the module.
#[derive(Debug)]
pub struct Postman {
    recipient: Recipient,
    site: Arc<Site>,
    clock: Arc<dyn Clock>,
    back: mpsc::UnboundedSender<Back>,
    /// Oldest first.
    waiting: Vec<LetterRecord>,
    /// Steady time of the last message that went out.
    last: Option<Duration>,
    /// Tries since then that failed.
    failures: u32,
}

impl Postman {
    #[must_use]
    pub const fn new(
        recipient: Recipient,
        site: Arc<Site>,
        clock: Arc<dyn Clock>,
        back: mpsc::UnboundedSender<Back>,
    ) -> Self {
        Self { recipient, site, clock, back, waiting: Vec::new(), last: None, failures: 0 }
    }

    /// Delivers until the engine ends. What has not gone out then is in the
    /// store.
    pub async fn deliver(mut self, mut letters: Letters) {
        while let Some(letter) = letters.recv().await {
            let came = self.clock.now().steady;
            self.take(letter);
            let mut due = self.due(came);
            while !self.waiting.is_empty() {
                tokio::select! {
                    letter = letters.recv() => match letter {
                        Some(letter) => {
                            self.take(letter);
                            due = due.min(self.due(self.clock.now().steady));
                        }
                        None => return,
                    },
                    _ = self.clock.sleep_until(due) => {
                        self.send().await;
                        due = self.due(self.clock.now().steady);
                    }
                }
            }
        }
    }

    fn take(&mut self, letter: LetterRecord) {
        self.waiting.push(letter);
        if self.waiting.len() > MOST {
            let id = self.waiting.remove(0).id;
            let to = self.recipient.label().to_owned();
            tracing::warn!(
                to = shown(&to),
                id,
                "more letters wait than are kept; the oldest is given up"
            );
            let _ = self.back.send(Back::Posted { to, ids: vec![id], given_up: true });
        }
    }

    /// When to send what waits, the newest of which came at `came`.
    fn due(&self, came: Duration) -> Duration {
        let gather = self.site.alarms.gather;
        let soon = gather.min(URGENT);
        if self.failures > 0 {
            let pause = soon.saturating_mul(1 << (self.failures - 1).min(16));
            return came + pause.min(LONGEST_PAUSE);
        }
        if self.waiting.iter().any(is_urgent) {
            return came + soon;
        }
        let gathered = came + gather;
        self.last.map_or(gathered, |last| gathered.max(last + gather * APART))
    }

    /// News go together, a digest or a trial by itself.
    fn message(&self) -> &[LetterRecord] {
        let is_news = |letter: &&LetterRecord| matches!(letter.content, Content::News(_));
        let news = self.waiting.iter().take(TOGETHER).take_while(is_news).count();
        &self.waiting[..news.max(1).min(self.waiting.len())]
    }

    async fn send(&mut self) {
        let to = self.recipient.label().to_owned();
        let many = self.message().len();
        match self.post().await {
            Ok(()) => {
                self.last = Some(self.clock.now().steady);
                self.failures = 0;
                let ids = self.waiting.drain(..many).map(|letter| letter.id).collect();
                let _ = self.back.send(Back::Posted { to, ids, given_up: false });
            }
            Err(why) => {
                self.failures += 1;
                let _ = self.back.send(Back::Unposted { to, why, failures: self.failures });
            }
        }
    }

    async fn post(&self) -> Result<(), PostError> {
        let (letters, site) = (self.message(), &self.site);
        let now = self.clock.now().wall;
        let written = letter::write(letters, now, site);
        match (&self.recipient.to, &site.alarms.mail) {
            (Destination::Webhook { url, token }, _) => {
                let json = letter::json(letters, &written, now, site).to_string();
                web::post_json(url, token.as_ref(), json).await
            }
            (Destination::Mail(to), Some(server)) => {
                let id = letters.last().map_or(0, |letter| letter.id);
                let mail = Mail {
                    to,
                    sender: &format!("hauswart {}", site.title),
                    subject: &written.subject,
                    body: &written.body,
                    sent: now,
                    id: &format!("{id}.{}", site.name),
                    attachments: &[],
                };
                mail::send(server, &mail).await
            }
            (Destination::Mail(_), None) => Err(PostError::Malformed("[alarms.mail]".to_owned())),
        }
    }
}

/// Whether it cannot wait for the next regular message.
fn is_urgent(letter: &LetterRecord) -> bool {
    match &letter.content {
        Content::News(news) => {
            news.turn == Turn::Came && news.class == AlarmClass::Urgent.keyword()
        }
        Content::Digest { .. } | Content::Trial { .. } => true,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::clock::Stepped;
    use crate::model::diagnostic::Source;
    use crate::site;
    use crate::store::alarms::News;

    fn postman() -> (Postman, mpsc::UnboundedReceiver<Back>) {
        let text = "format = 1\n[site]\nname = \"S\"\n[alarms]\ngather = \"40 s\"\n[[alarms.recipient]]\n\
                    webhook = \"http://localhost/\"\n[[building]]\nname = \"B\"\n";
        let source = Source { file: "site.toml".into(), text: text.into() };
        let site = Arc::new(site::load(&source, Path::new("/"), &[]).site.unwrap());
        let (back, told) = mpsc::unbounded_channel();
        let clock = Arc::new(Stepped::new(jiff::Timestamp::UNIX_EPOCH));
        let recipient = site.alarms.recipients[0].clone();
        (Postman::new(recipient, site, clock, back), told)
    }

    fn letter(id: u64, class: AlarmClass) -> LetterRecord {
        let news = News {
            turn: Turn::Came,
            number: id,
            class: class.keyword().to_owned(),
            text: String::new(),
            done: String::new(),
            since: jiff::Timestamp::UNIX_EPOCH,
            gone: None,
        };
        LetterRecord { id, to: "http://localhost/".into(), content: Content::News(news) }
    }

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn what_is_urgent_goes_soon_and_the_rest_is_no_flood() {
        let (mut postman, _told) = postman();
        postman.take(letter(1, AlarmClass::Fault));
        assert_eq!(postman.due(at(1000)), at(1040), "the first");
        postman.last = Some(at(900));
        assert_eq!(postman.due(at(1000)), at(1300), "ten times as far apart");
        postman.take(letter(2, AlarmClass::Urgent));
        assert_eq!(postman.due(at(1000)), at(1030), "takes the other with it");
        assert_eq!(postman.message().len(), 2);
    }

    #[test]
    fn failures_are_tried_ever_later_up_to_a_quarter_of_an_hour() {
        let (mut postman, _told) = postman();
        postman.take(letter(1, AlarmClass::Urgent));
        for (failures, due) in [(1, 1030), (2, 1060), (3, 1120), (5, 1480), (6, 1900), (99, 1900)] {
            postman.failures = failures;
            assert_eq!(postman.due(at(1000)), at(due), "{failures}");
        }
    }

    #[test]
    fn a_digest_or_a_trial_goes_by_itself() {
        let (mut postman, _told) = postman();
        let trial = |id| LetterRecord {
            content: Content::Trial { by: "anna".into() },
            ..letter(id, AlarmClass::Notice)
        };
        for letter in
            [trial(1), letter(2, AlarmClass::Fault), letter(3, AlarmClass::Fault), trial(4)]
        {
            postman.take(letter);
        }
        let mut sent = Vec::new();
        while !postman.waiting.is_empty() {
            let many = postman.message().len();
            sent.push(postman.waiting.drain(..many).map(|letter| letter.id).collect::<Vec<_>>());
        }
        assert_eq!(sent, [vec![1], vec![2, 3], vec![4]]);
    }

    #[test]
    fn the_oldest_of_very_many_letters_is_given_up_and_that_is_told() {
        let (mut postman, mut told) = postman();
        for id in 0..=MOST as u64 {
            postman.take(letter(id, AlarmClass::Notice));
        }
        assert_eq!(postman.waiting.len(), MOST);
        let Ok(Back::Posted { ids, given_up: true, .. }) = told.try_recv() else { panic!() };
        assert_eq!(ids, [0]);
        assert!(told.try_recv().is_err());
    }
}
