//! Tickets, messages, obligations, timers, and full text over what was said.

use platform::migration::{Migration, reference, stamped, table};
use sea_orm::DbBackend;
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, boolean, integer, integer_null, json_binary, json_binary_null, string, string_null, text,
    timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
};

pub(super) const MIGRATION: Migration = Migration {
    name: "m0002_create_tickets",
    tables: || vec![ticket(), message(), obligation(), timer()],
    statements: |backend| {
        let specific = if backend == DbBackend::Postgres { POSTGRES } else { SQLITE };
        INDEXES.iter().chain(specific).map(|statement| (*statement).to_owned()).collect()
    },
};

const INDEXES: &[&str] = &[
    "CREATE UNIQUE INDEX ticket_by_number ON ticket (number)",
    "CREATE UNIQUE INDEX ticket_source ON ticket (source_system, source_id) WHERE source_system IS NOT NULL",
    "CREATE INDEX ticket_assignee ON ticket (assignee_id, open, id)",
    "CREATE INDEX ticket_load ON ticket (assignee_id, status, priority, id) WHERE open AND assignee_id IS NOT NULL",
    "CREATE INDEX ticket_cover ON ticket (cover_for_id, id) WHERE cover_for_id IS NOT NULL",
    "CREATE INDEX ticket_group ON ticket (group_id, open, id) WHERE group_id IS NOT NULL",
    "CREATE INDEX ticket_group_all ON ticket (group_id, id) WHERE group_id IS NOT NULL",
    "CREATE INDEX ticket_account ON ticket (account_id, id)",
    "CREATE INDEX ticket_site ON ticket (site_id, id) WHERE site_id IS NOT NULL",
    "CREATE INDEX ticket_branch ON ticket (branch_id, open, id)",
    "CREATE INDEX ticket_branch_all ON ticket (branch_id, id)",
    "CREATE INDEX ticket_status ON ticket (status, id)",
    "CREATE INDEX ticket_open ON ticket (open, id)",
    "CREATE INDEX ticket_requester_email ON ticket (requester_email, id) WHERE requester_email IS NOT NULL",
    "CREATE INDEX ticket_requester_contact ON ticket (requester_contact_id, id) WHERE requester_contact_id IS NOT NULL",
    "CREATE INDEX ticket_requester_phone ON ticket (requester_phone, id) WHERE requester_phone IS NOT NULL",
    "CREATE INDEX ticket_due ON ticket (due_at, id)",
    "CREATE INDEX ticket_touch_due ON ticket (touch_due_at, id)",
    "CREATE INDEX ticket_updated ON ticket (updated_at, id)",
    "CREATE INDEX ticket_created ON ticket (created_at, id)",
    "CREATE INDEX ticket_kind ON ticket (kind, id)",
    "CREATE INDEX ticket_wake ON ticket (status, wake_at) WHERE status = 'scheduled'",
    "CREATE INDEX ticket_resolved ON ticket (status, resolved_at) WHERE status = 'resolved'",
    "CREATE INDEX ticket_resolved_at ON ticket (resolved_at, id) WHERE resolved_at IS NOT NULL",
    "CREATE INDEX ticket_closed_at ON ticket (closed_at, id) WHERE closed_at IS NOT NULL",
    "CREATE INDEX ticket_follow_up ON ticket (follow_up_of_id, id) WHERE follow_up_of_id IS NOT NULL",
    "CREATE INDEX ticket_emergency ON ticket (emergency_id) WHERE emergency_id IS NOT NULL",
    "CREATE UNIQUE INDEX message_seq ON message (ticket_id, seq)",
    "CREATE INDEX message_recorded ON message (recorded_at, id)",
    "CREATE UNIQUE INDEX message_dedupe_key ON message (dedupe_key) WHERE dedupe_key IS NOT NULL",
    "CREATE UNIQUE INDEX message_words_key ON message (words_key)",
    "CREATE INDEX message_mail_id ON message (mail_message_id) WHERE mail_message_id IS NOT NULL",
    "CREATE UNIQUE INDEX obligation_cycle ON obligation (ticket_id, kind, cycle)",
    "CREATE UNIQUE INDEX obligation_subject_cycle ON obligation (subject_id, kind, cycle) WHERE ticket_id IS NULL",
    "CREATE INDEX obligation_standing ON obligation (subject_id) WHERE ticket_id IS NULL AND state IN ('running', 'paused', 'missed_open')",
    "CREATE UNIQUE INDEX obligation_one_next_response ON obligation (ticket_id) \
     WHERE kind = 'next_response' AND state IN ('running', 'paused', 'missed_open')",
    "CREATE INDEX obligation_active ON obligation (ticket_id) WHERE state IN ('running', 'paused', 'missed_open')",
    "CREATE INDEX obligation_late ON obligation (ticket_id) WHERE state = 'missed_closed'",
    "CREATE INDEX obligation_owed ON obligation (id) WHERE state IN ('running', 'paused', 'missed_open')",
    "CREATE INDEX obligation_missed ON obligation (state, ticket_id) WHERE state = 'missed_open'",
    "CREATE INDEX obligation_owed_due ON obligation (due_at, id) WHERE state IN ('running', 'paused', 'missed_open')",
    "CREATE INDEX obligation_due ON obligation (due_at, id)",
    "CREATE INDEX obligation_started ON obligation (start_at, id)",
    "CREATE INDEX obligation_excused ON obligation (excused_at, id) WHERE excused_at IS NOT NULL",
    "CREATE INDEX obligation_subject ON obligation (subject_id, id) WHERE subject_id IS NOT NULL",
    "CREATE INDEX obligation_account ON obligation (account_id, id) WHERE account_id IS NOT NULL",
    "CREATE INDEX obligation_branch ON obligation (branch_id, id) WHERE branch_id IS NOT NULL",
    "CREATE INDEX obligation_group ON obligation (group_id, id) WHERE group_id IS NOT NULL",
    "CREATE INDEX obligation_assignee ON obligation (assignee_id, id) WHERE assignee_id IS NOT NULL",
    "CREATE INDEX timer_due ON timer (fire_at) WHERE fired_at IS NULL",
];

const POSTGRES: &[&str] = &[
    "CREATE SEQUENCE ticket_number START 1001",
    "ALTER TABLE ticket ADD COLUMN words tsvector GENERATED ALWAYS AS (to_tsvector('simple', 'T-' || number || ' ' || number || ' ' || \
     subject || ' ' || coalesce(requester_name, '') || ' ' || coalesce(requester_email, ''))) STORED",
    "CREATE INDEX ticket_words ON ticket USING gin (words)",
    "ALTER TABLE message ADD COLUMN words tsvector GENERATED ALWAYS AS (to_tsvector('simple', left(body, 50000))) STORED",
    "CREATE INDEX message_words ON message USING gin (words)",
    // Lists put nulls last in both directions; PostgreSQL reads an index backwards with nulls first.
    "CREATE INDEX ticket_due_latest ON ticket (due_at DESC NULLS LAST, id DESC)",
    "CREATE INDEX ticket_touch_due_latest ON ticket (touch_due_at DESC NULLS LAST, id DESC)",
    "CREATE INDEX obligation_due_latest ON obligation (due_at DESC NULLS LAST, id DESC)",
];

/// The full-text tables are keyed by numbers that never change; row ids may, when a file is vacuumed.
const SQLITE: &[&str] = &[
    "CREATE VIRTUAL TABLE ticket_words USING fts5 (words, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2')",
    "CREATE TRIGGER ticket_words_insert AFTER INSERT ON ticket BEGIN INSERT INTO ticket_words (rowid, words) VALUES (new.number, \
     new.subject || ' T-' || new.number || ' ' || coalesce(new.requester_name, '') || ' ' || coalesce(new.requester_email, '')); END",
    "CREATE TRIGGER ticket_words_update AFTER UPDATE OF subject, requester_name, requester_email ON ticket WHEN old.subject <> new.subject \
     OR old.requester_name IS NOT new.requester_name OR old.requester_email IS NOT new.requester_email BEGIN \
     DELETE FROM ticket_words WHERE rowid = old.number; INSERT INTO ticket_words (rowid, words) VALUES (new.number, \
     new.subject || ' T-' || new.number || ' ' || coalesce(new.requester_name, '') || ' ' || coalesce(new.requester_email, '')); END",
    "CREATE VIRTUAL TABLE message_words USING fts5 (words, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2')",
    "CREATE TRIGGER message_words_insert AFTER INSERT ON message BEGIN \
     INSERT INTO message_words (rowid, words) VALUES (new.words_key, substr(new.body, 1, 50000)); END",
    // A split gives a message to another ticket, and so another key; a redaction takes its words away.
    "CREATE TRIGGER message_words_update AFTER UPDATE OF words_key, body ON message BEGIN DELETE FROM message_words WHERE rowid = old.words_key; \
     INSERT INTO message_words (rowid, words) VALUES (new.words_key, substr(new.body, 1, 50000)); END",
];

fn ticket() -> TableCreateStatement {
    stamped("ticket")
        .col(big_integer("number"))
        .col(text("subject"))
        .col(string("kind"))
        .col(string("requester_kind"))
        .col(uuid_null("requester_contact_id"))
        .col(string_null("requester_name"))
        .col(string_null("requester_email"))
        .col(string_null("requester_phone"))
        .col(uuid_null("account_id"))
        .col(uuid_null("site_id"))
        .col(uuid_null("branch_id"))
        .col(uuid_null("group_id"))
        .col(uuid_null("assignee_id"))
        .col(uuid_null("territory_id"))
        .col(uuid_null("cover_for_id"))
        .col(string("priority"))
        .col(integer_null("severity"))
        .col(string("status"))
        .col(string_null("status_reason").text())
        .col(boolean("open"))
        .col(timestamp_with_time_zone_null("wake_at"))
        .col(string("channel"))
        .col(string("direction"))
        .col(string_null("source_system"))
        .col(string_null("source_id"))
        .col(boolean("spam"))
        .col(boolean("confidential"))
        .col(uuid_null("merged_into_id"))
        .col(uuid_null("follow_up_of_id"))
        .col(uuid_null("emergency_id"))
        .col(timestamp_with_time_zone("clock_start_at"))
        .col(timestamp_with_time_zone_null("resolved_at"))
        .col(timestamp_with_time_zone_null("closed_at"))
        .col(timestamp_with_time_zone_null("deleted_at"))
        .col(integer("reopen_count"))
        .col(timestamp_with_time_zone_null("last_customer_message_at"))
        .col(timestamp_with_time_zone_null("last_public_reply_at"))
        .col(timestamp_with_time_zone_null("last_human_touch_at"))
        .col(uuid_null("calendar_id"))
        .col(uuid_null("sla_policy_version_id"))
        .col(integer("message_count"))
        .col(timestamp_with_time_zone("moved_at"))
        .col(boolean("watched"))
        .col(timestamp_with_time_zone_null("due_at"))
        .col(timestamp_with_time_zone_null("touch_due_at"))
        .col(json_binary("details"))
        .take()
}

fn message() -> TableCreateStatement {
    table("message")
        .col(uuid("id").primary_key())
        .col(uuid("ticket_id"))
        .col(integer("seq"))
        .col(string("kind"))
        .col(boolean("public"))
        .col(string("channel"))
        .col(string("author_kind"))
        .col(uuid_null("author_id"))
        .col(text("author_name"))
        .col(text("body"))
        .col(timestamp_with_time_zone("occurred_at"))
        .col(timestamp_with_time_zone("recorded_at"))
        .col(boolean("automatic"))
        .col(boolean("courtesy"))
        .col(boolean("bulk"))
        .col(json_binary_null("call"))
        .col(json_binary_null("mail"))
        .col(string_null("mail_message_id").text())
        .col(string_null("dedupe_key").text())
        .col(uuid_null("split_from"))
        .col(json_binary_null("redaction"))
        .col(big_integer("words_key"))
        .foreign_key(&mut reference("message", "ticket_id", "ticket"))
        .take()
}

fn obligation() -> TableCreateStatement {
    table("obligation")
        .col(uuid("id").primary_key())
        .col(big_integer("version"))
        .col(uuid_null("ticket_id"))
        .col(string_null("subject_type"))
        .col(uuid_null("subject_id"))
        .col(uuid_null("account_id"))
        .col(uuid_null("site_id"))
        .col(uuid_null("branch_id"))
        .col(uuid_null("group_id"))
        .col(uuid_null("assignee_id"))
        .col(string("kind"))
        .col(integer("cycle"))
        .col(timestamp_with_time_zone("start_at"))
        .col(string("state"))
        .col(timestamp_with_time_zone_null("due_at"))
        .col(timestamp_with_time_zone_null("satisfied_at"))
        .col(uuid_null("satisfied_by"))
        .col(timestamp_with_time_zone_null("breached_at"))
        .col(timestamp_with_time_zone_null("excused_at"))
        .col(big_integer_null("taken_s"))
        .col(uuid("policy_version_id"))
        .col(uuid("calendar_version_id"))
        .col(integer("generation"))
        .col(timestamp_with_time_zone("updated_at"))
        .col(json_binary("details"))
        .foreign_key(&mut reference("obligation", "ticket_id", "ticket"))
        .take()
}

fn timer() -> TableCreateStatement {
    table("timer")
        .col(uuid("obligation_id"))
        .col(integer("generation"))
        .col(string("step"))
        .col(timestamp_with_time_zone("fire_at"))
        .col(timestamp_with_time_zone_null("fired_at"))
        .col(uuid_null("escalation_version_id"))
        .col(integer_null("escalation_step"))
        .primary_key(Index::create().col(Alias::new("obligation_id")).col(Alias::new("generation")).col(Alias::new("step")))
        .foreign_key(&mut reference("timer", "obligation_id", "obligation"))
        .take()
}
