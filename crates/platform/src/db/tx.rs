//! A write transaction: a connection for queries and a list of the changes made so far.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sea_orm::sea_query::InsertStatement;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};

use super::batch::{self, Write};
use super::session::Session;
use crate::audit;
use crate::caller::Actor;
use crate::outbox::{self, Change};
use crate::problem::Problem;

/// The transaction of one write. Queries go through it as through a connection.
pub struct Tx {
    transaction: Session,
    now: DateTime<Utc>,
    actor: Actor,
    request_id: Option<String>,
    changes: Mutex<Vec<Change>>,
    pending: Mutex<Vec<Write>>,
    /// True once a change has become a write.
    changed: AtomicBool,
    service: &'static str,
}

impl Tx {
    pub(super) fn new(transaction: Session, service: &'static str, now: DateTime<Utc>, actor: Actor, request_id: Option<String>) -> Self {
        let (changes, pending, changed) = (Mutex::default(), Mutex::default(), AtomicBool::default());
        Self { transaction, now, actor, request_id, changes, pending, changed, service }
    }

    /// The instant of this transaction: one for all its rows.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// Notes a change; its event and audit entry are written just before the commit, with those of all others.
    pub fn record(&self, change: Change) {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner).push(change);
    }

    /// Leaves a write whose result nobody needs to be sent with others: before the next statement, or with the recorded
    /// changes at the end. What it violates is that statement's error, so a violation that has an answer of its own is not
    /// left to later.
    pub fn write_later(&self, write: impl Into<Write>) {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner).push(write.into());
    }

    /// What was left to later, as one statement.
    fn left(&self) -> Option<Statement> {
        let pending = std::mem::take(&mut *self.pending.lock().unwrap_or_else(PoisonError::into_inner));
        batch::together(self.get_database_backend(), pending)
    }

    /// Sends what was left to later, so that the next statement sees it.
    async fn catch_up(&self) -> Result<(), DbErr> {
        match self.left() {
            Some(statement) => self.transaction.execute_raw(statement).await.map(|_| ()),
            None => Ok(()),
        }
    }

    /// Leaves the events and audit entries of the recorded changes to later.
    fn leave_changes(&self) -> Result<(), Problem> {
        let changes = std::mem::take(&mut *self.changes.lock().unwrap_or_else(PoisonError::into_inner));
        if !changes.is_empty() {
            self.write_later(outbox::events(self.service, &changes, &self.actor, self.now)?);
            self.write_later(audit::entries(&changes, &self.actor, self.request_id.as_deref(), self.now));
            self.changed.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Sends all that is left with a last insert; true when that returned a row, which is when it wrote one.
    pub(crate) async fn finish_with(&self, last: InsertStatement) -> Result<bool, Problem> {
        self.leave_changes()?;
        self.write_later(last);
        match self.left() {
            Some(statement) => Ok(self.transaction.query_one_raw(statement).await?.is_some()),
            None => Ok(false),
        }
    }

    /// Writes what is left and commits; true when there were changes.
    pub(super) async fn commit(self) -> Result<bool, Problem> {
        self.leave_changes()?;
        self.catch_up().await?;
        self.transaction.end("COMMIT").await?;
        Ok(self.changed.into_inner())
    }

    pub(super) async fn roll_back(self) {
        if let Err(error) = self.transaction.end("ROLLBACK").await {
            tracing::debug!(%error, "rolling back failed; the connection is closed");
        }
    }
}

#[async_trait]
impl ConnectionTrait for Tx {
    fn get_database_backend(&self) -> DbBackend {
        self.transaction.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.catch_up().await?;
        self.transaction.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.catch_up().await?;
        self.transaction.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.catch_up().await?;
        self.transaction.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.catch_up().await?;
        self.transaction.query_all_raw(statement).await
    }
}
