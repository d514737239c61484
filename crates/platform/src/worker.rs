//! Background work that can be stepped: a [`Worker`] does what is due now, once; [`Runners`] repeat it.
//!
//! Of all replicas one runs each worker, by lease. A step must be safe to repeat, since a lease can be lost in its middle;
//! nothing due is kept in memory, so work that fell due while no process ran is found by the next step. Tests call
//! [`Worker::step`] themselves and never wait.

use std::hash::{BuildHasher as _, RandomState};
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures_util::future::{Either, LocalBoxFuture, select};
use tokio::task::JoinHandle;

use crate::db::Db;
use crate::health::Health;
use crate::lease::Lease;
use crate::metrics;
use crate::problem::Problem;

/// How long to wait after being woken, so that a busy moment is one batch and not a commit for each row.
const GATHER: Duration = Duration::from_millis(50);
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
const STOP: Duration = Duration::from_secs(20);

/// What one step did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing was due.
    Idle,
    /// So many rows were worked on; more may be due, so the next step follows at once.
    Worked(u64),
    /// So many rows were worked on, and they were all there were.
    Finished(u64),
}

/// One kind of background work.
#[async_trait(?Send)]
pub trait Worker: Send + Sync {
    /// Unique within the service: the name of its lease and its label in metrics.
    fn name(&self) -> &'static str;

    /// Does what is due now, once.
    ///
    /// # Errors
    /// Those of the work; the runner tries again later.
    async fn step(&self) -> Result<Outcome, Problem>;

    /// How long to wait after a step that left nothing due.
    fn pause(&self) -> Duration {
        Duration::from_secs(1)
    }

    /// Returns as soon as there may be work again; the wait ends soon after.
    fn woken(&self) -> LocalBoxFuture<'_, ()> {
        Box::pin(std::future::pending())
    }
}

/// The running workers of one service.
pub struct Runners(Vec<JoinHandle<()>>);

/// Starts each worker on the current thread's runtime; they end when the process drains.
#[must_use]
pub fn start(db: &Db, workers: Vec<Arc<dyn Worker>>, health: &Health) -> Runners {
    let run_one = |worker: Arc<dyn Worker>| {
        let lease = Lease::new(db.clone(), worker.name());
        actix_web::rt::spawn(run(worker, lease, health.clone()))
    };
    Runners(workers.into_iter().map(run_one).collect())
}

impl Runners {
    /// Waits until every worker has finished its step and given up its lease; call after draining began.
    pub async fn ended(self) {
        for runner in self.0 {
            let abort = runner.abort_handle();
            if tokio::time::timeout(STOP, runner).await.is_err() {
                tracing::warn!("a worker's step was cut off");
                abort.abort();
            }
        }
    }
}

async fn run(worker: Arc<dyn Worker>, lease: Lease, health: Health) {
    let mut failures = 0;
    let mut renew_at: Option<Instant> = None;
    while !health.is_draining() {
        let woken = worker.woken();
        let mut woken = pin!(woken);
        // Polled once before the step, so that a wake during the step is not missed.
        let already = futures_util::poll!(woken.as_mut()).is_ready();
        let outcome = leased_step(worker.as_ref(), &lease, &mut renew_at).await;
        failures = if outcome.is_err() { Ord::min(failures + 1, 16) } else { 0 };
        match outcome {
            Ok(Some(Outcome::Worked(_))) => tokio::task::yield_now().await,
            Ok(Some(Outcome::Idle | Outcome::Finished(_))) => {
                let gathered = async {
                    if !already {
                        woken.await;
                    }
                    tokio::time::sleep(GATHER).await;
                };
                rest(jittered(worker.pause()), gathered, &health).await;
            }
            // Whoever holds the lease is woken by the same commits.
            Ok(None) => rest(jittered(lease.term() / 3), std::future::pending(), &health).await,
            Err(problem) => {
                tracing::warn!(worker = worker.name(), failures, %problem, "a step failed and will be tried again");
                rest(jittered(back_off(failures)), std::future::pending(), &health).await;
            }
        }
    }
    if renew_at.is_some()
        && let Err(problem) = lease.release().await
    {
        tracing::debug!(worker = worker.name(), %problem, "the lease could not be given up");
    }
}

/// A step under the lease; nothing when another replica holds it.
async fn leased_step(worker: &dyn Worker, lease: &Lease, renew_at: &mut Option<Instant>) -> Result<Option<Outcome>, Problem> {
    if renew_at.is_none_or(|at| Instant::now() >= at) {
        *renew_at = None;
        if !lease.take().await? {
            return Ok(None);
        }
        *renew_at = Some(Instant::now() + lease.term() / 2);
    }
    let started = Instant::now();
    let outcome = renewing(worker.step(), lease, renew_at).await;
    let label = match &outcome {
        Ok(Outcome::Idle) => "idle",
        Ok(Outcome::Worked(_) | Outcome::Finished(_)) => "worked",
        Err(_) => "failed",
    };
    metrics::step(worker.name(), label, started.elapsed());
    outcome.map(Some)
}

/// Runs a step and renews the lease when the step takes long; a lost lease ends the step.
async fn renewing<F>(step: F, lease: &Lease, renew_at: &mut Option<Instant>) -> Result<Outcome, Problem>
where
    F: Future<Output = Result<Outcome, Problem>>,
{
    let mut step = pin!(step);
    loop {
        let pause = pin!(tokio::time::sleep(lease.term() / 3));
        match select(step.as_mut(), pause).await {
            Either::Left((outcome, _)) => return outcome,
            Either::Right(((), _)) => {
                if !lease.take().await? {
                    *renew_at = None;
                    return Err(Problem::unavailable("the lease was lost"));
                }
                *renew_at = Some(Instant::now() + lease.term() / 2);
            }
        }
    }
}

async fn rest(wait: Duration, woken: impl Future<Output = ()>, health: &Health) {
    tokio::select! {
        () = tokio::time::sleep(wait) => {}
        () = woken => {}
        () = health.draining() => {}
    }
}

fn back_off(failures: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(1 << failures.min(8)).min(LONGEST_PAUSE)
}

/// Between three quarters and five quarters, so that replicas do not step in time.
fn jittered(pause: Duration) -> Duration {
    let share = u32::try_from(RandomState::new().hash_one(0_u8) % 512).unwrap_or(256);
    pause.saturating_mul(768 + share) / 1_024
}
