//! The table of saved views.

use platform::migration::{Migration, stamped};
use sea_orm_migration::prelude::TableCreateStatement;
use sea_orm_migration::schema::{json_binary, string, uuid, uuid_null};

pub(crate) const MIGRATION: Migration = Migration {
    name: "m0065_create_saved_views",
    tables: || vec![saved_view()],
    statements: |_| INDEXES.iter().map(|statement| (*statement).to_owned()).collect(),
};

const INDEXES: &[&str] = &[
    "CREATE UNIQUE INDEX saved_view_name ON saved_view (owner_id, name)",
    "CREATE INDEX saved_view_sorted ON saved_view (name, id)",
    "CREATE INDEX saved_view_group ON saved_view (group_id) WHERE group_id IS NOT NULL",
];

fn saved_view() -> TableCreateStatement {
    stamped("saved_view")
        .col(uuid("owner_id"))
        .col(string("name"))
        .col(string("sharing"))
        .col(uuid_null("group_id"))
        .col(json_binary("asked"))
        .take()
}
