//! A write transaction: a connection for queries and a list of the changes made so far.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement, TransactionSession};

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
}

impl Tx {
    pub(super) fn new(transaction: DatabaseTransaction, now: DateTime<Utc>, actor: Actor, request_id: Option<String>) -> Self {
        Self { transaction, now, actor, request_id, changes: Mutex::default() }
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

    /// Notes a change; its event and audit entry are written just before the commit, in one statement each.
    pub fn record(&self, change: Change) {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner).push(change);
    }

    /// Writes the recorded changes and commits; true when there were any.
    pub(super) async fn commit(self, service: &'static str) -> Result<bool, Problem> {
        let changes = std::mem::take(&mut *self.changes.lock().unwrap_or_else(PoisonError::into_inner));
        if !changes.is_empty() {
            outbox::append(&self.transaction, service, &changes, &self.actor, self.now).await?;
            audit::append(&self.transaction, &changes, &self.actor, self.request_id.as_deref(), self.now).await?;
        }
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
        self.transaction.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.transaction.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.transaction.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.transaction.query_all_raw(statement).await
    }
}
