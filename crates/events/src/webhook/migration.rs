//! The tables of endpoints, deliveries and attempts, and their indexes.

use platform::migration::{Migration, stamped, table};
use sea_orm_migration::prelude::{Alias, Index, TableCreateStatement};
use sea_orm_migration::schema::{
    big_integer, integer, integer_null, json_binary, pk_uuid, string, string_null, text, text_null, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid, uuid_null,
};

pub(crate) const MIGRATION: Migration = Migration {
    name: "m0002_webhooks",
    tables: || vec![webhook(), delivery(), attempt()],
    statements: |_| {
        [
            "CREATE INDEX webhook_owner ON webhook (owner_id, id)",
            "CREATE INDEX webhook_state ON webhook (state, position)",
            "CREATE UNIQUE INDEX webhook_delivery_event ON webhook_delivery (webhook_id, event_id)",
            "CREATE INDEX webhook_delivery_due ON webhook_delivery (webhook_id, next_at) WHERE state = 'pending'",
            "CREATE INDEX webhook_delivery_order ON webhook_delivery (webhook_id, subject_id, position) WHERE state = 'pending'",
            "CREATE INDEX webhook_delivery_list ON webhook_delivery (webhook_id, id)",
            "CREATE INDEX webhook_delivery_age ON webhook_delivery (created_at)",
        ]
        .map(str::to_owned)
        .to_vec()
    },
};

fn webhook() -> TableCreateStatement {
    stamped("webhook")
        .col(text("url"))
        .col(text_null("description"))
        .col(json_binary("types"))
        .col(uuid_null("account_id"))
        .col(string("state"))
        .col(string_null("disabled_reason"))
        .col(uuid("owner_id"))
        .col(json_binary("reader"))
        .col(integer("secret_no"))
        .col(timestamp_with_time_zone_null("old_secret_until"))
        .col(big_integer("position"))
        .col(timestamp_with_time_zone_null("failing_since"))
        .take()
}

fn delivery() -> TableCreateStatement {
    table("webhook_delivery")
        .col(pk_uuid("id"))
        .col(uuid("webhook_id"))
        .col(uuid("event_id"))
        .col(string("event"))
        .col(uuid("subject_id"))
        .col(big_integer("position"))
        .col(string("state"))
        .col(integer("attempts"))
        .col(integer("round"))
        .col(timestamp_with_time_zone("next_at"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("delivered_at"))
        .col(text_null("payload"))
        .take()
}

fn attempt() -> TableCreateStatement {
    table("webhook_attempt")
        .col(uuid("delivery_id"))
        .col(integer("no"))
        .col(timestamp_with_time_zone("at"))
        .col(integer_null("status"))
        .col(integer("duration_ms"))
        .col(text_null("error"))
        .col(text_null("answer"))
        .primary_key(Index::create().col(Alias::new("delivery_id")).col(Alias::new("no")))
        .take()
}
