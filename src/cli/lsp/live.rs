//! The present value of a point, from the running daemon where there is one.
//! Asked for in a thread of its own, with little patience: what is told of a
//! point must not wait for a daemon that does not answer.

use std::path::Path;
use std::time::Duration;

use crate::engine::picture::PointStatus;
use crate::model::Language;
use crate::web::client::{Client, encode};

const PATIENCE: Duration = Duration::from_millis(700);

/// What the daemon of this data folder knows of a point, in a line; `None`
/// where no daemon answers.
pub fn value(data: &Path, point: &str, language: Language) -> Option<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    let known = runtime.block_on(async {
        tokio::time::timeout(PATIENCE, known(data, point)).await.ok().flatten()
    })?;
    Some(line(&known, language))
}

async fn known(data: &Path, point: &str) -> Option<PointStatus> {
    let mut client = Client::connect(data).await.ok()??;
    let path = format!("/api/v1/points/{}/known", encode(point));
    client.get::<Vec<PointStatus>>(&path).await.ok()?.into_iter().next()
}

fn line(known: &PointStatus, language: Language) -> String {
    let now = language.pick("jetzt", "now");
    let age = known.age_s.map_or_else(
        || language.pick("noch nie gelesen", "never read").to_owned(),
        |age| language.pick(format!("vor {age:.0} s"), format!("{age:.0} s ago")),
    );
    let mut text = format!("{now}: **{}** ({age})", known.shown);
    if let Some(command) = &known.command {
        let by = command.by.as_deref().unwrap_or_default();
        let commanded = language.pick("gestellt auf", "commanded to");
        text.push_str(&format!(" · {commanded} {} {by}", command.shown));
    }
    text.trim_end().to_owned()
}
