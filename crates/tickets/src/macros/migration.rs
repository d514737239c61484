//! The table of macros.

use platform::migration::{Migration, stamped};
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{boolean, json_binary, string, string_null, uuid_null};

pub(crate) const MIGRATION: Migration = Migration {
    name: "m0102_create_macros",
    tables: || vec![desk_macro()],
    statements: |_| INDEXES.iter().map(|statement| (*statement).to_owned()).collect(),
};

const INDEXES: &[&str] = &[
    "CREATE UNIQUE INDEX desk_macro_external_ref ON desk_macro (external_ref) WHERE external_ref IS NOT NULL",
    "CREATE INDEX desk_macro_name ON desk_macro (name, id)",
];

fn desk_macro() -> TableCreateStatement {
    stamped("desk_macro")
        .col(string_null("external_ref"))
        .col(string("name"))
        .col(uuid_null("branch_id"))
        .col(boolean("active"))
        .col(json_binary("actions"))
        .take()
}
