//! The worker that brings jobs forward, one slice at a time.
//!
//! A slice's effects and the job's progress are one transaction, guarded by the job's version: a slice that is run twice,
//! after a crash or by two replicas, is committed once. Jobs take turns, so a long one does not hold up a short one.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::TimeDelta;
use futures_util::future::LocalBoxFuture;
use serde_json::Value;

use super::change;
use super::model::{Advance, Job};
use super::store::{self, Visible};
use crate::db::{Db, Tx};
use crate::problem::Problem;
use crate::worker::{Outcome, Worker};

/// How long ended jobs can still be read.
const KEEP: TimeDelta = TimeDelta::days(30);

/// One kind of job. Slices should take about a second at most, so that cancelling and shutting down are prompt.
#[async_trait(?Send)]
pub trait Work: Send + Sync {
    /// The kind of jobs that this does.
    fn kind(&self) -> &'static str;

    /// Does the next slice: reads and computes from [`Slice::job`], then calls [`Slice::commit`] once.
    ///
    /// # Errors
    /// A refusal (4xx) ends the job with that problem. A failure of ours (5xx) or a stale version is tried again later.
    async fn advance(&self, slice: Slice<'_>) -> Result<(), Problem>;
}

/// The right to do one slice of a job.
pub struct Slice<'a> {
    db: &'a Db,
    job: Job,
}

impl Slice<'_> {
    /// The job as it is before this slice: `input`, `position`, `done`.
    #[must_use]
    pub fn job(&self) -> &Job {
        &self.job
    }

    /// The service's database, for reads.
    #[must_use]
    pub fn db(&self) -> &Db {
        self.db
    }

    /// Commits the slice's effects together with the job's progress. `effects` may run more than once.
    ///
    /// # Errors
    /// Those of `effects`; stale when the job was cancelled meanwhile, and then the effects are undone.
    pub async fn commit(self, effects: impl AsyncFn(&Tx) -> Result<Advance, Problem>) -> Result<(), Problem> {
        let Self { db, job } = self;
        db.write("operation.advance", async |tx| {
            let advance = effects(tx).await?;
            let next = job.clone().advanced(&advance, tx.now())?;
            keep(tx, &job, &next).await
        })
        .await
    }
}

/// Saves the next version and, when the job's state changed, its event.
async fn keep(tx: &Tx, current: &Job, next: &Job) -> Result<(), Problem> {
    store::save(tx, next).await?;
    if next.state != current.state {
        let event = match next.state {
            super::State::Queued | super::State::Running => "operation.started",
            super::State::Done => "operation.completed",
            super::State::Failed => "operation.failed",
            super::State::Cancelled => "operation.cancelled",
        };
        tx.record(change(event, Some(current), next));
    }
    Ok(())
}

/// Steps the jobs of one service.
pub struct JobWorker {
    db: Db,
    work: Vec<Arc<dyn Work>>,
}

impl JobWorker {
    #[must_use]
    pub fn new(db: Db, work: Vec<Arc<dyn Work>>) -> Self {
        Self { db, work }
    }

    async fn advance(&self, job: &Job) -> Result<(), Problem> {
        let Some(work) = self.work.iter().find(|work| work.kind() == job.kind) else {
            // A newer release may know the kind: wait for it rather than fail.
            return Err(Problem::unavailable(format!("no work of kind {} in this release", job.kind)));
        };
        let outcome = work.advance(Slice { db: &self.db, job: job.clone() }).await;
        let present = store::find(self.db.read(), Visible::All, job.id).await?;
        if present.version != job.version {
            // Committed, or cancelled meanwhile: either way this slice is over.
            return Ok(());
        }
        outcome.and_then(|()| Err(Problem::unavailable(format!("a slice of {} committed nothing", job.kind))))
    }

    /// A slice did not succeed: try later, or give up.
    async fn settle(&self, job: &Job, problem: &Problem) -> Result<(), Problem> {
        let ours = problem.status().is_server_error() || problem.is_transient() || problem.code() == "stale_version";
        tracing::warn!(operation = %job.id, kind = job.kind, attempts = job.attempts, %problem, "a slice failed");
        let document: Value = serde_json::from_slice(&problem.body(None))?;
        let stored = self.db.write("operation.settle", async |tx| {
            let postponed = if ours { job.clone().postponed(tx.now()) } else { None };
            let next = match postponed {
                Some(postponed) => postponed,
                None => job.clone().failed(document.clone(), tx.now())?,
            };
            keep(tx, job, &next).await
        });
        match stored.await {
            Err(lost) if lost.code() == "stale_version" => Ok(()),
            outcome => outcome,
        }
    }
}

#[async_trait(?Send)]
impl Worker for JobWorker {
    fn name(&self) -> &'static str {
        "operations"
    }

    async fn step(&self) -> Result<Outcome, Problem> {
        let now = self.db.clock().now();
        let Some(job) = store::next_due(self.db.read(), now).await? else { return Ok(Outcome::Idle) };
        if let Err(problem) = self.advance(&job).await {
            self.settle(&job, &problem).await?;
        }
        Ok(Outcome::Worked(1))
    }

    fn woken(&self) -> LocalBoxFuture<'_, ()> {
        Box::pin(self.db.committed().notified())
    }
}

/// Removes jobs that ended a while ago.
pub struct JobPruner {
    db: Db,
}

impl JobPruner {
    #[must_use]
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[async_trait(?Send)]
impl Worker for JobPruner {
    fn name(&self) -> &'static str {
        "operations.prune"
    }

    async fn step(&self) -> Result<Outcome, Problem> {
        let before = self.db.clock().now() - KEEP;
        self.db.write("operation.prune", async |tx| store::prune(tx, before).await).await?;
        Ok(Outcome::Idle)
    }

    fn pause(&self) -> std::time::Duration {
        std::time::Duration::from_secs(3_600)
    }
}
