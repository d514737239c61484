//! Calendars, SLA policies and the generation of the rules.

use platform::migration::{Migration, append_only, reference, table};
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, boolean, integer, json_binary, string, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
};

use super::resource;

pub(super) const MIGRATION: Migration = Migration {
    name: "m0001_create_rules",
    tables: || vec![rulebook(), calendar(), calendar_version(), policy(), policy_version(), recalculation()],
    statements: |backend| {
        let mut statements: Vec<String> = INDEXES.iter().map(|statement| (*statement).to_owned()).collect();
        statements.extend(append_only(backend, "calendar_version"));
        statements.extend(append_only(backend, "sla_policy_version"));
        statements
    },
};

const INDEXES: &[&str] = &[
    "INSERT INTO rulebook (id, generation, roster_generation, settings) VALUES (1, 1, 1, '{}')",
    "CREATE UNIQUE INDEX calendar_external_ref ON calendar (external_ref) WHERE external_ref IS NOT NULL",
    "CREATE UNIQUE INDEX calendar_branch ON calendar (branch_id) WHERE branch_id IS NOT NULL",
    "CREATE UNIQUE INDEX calendar_default ON calendar (is_default) WHERE is_default",
    "CREATE INDEX calendar_name ON calendar (name, id)",
    "CREATE UNIQUE INDEX calendar_version_number ON calendar_version (calendar_id, number)",
    "CREATE UNIQUE INDEX sla_policy_external_ref ON sla_policy (external_ref) WHERE external_ref IS NOT NULL",
    "CREATE INDEX sla_policy_position ON sla_policy (position, id)",
    "CREATE INDEX sla_policy_name ON sla_policy (name, id)",
    "CREATE UNIQUE INDEX sla_policy_version_number ON sla_policy_version (policy_id, number)",
    "CREATE INDEX recalculation_open ON recalculation (at, id) WHERE done_at IS NULL",
];

fn rulebook() -> TableCreateStatement {
    table("rulebook")
        .col(integer("id").primary_key())
        .col(big_integer("generation"))
        .col(big_integer("roster_generation"))
        .col(json_binary("settings"))
        .take()
}

fn calendar() -> TableCreateStatement {
    resource("calendar").col(string("name")).col(uuid_null("branch_id")).col(boolean("is_default")).take()
}

fn version_of(name: &'static str, parent: &'static str, column: &'static str) -> TableCreateStatement {
    table(name)
        .col(uuid("id").primary_key())
        .col(uuid(column))
        .col(integer("number"))
        .col(timestamp_with_time_zone("effective_from"))
        .col(timestamp_with_time_zone("published_at"))
        .col(uuid("published_by"))
        .foreign_key(&mut reference(name, column, parent))
        .take()
}

fn calendar_version() -> TableCreateStatement {
    version_of("calendar_version", "calendar", "calendar_id").col(json_binary("hours")).take()
}

fn policy() -> TableCreateStatement {
    resource("sla_policy").col(string("name")).col(integer("position")).col(boolean("active")).take()
}

fn policy_version() -> TableCreateStatement {
    version_of("sla_policy_version", "sla_policy", "policy_id").col(json_binary("terms")).take()
}

fn recalculation() -> TableCreateStatement {
    table("recalculation")
        .col(uuid("id").primary_key())
        .col(string("cause"))
        .col(timestamp_with_time_zone("at"))
        .col(uuid_null("calendar_id"))
        .col(uuid_null("after_ticket_id"))
        .col(uuid_null("after_subject_id"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("done_at"))
        .take()
}
