//! The table of index values and its indexes.

use platform::migration::{Migration, table};
use sea_orm_migration::prelude::TableCreateStatement;
use sea_orm_migration::schema::{big_integer, date, pk_uuid, string, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid_null};

pub(crate) const MIGRATION: Migration = Migration {
    name: "m0004_index_values",
    tables: || vec![index_value()],
    statements: |_| vec!["CREATE INDEX index_value_code ON index_value (index_code, published_on)".to_owned()],
};

fn index_value() -> TableCreateStatement {
    table("index_value")
        .col(pk_uuid("id"))
        .col(string("index_code"))
        .col(big_integer("value"))
        .col(date("published_on"))
        .col(timestamp_with_time_zone("recorded_at"))
        .col(uuid_null("recorded_by"))
        .col(timestamp_with_time_zone_null("withdrawn_at"))
        .take()
}
