//! A job's life: queued, running slice by slice, and one of three ends. Pure.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::Fault;
use kernel::id::OperationId;
use kernel::words;
use serde_json::Value;
use uuid::Uuid;

/// How often in a row a slice may fail for a reason of ours before the job does.
pub const MAX_ATTEMPTS: i32 = 8;

words! {
    /// Where a job is in its life.
    pub enum State {
        Queued = "queued",
        Running = "running",
        Done = "done",
        Failed = "failed",
        Cancelled = "cancelled",
    }
}

/// What can happen to a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Advance,
    Finish,
    Fail,
    Cancel,
}

impl State {
    pub(super) const fn after(self, step: Step) -> Option<Self> {
        match (self, step) {
            (Self::Queued | Self::Running, Step::Advance) => Some(Self::Running),
            (Self::Queued | Self::Running, Step::Finish) => Some(Self::Done),
            (Self::Queued | Self::Running, Step::Fail) => Some(Self::Failed),
            (Self::Queued | Self::Running, Step::Cancel) => Some(Self::Cancelled),
            (Self::Done | Self::Failed | Self::Cancelled, Step::Advance | Step::Finish | Step::Fail | Step::Cancel) => None,
        }
    }

    /// True when nothing more will happen.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }
}

/// How far one slice brought the work.
#[derive(Clone, Debug, PartialEq)]
pub enum Advance {
    /// There is more to do: `position` is where the next slice begins.
    More { done: i64, total: Option<i64>, position: Value },
    /// All is done; the result is shown to whoever asked.
    Done(Value),
}

/// One long piece of work that a caller asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    pub id: OperationId,
    /// What is done, such as `bill_run`.
    pub kind: String,
    pub state: State,
    pub done: i64,
    pub total: Option<i64>,
    /// What was asked for.
    pub input: Value,
    /// Where the next slice begins; null before the first.
    pub position: Value,
    pub result: Option<Value>,
    pub problem: Option<Value>,
    /// Failures in a row.
    pub attempts: i32,
    pub next_at: DateTime<Utc>,
    pub requested_by: Uuid,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
}

impl Job {
    fn step(mut self, step: Step, now: DateTime<Utc>) -> Result<Self, Fault> {
        let verb = match step {
            Step::Advance => "advance",
            Step::Finish => "finish",
            Step::Fail => "fail",
            Step::Cancel => "cancel",
        };
        let next = self.state.after(step).ok_or_else(|| Fault::illegal_transition::<&str>(verb, self.state.as_str(), []))?;
        self.state = next;
        self.version += 1;
        self.updated_at = now;
        if next.is_final() {
            self.finished_at = Some(now);
        }
        Ok(self)
    }

    /// Takes over what a slice did.
    ///
    /// # Errors
    /// 409 when the job has ended.
    pub(super) fn advanced(self, advance: &Advance, now: DateTime<Utc>) -> Result<Self, Fault> {
        match advance {
            Advance::More { done, total, position } => {
                let mut next = self.step(Step::Advance, now)?;
                (next.done, next.total, next.position) = (*done, total.or(next.total), position.clone());
                (next.attempts, next.next_at) = (0, now);
                Ok(next)
            }
            Advance::Done(result) => {
                let mut next = self.step(Step::Finish, now)?;
                next.done = next.total.unwrap_or(next.done);
                next.result = Some(result.clone());
                Ok(next)
            }
        }
    }

    /// Ends with a problem document.
    ///
    /// # Errors
    /// 409 when the job has ended.
    pub(super) fn failed(self, problem: Value, now: DateTime<Utc>) -> Result<Self, Fault> {
        let mut next = self.step(Step::Fail, now)?;
        next.problem = Some(problem);
        Ok(next)
    }

    /// Notes a failure of ours and waits longer each time; none when it has happened too often.
    pub(super) fn postponed(mut self, now: DateTime<Utc>) -> Option<Self> {
        self.attempts += 1;
        if self.attempts >= MAX_ATTEMPTS {
            return None;
        }
        self.next_at = now + TimeDelta::seconds(1_i64 << self.attempts.clamp(0, 8));
        self.version += 1;
        self.updated_at = now;
        Some(self)
    }

    /// Stops before the next slice; what has been committed stays.
    ///
    /// # Errors
    /// 409 when the job has ended.
    pub(super) fn cancelled(self, now: DateTime<Utc>) -> Result<Self, Fault> {
        self.step(Step::Cancel, now)
    }
}

/// A fresh identifier that names the owning service in its last byte, so that a gateway can route by it.
#[must_use]
pub fn tag(number: u8) -> OperationId {
    let mut bytes = OperationId::generate().uuid().into_bytes();
    if let Some(last) = bytes.last_mut() {
        *last = number;
    }
    OperationId::from_uuid(Uuid::from_bytes(bytes))
}

/// The number of the service that owns a job.
#[must_use]
pub fn owner(id: OperationId) -> u8 {
    id.uuid().into_bytes().last().copied().unwrap_or_default()
}
