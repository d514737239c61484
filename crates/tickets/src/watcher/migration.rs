//! The table of watchers.

use platform::migration::{Migration, reference, table};
use sea_orm_migration::prelude::TableCreateStatement;
use sea_orm_migration::schema::{string, timestamp_with_time_zone, uuid};

pub(crate) const MIGRATION: Migration = Migration {
    name: "m0061_create_watchers",
    tables: || vec![watcher()],
    statements: |_| INDEXES.iter().map(|statement| (*statement).to_owned()).collect(),
};

const INDEXES: &[&str] = &[
    "CREATE UNIQUE INDEX watcher_once ON watcher (ticket_id, kind, watcher_id)",
    "CREATE INDEX watcher_of_ticket ON watcher (ticket_id, id)",
    "CREATE INDEX watcher_who ON watcher (watcher_id, ticket_id)",
];

fn watcher() -> TableCreateStatement {
    table("watcher")
        .col(uuid("id").primary_key())
        .col(uuid("ticket_id"))
        .col(string("kind"))
        .col(uuid("watcher_id"))
        .col(string("source"))
        .col(timestamp_with_time_zone("added_at"))
        .col(uuid("added_by"))
        .foreign_key(&mut reference("watcher", "ticket_id", "ticket"))
        .take()
}
