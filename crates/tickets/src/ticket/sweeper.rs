//! What happens to tickets by itself: put-aside ones come back, resolved ones close.

use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use platform::db::{Db, Tx};
use platform::problem::Problem;
use platform::worker::{Outcome, Worker};
use sea_orm::sea_query::{Expr, SimpleExpr};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::commands;
use super::entity::{Column, Entity};
use super::model::Move;
use crate::obligation::recalculation;
use crate::rulebook::Rules;
use crate::vocabulary::Status;

/// Tickets in one step.
const BATCH: u64 = 100;

/// Wakes and closes tickets.
pub(crate) struct Sweeper {
    pub(crate) db: Db,
    pub(crate) rules: Rules,
}

#[async_trait(?Send)]
impl Worker for Sweeper {
    fn name(&self) -> &'static str {
        "tickets-sweeper"
    }

    async fn step(&self) -> Result<Outcome, Problem> {
        let now = self.db.clock().now();
        let rules = self.rules.current(self.db.read()).await?;
        let closing = now - TimeDelta::seconds(rules.settings.auto_close_s);
        // The states are written out, so that a database that plans without seeing values can use the partial indexes.
        let mut due = self.due("status = 'scheduled'", Column::WakeAt.lte(now)).await?;
        due.extend(self.due("status = 'resolved'", Column::ResolvedAt.lte(closing)).await?);
        if due.is_empty() {
            return Ok(Outcome::Idle);
        }
        self.db.write("tickets.sweep", async |tx| self.sweep(tx, &due).await).await?;
        Ok(Outcome::Worked(u64::try_from(due.len()).unwrap_or(BATCH)))
    }

    fn pause(&self) -> Duration {
        Duration::from_secs(5)
    }
}

impl Sweeper {
    async fn due(&self, status: &'static str, since: SimpleExpr) -> Result<Vec<Uuid>, Problem> {
        let of_status = Entity::find().select_only().column(Column::Id).filter(Expr::cust(status)).filter(since);
        Ok(of_status.filter(Column::DeletedAt.is_null()).limit(BATCH).into_tuple().all(self.db.read()).await?)
    }

    async fn sweep(&self, tx: &Tx, due: &[Uuid]) -> Result<(), Problem> {
        let rules = self.rules.current(tx).await?;
        let closing = tx.now() - TimeDelta::seconds(rules.settings.auto_close_s);
        let mut cases = recalculation::cases(tx, &rules, due).await?;
        for case in &mut cases {
            let ticket = &case.ticket;
            match ticket.status {
                Status::Scheduled if ticket.wake_at.is_some_and(|at| at <= tx.now()) => {
                    let reason = Some("The time it was put aside for has come.".to_owned());
                    case.move_to(&Move { reason, ..Move::to(Status::Open) }, false)?;
                }
                Status::Resolved if ticket.resolved_at.is_some_and(|at| at <= closing) => case.move_to(&Move::to(Status::Closed), false)?,
                _ => {}
            }
        }
        commands::write_all(tx, &mut cases).await
    }
}
