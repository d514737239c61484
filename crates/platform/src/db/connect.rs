//! Opening the pools, with the settings that were measured to matter.

use std::path::PathBuf;
use std::str::FromStr as _;
use std::time::Duration;

use sea_orm::{ConnectOptions, Database, DatabaseConnection};
use sqlx::ConnectOptions as _;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};

use super::line::Target;
use super::lines::Lines;
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

/// The connections of one service.
pub(super) struct Opened {
    pub(super) write: Lines,
    pub(super) read: Lines,
    /// A pool of sea-orm's own, which its migrations ask for; it keeps no connection open for long.
    pub(super) migrations: DatabaseConnection,
}

pub(super) async fn open(service: &'static str, location: &Location, pools: &Pools) -> Result<Opened, Problem> {
    match location {
        Location::Folder(folder) => {
            let path = folder.join(format!("{service}.db"));
            let durability = pools.durability;
            let mut options = ConnectOptions::new(format!("sqlite://{}?mode=rwc", path.display()));
            options.map_sqlx_sqlite_opts(move |options| sqlite(options, false, durability));
            let migrations = migrations(options).await?;
            let plain = || SqliteConnectOptions::new().filename(&path).disable_statement_logging();
            let (write, read) = (sqlite(plain(), false, durability), sqlite(plain(), true, durability).read_only(true));
            Ok(Opened {
                write: Lines::new(Target::Sqlite(Box::new(write)), 1, STATEMENT),
                read: Lines::new(Target::Sqlite(Box::new(read)), pools.readers, ACQUIRE),
                migrations,
            })
        }
        Location::Postgres(url) => {
            let url = of_service(url, service);
            let options = PgConnectOptions::from_str(&url).map_err(Problem::unavailable)?;
            let options = postgres(options.disable_statement_logging(), service);
            let mut own = ConnectOptions::new(url);
            own.map_sqlx_postgres_opts(move |options| postgres(options, service));
            let migrations = migrations(own).await?;
            let lines = Lines::new(Target::Postgres(Box::new(options)), pools.postgres, ACQUIRE);
            Ok(Opened { write: lines.clone(), read: lines, migrations })
        }
    }
}

/// The URL under which a service logs in.
fn of_service(url: &str, service: &str) -> String {
    url.replace("{service}", service)
}

async fn migrations(mut options: ConnectOptions) -> Result<DatabaseConnection, Problem> {
    options.max_connections(1).min_connections(0).idle_timeout(Duration::from_secs(10)).acquire_timeout(STATEMENT).sqlx_logging(false);
    Database::connect(options).await.map_err(Problem::unavailable)
}

fn sqlite(options: SqliteConnectOptions, read_only: bool, durability: Durability) -> SqliteConnectOptions {
    let cache = if read_only { READER_CACHE } else { WRITER_CACHE };
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
}

fn postgres(options: PgConnectOptions, service: &str) -> PgConnectOptions {
    options.options([("search_path", service.to_owned()), ("statement_timeout", STATEMENT.as_millis().to_string())])
}

#[cfg(test)]
mod tests {
    use super::of_service;

    #[test]
    fn a_service_logs_in_under_a_role_of_its_own() {
        assert_eq!(of_service("postgres://{service}:x@host/liaison", "orders"), "postgres://orders:x@host/liaison");
        assert_eq!(of_service("postgres://liaison@host/liaison", "orders"), "postgres://liaison@host/liaison");
    }
}
