//! The tables of notices and their templates.

use platform::migration::{Migration, reference, stamped};
use sea_orm::DbBackend;
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    boolean, date_null, integer, json_binary, json_binary_null, string, string_null, text, timestamp_with_time_zone_null, uuid_null,
};

pub(crate) const MIGRATION: Migration = Migration {
    name: "m0061_create_notices",
    tables: || vec![notice(), template()],
    statements: |backend| {
        let specific = if backend == DbBackend::Postgres { POSTGRES } else { &[] };
        INDEXES.iter().chain(specific).map(|statement| (*statement).to_owned()).collect()
    },
};

const INDEXES: &[&str] = &[
    "CREATE UNIQUE INDEX notice_external_ref ON notice (external_ref) WHERE external_ref IS NOT NULL",
    "CREATE UNIQUE INDEX notice_revises ON notice (revises_id) WHERE revises_id IS NOT NULL",
    "CREATE INDEX notice_account ON notice (account_id, id)",
    "CREATE INDEX notice_branch ON notice (branch_id, id)",
    "CREATE INDEX notice_site ON notice (site_id, id) WHERE site_id IS NOT NULL",
    "CREATE INDEX notice_ticket ON notice (ticket_id, id) WHERE ticket_id IS NOT NULL",
    "CREATE INDEX notice_change_set ON notice (change_set_ref, id) WHERE change_set_ref IS NOT NULL",
    "CREATE INDEX notice_agreement ON notice (agreement_ref, id) WHERE agreement_ref IS NOT NULL",
    "CREATE INDEX notice_state ON notice (state, id)",
    "CREATE INDEX notice_kind ON notice (kind, id)",
    "CREATE INDEX notice_effective ON notice (effective_on, id)",
    "CREATE INDEX notice_latest_send ON notice (latest_send_on, id) WHERE latest_send_on IS NOT NULL",
    "CREATE INDEX notice_sent ON notice (sent_at, id) WHERE sent_at IS NOT NULL",
    "CREATE INDEX notice_lapse ON notice (lapses_at) WHERE lapses_at IS NOT NULL",
    "CREATE UNIQUE INDEX notice_template_language ON notice_template (kind, language)",
];

/// Lists put nulls last in both directions; PostgreSQL reads an index backwards with nulls first.
const POSTGRES: &[&str] = &["CREATE INDEX notice_effective_latest ON notice (effective_on DESC NULLS LAST, id DESC)"];

fn notice() -> TableCreateStatement {
    stamped("notice")
        .col(string_null("external_ref"))
        .col(string_null("change_set_ref"))
        .col(string_null("agreement_ref"))
        .col(integer("revision"))
        .col(uuid_null("revises_id"))
        .col(uuid_null("ticket_id"))
        .col(uuid_null("account_id"))
        .col(uuid_null("site_id"))
        .col(uuid_null("branch_id"))
        .col(string("time_zone"))
        .col(string("kind"))
        .col(string("state"))
        .col(string_null("language"))
        .col(date_null("effective_on"))
        .col(date_null("latest_send_on"))
        .col(timestamp_with_time_zone_null("sent_at"))
        .col(timestamp_with_time_zone_null("delivered_at"))
        .col(date_null("expires_on"))
        .col(timestamp_with_time_zone_null("lapses_at"))
        .col(json_binary("payload"))
        .col(json_binary("recipients"))
        .col(json_binary_null("text"))
        .col(json_binary("history"))
        .foreign_key(&mut reference("notice", "ticket_id", "ticket"))
        .take()
}

fn template() -> TableCreateStatement {
    stamped("notice_template")
        .col(string("kind"))
        .col(string("language"))
        .col(string("subject"))
        .col(text("body"))
        .col(boolean("active"))
        .take()
}
