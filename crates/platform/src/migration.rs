//! Migrations: the platform's own tables, and running a service's migrations after them.
//!
//! Migrations expand first and contract in a later release. The same statements run on SQLite and PostgreSQL; only
//! triggers and full-text search are written per database.

use sea_orm::DbBackend;
use sea_orm_migration::MigratorTraitSelf;
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, binary, integer, pk_auto, string, string_null, text, text_null, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid, uuid_null,
};

use crate::db::Db;
use crate::problem::Problem;

/// One step of a schema's history: tables first, then statements such as indexes, in order.
#[derive(Clone, Copy)]
pub struct Migration {
    /// `m0003_add_ticket_version`; the order of names is the order of running.
    pub name: &'static str,
    pub tables: fn() -> Vec<TableCreateStatement>,
    pub statements: fn(DbBackend) -> Vec<String>,
}

/// A service's migrations, in order.
pub type Migrations = Vec<Migration>;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait::async_trait]
#[expect(elided_lifetimes_in_paths, reason = "the trait was declared with the lifetime elided, and async_trait must see the same")]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in (self.tables)() {
            manager.create_table(table).await?;
        }
        let db = manager.get_connection();
        for statement in (self.statements)(db.get_database_backend()) {
            db.execute_unprepared(&statement).await?;
        }
        Ok(())
    }
}

struct Migrator(fn() -> Migrations);

impl MigratorTraitSelf for Migrator {
    fn migrations(&self) -> Vec<Box<dyn MigrationTrait>> {
        std::iter::once(PLATFORM).chain((self.0)()).map(|migration| -> Box<dyn MigrationTrait> { Box::new(migration) }).collect()
    }
}

/// Brings a service's database up to date.
///
/// # Errors
/// 503 when the database refuses; nothing of the failed migration stays (PostgreSQL) or the start is refused (SQLite).
pub async fn run(db: &Db, migrations: fn() -> Migrations) -> Result<(), Problem> {
    let connection = db.migrations();
    if db.backend() == DbBackend::Postgres {
        connection.execute_unprepared(&format!("CREATE SCHEMA IF NOT EXISTS {}", db.service())).await?;
    }
    Migrator(migrations).up(connection, None).await.map_err(Problem::unavailable)
}

/// The number of migrations that have not run.
///
/// # Errors
/// 503 when the database cannot be read.
pub async fn pending(db: &Db, migrations: fn() -> Migrations) -> Result<usize, Problem> {
    let migrations = Migrator(migrations).get_pending_migrations(db.migrations()).await.map_err(Problem::unavailable)?;
    Ok(migrations.len())
}

const PLATFORM: Migration = Migration {
    name: "m0000_platform_tables",
    tables: || vec![outbox(), audit(), audit_seal(), idempotency_record(), lease()],
    statements: |backend| {
        let mut statements: Vec<String> = [
            "CREATE UNIQUE INDEX outbox_event_id ON outbox (event_id)",
            "CREATE INDEX outbox_unpublished ON outbox (seq) WHERE published_at IS NULL",
            "CREATE INDEX outbox_published ON outbox (published_at) WHERE published_at IS NOT NULL",
            "CREATE UNIQUE INDEX audit_id ON audit (id)",
            "CREATE INDEX audit_subject ON audit (subject_id, seq)",
            "CREATE INDEX audit_actor ON audit (actor_id, seq)",
            "CREATE UNIQUE INDEX audit_seal_entry ON audit_seal (entry)",
            "CREATE INDEX idempotency_record_expiry ON idempotency_record (expires_at)",
        ]
        .map(str::to_owned)
        .to_vec();
        statements.extend(append_only(backend, "audit"));
        statements.extend(append_only(backend, "audit_seal"));
        statements
    },
};

/// Statements that make the database itself refuse to change or delete rows of `table`.
#[must_use]
pub fn append_only(backend: DbBackend, table: &str) -> Vec<String> {
    match backend {
        DbBackend::Postgres => vec![
            format!(
                "CREATE FUNCTION {table}_is_append_only() RETURNS trigger LANGUAGE plpgsql AS \
                 $$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
            ),
            format!(
                "CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_is_append_only()"
            ),
        ],
        _ => ["UPDATE", "DELETE"]
            .iter()
            .map(|verb| {
                let name = verb.to_lowercase();
                format!(
                    "CREATE TRIGGER {table}_no_{name} BEFORE {verb} ON {table} BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )
            })
            .collect(),
    }
}

/// A table to be given columns: `table("outbox").col(..).take()`.
#[must_use]
pub fn table(name: &'static str) -> TableCreateStatement {
    Table::create().table(Alias::new(name)).take()
}

/// A table whose rows have an id and a [`crate::stamp::Stamp`], to be given further columns.
#[must_use]
pub fn stamped(name: &'static str) -> TableCreateStatement {
    table(name)
        .col(uuid("id").primary_key())
        .col(big_integer("version"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .col(uuid_null("created_by"))
        .col(uuid_null("updated_by"))
        .take()
}

/// The foreign key by which `column` of `table` names a row of `target`.
#[must_use]
pub fn reference(table: &'static str, column: &'static str, target: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("{table}_{column}"))
        .from(Alias::new(table), Alias::new(column))
        .to(Alias::new(target), Alias::new("id"))
        .take()
}

fn outbox() -> TableCreateStatement {
    table("outbox")
        .col(pk_auto("seq").big_integer())
        .col(uuid("event_id"))
        .col(text("payload"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("published_at"))
        .take()
}

fn audit() -> TableCreateStatement {
    table("audit")
        .col(pk_auto("seq").big_integer())
        .col(uuid("id"))
        .col(timestamp_with_time_zone("at"))
        .col(string("actor_kind"))
        .col(uuid("actor_id"))
        .col(string("actor_name"))
        .col(string("action"))
        .col(string("subject_type"))
        .col(uuid_null("subject_id"))
        .col(uuid_null("branch_id"))
        .col(text_null("before"))
        .col(text_null("after"))
        .col(text_null("reason"))
        .col(string_null("request_id"))
        .col(string("outcome"))
        .col(binary("digest"))
        .take()
}

fn audit_seal() -> TableCreateStatement {
    table("audit_seal").col(big_integer("position").primary_key()).col(big_integer("entry")).col(binary("chain")).take()
}

fn idempotency_record() -> TableCreateStatement {
    table("idempotency_record")
        .col(uuid("principal"))
        .col(string("key"))
        .col(binary("fingerprint"))
        .col(integer("status"))
        .col(string("content_type"))
        .col(string_null("etag"))
        .col(string_null("location"))
        .col(binary("body"))
        .col(timestamp_with_time_zone("expires_at"))
        .primary_key(Index::create().col(Alias::new("principal")).col(Alias::new("key")))
        .take()
}

fn lease() -> TableCreateStatement {
    table("lease")
        .col(string("name").primary_key())
        .col(string("owner"))
        .col(timestamp_with_time_zone("until"))
        .col(big_integer_null("fence"))
        .take()
}
