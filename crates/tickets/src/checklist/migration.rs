//! The table of checklist items.

use platform::migration::{Migration, reference, stamped};
use sea_orm_migration::prelude::TableCreateStatement;
use sea_orm_migration::schema::{boolean, integer, text, timestamp_with_time_zone_null, uuid, uuid_null};

pub(crate) const MIGRATION: Migration = Migration {
    name: "m0062_create_checklists",
    tables: || vec![checklist_item()],
    statements: |_| INDEXES.iter().map(|statement| (*statement).to_owned()).collect(),
};

const INDEXES: &[&str] = &["CREATE INDEX checklist_item_place ON checklist_item (ticket_id, position, id)"];

fn checklist_item() -> TableCreateStatement {
    stamped("checklist_item")
        .col(uuid("ticket_id"))
        .col(integer("position"))
        .col(text("text"))
        .col(boolean("blocking"))
        .col(timestamp_with_time_zone_null("done_at"))
        .col(uuid_null("done_by"))
        .foreign_key(&mut reference("checklist_item", "ticket_id", "ticket"))
        .take()
}
