//! Opening the pools, with the settings that were measured to matter.

use std::path::PathBuf;
use std::time::Duration;

use sea_orm::{ConnectOptions, Database, DatabaseConnection};
use sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};

use crate::problem::Problem;

/// Where a service's data lives.
#[derive(Clone, Debug)]
pub enum Location {
    /// One SQLite file per service in this folder.
    Folder(PathBuf),
    /// A PostgreSQL database, by URL; each service has a schema of its own name. `{service}` in the URL stands for that name, so that each
    /// service can have a role of its own, which reads no other's tables.
    Postgres(String),
}

/// What a SQLite commit survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// Power loss: every commit is synced.
    #[default]
    Full,
    /// A crash of the process; power loss may take the last commits.
    Normal,
}

/// Pool sizes and durability.
#[derive(Clone, Copy, Debug)]
pub struct Pools {
    pub readers: u32,
    pub postgres: u32,
    pub durability: Durability,
}

impl Default for Pools {
    fn default() -> Self {
        // A reader is a thread, and more of them than cores only take turns.
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self { readers: u32::try_from(cores).unwrap_or(4).clamp(2, 4), postgres: 16, durability: Durability::Full }
    }
}

const ACQUIRE: Duration = Duration::from_secs(1);
const STATEMENT: Duration = Duration::from_secs(5);
/// SQLite's page caches in KiB, for each connection of each service; what they lack the system's own cache has.
const WRITER_CACHE: u32 = 8_000;
const READER_CACHE: u32 = 4_000;
/// Rows that SQLite's thread may be ahead of the reader: the longest page, so that it never stops in the middle.
const ROWS_AHEAD: usize = 256;

pub(super) async fn open(service: &str, location: &Location, pools: &Pools) -> Result<(DatabaseConnection, DatabaseConnection), Problem> {
    match location {
        Location::Folder(folder) => {
            let path = folder.join(format!("{service}.db"));
            let write = sqlite(&path, false, 1, pools.durability).await?;
            let read = sqlite(&path, true, pools.readers, pools.durability).await?;
            Ok((write, read))
        }
        Location::Postgres(url) => {
            let pool = postgres(service, url, pools.postgres).await?;
            Ok((pool.clone(), pool))
        }
    }
}

async fn sqlite(path: &std::path::Path, read_only: bool, connections: u32, durability: Durability) -> Result<DatabaseConnection, Problem> {
    let (mode, cache) = if read_only { ("ro", READER_CACHE) } else { ("rwc", WRITER_CACHE) };
    let mut options = ConnectOptions::new(format!("sqlite://{}?mode={mode}", path.display()));
    options
        .max_connections(connections)
        .min_connections(connections.min(1))
        .acquire_timeout(if read_only { ACQUIRE } else { STATEMENT })
        .test_before_acquire(false)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |options| {
            let options = options
                .foreign_keys(true)
                .busy_timeout(STATEMENT)
                .row_buffer_size(ROWS_AHEAD)
                .pragma("cache_size", format!("-{cache}"))
                .pragma("temp_store", "memory")
                .synchronous(match durability {
                    Durability::Full => SqliteSynchronous::Full,
                    Durability::Normal => SqliteSynchronous::Normal,
                });
            if read_only { options } else { options.journal_mode(SqliteJournalMode::Wal) }
        });
    Database::connect(options).await.map_err(Problem::unavailable)
}

async fn postgres(service: &str, url: &str, connections: u32) -> Result<DatabaseConnection, Problem> {
    let mut options = ConnectOptions::new(url.replace("{service}", service));
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(ACQUIRE)
        .connect_timeout(STATEMENT)
        .test_before_acquire(false)
        .statement_timeout(STATEMENT)
        .set_schema_search_path(service.to_owned())
        .sqlx_logging(false);
    Database::connect(options).await.map_err(Problem::unavailable)
}
