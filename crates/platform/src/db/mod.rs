//! One service's database: reads on a pool, writes in named, measured, retried transactions.
//!
//! SQLite has one writer connection and a few read-only readers (WAL, foreign keys, durable commits), PostgreSQL one
//! pool. A write begins with its write lock (SQLite: IMMEDIATE), runs the closure, adds the recorded changes to outbox
//! and audit, and commits; on busy, deadlock or serialisation failure the whole closure runs again, so it must have no
//! effect beside the transaction. Nothing else in the workspace begins a transaction.

mod batch;
mod connect;
mod line;
mod lines;
mod session;
mod tx;

use std::sync::Arc;
use std::time::{Duration, Instant};

use kernel::Clock;
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend};

use crate::caller::{Actor, Caller, Unnamed};
use crate::idempotency;
use crate::metrics;
use crate::problem::Problem;
use crate::reply::Reply;

pub use batch::Write;
pub use connect::{Durability, Location, Pools};
pub use lines::Lines;
pub use tx::Tx;

const ATTEMPTS: u32 = 8;

/// A handle; clones share the pools.
#[derive(Clone)]
pub struct Db {
    inner: Arc<Inner>,
}

struct Inner {
    service: &'static str,
    write: Lines,
    read: Lines,
    migrations: DatabaseConnection,
    clock: Clock,
    committed: tokio::sync::Notify,
}

/// Who gives a command, as it is recorded, and where its answer is kept.
struct Issuer<'a> {
    actor: &'a Actor,
    request_id: Option<&'a str>,
    slot: Option<idempotency::Slot>,
}

impl<'a> Issuer<'a> {
    fn of<P>(caller: &'a Caller<P>, slot: Option<idempotency::Slot>) -> Self {
        Self { actor: caller.actor(), request_id: Some(caller.context().request_id.as_str()), slot }
    }
}

impl Db {
    /// Opens the pools of one service.
    ///
    /// # Errors
    /// 503 when the database cannot be reached or created.
    pub async fn open(service: &'static str, location: &Location, pools: &Pools, clock: Clock) -> Result<Self, Problem> {
        let connect::Opened { write, read, migrations } = connect::open(service, location, pools).await?;
        Ok(Self { inner: Arc::new(Inner { service, write, read, migrations, clock, committed: tokio::sync::Notify::new() }) })
    }

    /// The connections for reads; on SQLite they cannot write.
    #[must_use]
    pub fn read(&self) -> &Lines {
        &self.inner.read
    }

    /// The connection that migrations run on.
    #[must_use]
    pub fn migrations(&self) -> &DatabaseConnection {
        &self.inner.migrations
    }

    #[must_use]
    pub fn backend(&self) -> DbBackend {
        self.inner.write.get_database_backend()
    }

    #[must_use]
    pub fn service(&self) -> &'static str {
        self.inner.service
    }

    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// Wakes whenever a write has recorded changes; the relay waits for it.
    #[must_use]
    pub fn committed(&self) -> &tokio::sync::Notify {
        &self.inner.committed
    }

    /// A write by Liaison itself: a worker, a relay, start-up.
    ///
    /// # Errors
    /// Those of `work`; 503 when the database stays busy.
    pub async fn write<T>(&self, name: &'static str, work: impl AsyncFn(&Tx) -> Result<T, Problem>) -> Result<T, Problem> {
        self.attempt(name, &Actor::system(self.inner.service), None, &work).await
    }

    /// A write by a named principal outside a command, such as a person who signs in.
    ///
    /// # Errors
    /// Those of `work`; 503 when the database stays busy.
    pub async fn write_as<T>(
        &self,
        actor: &Actor,
        name: &'static str,
        work: impl AsyncFn(&Tx) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        self.attempt(name, actor, None, &work).await
    }

    /// A write on behalf of a caller. With an idempotency key, the answer is stored in the same transaction and a
    /// repetition of the request gets it back; what `work` did for the repetition is undone, because the key is taken. First
    /// requests are many and repetitions are few, so the key is not looked up before the work.
    ///
    /// # Errors
    /// Those of `work`; 422 `idempotency_mismatch`; 503 when the database stays busy.
    pub async fn command<P>(
        &self,
        caller: &Caller<P>,
        name: &'static str,
        work: impl AsyncFn(&Tx) -> Result<Reply, Problem>,
    ) -> Result<Reply, Problem> {
        let issuer = Issuer::of(caller, idempotency::Slot::of(caller.actor().id, caller.context(), idempotency::KEEP)?);
        self.kept(&issuer, name, work).await
    }

    /// A [`command`](Self::command) of which nothing says who gave it: events, audit entries and the record of its key name
    /// `office` in place of the caller.
    ///
    /// # Errors
    /// Those of a command.
    pub async fn unnamed_command<P>(
        &self,
        caller: &Unnamed<P>,
        (office, name): (&'static str, &'static str),
        work: impl AsyncFn(&Tx) -> Result<Reply, Problem>,
    ) -> Result<Reply, Problem> {
        let actor = Actor::system(office);
        let slot = idempotency::Slot::of(actor.id, caller.context(), idempotency::KEEP)?;
        self.kept(&Issuer { actor: &actor, request_id: None, slot }, name, work).await
    }

    /// A [`command`](Self::command) whose answer is kept for thirty days instead of two.
    ///
    /// # Errors
    /// Those of a command.
    pub async fn lasting_command<P>(
        &self,
        caller: &Caller<P>,
        name: &'static str,
        work: impl AsyncFn(&Tx) -> Result<Reply, Problem>,
    ) -> Result<Reply, Problem> {
        let issuer = Issuer::of(caller, idempotency::Slot::of(caller.actor().id, caller.context(), idempotency::KEEP_LONG)?);
        self.kept(&issuer, name, work).await
    }

    async fn kept(
        &self,
        Issuer { actor, request_id, slot }: &Issuer<'_>,
        name: &'static str,
        work: impl AsyncFn(&Tx) -> Result<Reply, Problem>,
    ) -> Result<Reply, Problem> {
        let Some(slot) = slot else {
            return self.attempt(name, actor, *request_id, &work).await;
        };
        let once = async |tx: &Tx| {
            let reply = work(tx).await?;
            idempotency::store(tx, slot, &reply).await?;
            Ok(reply)
        };
        match self.attempt(name, actor, *request_id, &once).await {
            Ok(reply) => Ok(reply),
            // Carried out before, or by a race that it won: then that answer is this one's too, whatever refused it now.
            Err(problem) => match idempotency::replay(self.read(), slot, self.inner.clock.now()).await? {
                Some(reply) => Ok(reply),
                None => Err(problem),
            },
        }
    }

    /// The stored answer of a repeated request, for a handler that asks peers before its command: what they are asked must
    /// not be asked again.
    ///
    /// # Errors
    /// 422 `idempotency_mismatch`; 503 when the database cannot be read.
    pub async fn replayed<P>(&self, caller: &Caller<P>) -> Result<Option<Reply>, Problem> {
        match idempotency::Slot::of(caller.actor().id, caller.context(), idempotency::KEEP)? {
            Some(slot) => idempotency::replay(self.read(), &slot, self.inner.clock.now()).await,
            None => Ok(None),
        }
    }

    async fn attempt<T>(
        &self,
        name: &'static str,
        actor: &Actor,
        request_id: Option<&str>,
        work: &impl AsyncFn(&Tx) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let started = Instant::now();
        let mut retries = 0;
        loop {
            let outcome = self.once(actor, request_id, work).await;
            match outcome {
                Err(problem) if problem.is_transient() && retries + 1 < ATTEMPTS => {
                    retries += 1;
                    tokio::time::sleep(backoff(retries)).await;
                }
                outcome => {
                    metrics::write(name, if outcome.is_ok() { "committed" } else { "refused" }, retries, started.elapsed());
                    return outcome;
                }
            }
        }
    }

    async fn once<T>(&self, actor: &Actor, request_id: Option<&str>, work: &impl AsyncFn(&Tx) -> Result<T, Problem>) -> Result<T, Problem> {
        let session = session::Session::begin(&self.inner.write).await?;
        let tx = Tx::new(session, self.inner.service, self.inner.clock.now(), actor.clone(), request_id.map(str::to_owned));
        match work(&tx).await {
            Ok(value) => {
                if tx.commit().await? {
                    self.inner.committed.notify_waiters();
                }
                Ok(value)
            }
            Err(problem) => {
                tx.roll_back().await;
                Err(problem)
            }
        }
    }
}

/// 2, 4, 8 ... ms: writers that collide are few and short.
fn backoff(retry: u32) -> Duration {
    Duration::from_millis(1 << retry.min(7))
}
