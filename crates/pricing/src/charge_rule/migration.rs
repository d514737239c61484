//! The table of charge rules and its indexes.

use platform::migration::{Migration, table};
use sea_orm_migration::prelude::TableCreateStatement;
use sea_orm_migration::schema::{boolean, date, json_binary, pk_uuid, string, timestamp_with_time_zone, uuid_null};

pub(crate) const MIGRATION: Migration = Migration {
    name: "m0005_charge_rules",
    tables: || vec![charge_rule()],
    statements: |_| vec!["CREATE INDEX charge_rule_code ON charge_rule (code, effective_on)".to_owned()],
};

fn charge_rule() -> TableCreateStatement {
    table("charge_rule")
        .col(pk_uuid("id"))
        .col(string("code"))
        .col(string("name"))
        .col(string("currency"))
        .col(json_binary("terms"))
        .col(boolean("active"))
        .col(date("effective_on"))
        .col(timestamp_with_time_zone("recorded_at"))
        .col(uuid_null("recorded_by"))
        .take()
}
