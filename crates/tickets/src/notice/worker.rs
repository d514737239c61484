//! Notices that nobody answered in time expire.
//!
//! Of all replicas one runs this, by lease. A reader sees it by the clock; the worker records it, so that events tell.

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
use crate::rulebook::Rules;
use crate::step::Held;

/// Notices in one step.
const BATCH: u64 = 100;

/// Lets notices expire.
pub(crate) struct Expiries {
    pub(crate) db: Db,
    pub(crate) rules: Rules,
}

#[async_trait(?Send)]
impl Worker for Expiries {
    fn name(&self) -> &'static str {
        "notice-expiries"
    }

    async fn step(&self) -> Result<Outcome, Problem> {
        let mut due = store::lapsed(self.db.read(), self.db.clock().now(), BATCH).await?;
        if due.is_empty() {
            return Ok(Outcome::Idle);
        }
        // Rows are held in one order, whoever holds several.
        due.sort_unstable();
        self.db.write("notices.expire", async |tx| self.expire(tx, &due).await).await?;
        Ok(Outcome::Worked(u64::try_from(due.len()).unwrap_or(BATCH)))
    }

    fn pause(&self) -> Duration {
        Duration::from_secs(5)
    }
}

impl Expiries {
    async fn expire(&self, tx: &Tx, due: &[Uuid]) -> Result<(), Problem> {
        for id in due {
            let mut matter = Matter::resume(tx, &self.rules, &RowScope::All, (*id).into()).await?;
            // It may have been answered since it was claimed.
            if let Some(expired) = matter.notice.clone().expire(Touch::of(tx)) {
                matter.ended(tx, expired);
                matter.write(tx, "notice.expired").await?;
            }
        }
        Ok(())
    }
}
