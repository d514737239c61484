//! The schema of the tickets service, one file per step. A released step never changes; a new one is added after it.

mod m0001_create_rules;
mod m0002_create_tickets;

use platform::migration::Migrations;
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, string_null, timestamp_with_time_zone, uuid, uuid_null};

/// All steps, oldest first.
#[must_use]
pub fn migrations() -> Migrations {
    vec![m0001_create_rules::MIGRATION, m0002_create_tickets::MIGRATION, crate::intake::migration::MIGRATION]
}

/// A table whose rows have an id and a stamp.
fn stamped(name: &'static str) -> TableCreateStatement {
    platform::migration::table(name)
        .col(uuid("id").primary_key())
        .col(big_integer("version"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .col(uuid_null("created_by"))
        .col(uuid_null("updated_by"))
        .take()
}

/// A stamped table with an external reference.
fn resource(name: &'static str) -> TableCreateStatement {
    stamped(name).col(string_null("external_ref")).take()
}

/// `column` of `table` names a row of `target`.
fn reference(table: &'static str, column: &'static str, target: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("{table}_{column}"))
        .from(Alias::new(table), Alias::new(column))
        .to(Alias::new(target), Alias::new("id"))
        .take()
}
