//! Trying rules on what happened: each task in a transaction of its own, each rule once for it.

use std::sync::Arc;

use async_trait::async_trait;
use kernel::id::new_uuid;
use platform::db::{Db, Tx};
use platform::problem::Problem;
use platform::rows::word;
use platform::worker::{Outcome, Worker};

use super::model::{Automation, AutomationTrigger};
use super::{run_entity, store, task_entity};
use crate::action::{self, By};
use crate::notification::{self, Notification};
use crate::obligation::recalculation;
use crate::rulebook::Rules;
use crate::ticket::case::Case;
use crate::ticket::wire::TicketView;
use crate::ticket::{commands, event};
use crate::vocabulary::Status;

/// Tasks in one step.
const BATCH: u64 = 50;
/// Tasks that are forgotten in one step.
const FORGOTTEN: u64 = 500;

/// Tries rules.
pub(crate) struct Automations {
    pub(crate) db: Db,
    pub(crate) rules: Rules,
}

#[async_trait(?Send)]
impl Worker for Automations {
    fn name(&self) -> &'static str {
        "automations"
    }

    async fn step(&self) -> Result<Outcome, Problem> {
        let now = self.db.clock().now();
        let due = store::due(self.db.read(), now, BATCH).await?;
        if due.is_empty() {
            let kept = self.rules.current(self.db.read()).await?.settings.automation_tasks();
            let forgotten = store::forget(&self.db, now - kept, FORGOTTEN).await?;
            return Ok(if forgotten == 0 { Outcome::Idle } else { Outcome::Worked(forgotten) });
        }
        for task in &due {
            self.db.write("automation.run", async |tx| self.run(tx, task).await).await?;
        }
        Ok(Outcome::Worked(u64::try_from(due.len()).unwrap_or(BATCH)))
    }
}

impl Automations {
    async fn run(&self, tx: &Tx, task: &task_entity::Model) -> Result<(), Problem> {
        if !store::take(tx, task.id).await? {
            return Ok(());
        }
        let rules = self.rules.current(tx).await?;
        let Some(mut case) = recalculation::cases(tx, &rules, &[task.ticket_id]).await?.pop() else { return Ok(()) };
        if case.ticket.deleted_at.is_some() || case.ticket.status == Status::Merged {
            return Ok(());
        }
        case.chained = task.depth + 1;
        let before = case.before.as_ref().map(|(ticket, _)| TicketView::from(ticket));
        let trigger: AutomationTrigger = word(&task.trigger)?;
        let mut words = Vec::new();
        let mut ran = false;
        for rule in &Arc::clone(&case.rules).automations {
            if concerns(task, trigger, rule, &case) && rule.terms.cover(&case.ticket) {
                let outcome = attempt(rule, &mut case);
                store::log(tx, line(tx, (task, rule), &case, outcome.as_ref().err().cloned()));
                words.extend(outcome.unwrap_or_default());
                ran = true;
            }
        }
        if ran { told(tx, &mut case, before, words).await } else { Ok(()) }
    }
}

/// Writes what the rules did, with its event and the word that was left.
async fn told(tx: &Tx, case: &mut Case, before: Option<TicketView>, words: Vec<Notification>) -> Result<(), Problem> {
    commands::write(tx, case).await?;
    if case.before.as_ref().is_some_and(|(before, _)| before.stamp.version != case.ticket.stamp.version) {
        let view = TicketView::from(&case.ticket);
        tx.record(event::internal("ticket.updated", &case.ticket).before(&before).after(&view));
    }
    notification::tell_all(tx, &case.rules, words).await
}

/// True when the rule waits for what the task says, and that is still so.
fn concerns(task: &task_entity::Model, trigger: AutomationTrigger, rule: &Automation, case: &Case) -> bool {
    if rule.terms.trigger != trigger {
        return false;
    }
    match task.automation_id {
        None => true,
        Some(id) => id == rule.id.uuid() && rule.terms.ripens(&case.ticket).map(|(anchor, _)| anchor) == task.anchor_at,
    }
}

/// All that a rule does, or nothing of it and why.
pub(super) fn attempt(rule: &Automation, case: &mut Case) -> Result<Vec<Notification>, String> {
    let untouched = case.clone();
    action::apply(&rule.terms.actions, case, By::Rule(&rule.name)).map_err(|fault| {
        *case = untouched;
        fault.code.to_string()
    })
}

fn line(tx: &Tx, (task, rule): (&task_entity::Model, &Automation), case: &Case, refused: Option<String>) -> run_entity::Model {
    run_entity::Model {
        id: new_uuid(),
        task_id: task.id,
        automation_id: rule.id.uuid(),
        automation_version: rule.stamp.version,
        ticket_id: task.ticket_id,
        branch_id: case.ticket.branch_id.map(Into::into),
        depth: task.depth,
        refused,
        ran_at: tx.now(),
    }
}
