//! Long work: a command that takes longer than a request may queues a job, answers 202 and names where its progress can
//! be read. The API calls jobs operations: `/v1/operations/{operation_id}`.
//!
//! Invariants: progress and effects of a slice are committed together; an ended job never changes again; an identifier's
//! last byte is the number of the service that owns it. What a job does is the service's own, by [`Work`]. Work that fits
//! into a request does not belong here.

mod entity;
mod http;
mod model;
mod store;
#[cfg(test)]
mod tests;
mod worker;

use serde::Serialize;
use serde_json::Value;

use crate::db::{Db, Tx};
use crate::outbox::Change;
use crate::problem::Problem;

pub use entity::MIGRATION;
pub use http::{CancelOperations, OperationView, Progress, ReadOperations, operations};
pub use model::{Advance, Job, MAX_ATTEMPTS, State, owner, tag};
pub use worker::{JobPruner, JobWorker, Slice, Work};

/// Queues jobs of one service; its handlers find it in the app data.
#[derive(Clone)]
pub struct Jobs {
    db: Db,
    number: u8,
}

impl Jobs {
    /// `number` is the service's own ([`crate::service::Service::number`]).
    #[must_use]
    pub fn new(db: Db, number: u8) -> Self {
        Self { db, number }
    }

    fn db(&self) -> &Db {
        &self.db
    }

    /// Queues a job on behalf of the transaction's actor; it begins once the transaction is committed. Answer with
    /// [`Job::accepted`].
    ///
    /// # Errors
    /// Those of the database; `internal` when the input cannot be written as JSON.
    pub async fn enqueue<T: Serialize>(&self, tx: &Tx, kind: &'static str, input: &T, total: Option<i64>) -> Result<Job, Problem> {
        let now = tx.now();
        let job = Job {
            id: tag(self.number),
            kind: kind.to_owned(),
            state: State::Queued,
            done: 0,
            total,
            input: serde_json::to_value(input)?,
            position: Value::Null,
            result: None,
            problem: None,
            attempts: 0,
            next_at: now,
            requested_by: tx.actor().id,
            version: 1,
            created_at: now,
            updated_at: now,
            finished_at: None,
        };
        store::insert(tx, &job).await?;
        tx.record(change("operation.queued", None, &job));
        Ok(job)
    }
}

/// A job's change of state. Input and position stay inside: they may hold what only the requester may see.
fn change(event: &'static str, before: Option<&Job>, after: &Job) -> Change {
    let change = Change::new(event, "operation", after.id, after.version).after(&OperationView::from(after));
    match before {
        Some(before) => change.before(&OperationView::from(before)),
        None => change,
    }
}
