//! One connection to a database of its own, and the CPU that it costs.

use std::path::PathBuf;

use kernel::id::new_uuid;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection as _, Executor, PgConnection, SqliteConnection};
use tempfile::TempDir;

use super::statement::{Field, Statement};
use crate::{Arguments, cpu, server};

pub(super) struct Connection {
    open: Open,
    place: Place,
}

enum Open {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// What is removed at the end.
enum Place {
    Folder(TempDir),
    Database { server: String, name: String, postmaster: u32 },
}

/// Binds the fields and reads every row that comes.
macro_rules! run {
    ($connection:expr, $statement:expr) => {{
        let mut query = sqlx::query(AssertSqlSafe($statement.sql.clone()));
        for field in &$statement.fields {
            query = match field {
                Field::Id(id) => query.bind(*id),
                Field::Number(number) => query.bind(*number),
                Field::Text(text) => query.bind(text.clone()),
            };
        }
        query.fetch_all($connection).await.unwrap();
    }};
}

impl Connection {
    pub(super) async fn open(arguments: &Arguments) -> Self {
        match &arguments.postgres {
            Some(server) => Self::postgres(server).await,
            None => Self::sqlite(tempfile::tempdir().unwrap()).await,
        }
    }

    async fn sqlite(folder: TempDir) -> Self {
        let file: PathBuf = folder.path().join("floor.db");
        let options = SqliteConnectOptions::new().filename(file).create_if_missing(true);
        let options = options.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full).pragma("cache_size", "-16000");
        Self { open: Open::Sqlite(options.connect().await.unwrap()), place: Place::Folder(folder) }
    }

    async fn postgres(server: &str) -> Self {
        let name = format!("bench_floor_{}", new_uuid().simple());
        let mut admin = PgConnection::connect(server).await.unwrap();
        admin.execute(AssertSqlSafe(format!("CREATE DATABASE \"{name}\""))).await.unwrap();
        let url = format!("{}/{name}", server.rsplit_once('/').unwrap().0);
        let open = Open::Postgres(PgConnection::connect(&url).await.unwrap());
        Self { open, place: Place::Database { server: server.to_owned(), name, postmaster: server::postmaster(server).await } }
    }

    /// Carries out the statements, in one transaction when they write.
    pub(super) async fn run(&mut self, statements: &[Statement], writes: bool) {
        if writes {
            self.plain(if matches!(self.open, Open::Sqlite(_)) { "BEGIN IMMEDIATE" } else { "BEGIN" }).await;
        }
        for statement in statements {
            match &mut self.open {
                Open::Sqlite(connection) => run!(connection, statement),
                Open::Postgres(connection) => run!(connection, statement),
            }
        }
        if writes {
            self.plain("COMMIT").await;
        }
    }

    pub(super) async fn plain(&mut self, sql: &str) {
        match &mut self.open {
            Open::Sqlite(connection) => connection.execute(AssertSqlSafe(sql.to_owned())).await.map(drop),
            Open::Postgres(connection) => connection.execute(AssertSqlSafe(sql.to_owned())).await.map(drop),
        }
        .unwrap();
    }

    /// CPU of this process, and of PostgreSQL's, so far.
    pub(super) fn cpu_ms(&self) -> u64 {
        let own = cpu::of(std::process::id()).cpu_ms;
        match &self.place {
            Place::Folder(_) => own,
            Place::Database { postmaster, .. } => own + cpu::of_family(*postmaster).cpu_ms,
        }
    }

    pub(super) async fn close(self) {
        match self.place {
            Place::Folder(folder) => drop(folder),
            Place::Database { server, name, .. } => {
                let mut admin = PgConnection::connect(&server).await.unwrap();
                admin.execute(AssertSqlSafe(format!("DROP DATABASE \"{name}\" WITH (FORCE)"))).await.unwrap();
            }
        }
    }
}
