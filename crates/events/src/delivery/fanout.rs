//! From the feed to deliveries: each endpoint's place in the feed moves on in the transaction that adds what came before it, so that no
//! event is left out and none comes twice.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use platform::db::Db;
use platform::peer::Peers;
use platform::problem::Problem;
use platform::worker::{Outcome, Worker};
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect};

use super::store;
use crate::feed;
use crate::webhook;
use crate::webhook::entity::{Column, Entity};
use crate::webhook::model::{Webhook, WebhookState};

/// Endpoints of one step.
const ENDPOINTS: u64 = 100;
/// Events of one endpoint in one step.
const EVENTS: u64 = 500;

/// Makes deliveries.
pub(crate) struct Fanout {
    pub(crate) db: Db,
    pub(crate) peers: Arc<dyn Peers>,
}

#[async_trait(?Send)]
impl Worker for Fanout {
    fn name(&self) -> &'static str {
        "webhooks.fanout"
    }

    async fn step(&self) -> Result<Outcome, Problem> {
        // Everything up to this position has been committed.
        let head = feed::head(self.db.read()).await?;
        let behind = Entity::find().filter(Column::State.eq(WebhookState::Enabled.as_str())).filter(Column::Position.lt(head));
        let behind = behind.order_by_asc(Column::Position).limit(ENDPOINTS).all(self.db.read()).await?;
        let (mut made, mut more) = (0, false);
        for row in behind {
            let hook = webhook::store::from_row(row)?;
            match self.advance(&hook, head).await {
                Ok((count, full)) => (made, more) = (made + count, more || full),
                Err(problem) => tracing::warn!(webhook = %hook.id, %problem, "an endpoint's events could not be read"),
            }
        }
        Ok(match (made, more) {
            (0, false) => Outcome::Idle,
            (made, true) => Outcome::Worked(made),
            (made, false) => Outcome::Finished(made),
        })
    }

    fn pause(&self) -> Duration {
        Duration::from_millis(500)
    }
}

impl Fanout {
    /// How many events an endpoint is to be told of now, and whether there are more.
    async fn advance(&self, hook: &Webhook, head: i64) -> Result<(u64, bool), Problem> {
        let scope = hook.reader.scope(self.peers.as_ref()).await?;
        let rows = feed::after(self.db.read(), &scope, &hook.wanted(hook.position, EVENTS)).await?;
        let full = u64::try_from(rows.len()) == Ok(EVENTS);
        let last = rows.last().map_or(head, |row| row.position);
        let to = if full { last } else { last.max(head) };
        let now = self.db.clock().now();
        let fresh: Vec<_> = rows.iter().map(|row| store::fresh(hook.id, row, now)).collect();
        self.db
            .write("webhooks.fanout", async |tx| {
                if webhook::store::advance(tx, hook.id, (hook.position, to)).await? {
                    store::insert(tx, fresh.clone()).await?;
                }
                Ok(())
            })
            .await?;
        Ok((u64::try_from(rows.len()).unwrap_or(EVENTS), full))
    }
}
