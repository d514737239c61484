//! Records of merges. A ticket is merged into one other at a time.

use platform::migration::{Migration, reference, stamped};
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{json_binary, string, text_null, timestamp_with_time_zone_null, uuid};

pub(crate) const MIGRATION: Migration = Migration {
    name: "m0062_create_merges",
    tables: || vec![merge()],
    statements: |_| INDEXES.iter().map(|statement| (*statement).to_owned()).collect(),
};

const INDEXES: &[&str] = &[
    "CREATE UNIQUE INDEX ticket_merge_present ON ticket_merge (source_id) WHERE undone_at IS NULL",
    "CREATE INDEX ticket_merge_source ON ticket_merge (source_id, id)",
    "CREATE INDEX ticket_merge_target ON ticket_merge (target_id, id)",
];

fn merge() -> TableCreateStatement {
    stamped("ticket_merge")
        .col(uuid("source_id"))
        .col(uuid("target_id"))
        .col(text_null("reason"))
        .col(string("status_before"))
        .col(timestamp_with_time_zone_null("undone_at"))
        .col(json_binary("gained"))
        .foreign_key(&mut reference("ticket_merge", "source_id", "ticket"))
        .foreign_key(&mut reference("ticket_merge", "target_id", "ticket"))
        .take()
}
