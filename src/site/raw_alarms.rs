//! The table `[alarms]` as written.

use super::alarms::Encryption;
use super::place::{At, Faults, Place};
use super::quantity::Wanted;
use super::section::Section;
use crate::model::AlarmClass;

#[derive(Debug)]
pub(super) struct RawAlarms {
    pub place: Place,
    pub mail: Option<RawMail>,
    pub recipients: Vec<RawRecipient>,
    pub gather: Option<At<f64>>,
    pub digest: Option<At<String>>,
    pub life_sign: Option<RawLifeSign>,
}

#[derive(Debug)]
pub(super) struct RawMail {
    pub place: Place,
    pub server: Option<At<String>>,
    pub encryption: Option<At<Encryption>>,
    pub from: Option<At<String>>,
    pub user: Option<At<String>>,
    pub password: Option<RawSecret>,
}

#[derive(Debug)]
pub(super) struct RawSecret {
    pub place: Place,
    /// The secret itself stands there.
    pub in_the_open: bool,
    pub file: Option<At<String>>,
    pub credential: Option<At<String>>,
}

#[derive(Debug)]
pub(super) struct RawRecipient {
    pub place: Place,
    pub mail: Option<At<String>>,
    pub webhook: Option<At<String>>,
    pub token: Option<RawSecret>,
    pub classes: Option<At<Vec<At<AlarmClass>>>>,
    pub on_call: Option<At<String>>,
    pub digest: Option<At<bool>>,
}

#[derive(Debug)]
pub(super) struct RawLifeSign {
    pub place: Place,
    pub url: Option<At<String>>,
    pub every: Option<At<f64>>,
}

/// Reads the table.
pub(super) fn read(mut section: Section<'_>, faults: &mut Faults) -> RawAlarms {
    const GATHER: Wanted = Wanted::time(1.0, 3600.0, "\"30 s\"");
    let s = &mut section;
    let raw = RawAlarms {
        place: s.place.clone(),
        mail: s.table("mail", faults).map(|table| mail(table, faults)),
        gather: s.quantity("gather", GATHER, faults),
        digest: s.text("digest", faults),
        life_sign: s.table("life_sign", faults).map(|table| life_sign(table, faults)),
        recipients: s
            .tables("recipient", faults)
            .into_iter()
            .map(|table| recipient(table, faults))
            .collect(),
    };
    section.finish(faults);
    raw
}

fn mail(mut s: Section<'_>, faults: &mut Faults) -> RawMail {
    s.require("server", "server = \"smtp.musterstadt.de\"");
    s.require("from", "from = \"hauswart@musterstadt.de\"");
    let mail = RawMail {
        place: s.place.clone(),
        server: s.text("server", faults),
        encryption: s.word("encryption", faults),
        from: s.text("from", faults),
        user: s.text("user", faults),
        password: secret(&mut s, "password", faults),
    };
    s.finish(faults);
    mail
}

fn secret(s: &mut Section<'_>, key: &'static str, faults: &mut Faults) -> Option<RawSecret> {
    Some(match s.table_or_text(key, faults)? {
        Err(text) => {
            RawSecret { place: text.place, in_the_open: true, file: None, credential: None }
        }
        Ok(mut table) => {
            let secret = RawSecret {
                place: table.place.clone(),
                in_the_open: false,
                file: table.text("file", faults),
                credential: table.text("credential", faults),
            };
            table.finish(faults);
            secret
        }
    })
}

fn recipient(mut s: Section<'_>, faults: &mut Faults) -> RawRecipient {
    let classes = s.word_list("classes", faults);
    let recipient = RawRecipient {
        place: s.place.clone(),
        mail: s.text("mail", faults),
        webhook: s.text("webhook", faults),
        token: secret(&mut s, "token", faults),
        classes: classes.zip(s.value_place("classes")).map(|(value, place)| At { value, place }),
        on_call: s.text("on_call", faults),
        digest: s.flag("digest", faults),
    };
    s.finish(faults);
    recipient
}

fn life_sign(mut s: Section<'_>, faults: &mut Faults) -> RawLifeSign {
    const EVERY: Wanted = Wanted::time(1.0, 86_400.0, "\"5 min\"");
    s.require("url", "url = \"https://hc-ping.com/…\"");
    let life_sign = RawLifeSign {
        place: s.place.clone(),
        url: s.text("url", faults),
        every: s.quantity("every", EVERY, faults),
    };
    s.finish(faults);
    life_sign
}
