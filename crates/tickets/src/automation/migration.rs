//! The tables of automations, their tasks and the log of what they did.

use platform::migration::{Migration, append_only, reference, stamped, table};
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, boolean, integer, json_binary, string, string_null, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid,
    uuid_null,
};

pub(crate) const MIGRATION: Migration = Migration {
    name: "m0103_create_automations",
    tables: || vec![automation(), task(), run()],
    statements: |backend| {
        let mut statements: Vec<String> = INDEXES.iter().map(|statement| (*statement).to_owned()).collect();
        statements.extend(append_only(backend, "automation_run"));
        statements
    },
};

const INDEXES: &[&str] = &[
    "CREATE UNIQUE INDEX automation_external_ref ON automation (external_ref) WHERE external_ref IS NOT NULL",
    "CREATE INDEX automation_position ON automation (position, id)",
    "CREATE INDEX automation_name ON automation (name, id)",
    "CREATE INDEX automation_task_due ON automation_task (due_at, id) WHERE done_at IS NULL",
    "CREATE INDEX automation_task_done ON automation_task (done_at) WHERE automation_id IS NULL",
    "CREATE UNIQUE INDEX automation_task_once ON automation_task (automation_id, ticket_id, anchor_at)",
    "CREATE UNIQUE INDEX automation_run_once ON automation_run (task_id, automation_id)",
    "CREATE INDEX automation_run_rule ON automation_run (automation_id, ran_at, id)",
];

fn automation() -> TableCreateStatement {
    stamped("automation")
        .col(string_null("external_ref"))
        .col(string("name"))
        .col(integer("position"))
        .col(boolean("active"))
        .col(json_binary("terms"))
        .take()
}

fn task() -> TableCreateStatement {
    table("automation_task")
        .col(uuid("id").primary_key())
        .col(uuid("ticket_id"))
        .col(string("trigger"))
        .col(integer("depth"))
        .col(uuid_null("automation_id"))
        .col(timestamp_with_time_zone_null("anchor_at"))
        .col(timestamp_with_time_zone("due_at"))
        .col(timestamp_with_time_zone_null("done_at"))
        .foreign_key(&mut reference("automation_task", "ticket_id", "ticket"))
        .take()
}

fn run() -> TableCreateStatement {
    table("automation_run")
        .col(uuid("id").primary_key())
        .col(uuid("task_id"))
        .col(uuid("automation_id"))
        .col(big_integer("automation_version"))
        .col(uuid("ticket_id"))
        .col(uuid_null("branch_id"))
        .col(integer("depth"))
        .col(string_null("refused"))
        .col(timestamp_with_time_zone("ran_at"))
        .foreign_key(&mut reference("automation_run", "automation_id", "automation"))
        .take()
}
