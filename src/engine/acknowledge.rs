//! A person's word that something has been seen: what a rule waits with, which
//! the rules' memory holds, or an alarm. Either is answered once it is on the
//! disk.

use std::future::Future;

use super::alarm::{NotSeen, Seen};
use super::ask::{AcknowledgeOrder, Acknowledged, Refusal, Seeing};
use super::find;
use super::overrides::LONGEST_WHY;
use super::run::Running;
use crate::cycle::Rules;

impl Running {
    /// Takes the word; the future ends when it is on the disk, with false if
    /// it could not be put there.
    pub(super) fn acknowledge(
        &mut self,
        order: &AcknowledgeOrder,
    ) -> Result<(Acknowledged, impl Future<Output = bool> + Send + use<>), Refusal> {
        if self.stopping {
            return Err(Refusal::Stopping);
        }
        if order.why.len() > LONGEST_WHY {
            return Err(Refusal::WhyTooLong);
        }
        let now = self.now();
        let seen = Seen { by: order.user.clone(), at: now.wall, why: order.why.clone() };
        let (rule, numbers) = match &order.what {
            Seeing::Alarm(number) => {
                self.see(*number, seen)?;
                (None, vec![*number])
            }
            Seeing::Rule(rule) => {
                let (rule, numbers) = self.see_rule(rule, &seen)?;
                (Some(rule), numbers)
            }
        };
        let changes = match (&rule, &self.rules, &mut self.keeper) {
            (Some(_), Some(rules), Some(keeper)) => keeper.all(rules, now),
            _ => Vec::new(),
        };
        let remembered = self.journal.remember_soon(changes, now.wall);
        let changes = self.alarm_changes(now);
        let kept = self.journal.keep_alarms(changes);
        let alarms = self.alarm_pictures(|alarm| numbers.contains(&alarm.number));
        self.soon();
        let recorded = async move { remembered.await & kept.await };
        Ok((Acknowledged { rule, alarms }, recorded))
    }

    fn see(&mut self, number: u64, seen: Seen) -> Result<(), Refusal> {
        let user = seen.by.clone();
        match self.alarms.acknowledge(number, seen) {
            Err(NotSeen::NoSuch) => return Err(Refusal::NoSuchAlarm(number)),
            Err(NotSeen::Already(by)) => return Err(Refusal::AlreadySeen { number, by }),
            Ok(_) => {}
        }
        let words = self.site.language.pick(
            format!("Alarm {number} quittiert von {user}"),
            format!("alarm {number} acknowledged by {user}"),
        );
        tracing::info!("{words}");
        Ok(())
    }

    /// Tells the rules: the full name of what is meant, and whether it waited.
    fn waiting(&mut self, named: &str, user: &str) -> Result<(String, bool), Refusal> {
        let Some(Rules { program, state, .. }) = &mut self.rules else {
            return Err(Refusal::NoRuleFiles);
        };
        let names = program.acknowledgeable();
        match find::named(&self.site, names.iter().copied(), named) {
            Ok(rule) => {
                let waited = state.acknowledge(program, &rule, user) > 0;
                Ok((rule, waited))
            }
            // There may be such a rule that waits for nobody.
            Err(not) => {
                let all: Vec<&str> = program.rule_ids().map(|id| &*id.rule).collect();
                let rule = find::named(&self.site, all.iter().copied(), named);
                rule.map(|rule| (rule, false)).map_err(|_| Refusal::NotFound(not))
            }
        }
    }

    /// What a rule waits with, and the alarms that it has raised.
    fn see_rule(&mut self, named: &str, seen: &Seen) -> Result<(String, Vec<u64>), Refusal> {
        let (rule, waits) = self.waiting(named, &seen.by)?;
        let numbers = self.alarms.of_rule(&rule);
        if !waits && numbers.is_empty() {
            return Err(Refusal::NothingWaits(rule));
        }
        for number in &numbers {
            self.see(*number, seen.clone())?;
        }
        if waits {
            let user = &seen.by;
            let words = self.site.language.pick(
                format!("„{rule}“ quittiert von {user}"),
                format!("\"{rule}\" acknowledged by {user}"),
            );
            tracing::info!("{words}");
        }
        Ok((rule, numbers))
    }
}
