//! The table of who has which ticket open.

use platform::migration::{Migration, reference, table};
use sea_orm::sea_query::Alias;
use sea_orm_migration::prelude::{Index, TableCreateStatement};
use sea_orm_migration::schema::{string, text, timestamp_with_time_zone, uuid};

pub(crate) const MIGRATION: Migration = Migration {
    name: "m0064_create_presence",
    tables: || vec![presence()],
    statements: |_| vec!["CREATE INDEX presence_until ON presence (until)".to_owned()],
};

fn presence() -> TableCreateStatement {
    table("presence")
        .col(uuid("ticket_id"))
        .col(uuid("user_id"))
        .col(text("name"))
        .col(string("activity"))
        .col(timestamp_with_time_zone("since"))
        .col(timestamp_with_time_zone("until"))
        .primary_key(Index::create().col(Alias::new("ticket_id")).col(Alias::new("user_id")))
        .foreign_key(&mut reference("presence", "ticket_id", "ticket"))
        .take()
}
