//! The relay takes committed events from a service's outbox, in order, and hands them to a [`Sink`].
//!
//! The outbox is the truth: a row counts as published only after the sink has taken it, so a crash in between delivers it
//! twice and consumers drop the second by the event's id. Events of one object keep their order, because a batch that
//! fails is delivered again as a whole. Nothing else reads or marks the outbox.

mod nats;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use futures_util::future::LocalBoxFuture;
use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};
use serde::Deserialize;
use uuid::Uuid;

use crate::db::Db;
use crate::metrics;
use crate::outbox::entity::{Column, Entity, Model};
use crate::problem::Problem;
use crate::worker::{Outcome, Worker};

pub use nats::{NatsSink, STREAM};

const BATCH: u64 = 256;
const KEEP: TimeDelta = TimeDelta::hours(24);
const PRUNE_BATCH: u64 = 1_000;

/// One event on its way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    pub id: Uuid,
    /// The service that wrote it.
    pub service: &'static str,
    /// Its type: `ticket.resolved`.
    pub kind: String,
    /// The whole event as JSON text, frozen at commit.
    pub payload: String,
}

#[derive(Deserialize)]
struct Head<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
}

impl Envelope {
    fn of(service: &'static str, row: Model) -> Result<Self, Problem> {
        let kind = serde_json::from_str::<Head<'_>>(&row.payload)?.kind.into_owned();
        Ok(Self { id: row.event_id, service, kind, payload: row.payload })
    }
}

/// Where events go: the events service in the same process, or a message stream.
#[async_trait(?Send)]
pub trait Sink: Send + Sync {
    /// Takes a batch durably, or fails as a whole; taking an event again must do no harm.
    ///
    /// # Errors
    /// When the batch may not have been taken.
    async fn deliver(&self, batch: &[Envelope]) -> Result<(), Problem>;
}

/// The relay of one service.
pub struct Relay {
    db: Db,
    sink: Arc<dyn Sink>,
}

impl Relay {
    #[must_use]
    pub fn new(db: Db, sink: Arc<dyn Sink>) -> Self {
        Self { db, sink }
    }

    async fn unpublished(&self) -> Result<Vec<Model>, Problem> {
        let rows = Entity::find().filter(Column::PublishedAt.is_null()).order_by_asc(Column::Seq).limit(BATCH);
        Ok(rows.all(self.db.read()).await?)
    }

    async fn mark(&self, published: &[i64]) -> Result<(), Problem> {
        self.db
            .write("relay.mark", async |tx| {
                // Exactly those delivered: on PostgreSQL a lower number may be committed later.
                let update = Entity::update_many()
                    .col_expr(Column::PublishedAt, Expr::value(tx.now()))
                    .filter(Column::Seq.is_in(published.iter().copied()));
                update.exec(tx).await?;
                Ok(())
            })
            .await
    }

    async fn report_backlog(&self, taken: u64) -> Result<(), Problem> {
        let waiting = if taken < BATCH { 0 } else { Entity::find().filter(Column::PublishedAt.is_null()).count(self.db.read()).await? };
        metrics::backlog(self.db.service(), waiting);
        Ok(())
    }
}

#[async_trait(?Send)]
impl Worker for Relay {
    fn name(&self) -> &'static str {
        "relay"
    }

    async fn step(&self) -> Result<Outcome, Problem> {
        let rows = self.unpublished().await?;
        if rows.is_empty() {
            metrics::backlog(self.db.service(), 0);
            return Ok(Outcome::Idle);
        }
        let numbers: Vec<i64> = rows.iter().map(|row| row.seq).collect();
        let batch = rows.into_iter().map(|row| Envelope::of(self.db.service(), row)).collect::<Result<Vec<_>, _>>()?;
        self.sink.deliver(&batch).await?;
        self.mark(&numbers).await?;
        let taken = u64::try_from(numbers.len()).unwrap_or(BATCH);
        self.report_backlog(taken).await?;
        Ok(if taken < BATCH { Outcome::Finished(taken) } else { Outcome::Worked(taken) })
    }

    fn pause(&self) -> Duration {
        Duration::from_millis(500)
    }

    fn woken(&self) -> LocalBoxFuture<'_, ()> {
        Box::pin(self.db.committed().notified())
    }
}

/// Removes published events from the outbox after a day; the feed keeps them longer.
pub struct Prune {
    db: Db,
}

impl Prune {
    #[must_use]
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[async_trait(?Send)]
impl Worker for Prune {
    fn name(&self) -> &'static str {
        "outbox.prune"
    }

    async fn step(&self) -> Result<Outcome, Problem> {
        let removed = self
            .db
            .write("outbox.prune", async |tx| {
                let old = Query::select()
                    .column(Column::Seq)
                    .from(Entity)
                    .and_where(Expr::col(Column::PublishedAt).lt(tx.now() - KEEP))
                    .limit(PRUNE_BATCH)
                    .take();
                Ok(Entity::delete_many().filter(Column::Seq.in_subquery(old)).exec(tx).await?.rows_affected)
            })
            .await?;
        Ok(if removed == 0 { Outcome::Idle } else { Outcome::Worked(removed) })
    }

    fn pause(&self) -> Duration {
        Duration::from_secs(600)
    }
}
