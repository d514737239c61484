//! Counter-proposals that nobody answered in time lapse.
//!
//! Of all replicas one runs this, by lease. A reader sees the lapse by the clock; the worker records it, so that events tell.

use std::time::Duration;

use async_trait::async_trait;
use platform::db::{Db, Tx};
use platform::problem::Problem;
use platform::scope::RowScope;
use platform::stamp::Touch;
use platform::worker::{Outcome, Worker};
use uuid::Uuid;

use super::commands::Matter;
use super::store;
use crate::notification::model::NotificationClass;
use crate::notification::{self, Notification, Recipient};
use crate::rulebook::Rules;
use crate::step::Held;

/// Requests in one step.
const BATCH: u64 = 100;

/// Lets counter-proposals lapse.
pub(crate) struct Lapses {
    pub(crate) db: Db,
    pub(crate) rules: Rules,
}

#[async_trait(?Send)]
impl Worker for Lapses {
    fn name(&self) -> &'static str {
        "scheduling-lapses"
    }

    async fn step(&self) -> Result<Outcome, Problem> {
        let mut due = store::lapsed(self.db.read(), self.db.clock().now(), BATCH).await?;
        if due.is_empty() {
            return Ok(Outcome::Idle);
        }
        // Tickets are held in one order, whoever holds several.
        due.sort_by_key(|(_, ticket)| *ticket);
        self.db.write("scheduling.lapse", async |tx| self.lapse(tx, &due).await).await?;
        Ok(Outcome::Worked(u64::try_from(due.len()).unwrap_or(BATCH)))
    }

    fn pause(&self) -> Duration {
        Duration::from_secs(5)
    }
}

impl Lapses {
    async fn lapse(&self, tx: &Tx, due: &[(Uuid, Uuid)]) -> Result<(), Problem> {
        for (id, _) in due {
            let mut matter = Matter::resume(tx, &self.rules, &RowScope::All, (*id).into()).await?;
            // It may have been answered since it was claimed.
            if let Some(expired) = matter.request.clone().expire(Touch::of(tx)) {
                matter.request = expired;
                matter.write(tx, "scheduling_request.expired").await?;
                tell_assignee(tx, &matter).await?;
            }
        }
        Ok(())
    }
}

/// Whoever works on the ticket learns that nobody answered.
async fn tell_assignee(tx: &Tx, matter: &Matter) -> Result<(), Problem> {
    let ticket = &matter.case.ticket;
    let Some(assignee) = ticket.assignee_id else { return Ok(()) };
    let text = "A counter-proposal lapsed without an answer.";
    let word = Notification::of_ticket(ticket, Recipient::User(assignee), NotificationClass::Alert, text);
    notification::tell(tx, &matter.case.rules, word.subject(Some(matter.request.subject()))).await
}
