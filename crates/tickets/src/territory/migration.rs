//! The table of territories.

use platform::migration::{Migration, stamped};
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{date, date_null, json_binary, string, uuid};

pub(crate) const MIGRATION: Migration = Migration {
    name: "m0062_create_territories",
    tables: || vec![territory()],
    statements: |_| INDEXES.iter().map(|statement| (*statement).to_owned()).collect(),
};

const INDEXES: &[&str] =
    &["CREATE INDEX territory_name ON territory (name, id)", "CREATE INDEX territory_branch ON territory (branch_id, id)"];

fn territory() -> TableCreateStatement {
    stamped("territory")
        .col(string("name"))
        .col(uuid("branch_id"))
        .col(json_binary("postal_ranges"))
        .col(json_binary("account_ids"))
        .col(date("effective_from"))
        .col(date_null("effective_until"))
        .take()
}
