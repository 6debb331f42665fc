//! A person's word that what a rule waits with has been seen. The rules'
//! memory holds it, so it is stored with that.

use std::future::Future;

use super::ask::{AcknowledgeOrder, Acknowledged, Refusal};
use super::find;
use super::run::Running;
use crate::cycle::Rules;

impl Running {
    /// Tells the rules; the future ends when it is on the disk.
    pub(super) fn acknowledge(
        &mut self,
        order: &AcknowledgeOrder,
    ) -> Result<(Acknowledged, impl Future<Output = ()> + Send + use<>), Refusal> {
        if self.stopping {
            return Err(Refusal::Stopping);
        }
        let now = self.now();
        let Some(rules) = &mut self.rules else { return Err(Refusal::NoRuleFiles) };
        let Rules { program, state, .. } = rules;
        let names = program.acknowledgeable();
        let rule = find::named(&self.site, names.iter().copied(), &order.rule);
        let rule = rule.map_err(|not| {
            let all: Vec<&str> = program.rule_ids().map(|id| &*id.rule).collect();
            // There is such a rule, but it waits for nobody.
            match find::named(&self.site, all.iter().copied(), &order.rule) {
                Ok(rule) => Refusal::NothingWaits(rule),
                Err(_) => Refusal::NotFound(not),
            }
        })?;
        if state.acknowledge(program, &rule, &order.user) == 0 {
            return Err(Refusal::NothingWaits(rule));
        }
        let user = &order.user;
        let words = self.site.language.pick(
            format!("„{rule}“ quittiert von {user}"),
            format!("\"{rule}\" acknowledged by {user}"),
        );
        tracing::info!("{words}");
        let changes = self.keeper.as_mut().map(|keeper| keeper.all(rules, now));
        let recorded = self.journal.remember_soon(changes.unwrap_or_default(), now.wall);
        self.soon();
        Ok((Acknowledged { rule }, recorded))
    }
}
