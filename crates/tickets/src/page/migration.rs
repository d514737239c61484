//! The table of pages.

use platform::migration::{Migration, reference, stamped};
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, small_integer, string, string_null, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
};

pub(crate) const MIGRATION: Migration = Migration {
    name: "m0082_create_pages",
    tables: || vec![page()],
    statements: |_| INDEXES.iter().map(|statement| (*statement).to_owned()).collect(),
};

const INDEXES: &[&str] = &[
    "CREATE UNIQUE INDEX page_once ON page (emergency_id, level, round)",
    "CREATE UNIQUE INDEX page_token ON page (token_hash)",
    "CREATE INDEX page_emergency ON page (emergency_id, id)",
    "CREATE INDEX page_user ON page (user_id, id) WHERE user_id IS NOT NULL",
];

fn page() -> TableCreateStatement {
    stamped("page")
        .col(uuid("emergency_id"))
        .col(uuid("ticket_id"))
        .col(small_integer("level"))
        .col(small_integer("round"))
        .col(uuid_null("user_id"))
        .col(string("channel"))
        .col(string("state"))
        .col(timestamp_with_time_zone("sent_at"))
        .col(timestamp_with_time_zone_null("times_out_at"))
        .col(big_integer("late_by_s"))
        .col(timestamp_with_time_zone_null("ack_at"))
        .col(uuid_null("ack_by"))
        .col(string_null("fail_reason"))
        .col(string("token_hash"))
        .foreign_key(&mut reference("page", "emergency_id", "emergency"))
        .take()
}
