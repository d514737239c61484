//! The schema of the accounts service, one file per step. A released step never changes; a new one is added after it.

mod m0001_create_accounts;
mod m0002_create_contracts;
mod m0003_search_sites_and_contacts;

use platform::migration::{Migrations, stamped};
use sea_orm_migration::prelude::TableCreateStatement;
use sea_orm_migration::schema::string_null;

/// All steps, oldest first.
#[must_use]
pub fn migrations() -> Migrations {
    vec![m0001_create_accounts::MIGRATION, m0002_create_contracts::MIGRATION, m0003_search_sites_and_contacts::MIGRATION]
}

/// A stamped table with an external reference.
fn resource(name: &'static str) -> TableCreateStatement {
    stamped(name).col(string_null("external_ref")).take()
}

/// A unique index on the external reference of each resource table.
fn external_refs(tables: &[&str]) -> Vec<String> {
    tables
        .iter()
        .map(|table| format!("CREATE UNIQUE INDEX {table}_external_ref ON {table} (external_ref) WHERE external_ref IS NOT NULL"))
        .collect()
}
