//! The tables of intake.

use platform::migration::{Migration, stamped, table};
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    boolean, integer, json_binary, string, string_null, text, text_null, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid,
    uuid_null,
};

pub(crate) const MIGRATION: Migration = Migration {
    name: "m0050_create_intake",
    tables: || vec![mailbox(), record(), delivery(), thread(), outgoing_mail(), breaker(), failure()],
    statements: |_| INDEXES.iter().map(|statement| (*statement).to_owned()).collect(),
};

const INDEXES: &[&str] = &[
    "CREATE UNIQUE INDEX mailbox_address ON mailbox (address)",
    "CREATE UNIQUE INDEX mailbox_external_ref ON mailbox (external_ref) WHERE external_ref IS NOT NULL",
    "CREATE UNIQUE INDEX intake_record_dedupe_key ON intake_record (channel, dedupe_key)",
    "CREATE INDEX intake_record_received ON intake_record (received_at, id)",
    "CREATE INDEX intake_record_outcome ON intake_record (outcome, received_at, id)",
    "CREATE INDEX intake_record_ticket ON intake_record (ticket_id, id)",
    "CREATE INDEX intake_record_sender ON intake_record (sender, mailbox_id, received_at)",
    "CREATE INDEX intake_record_raw ON intake_record (raw_sha256)",
    "CREATE INDEX mail_thread_ticket ON mail_thread (ticket_id)",
    "CREATE UNIQUE INDEX outgoing_mail_message ON outgoing_mail (message_id)",
    "CREATE UNIQUE INDEX outgoing_mail_acknowledged ON outgoing_mail (ticket_id) WHERE kind = 'acknowledgement'",
    "CREATE INDEX outgoing_mail_ticket ON outgoing_mail (ticket_id)",
    "CREATE INDEX outgoing_mail_address ON outgoing_mail (address, created_at)",
    "CREATE INDEX outgoing_mail_mail_id ON outgoing_mail (mail_id)",
    "CREATE INDEX outgoing_mail_state ON outgoing_mail (state, created_at, id)",
    "CREATE INDEX outgoing_mail_due ON outgoing_mail (next_at) WHERE state = 'queued'",
    "CREATE INDEX outgoing_mail_created ON outgoing_mail (created_at, id)",
    "CREATE INDEX message_reply_recorded ON message (recorded_at) WHERE kind = 'public_reply'",
    "CREATE INDEX mail_failure_address ON mail_failure (address, at)",
];

fn mailbox() -> TableCreateStatement {
    stamped("mailbox")
        .col(string_null("external_ref"))
        .col(string("address"))
        .col(string("name"))
        .col(uuid_null("branch_id"))
        .col(uuid_null("group_id"))
        .col(string("ticket_type"))
        .col(string("priority"))
        .col(boolean("acknowledges"))
        .col(boolean("active"))
        .take()
}

fn record() -> TableCreateStatement {
    table("intake_record")
        .col(uuid("id").primary_key())
        .col(string("channel"))
        .col(text("dedupe_key"))
        .col(string("content_hash"))
        .col(string("outcome"))
        .col(string_null("reason"))
        .col(string("auto_class"))
        .col(string("rule"))
        .col(json_binary("trace"))
        .col(boolean("subject_changed"))
        .col(uuid_null("ticket_id"))
        .col(uuid_null("message_id"))
        .col(uuid("mailbox_id"))
        .col(uuid_null("branch_id"))
        .col(string("sender"))
        .col(text("subject"))
        .col(string("raw_sha256"))
        .col(timestamp_with_time_zone("received_at"))
        .take()
}

fn delivery() -> TableCreateStatement {
    table("intake_delivery")
        .col(uuid("record_id"))
        .col(uuid("mailbox_id"))
        .col(timestamp_with_time_zone("received_at"))
        .primary_key(Index::create().col(Alias::new("record_id")).col(Alias::new("mailbox_id")))
        .take()
}

fn thread() -> TableCreateStatement {
    table("mail_thread").col(text("mail_id").primary_key()).col(uuid("ticket_id")).col(uuid_null("message_id")).take()
}

fn outgoing_mail() -> TableCreateStatement {
    stamped("outgoing_mail")
        .col(uuid_null("ticket_id"))
        .col(uuid("message_id"))
        .col(uuid_null("notice_id"))
        .col(string("kind"))
        .col(uuid("mailbox_id"))
        .col(uuid_null("branch_id"))
        .col(string("address"))
        .col(text("mail_id"))
        .col(json_binary("head"))
        .col(text("body"))
        .col(string("state"))
        .col(text_null("error"))
        .col(timestamp_with_time_zone_null("sent_at"))
        .col(json_binary("recipients"))
        .col(integer("attempts"))
        .col(timestamp_with_time_zone("queued_at"))
        .col(timestamp_with_time_zone("next_at"))
        .col(boolean("withdrawn"))
        .take()
}

fn breaker() -> TableCreateStatement {
    table("mail_breaker")
        .col(string("address"))
        .col(uuid("mailbox_id"))
        .col(uuid("ticket_id"))
        .col(timestamp_with_time_zone("opened_at"))
        .col(timestamp_with_time_zone("until"))
        .primary_key(Index::create().col(Alias::new("address")).col(Alias::new("mailbox_id")))
        .take()
}

fn failure() -> TableCreateStatement {
    table("mail_failure")
        .col(uuid("id").primary_key())
        .col(string("address"))
        .col(uuid("source_id"))
        .col(timestamp_with_time_zone("at"))
        .take()
}
