//! One connection to either database, speaking in the statements and rows of sea-orm.

use sea_orm::{DbErr, ExecResult, QueryResult, RuntimeErr, Statement, Value};
use sea_query_sqlx::SqlxValues;
use sqlx::postgres::PgConnectOptions;
use sqlx::query::Query;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Database, Executor as _, IntoArguments, PgConnection, Postgres, Sqlite, SqliteConnection};

/// How to open a connection.
pub(super) enum Target {
    Sqlite(Box<SqliteConnectOptions>),
    Postgres(Box<PgConnectOptions>),
}

/// An open connection.
pub(super) enum Line {
    Sqlite(Box<SqliteConnection>),
    Postgres(Box<PgConnection>),
}

/// What a statement gave, before its error is put into words.
pub(super) type Given<T> = Result<T, sqlx::Error>;

impl Line {
    pub(super) async fn open(target: &Target) -> Result<Self, DbErr> {
        let opened = match target {
            Target::Sqlite(options) => options.connect().await.map(Box::new).map(Self::Sqlite),
            Target::Postgres(options) => options.connect().await.map(Box::new).map(Self::Postgres),
        };
        opened.map_err(|error| DbErr::Conn(RuntimeErr::SqlxError(error.into())))
    }

    pub(super) async fn execute(&mut self, statement: Statement) -> Given<ExecResult> {
        match self {
            Self::Sqlite(line) => line.execute(query::<Sqlite>(statement)).await.map(Into::into),
            Self::Postgres(line) => line.execute(query::<Postgres>(statement)).await.map(Into::into),
        }
    }

    pub(super) async fn one(&mut self, statement: Statement) -> Given<Option<QueryResult>> {
        match self {
            Self::Sqlite(line) => Ok(line.fetch_optional(query::<Sqlite>(statement)).await?.map(Into::into)),
            Self::Postgres(line) => Ok(line.fetch_optional(query::<Postgres>(statement)).await?.map(Into::into)),
        }
    }

    pub(super) async fn all(&mut self, statement: Statement) -> Given<Vec<QueryResult>> {
        match self {
            Self::Sqlite(line) => Ok(rows(line.fetch_all(query::<Sqlite>(statement)).await?)),
            Self::Postgres(line) => Ok(rows(line.fetch_all(query::<Postgres>(statement)).await?)),
        }
    }

    pub(super) async fn unprepared(&mut self, sql: &str) -> Given<ExecResult> {
        let sql = sqlx::raw_sql(AssertSqlSafe(sql));
        match self {
            Self::Sqlite(line) => line.execute(sql).await.map(Into::into),
            Self::Postgres(line) => line.execute(sql).await.map(Into::into),
        }
    }
}

fn query<D: Database>(statement: Statement) -> Query<'static, D, SqlxValues>
where
    SqlxValues: IntoArguments<D>,
{
    let values: Vec<Value> = statement.values.map(|values| values.0).unwrap_or_default();
    sqlx::query_with(AssertSqlSafe(statement.sql), SqlxValues(sea_orm::Values(values)))
}

fn rows<R: Into<QueryResult>>(rows: Vec<R>) -> Vec<QueryResult> {
    rows.into_iter().map(Into::into).collect()
}

/// Whether a connection can be used again after this error: the database refused a statement, and nothing is broken.
pub(super) fn survives(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(refused) => !matches!(refused.code().as_deref(), Some("57P01" | "57P02" | "57P03" | "25P03")),
        sqlx::Error::RowNotFound
        | sqlx::Error::ColumnNotFound(_)
        | sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::Decode(_)
        | sqlx::Error::Encode(_)
        | sqlx::Error::TypeNotFound { .. } => true,
        _ => false,
    }
}

/// The error of a statement. What a broken connection says is kept apart from what the database refuses.
pub(super) fn failed(error: sqlx::Error, query: bool) -> DbErr {
    let broken = !survives(&error);
    let error = RuntimeErr::SqlxError(error.into());
    match (broken, query) {
        (true, _) => DbErr::Conn(error),
        (false, true) => DbErr::Query(error),
        (false, false) => DbErr::Exec(error),
    }
}
