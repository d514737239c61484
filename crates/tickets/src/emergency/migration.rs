//! The table of emergencies.

use platform::migration::{Migration, reference, stamped};
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    json_binary, string, string_null, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
};

pub(crate) const MIGRATION: Migration = Migration {
    name: "m0081_create_emergencies",
    tables: || vec![emergency()],
    statements: |_| INDEXES.iter().map(|statement| (*statement).to_owned()).collect(),
};

const INDEXES: &[&str] = &[
    "CREATE UNIQUE INDEX emergency_open ON emergency (ticket_id) WHERE state NOT IN ('loop_closed', 'called_off')",
    "CREATE INDEX emergency_ticket ON emergency (ticket_id, raised_at, id)",
    "CREATE INDEX emergency_state ON emergency (state, raised_at, id)",
    "CREATE INDEX emergency_hazard ON emergency (hazard_code, raised_at, id)",
    "CREATE INDEX emergency_raised ON emergency (raised_at, id)",
    "CREATE INDEX emergency_page ON emergency (next_page_at) WHERE next_page_at IS NOT NULL",
];

fn emergency() -> TableCreateStatement {
    stamped("emergency")
        .col(uuid("ticket_id"))
        .col(string_null("hazard_code"))
        .col(uuid_null("schedule_id"))
        .col(string("state"))
        .col(timestamp_with_time_zone("raised_at"))
        .col(timestamp_with_time_zone_null("next_page_at"))
        .col(json_binary("details"))
        .foreign_key(&mut reference("emergency", "ticket_id", "ticket"))
        .take()
}
