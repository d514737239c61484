//! The table of scheduling requests.

use platform::migration::{Migration, reference, stamped};
use sea_orm::DbBackend;
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{json_binary, string, timestamp_with_time_zone_null, uuid};

pub(crate) const MIGRATION: Migration = Migration {
    name: "m0060_create_scheduling_requests",
    tables: || vec![request()],
    statements: |backend| {
        let specific = if backend == DbBackend::Postgres { POSTGRES } else { &[] };
        INDEXES.iter().chain(specific).map(|statement| (*statement).to_owned()).collect()
    },
};

const INDEXES: &[&str] = &[
    "CREATE INDEX scheduling_request_ticket ON scheduling_request (ticket_id, id)",
    "CREATE INDEX scheduling_request_state ON scheduling_request (state, id)",
    "CREATE INDEX scheduling_request_stop ON scheduling_request (service_stop_id, id)",
    "CREATE INDEX scheduling_request_cutoff ON scheduling_request (cutoff_at, id)",
    "CREATE INDEX scheduling_request_lapse ON scheduling_request (expires_at) WHERE expires_at IS NOT NULL",
];

/// Lists put nulls last in both directions; PostgreSQL reads an index backwards with nulls first.
const POSTGRES: &[&str] = &["CREATE INDEX scheduling_request_cutoff_latest ON scheduling_request (cutoff_at DESC NULLS LAST, id DESC)"];

fn request() -> TableCreateStatement {
    stamped("scheduling_request")
        .col(uuid("ticket_id"))
        .col(string("kind"))
        .col(string("state"))
        .col(string("service_stop_id"))
        .col(timestamp_with_time_zone_null("cutoff_at"))
        .col(timestamp_with_time_zone_null("expires_at"))
        .col(json_binary("details"))
        .foreign_key(&mut reference("scheduling_request", "ticket_id", "ticket"))
        .take()
}
