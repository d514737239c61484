//! A write transaction: a connection for queries and a list of the changes made so far.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement, TransactionSession};

use super::batch::{self, Write};
use crate::audit;
use crate::caller::Actor;
use crate::outbox::{self, Change};
use crate::problem::Problem;

/// The transaction of one write. Queries go through it as through a connection.
pub struct Tx {
    transaction: DatabaseTransaction,
    now: DateTime<Utc>,
    actor: Actor,
    request_id: Option<String>,
    changes: Mutex<Vec<Change>>,
    pending: Mutex<Vec<Write>>,
}

impl Tx {
    pub(super) fn new(transaction: DatabaseTransaction, now: DateTime<Utc>, actor: Actor, request_id: Option<String>) -> Self {
        Self { transaction, now, actor, request_id, changes: Mutex::default(), pending: Mutex::default() }
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

    /// Sends what was left to later, so that the next statement sees it.
    async fn catch_up(&self) -> Result<(), DbErr> {
        let pending = std::mem::take(&mut *self.pending.lock().unwrap_or_else(PoisonError::into_inner));
        match batch::together(self.get_database_backend(), pending) {
            Some(statement) => self.transaction.execute_raw(statement).await.map(|_| ()),
            None => Ok(()),
        }
    }

    /// Writes the recorded changes and commits; true when there were any.
    pub(super) async fn commit(self, service: &'static str) -> Result<bool, Problem> {
        let changes = std::mem::take(&mut *self.changes.lock().unwrap_or_else(PoisonError::into_inner));
        if !changes.is_empty() {
            self.write_later(outbox::events(service, &changes, &self.actor, self.now)?);
            self.write_later(audit::entries(&changes, &self.actor, self.request_id.as_deref(), self.now));
        }
        self.catch_up().await?;
        TransactionSession::commit(self.transaction).await?;
        Ok(!changes.is_empty())
    }

    pub(super) async fn roll_back(self) {
        if let Err(error) = TransactionSession::rollback(self.transaction).await {
            tracing::debug!(%error, "rolling back failed; the connection is dropped");
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
