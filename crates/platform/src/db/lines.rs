//! The connections of one database, each lent to one statement or transaction at a time.
//!
//! sqlx's own pool asks every connection that comes back for a sign of life, which on either database is a round trip for
//! each statement. Here a connection comes back as it is after its statement was answered, and is closed when it was not:
//! because it broke, or because whoever waited went away. What a closed connection had begun is rolled back by the database.

use std::borrow::Borrow;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use sea_orm::{ConnAcquireErr, ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::line::{Line, Target, failed, survives};

/// A handle on the connections; clones share them. Queries go through it as through one connection, each on its own.
#[derive(Clone)]
pub struct Lines {
    inner: Arc<Inner>,
}

struct Inner {
    target: Target,
    free: Mutex<Vec<Line>>,
    permits: Arc<Semaphore>,
    /// How long to wait for a connection.
    patience: Duration,
}

impl Lines {
    pub(super) fn new(target: Target, most: u32, patience: Duration) -> Self {
        let permits = Arc::new(Semaphore::new(usize::try_from(most).unwrap_or(1)));
        Self { inner: Arc::new(Inner { target, free: Mutex::default(), permits, patience }) }
    }

    /// A connection for as long as it is needed, opened when none is free.
    pub(super) async fn lend(&self) -> Result<Lent, DbErr> {
        let waited = tokio::time::timeout(self.inner.patience, Arc::clone(&self.inner.permits).acquire_owned()).await;
        let permit = waited.map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?;
        let permit = permit.map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed))?;
        let free = self.inner.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let line = match free {
            Some(line) => line,
            None => Line::open(&self.inner.target).await?,
        };
        Ok(Lent { line, lines: Arc::clone(&self.inner), permit })
    }
}

/// A lent connection; closed when it is dropped instead of given back.
pub(super) struct Lent {
    line: Line,
    lines: Arc<Inner>,
    permit: OwnedSemaphorePermit,
}

impl Lent {
    pub(super) fn line(&mut self) -> &mut Line {
        &mut self.line
    }

    pub(super) fn give_back(self) {
        let Self { line, lines, permit } = self;
        lines.free.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        drop(permit);
    }

    /// Gives the connection back unless the outcome shows that it is broken.
    pub(super) fn settle<T>(self, outcome: &Result<T, impl Borrow<sqlx::Error>>) {
        match outcome {
            Err(error) if !survives(error.borrow()) => {
                // What broke this one has most likely broken those that are free.
                self.lines.free.lock().unwrap_or_else(PoisonError::into_inner).clear();
            }
            _ => self.give_back(),
        }
    }
}

#[async_trait]
impl ConnectionTrait for Lines {
    fn get_database_backend(&self) -> DbBackend {
        match self.inner.target {
            Target::Sqlite(_) => DbBackend::Sqlite,
            Target::Postgres(_) => DbBackend::Postgres,
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let mut lent = self.lend().await?;
        let outcome = lent.line().execute(statement).await;
        lent.settle(&outcome);
        outcome.map_err(|error| failed(error, false))
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let mut lent = self.lend().await?;
        let outcome = lent.line().unprepared(sql).await;
        lent.settle(&outcome);
        outcome.map_err(|error| failed(error, false))
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let mut lent = self.lend().await?;
        let outcome = lent.line().one(statement).await;
        lent.settle(&outcome);
        outcome.map_err(|error| failed(error, true))
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let mut lent = self.lend().await?;
        let outcome = lent.line().all(statement).await;
        lent.settle(&outcome);
        outcome.map_err(|error| failed(error, true))
    }
}
