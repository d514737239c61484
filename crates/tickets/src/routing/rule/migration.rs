//! The tables of routing rules and their order.

use platform::migration::{Migration, stamped, table};
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, boolean, integer, json_binary, string, uuid};

pub(crate) const MIGRATION: Migration = Migration {
    name: "m0063_create_routing_rules",
    tables: || vec![rule(), order()],
    statements: |_| INDEXES.iter().map(|statement| (*statement).to_owned()).collect(),
};

const INDEXES: &[&str] = &[
    "INSERT INTO routing_order (id, version) VALUES (1, 1)",
    "CREATE INDEX routing_rule_position ON routing_rule (position, id)",
    "CREATE INDEX routing_rule_name ON routing_rule (name, id)",
];

fn rule() -> TableCreateStatement {
    stamped("routing_rule")
        .col(string("name"))
        .col(integer("position"))
        .col(json_binary("conditions"))
        .col(uuid("group_id"))
        .col(json_binary("required_skills"))
        .col(boolean("active"))
        .take()
}

fn order() -> TableCreateStatement {
    table("routing_order").col(integer("id").primary_key()).col(big_integer("version")).take()
}
