//! The table of decisions.

use platform::migration::{Migration, append_only, reference, table};
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{json_binary, string, timestamp_with_time_zone, uuid, uuid_null};

pub(crate) const MIGRATION: Migration = Migration {
    name: "m0064_create_assignment_decisions",
    tables: || vec![decision()],
    statements: |backend| {
        let mut statements = vec!["CREATE INDEX assignment_decision_ticket ON assignment_decision (ticket_id, id)".to_owned()];
        statements.extend(append_only(backend, "assignment_decision"));
        statements
    },
};

fn decision() -> TableCreateStatement {
    table("assignment_decision")
        .col(uuid("id").primary_key())
        .col(uuid("ticket_id"))
        .col(timestamp_with_time_zone("decided_at"))
        .col(uuid("decided_by"))
        .col(string("occasion"))
        .col(uuid_null("assignee_id"))
        .col(json_binary("decision"))
        .foreign_key(&mut reference("assignment_decision", "ticket_id", "ticket"))
        .take()
}
