//! The table of word left for people.

use platform::migration::{Migration, table};
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, string, string_null, text, text_null, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
};

pub(crate) const MIGRATION: Migration = Migration {
    name: "m0100_create_notifications",
    tables: || vec![notification()],
    statements: |_| INDEXES.iter().map(|statement| (*statement).to_owned()).collect(),
};

const INDEXES: &[&str] = &[
    "CREATE INDEX notification_user ON notification (user_id, deliver_at, id) WHERE user_id IS NOT NULL",
    "CREATE INDEX notification_group ON notification (group_id, deliver_at, id) WHERE group_id IS NOT NULL",
    "CREATE INDEX notification_role ON notification (role, branch_id, deliver_at, id) WHERE role IS NOT NULL",
    "CREATE INDEX notification_waiting ON notification (channel, deliver_at, id) WHERE handover = 'waiting'",
];

fn notification() -> TableCreateStatement {
    table("notification")
        .col(uuid("id").primary_key())
        .col(big_integer("version"))
        .col(uuid_null("user_id"))
        .col(uuid_null("group_id"))
        .col(string_null("role"))
        .col(string("class"))
        .col(string("channel"))
        .col(string_null("handover"))
        .col(text("text"))
        .col(text_null("link"))
        .col(uuid_null("ticket_id"))
        .col(string_null("subject_type"))
        .col(uuid_null("subject_id"))
        .col(uuid_null("account_id"))
        .col(uuid_null("branch_id"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("deliver_at"))
        .col(timestamp_with_time_zone_null("read_at"))
        .col(uuid_null("read_by"))
        .take()
}
