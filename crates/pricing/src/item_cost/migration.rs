//! The table of item costs and its indexes.

use platform::migration::{Migration, table};
use sea_orm_migration::prelude::TableCreateStatement;
use sea_orm_migration::schema::{
    big_integer, date, pk_uuid, string, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
};

pub(crate) const MIGRATION: Migration = Migration {
    name: "m0006_item_costs",
    tables: || vec![item_cost()],
    statements: |_| {
        ["CREATE INDEX item_cost_item ON item_cost (item_id, effective_on)", "CREATE INDEX item_cost_generation ON item_cost (generation)"]
            .map(str::to_owned)
            .to_vec()
    },
};

fn item_cost() -> TableCreateStatement {
    table("item_cost")
        .col(pk_uuid("id"))
        .col(uuid("item_id"))
        .col(string("uom"))
        .col(string("currency"))
        .col(big_integer("cost"))
        .col(date("effective_on"))
        .col(timestamp_with_time_zone("recorded_at"))
        .col(uuid_null("recorded_by"))
        .col(timestamp_with_time_zone_null("withdrawn_at"))
        .col(big_integer("generation"))
        .take()
}
