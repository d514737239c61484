//! The table of approval rules and its indexes.

use platform::migration::{Migration, table};
use sea_orm_migration::prelude::TableCreateStatement;
use sea_orm_migration::schema::{boolean, integer, json_binary, pk_uuid, string, timestamp_with_time_zone, uuid_null};

pub(crate) const MIGRATION: Migration = Migration {
    name: "m0012_quote_approval_rules",
    tables: || vec![quote_approval_rule()],
    statements: |_| vec!["CREATE INDEX quote_approval_rule_code ON quote_approval_rule (code, id)".to_owned()],
};

fn quote_approval_rule() -> TableCreateStatement {
    table("quote_approval_rule")
        .col(pk_uuid("id"))
        .col(string("code"))
        .col(string("name"))
        .col(json_binary("cause"))
        .col(integer("rank"))
        .col(json_binary("approvers"))
        .col(boolean("active"))
        .col(timestamp_with_time_zone("recorded_at"))
        .col(uuid_null("recorded_by"))
        .take()
}
