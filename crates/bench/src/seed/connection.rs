//! A connection to a service's own tables while the server does not run, with durability off: what is lost is made again.

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection as _, Executor, PgConnection, SqliteConnection};

use crate::server::Place;

pub(super) enum Connection {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Connection {
    pub(super) async fn open(place: Place, service: &str) -> Self {
        match place {
            Place::File(file) => {
                let options = SqliteConnectOptions::new().filename(file).journal_mode(SqliteJournalMode::Wal).foreign_keys(false);
                let options = options.synchronous(SqliteSynchronous::Off).pragma("cache_size", "-3000000").pragma("temp_store", "memory");
                Self::Sqlite(options.connect().await.unwrap())
            }
            Place::Database(url) => {
                let mut connection = PgConnection::connect(&url).await.unwrap();
                let settings =
                    format!("SET search_path TO {service}; SET synchronous_commit TO off; SET session_replication_role TO replica");
                connection.execute(AssertSqlSafe(settings)).await.unwrap();
                Self::Postgres(connection)
            }
        }
    }

    pub(super) async fn execute(&mut self, sql: &str) {
        match self {
            Self::Sqlite(connection) => connection.execute(AssertSqlSafe(sql.to_owned())).await.map(drop),
            Self::Postgres(connection) => connection.execute(AssertSqlSafe(sql.to_owned())).await.map(drop),
        }
        .unwrap();
    }

    pub(super) async fn count(&mut self, table: &str) -> usize {
        let sql = AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"));
        let count: i64 = match self {
            Self::Sqlite(connection) => sqlx::query_scalar(sql).fetch_one(connection).await,
            Self::Postgres(connection) => sqlx::query_scalar(sql).fetch_one(connection).await,
        }
        .unwrap();
        usize::try_from(count).unwrap()
    }

    /// The columns of a table that can be written.
    pub(super) async fn columns(&mut self, table: &str) -> Vec<String> {
        let sqlite = "SELECT name FROM pragma_table_info($1)";
        let postgres = "SELECT column_name::text FROM information_schema.columns \
                        WHERE table_schema = current_schema() AND table_name = $1 AND is_generated = 'NEVER' ORDER BY ordinal_position";
        match self {
            Self::Sqlite(connection) => sqlx::query_scalar(sqlite).bind(table.to_owned()).fetch_all(connection).await,
            Self::Postgres(connection) => sqlx::query_scalar(postgres).bind(table.to_owned()).fetch_all(connection).await,
        }
        .unwrap()
    }

    /// The identifier of the copy of this number of what `column` names: the same but for its last four bytes.
    pub(super) fn copied(&self, column: &str, number: &str) -> String {
        let hex = self.hex(number);
        match self {
            Self::Sqlite(_) => format!("unhex(substr(hex(t.{column}), 1, 24) || {hex})"),
            Self::Postgres(_) => format!("(left(t.{column}::text, 28) || {hex})::uuid"),
        }
    }

    /// The same but for its first four bytes, so that copies lie one after the other, as what is made one after the other does.
    pub(super) fn copied_in_order(&self, column: &str, number: &str) -> String {
        let hex = self.hex(number);
        match self {
            Self::Sqlite(_) => format!("unhex({hex} || substr(hex(t.{column}), 9))"),
            Self::Postgres(_) => format!("({hex} || substr(t.{column}::text, 9))::uuid"),
        }
    }

    /// Another identifier, which no copy has.
    pub(super) fn renewed(&self, column: &str) -> String {
        match self {
            Self::Sqlite(_) => format!("unhex('F' || substr(hex(t.{column}), 2))"),
            Self::Postgres(_) => format!("('f' || substr(t.{column}::text, 2))::uuid"),
        }
    }

    /// A number as four bytes of a copy's identifier have it.
    pub(super) fn hex(&self, number: &str) -> String {
        match self {
            Self::Sqlite(_) => format!("printf('%08x', {number})"),
            Self::Postgres(_) => format!("lpad(to_hex({number}), 8, '0')"),
        }
    }

    /// The JSON that stands in `text`.
    pub(super) fn json(&self, text: &str) -> String {
        if matches!(self, Self::Postgres(_)) { format!("({text})::jsonb") } else { text.to_owned() }
    }

    /// An identifier that stands in `text`.
    pub(super) fn id(&self, text: &str) -> String {
        match self {
            Self::Sqlite(_) => format!("unhex(replace({text}, '-', ''))"),
            Self::Postgres(_) => format!("({text})::uuid"),
        }
    }

    /// What a server does by itself in time: PostgreSQL's statistics, SQLite's log.
    pub(super) async fn settle(&mut self) {
        let sql = if matches!(self, Self::Postgres(_)) { "VACUUM ANALYZE" } else { "PRAGMA wal_checkpoint(TRUNCATE)" };
        self.execute(sql).await;
    }
}
