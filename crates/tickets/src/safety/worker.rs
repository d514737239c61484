//! Reminders: of a regulator who is to be told, of corrective actions that are due or late, and of checks whether they helped.
//!
//! Of all replicas one runs this, by lease. Each reminder is left together with the instant of the next one.

use std::time::Duration;

use async_trait::async_trait;
use platform::db::{Db, Tx};
use platform::problem::Problem;
use platform::scope::RowScope;
use platform::worker::{Outcome, Worker};
use uuid::Uuid;

use super::action::{self, commands::Deed};
use super::report::{self, commands::Matter};
use crate::notification::model::NotificationClass;
use crate::rulebook::Rules;
use crate::step::Held;

/// Reminders of a kind in one step.
const BATCH: u64 = 100;

/// Leaves reminders.
pub(crate) struct Reminders {
    pub(crate) db: Db,
    pub(crate) rules: Rules,
}

#[async_trait(?Send)]
impl Worker for Reminders {
    fn name(&self) -> &'static str {
        "safety-reminders"
    }

    async fn step(&self) -> Result<Outcome, Problem> {
        let (db, now) = (self.db.read(), self.db.clock().now());
        let mut reports = report::store::to_remind(db, now, BATCH).await?;
        let mut actions = action::store::to_remind(db, now, BATCH).await?;
        if reports.is_empty() && actions.is_empty() {
            return Ok(Outcome::Idle);
        }
        // Reports are held in one order, whoever holds several.
        reports.sort_unstable();
        actions.sort_unstable();
        if !reports.is_empty() {
            self.db.write("safety.remind_of_reports", async |tx| self.remind_of_reports(tx, &reports).await).await?;
        }
        if !actions.is_empty() {
            self.db.write("safety.remind_of_actions", async |tx| self.remind_of_actions(tx, &actions).await).await?;
        }
        Ok(Outcome::Worked(u64::try_from(reports.len() + actions.len()).unwrap_or(BATCH)))
    }

    fn pause(&self) -> Duration {
        Duration::from_secs(30)
    }
}

impl Reminders {
    async fn remind_of_reports(&self, tx: &Tx, due: &[Uuid]) -> Result<(), Problem> {
        for id in due {
            let matter = Matter::resume(tx, &self.rules, &RowScope::All, (*id).into()).await?;
            // The regulator may have been told since it was claimed.
            if let Some(until) = matter.report.owed_until() {
                let tense = if tx.now() < until { "must be told" } else { "had to be told" };
                let text = format!("A regulator {tense} of an injury ({}) by {until:?}.", matter.report.facts.injury_class);
                matter.remind(tx, (NotificationClass::Emergency, &text)).await?;
            }
            report::store::remind(tx, &matter.report).await?;
        }
        Ok(())
    }

    async fn remind_of_actions(&self, tx: &Tx, due: &[(Uuid, Uuid)]) -> Result<(), Problem> {
        for (_, id) in due {
            Deed::resume(tx, &self.rules, &RowScope::All, (*id).into()).await?.remind(tx).await?;
        }
        Ok(())
    }
}
