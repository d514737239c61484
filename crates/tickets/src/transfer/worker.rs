//! Ending transfers that nobody took in time.
//!
//! The giver keeps the ticket and owns its misses; whoever leads him is told. An offer whose ticket went another way meanwhile
//! is withdrawn without a word.

use std::time::Duration;

use async_trait::async_trait;
use platform::db::{Db, Tx};
use platform::problem::Problem;
use platform::stamp::Touch;
use platform::worker::{Outcome, Worker};
use uuid::Uuid;

use super::http::changed;
use super::model::Transfer;
use super::{store, word};
use crate::obligation::recalculation;
use crate::rulebook::Rules;
use crate::ticket::case::Case;
use crate::ticket::commands;
use crate::vocabulary::{Cause, ObligationKind};

/// Transfers in one step.
const BATCH: u64 = 100;

/// Expires transfers.
pub(crate) struct Expiry {
    pub(crate) db: Db,
    pub(crate) rules: Rules,
}

#[async_trait(?Send)]
impl Worker for Expiry {
    fn name(&self) -> &'static str {
        "transfers-expiry"
    }

    async fn step(&self) -> Result<Outcome, Problem> {
        let overdue = store::overdue(self.db.read(), self.db.clock().now(), BATCH).await?;
        if overdue.is_empty() {
            return Ok(Outcome::Idle);
        }
        self.db.write("transfers.expire", async |tx| self.expire(tx, &overdue).await).await?;
        Ok(Outcome::Worked(u64::try_from(overdue.len()).unwrap_or(BATCH)))
    }

    fn pause(&self) -> Duration {
        Duration::from_secs(5)
    }
}

impl Expiry {
    async fn expire(&self, tx: &Tx, overdue: &[Transfer]) -> Result<(), Problem> {
        let rules = self.rules.current(tx).await?;
        let tickets: Vec<Uuid> = overdue.iter().map(|one| one.ticket_id.uuid()).collect();
        let mut cases = recalculation::cases(tx, &rules, &tickets).await?;
        // Read again now that the tickets are held: somebody may have taken one meanwhile.
        let ids: Vec<Uuid> = overdue.iter().map(|one| one.id.uuid()).collect();
        for transfer in store::open_among(tx, &ids).await? {
            if let Some(case) = cases.iter_mut().find(|case| case.ticket.id == transfer.ticket_id) {
                end(tx, case, transfer).await?;
            }
        }
        Ok(())
    }
}

async fn end(tx: &Tx, case: &mut Case, transfer: Transfer) -> Result<(), Problem> {
    let stands = transfer.still_stands(&case.ticket);
    let promised = case.promises.about(transfer.subject(), ObligationKind::TransferAccept).find_map(|one| one.due_at);
    if stands && promised.is_some_and(|due| tx.now() <= due) {
        return Ok(());
    }
    case.release(transfer.subject(), Cause::Withdrawn);
    let (event, ended) = if stands {
        ("transfer.expired", transfer.expire(Touch::of(tx))?)
    } else {
        ("transfer.withdrawn", transfer.withdraw(Touch::of(tx))?)
    };
    store::save(tx, &ended).await?;
    commands::write(tx, case).await?;
    tx.record(changed(event, &ended, &case.ticket));
    word::decided(tx, case, &ended).await
}
