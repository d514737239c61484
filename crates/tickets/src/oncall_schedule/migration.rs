//! The tables of on-call schedules.

use platform::migration::{Migration, reference, stamped, table};
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    boolean, integer, json_binary, small_integer, string, string_null, timestamp_with_time_zone, uuid, uuid_null,
};

pub(crate) const MIGRATION: Migration = Migration {
    name: "m0080_create_oncall_schedules",
    tables: || vec![schedule(), version(), standing_in()],
    statements: |_| INDEXES.iter().map(|statement| (*statement).to_owned()).collect(),
};

const INDEXES: &[&str] = &[
    "CREATE UNIQUE INDEX oncall_schedule_branch ON oncall_schedule (branch_id) WHERE branch_id IS NOT NULL AND active",
    "CREATE UNIQUE INDEX oncall_schedule_default ON oncall_schedule (is_default) WHERE is_default AND active",
    "CREATE INDEX oncall_schedule_name ON oncall_schedule (name, id)",
    "CREATE UNIQUE INDEX oncall_version_number ON oncall_version (schedule_id, number)",
    "CREATE INDEX oncall_override_schedule ON oncall_override (schedule_id, end_at, id)",
    "CREATE INDEX oncall_override_start ON oncall_override (schedule_id, start_at, id)",
    "CREATE INDEX oncall_override_end ON oncall_override (end_at)",
];

fn schedule() -> TableCreateStatement {
    stamped("oncall_schedule").col(string("name")).col(uuid_null("branch_id")).col(boolean("is_default")).col(boolean("active")).take()
}

fn version() -> TableCreateStatement {
    table("oncall_version")
        .col(uuid("id").primary_key())
        .col(uuid("schedule_id"))
        .col(integer("number"))
        .col(timestamp_with_time_zone("effective_from"))
        .col(timestamp_with_time_zone("published_at"))
        .col(uuid("published_by"))
        .col(json_binary("plan"))
        .foreign_key(&mut reference("oncall_version", "schedule_id", "oncall_schedule"))
        .take()
}

fn standing_in() -> TableCreateStatement {
    table("oncall_override")
        .col(uuid("id").primary_key())
        .col(uuid("schedule_id"))
        .col(small_integer("level"))
        .col(uuid("user_id"))
        .col(timestamp_with_time_zone("start_at"))
        .col(timestamp_with_time_zone("end_at"))
        .col(string_null("reason"))
        .col(timestamp_with_time_zone("created_at"))
        .col(uuid("created_by"))
        .foreign_key(&mut reference("oncall_override", "schedule_id", "oncall_schedule"))
        .take()
}
