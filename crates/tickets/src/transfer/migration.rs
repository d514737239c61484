//! Transfers and to whom they are offered.

use platform::migration::{Migration, reference, stamped, table};
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{json_binary, string, text, timestamp_with_time_zone_null, uuid, uuid_null};

pub(crate) const MIGRATION: Migration = Migration {
    name: "m0061_create_transfers",
    tables: || vec![transfer(), offer()],
    statements: |_| INDEXES.iter().map(|statement| (*statement).to_owned()).collect(),
};

const INDEXES: &[&str] = &[
    "CREATE UNIQUE INDEX ticket_transfer_open ON ticket_transfer (ticket_id) WHERE state = 'proposed'",
    "CREATE INDEX ticket_transfer_ticket ON ticket_transfer (ticket_id, id)",
    "CREATE INDEX ticket_transfer_state ON ticket_transfer (state, id)",
    "CREATE INDEX ticket_transfer_from ON ticket_transfer (from_id, id)",
    "CREATE INDEX ticket_transfer_group ON ticket_transfer (to_group_id, id) WHERE to_group_id IS NOT NULL",
    "CREATE INDEX ticket_transfer_taken ON ticket_transfer (taken_by, id) WHERE taken_by IS NOT NULL",
    "CREATE INDEX ticket_transfer_offer_agent ON ticket_transfer_offer (agent_id, transfer_id)",
];

fn transfer() -> TableCreateStatement {
    stamped("ticket_transfer")
        .col(uuid("ticket_id"))
        .col(uuid("from_id"))
        .col(uuid_null("to_group_id"))
        .col(text("reason"))
        .col(string("state"))
        .col(timestamp_with_time_zone_null("due_at"))
        .col(uuid_null("taken_by"))
        .col(timestamp_with_time_zone_null("decided_at"))
        .col(json_binary("offers"))
        .foreign_key(&mut reference("ticket_transfer", "ticket_id", "ticket"))
        .take()
}

fn offer() -> TableCreateStatement {
    table("ticket_transfer_offer")
        .col(uuid("transfer_id"))
        .col(uuid("agent_id"))
        .primary_key(Index::create().col(Alias::new("transfer_id")).col(Alias::new("agent_id")))
        .foreign_key(&mut reference("ticket_transfer_offer", "transfer_id", "ticket_transfer"))
        .take()
}
