//! The tables of escalation policies, their versions and the log of what they did.

use platform::migration::{Migration, append_only, reference, stamped, table};
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, boolean, integer, json_binary, string, string_null, text, timestamp_with_time_zone, uuid, uuid_null,
};

pub(crate) const MIGRATION: Migration = Migration {
    name: "m0101_create_escalations",
    tables: || vec![policy(), version(), run()],
    statements: |backend| {
        let mut statements: Vec<String> = INDEXES.iter().map(|statement| (*statement).to_owned()).collect();
        statements.extend(append_only(backend, "escalation_policy_version"));
        statements.extend(append_only(backend, "escalation_run"));
        statements
    },
};

const INDEXES: &[&str] = &[
    "CREATE UNIQUE INDEX escalation_policy_external_ref ON escalation_policy (external_ref) WHERE external_ref IS NOT NULL",
    "CREATE INDEX escalation_policy_name ON escalation_policy (name, id)",
    "CREATE UNIQUE INDEX escalation_policy_version_number ON escalation_policy_version (policy_id, number)",
    "CREATE UNIQUE INDEX escalation_run_once ON escalation_run (obligation_id, generation, step)",
    "CREATE INDEX escalation_run_policy ON escalation_run (policy_id, ran_at, id)",
    "CREATE INDEX escalation_run_ticket ON escalation_run (ticket_id, ran_at, id) WHERE ticket_id IS NOT NULL",
];

fn policy() -> TableCreateStatement {
    stamped("escalation_policy").col(string_null("external_ref")).col(string("name")).col(boolean("active")).take()
}

fn version() -> TableCreateStatement {
    table("escalation_policy_version")
        .col(uuid("id").primary_key())
        .col(uuid("policy_id"))
        .col(integer("number"))
        .col(timestamp_with_time_zone("published_at"))
        .col(uuid("published_by"))
        .col(json_binary("steps"))
        .foreign_key(&mut reference("escalation_policy_version", "policy_id", "escalation_policy"))
        .take()
}

fn run() -> TableCreateStatement {
    table("escalation_run")
        .col(uuid("id").primary_key())
        .col(uuid("policy_id"))
        .col(uuid("version_id"))
        .col(uuid("obligation_id"))
        .col(integer("generation"))
        .col(string("step"))
        .col(uuid_null("ticket_id"))
        .col(uuid_null("branch_id"))
        .col(string("action"))
        .col(text("outcome"))
        .col(timestamp_with_time_zone("planned_at"))
        .col(timestamp_with_time_zone("ran_at"))
        .col(big_integer("late_by_s"))
        .take()
}
