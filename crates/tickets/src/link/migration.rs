//! Links between tickets.

use platform::migration::{Migration, reference, table};
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{string, timestamp_with_time_zone, uuid, uuid_null};

pub(crate) const MIGRATION: Migration = Migration {
    name: "m0063_create_links",
    tables: || vec![link()],
    statements: |_| INDEXES.iter().map(|statement| (*statement).to_owned()).collect(),
};

const INDEXES: &[&str] = &[
    "CREATE UNIQUE INDEX ticket_link_once ON ticket_link (from_id, to_id, kind)",
    "CREATE UNIQUE INDEX ticket_link_one_parent ON ticket_link (from_id) WHERE kind = 'parent'",
    "CREATE INDEX ticket_link_to ON ticket_link (to_id, kind)",
];

fn link() -> TableCreateStatement {
    table("ticket_link")
        .col(uuid("id").primary_key())
        .col(uuid("from_id"))
        .col(string("kind"))
        .col(uuid("to_id"))
        .col(timestamp_with_time_zone("created_at"))
        .col(uuid_null("created_by"))
        .foreign_key(&mut reference("ticket_link", "from_id", "ticket"))
        .foreign_key(&mut reference("ticket_link", "to_id", "ticket"))
        .take()
}
