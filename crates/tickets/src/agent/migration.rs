//! The tables of agents.

use platform::migration::{Migration, reference, stamped, table};
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{boolean, integer, json_binary, string, string_null, timestamp_with_time_zone_null, uuid, uuid_null};

pub(crate) const MIGRATION: Migration = Migration {
    name: "m0060_create_agents",
    tables: || vec![agent(), duty()],
    statements: |_| INDEXES.iter().map(|statement| (*statement).to_owned()).collect(),
};

const INDEXES: &[&str] =
    &["CREATE INDEX agent_name ON agent (name, id)", "CREATE INDEX agent_duty_step ON agent_duty (due_at, id) WHERE due_at IS NOT NULL"];

fn agent() -> TableCreateStatement {
    stamped("agent")
        .col(string("name"))
        .col(string_null("email"))
        .col(string_null("phone"))
        .col(json_binary("told_as"))
        .col(string("time_zone"))
        .col(uuid_null("calendar_id"))
        .col(json_binary("branch_ids"))
        .col(json_binary("territory_ids"))
        .col(json_binary("skills"))
        .col(integer("capacity_points"))
        .col(string("availability"))
        .col(timestamp_with_time_zone_null("out_from"))
        .col(timestamp_with_time_zone_null("out_to"))
        .col(uuid_null("cover_agent_id"))
        .col(boolean("active"))
        .foreign_key(&mut reference("agent", "cover_agent_id", "agent"))
        .take()
}

fn duty() -> TableCreateStatement {
    table("agent_duty")
        .col(uuid("id").primary_key())
        .col(timestamp_with_time_zone_null("last_assigned_at"))
        .col(string_null("step"))
        .col(timestamp_with_time_zone_null("due_at"))
        .foreign_key(&mut reference("agent_duty", "id", "agent"))
        .take()
}
