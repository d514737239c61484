//! The table of item usage and its indexes.

use platform::migration::{Migration, table};
use sea_orm_migration::prelude::TableCreateStatement;
use sea_orm_migration::schema::{big_integer, date, pk_uuid, string, timestamp_with_time_zone, uuid};

pub(crate) const MIGRATION: Migration = Migration {
    name: "m0011_item_usages",
    tables: || vec![item_usage()],
    statements: |_| {
        [
            "CREATE UNIQUE INDEX item_usage_key ON item_usage (account_id, item_id, uom, month)",
            "CREATE INDEX item_usage_item ON item_usage (item_id, month)",
            "CREATE INDEX item_usage_month ON item_usage (month, id)",
        ]
        .map(str::to_owned)
        .to_vec()
    },
};

fn item_usage() -> TableCreateStatement {
    table("item_usage")
        .col(pk_uuid("id"))
        .col(big_integer("version"))
        .col(uuid("account_id"))
        .col(uuid("item_id"))
        .col(string("uom"))
        .col(date("month"))
        .col(big_integer("quantity"))
        .col(timestamp_with_time_zone("recorded_at"))
        .take()
}
