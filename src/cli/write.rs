//! `hauswart write`: a claim at level manual, with an end. The running daemon
//! places it among all others; where none runs, the command stays until the
//! end and lets go itself.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::{SiteFile, files, overriding, say, solo, terminal};
use crate::engine::ask::{Ends, Handle, OverrideOrder, Target};
use crate::engine::find;
use crate::engine::picture;
use crate::model::value::parse_value;
use crate::model::{Language, Level, PointId};
use crate::service::StopSignals;
use crate::site::Site;
use crate::web::api::{OverrideAnswer, OverrideRequest};
use crate::web::client::{Client, ClientError};
use crate::web::socket;

pub const EXAMPLE: &str = "Example:
  hauswart write HK1.Raum_Soll \"22 °C\" --for \"2 h\" --why Elternabend

Asks first, unless --yes. With a running daemon the command returns once the
device holds the value; without one it stays until the end, lets go, and then
returns. Ctrl-C lets go at once.
Exit code 0: done; 1: refused or not confirmed; 2: no such point or value;
3: could not let go.";

/// How long a device may take to confirm before we say that it has not.
const CONFIRMED_WITHIN: Duration = Duration::from_secs(20);

#[derive(Debug, clap::Args)]
pub struct Write {
    /// `HK1.Raum_Soll` or the full name.
    point: String,
    /// With its unit, or a state's name.
    #[arg(allow_hyphen_values = true)]
    value: String,
    /// How long it lasts: "10 min", "2 h".
    #[arg(long = "for", value_name = "DURATION")]
    lasts: String,
    /// Why, for those who find it later.
    #[arg(long, default_value = "")]
    why: String,
    /// Do not ask first.
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    site: SiteFile,
}

/// What was asked for, understood.
struct Order {
    point: PointId,
    name: String,
    value: f64,
    shown: String,
    lasts: Duration,
}

impl Write {
    pub fn run(self, language: Option<Language>) -> anyhow::Result<ExitCode> {
        let (site, language) = files::site(&self.site.path, language)?;
        let order = self.understand(&site, language)?;
        if !self.yes && !terminal::confirmed(&question(&order, &self.lasts, language), language)? {
            say::err(language.pick(
                "Nichts geschrieben. Ohne Rückfrage: --yes",
                "Nothing written. Without asking: --yes",
            ));
            return Ok(ExitCode::from(1));
        }
        super::journal::start("warn");
        super::runtime()?.block_on(async {
            match Client::connect(&site.data).await? {
                Some(client) => self.ask(client, &order, language).await,
                None => self.stay(Arc::new(site), &order, language).await,
            }
        })
    }

    fn understand(&self, site: &Site, language: Language) -> anyhow::Result<Order> {
        let point =
            find::point(site, &self.point).map_err(|not| anyhow::anyhow!(not.words(language)))?;
        let definition = site.points.get(point);
        let value = parse_value(&definition.kind, &self.value)
            .map_err(|not| anyhow::anyhow!("{}: {}", self.value, not.words(language)))?;
        let lasts = overriding::length(&self.lasts, language)?;
        let (name, shown) = (definition.name.clone(), definition.kind.display(value));
        Ok(Order { point, name, value, shown, lasts })
    }

    async fn ask(
        &self,
        mut client: Client,
        order: &Order,
        language: Language,
    ) -> anyhow::Result<ExitCode> {
        let request = OverrideRequest {
            point: order.name.clone(),
            value: self.value.clone(),
            seconds: Some(order.lasts.as_secs_f64()),
            from: None,
            until: None,
            why: self.why.clone(),
        };
        let answer: OverrideAnswer = match client.post("/api/v1/overrides", &request).await {
            Ok(answer) => answer,
            Err(ClientError::Refused(why)) => {
                say::err(&format!("hauswart: {why}"));
                return Ok(ExitCode::from(1));
            }
            Err(error) => return Err(error.into()),
        };
        let id = answer.id;
        say::out(&language.pick(
            format!("Übersteuerung {id}: {} auf {}", answer.point, answer.shown),
            format!("override {id}: {} to {}", answer.point, answer.shown),
        ));
        overriding::warn_if_unrecorded(&answer, language);
        let first: picture::Status = client.get("/api/v1/status").await?;
        let give_up = Instant::now() + CONFIRMED_WITHIN;
        loop {
            tokio::time::sleep(Duration::from_millis(500)).await;
            let status: picture::Status = client.get("/api/v1/status").await?;
            let last = Instant::now() > give_up;
            if let Some(code) = tell(&status, first.cycles, order, language, last) {
                if code != ExitCode::SUCCESS {
                    say::err(&language.pick(
                        format!(
                            "Übersteuerung {id} bleibt bis zu ihrem Ende und wird weiter versucht"
                        ),
                        format!("override {id} stands until its end and is tried on"),
                    ));
                }
                return Ok(code);
            }
        }
    }

    async fn stay(
        &self,
        site: Arc<Site>,
        order: &Order,
        language: Language,
    ) -> anyhow::Result<ExitCode> {
        let mut signals = StopSignals::catch()?;
        let mut engine = solo::operator(site, language)?;
        let handle = engine.handle();
        let placed = OverrideOrder {
            target: Target::Point(order.point),
            value: order.value,
            from: None,
            ends: Ends::After(order.lasts),
            user: socket::own_account(),
            why: self.why.clone(),
        };
        let mut code = ExitCode::SUCCESS;
        match handle.command(placed).await {
            Ok(Ok(placed)) => {
                tokio::select! {
                    () = tokio::time::sleep(order.lasts) => {}
                    () = signals.wait() => {}
                    told = report(&handle, order, language) => code = told,
                    _ = engine.ended() => return Ok(ExitCode::from(3)),
                }
                // Or the next start would take it up again.
                let _ = handle.release(placed.id).await;
                say::out(language.pick("Gebe frei …", "Letting go …"));
            }
            Ok(Err(refusal)) => {
                say::err(&format!("hauswart: {}", refusal.words(language)));
                code = ExitCode::from(1);
            }
            Err(ended) => {
                say::err(&format!("hauswart: {}", ended.words(language)));
                code = ExitCode::from(3);
            }
        }
        let left = engine.stop().await.unwrap_or_default().left_commanded;
        if left.is_empty() {
            return Ok(code);
        }
        let left = left.join(", ");
        say::err(&language.pick(
            format!("hauswart: nicht freigegeben: {left}"),
            format!("hauswart: not let go of: {left}"),
        ));
        Ok(ExitCode::from(3))
    }
}

/// Tells how the device took it; ends only if it did not.
async fn report(handle: &Handle, order: &Order, language: Language) -> ExitCode {
    let give_up = Instant::now() + CONFIRMED_WITHIN;
    let mut first = None;
    loop {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let Ok(status) = handle.status().await else { return ExitCode::from(3) };
        let first = *first.get_or_insert(status.cycles);
        match tell(&status, first, order, language, Instant::now() > give_up) {
            Some(ExitCode::SUCCESS) => {
                say::out(language.pick(
                    "Bleibt bis zum Ende der Zeit; Strg-C gibt sofort frei.",
                    "Stays until the time is over; Ctrl-C lets go at once.",
                ));
                std::future::pending::<()>().await;
            }
            Some(failed) => return failed,
            None => {}
        }
    }
}

/// Says whether the device holds the value, once a cycle after the `first` has
/// decided it and that is known; `last`: now or never.
fn tell(
    status: &picture::Status,
    first: u64,
    order: &Order,
    language: Language,
    last: bool,
) -> Option<ExitCode> {
    let point = status.points.iter().find(|point| point.name == order.name)?;
    let (name, shown) = (&order.name, &order.shown);
    if let Some(command) = &point.command {
        // A lower level's value may have been confirmed before.
        let decided = status.cycles > first && command.level >= Some(Level::Manual);
        if command.confirmed && decided {
            say::out(&language.pick(
                format!("{name} steht auf {}, zurückgelesen", command.shown),
                format!("{name} is at {}, read back", command.shown),
            ));
            return Some(ExitCode::SUCCESS);
        }
    }
    if !last {
        return None;
    }
    let why = point.command.as_ref().map_or("", |command| command.state.as_str());
    say::err(&language.pick(
        format!("hauswart: {name} hat {shown} nicht bestätigt: {why}"),
        format!("hauswart: {name} has not confirmed {shown}: {why}"),
    ));
    Some(ExitCode::from(1))
}

fn question(order: &Order, lasts: &str, language: Language) -> String {
    let (name, shown) = (&order.name, &order.shown);
    language.pick(
        format!("{name} für {lasts} auf {shown} stellen?"),
        format!("Command {name} to {shown} for {lasts}?"),
    )
}
