//! The table of texts that go out.

use platform::migration::{Migration, stamped};
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    boolean, integer, string, string_null, text, text_null, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
};

pub(crate) const MIGRATION: Migration = Migration {
    name: "m0105_create_outgoing_texts",
    tables: || vec![outgoing_text()],
    statements: |_| INDEXES.iter().map(|statement| (*statement).to_owned()).collect(),
};

const INDEXES: &[&str] = &[
    "CREATE UNIQUE INDEX outgoing_text_carried ON outgoing_text (carried_id)",
    "CREATE INDEX outgoing_text_ticket ON outgoing_text (ticket_id, created_at, id)",
    "CREATE INDEX outgoing_text_created ON outgoing_text (created_at, id)",
    "CREATE INDEX outgoing_text_state ON outgoing_text (state, created_at, id)",
    "CREATE INDEX outgoing_text_due ON outgoing_text (state, next_at, id)",
];

fn outgoing_text() -> TableCreateStatement {
    stamped("outgoing_text")
        .col(string("kind"))
        .col(string("medium"))
        .col(uuid("ticket_id"))
        .col(uuid_null("branch_id"))
        .col(uuid("carried_id"))
        .col(uuid_null("user_id"))
        .col(string_null("provider"))
        .col(string_null("address"))
        .col(text("body"))
        .col(string("state"))
        .col(text_null("error"))
        .col(string_null("provider_ref"))
        .col(timestamp_with_time_zone_null("sent_at"))
        .col(integer("claims"))
        .col(timestamp_with_time_zone("next_at"))
        .col(boolean("withdrawn"))
        .take()
}
