//! The tables of imports and their indexes.

use platform::migration::{Migration, stamped, table};
use sea_orm_migration::prelude::{Alias, Index, TableCreateStatement};
use sea_orm_migration::schema::{big_integer, integer, json_binary_null, string, uuid};

pub(crate) const MIGRATION: Migration = Migration {
    name: "m0012_data_imports",
    tables: || vec![data_import(), trail()],
    statements: |_| vec!["CREATE INDEX data_import_kind ON data_import (kind, id)".to_owned()],
};

fn data_import() -> TableCreateStatement {
    stamped("data_import")
        .col(string("kind"))
        .col(string("state"))
        .col(integer("added"))
        .col(integer("replaced"))
        .col(integer("unchanged"))
        .col(integer("refused"))
        .take()
}

fn trail() -> TableCreateStatement {
    table("data_import_trail")
        .col(uuid("import_id"))
        .col(uuid("record_id"))
        .col(big_integer("record_version"))
        .col(json_binary_null("before"))
        .primary_key(Index::create().col(Alias::new("import_id")).col(Alias::new("record_id")))
        .take()
}
