//! The feed: events by position, changes by position, for thirty days.
//!
//! Positions are given under a lock on one row, so that a reader who has seen a position never misses an earlier one that
//! commits later. An event delivered twice is kept once. Customers see only what was marked for the portal, without data.

mod consumer;
mod entity;
mod http;
mod store;
#[cfg(test)]
mod tests;

use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use platform::db::Db;
use platform::migration::{Migration, table};
use platform::problem::Problem;
use platform::worker::{Outcome, Worker};
use sea_orm_migration::schema::{big_integer, boolean, integer, string, text, timestamp_with_time_zone, uuid, uuid_null};

use crate::delivery;

pub use consumer::consume;
pub(crate) use entity::Model as Row;
pub(crate) use http::{envelope, hidden_from, operations};
pub(crate) use store::{Wanted, after, by_event, head, position_at};

/// How long events are kept.
const KEEP: TimeDelta = TimeDelta::days(30);

/// The feed of one deployment.
#[derive(Clone)]
pub struct Feed {
    db: Db,
}

impl Feed {
    #[must_use]
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    /// Adds event envelopes (JSON texts as the outbox froze them), in order; those known already are left out.
    ///
    /// # Errors
    /// 503 when the database refuses; nothing of the batch is kept then.
    pub async fn add(&self, envelopes: &[String]) -> Result<(), Problem> {
        store::add(&self.db, envelopes).await
    }
}

/// Removes events that are older than they need to be kept, and what became of sending them.
pub(super) struct Pruning {
    db: Db,
}

impl Pruning {
    pub(super) fn new(db: Db) -> Self {
        Self { db }
    }
}

#[async_trait(?Send)]
impl Worker for Pruning {
    fn name(&self) -> &'static str {
        "events.prune"
    }

    async fn step(&self) -> Result<Outcome, Problem> {
        let before = self.db.clock().now() - KEEP;
        let removed = store::prune(&self.db, before).await? + delivery::store::prune(&self.db, before).await?;
        Ok(if removed == 0 { Outcome::Idle } else { Outcome::Finished(removed) })
    }

    fn pause(&self) -> Duration {
        Duration::from_secs(600)
    }
}

pub(super) const MIGRATION: Migration = Migration {
    name: "m0001_create_feed",
    tables: || {
        let feed = table("feed")
            .col(big_integer("position").primary_key())
            .col(uuid("event_id"))
            .col(string("event"))
            .col(string("subject_type"))
            .col(uuid("subject_id"))
            .col(big_integer("sequence"))
            .col(uuid_null("account_id"))
            .col(uuid_null("site_id"))
            .col(uuid_null("branch_id"))
            .col(boolean("portal"))
            .col(boolean("deleted"))
            .col(timestamp_with_time_zone("recorded_at"))
            .col(text("payload"))
            .take();
        let head = table("feed_head").col(integer("id").primary_key()).col(big_integer("position")).take();
        vec![feed, head]
    },
    statements: |_| {
        [
            "CREATE UNIQUE INDEX feed_event_id ON feed (event_id)",
            "CREATE INDEX feed_subject ON feed (subject_id, position)",
            "CREATE INDEX feed_account ON feed (account_id, position)",
            "CREATE INDEX feed_event ON feed (event, position)",
            "CREATE INDEX feed_recorded_at ON feed (recorded_at)",
            "INSERT INTO feed_head (id, position) VALUES (1, 0)",
        ]
        .map(str::to_owned)
        .to_vec()
    },
};
