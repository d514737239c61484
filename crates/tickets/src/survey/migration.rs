//! The tables of surveys.

use platform::migration::{Migration, reference, stamped};
use sea_orm::DbBackend;
use sea_orm_migration::prelude::TableCreateStatement;
use sea_orm_migration::schema::{
    integer, json_binary, small_integer, string, string_null, text_null, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid,
    uuid_null,
};

pub(crate) const MIGRATION: Migration = Migration {
    name: "m0067_create_surveys",
    tables: || vec![survey(), survey_response()],
    statements: |backend| {
        let specific = if backend == DbBackend::Postgres { POSTGRES } else { &[] };
        INDEXES.iter().chain(specific).map(|statement| (*statement).to_owned()).collect()
    },
};

const INDEXES: &[&str] = &[
    "CREATE UNIQUE INDEX survey_cycle ON survey (ticket_id, cycle)",
    "CREATE UNIQUE INDEX survey_token ON survey (token_hash) WHERE token_hash IS NOT NULL",
    "CREATE INDEX survey_due ON survey (send_at) WHERE state = 'scheduled'",
    "CREATE INDEX survey_running_out ON survey (expires_at) WHERE state = 'sent'",
    "CREATE INDEX survey_email ON survey (email, send_at)",
    "CREATE INDEX survey_contact ON survey (contact_id, send_at) WHERE contact_id IS NOT NULL",
    "CREATE INDEX survey_sent ON survey (sent_at, id)",
    "CREATE INDEX survey_account ON survey (account_id, id)",
    "CREATE INDEX survey_state ON survey (state, id)",
    "CREATE INDEX survey_branch ON survey (branch_id, id) WHERE branch_id IS NOT NULL",
    "CREATE INDEX survey_group ON survey (group_id, id) WHERE group_id IS NOT NULL",
    "CREATE INDEX survey_assignee ON survey (assignee_id, id) WHERE assignee_id IS NOT NULL",
    "CREATE UNIQUE INDEX survey_response_survey ON survey_response (survey_id)",
    "CREATE INDEX survey_response_ticket ON survey_response (ticket_id, id)",
    "CREATE INDEX survey_response_score ON survey_response (score, id)",
    "CREATE INDEX survey_response_sent ON survey_response (sent_at, id)",
    "CREATE INDEX survey_response_account ON survey_response (account_id, id) WHERE account_id IS NOT NULL",
    "CREATE INDEX survey_response_branch ON survey_response (branch_id, id) WHERE branch_id IS NOT NULL",
    "CREATE INDEX survey_response_group ON survey_response (group_id, id) WHERE group_id IS NOT NULL",
    "CREATE INDEX survey_response_assignee ON survey_response (assignee_id, id) WHERE assignee_id IS NOT NULL",
    "CREATE INDEX survey_response_answered ON survey_response (answered_at, id)",
];

/// Lists put nulls last in both directions; PostgreSQL reads an index backwards with nulls first.
const POSTGRES: &[&str] = &["CREATE INDEX survey_sent_latest ON survey (sent_at DESC NULLS LAST, id DESC)"];

/// A table with the ticket, and whose work is asked about.
fn about_work(name: &'static str) -> TableCreateStatement {
    stamped(name)
        .col(uuid("ticket_id"))
        .col(uuid_null("account_id"))
        .col(uuid_null("site_id"))
        .col(uuid_null("branch_id"))
        .col(uuid_null("group_id"))
        .col(uuid_null("assignee_id"))
        .foreign_key(&mut reference(name, "ticket_id", "ticket"))
        .take()
}

fn survey() -> TableCreateStatement {
    about_work("survey")
        .col(integer("cycle"))
        .col(uuid_null("template_id"))
        .col(uuid_null("contact_id"))
        .col(text_null("name"))
        .col(string("email"))
        .col(string("state"))
        .col(string_null("cancelled_because"))
        .col(timestamp_with_time_zone("send_at"))
        .col(timestamp_with_time_zone_null("sent_at"))
        .col(timestamp_with_time_zone_null("expires_at"))
        .col(string_null("token_hash"))
        .take()
}

fn survey_response() -> TableCreateStatement {
    about_work("survey_response")
        .col(uuid("survey_id"))
        .col(timestamp_with_time_zone("sent_at"))
        .col(timestamp_with_time_zone("answered_at"))
        .col(small_integer("score"))
        .col(text_null("comment"))
        .col(json_binary("history"))
        .foreign_key(&mut reference("survey_response", "survey_id", "survey"))
        .take()
}
