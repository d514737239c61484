//! A transaction on a connection of its own.
//!
//! One that is dropped before its end closes the connection, which makes the database undo its work.

use async_trait::async_trait;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use tokio::sync::Mutex;

use super::line::failed;
use super::lines::{Lent, Lines};

/// A transaction that has begun.
pub(super) struct Session {
    lent: Mutex<Lent>,
    backend: DbBackend,
}

impl Session {
    /// Begins; on SQLite with the write lock, so that no later statement has to wait for it.
    pub(super) async fn begin(lines: &Lines) -> Result<Self, DbErr> {
        let backend = lines.get_database_backend();
        let mut lent = lines.lend().await?;
        let sql = if backend == DbBackend::Sqlite { "BEGIN IMMEDIATE" } else { "BEGIN" };
        match lent.line().unprepared(sql).await {
            Ok(_) => Ok(Self { lent: Mutex::new(lent), backend }),
            Err(error) => {
                lent.settle(&Err::<(), _>(&error));
                Err(failed(error, false))
            }
        }
    }

    /// Ends by `COMMIT` or `ROLLBACK`; a connection that fails to is closed.
    pub(super) async fn end(self, sql: &str) -> Result<(), DbErr> {
        let mut lent = self.lent.into_inner();
        lent.line().unprepared(sql).await.map_err(|error| failed(error, false))?;
        lent.give_back();
        Ok(())
    }
}

#[async_trait]
impl ConnectionTrait for Session {
    fn get_database_backend(&self) -> DbBackend {
        self.backend
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.lent.lock().await.line().execute(statement).await.map_err(|error| failed(error, false))
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.lent.lock().await.line().unprepared(sql).await.map_err(|error| failed(error, false))
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.lent.lock().await.line().one(statement).await.map_err(|error| failed(error, true))
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.lent.lock().await.line().all(statement).await.map_err(|error| failed(error, true))
    }
}
