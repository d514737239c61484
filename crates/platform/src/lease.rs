//! Leases: of all replicas, one at a time does a piece of background work.
//!
//! A lease is a row with an owner and an end. Taking, renewing and taking over is one statement that succeeds for one
//! owner only, on both databases. Leases follow real time, also when the business clock is set by a test.

use std::time::Duration;

use chrono::TimeDelta;
use kernel::Clock;
use kernel::id::new_uuid;
use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};

use crate::db::Db;
use crate::problem::Problem;

/// How long a lease holds without being renewed: the longest pause after a crash.
pub const TERM: Duration = Duration::from_secs(15);

const TAKE: &str = "INSERT INTO lease (name, owner, until) VALUES ($1, $2, $3) \
    ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until = excluded.until \
    WHERE lease.owner = excluded.owner OR lease.until < $4";
const RELEASE: &str = "DELETE FROM lease WHERE name = $1 AND owner = $2";

/// Ends every lease of a SQLite database, which belongs to the one process that has just started: whoever held one is dead. A server may
/// have other processes, so its leases stay.
///
/// # Errors
/// 503 when the database does not answer.
pub async fn end_all(db: &Db) -> Result<(), Problem> {
    if db.backend() != DbBackend::Sqlite {
        return Ok(());
    }
    db.write("lease.end_all", async |tx| tx.execute_unprepared("DELETE FROM lease").await.map(|_| ()).map_err(Problem::from)).await
}

/// One owner's claim to a name.
#[derive(Clone)]
pub struct Lease {
    db: Db,
    name: String,
    owner: String,
    term: Duration,
    wall: Clock,
}

impl Lease {
    /// A claim by a new owner; nothing is taken yet.
    #[must_use]
    pub fn new(db: Db, name: impl Into<String>) -> Self {
        Self { db, name: name.into(), owner: new_uuid().to_string(), term: TERM, wall: Clock::default() }
    }

    /// Another term, for tests.
    #[must_use]
    pub fn with_term(mut self, term: Duration) -> Self {
        self.term = term;
        self
    }

    #[must_use]
    pub fn term(&self) -> Duration {
        self.term
    }

    /// Takes or renews the lease; false while another owner holds it.
    ///
    /// # Errors
    /// 503 when the database does not answer.
    pub async fn take(&self) -> Result<bool, Problem> {
        let now = self.wall.now();
        let until = now + TimeDelta::from_std(self.term).unwrap_or_default();
        let values: [Value; 4] = [self.name.clone().into(), self.owner.clone().into(), until.into(), now.into()];
        self.db
            .write("lease.take", async |tx| {
                let statement = Statement::from_sql_and_values(tx.get_database_backend(), TAKE, values.clone());
                Ok(tx.execute_raw(statement).await?.rows_affected() == 1)
            })
            .await
    }

    /// Gives the lease up, so that another owner need not wait for its end.
    ///
    /// # Errors
    /// 503 when the database does not answer; the lease ends by itself then.
    pub async fn release(&self) -> Result<(), Problem> {
        let values: [Value; 2] = [self.name.clone().into(), self.owner.clone().into()];
        self.db
            .write("lease.release", async |tx| {
                let statement = Statement::from_sql_and_values(tx.get_database_backend(), RELEASE, values.clone());
                tx.execute_raw(statement).await?;
                Ok(())
            })
            .await
    }
}
