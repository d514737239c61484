//! The table of time entries.

use platform::migration::{Migration, reference, stamped};
use sea_orm_migration::prelude::TableCreateStatement;
use sea_orm_migration::schema::{boolean, date, integer, text_null, uuid};

pub(crate) const MIGRATION: Migration = Migration {
    name: "m0063_create_time_entries",
    tables: || vec![time_entry()],
    statements: |_| INDEXES.iter().map(|statement| (*statement).to_owned()).collect(),
};

const INDEXES: &[&str] = &[
    "CREATE INDEX time_entry_ticket ON time_entry (ticket_id, work_date, id)",
    "CREATE INDEX time_entry_user ON time_entry (user_id, work_date, id)",
];

fn time_entry() -> TableCreateStatement {
    stamped("time_entry")
        .col(uuid("ticket_id"))
        .col(uuid("user_id"))
        .col(integer("minutes"))
        .col(boolean("billable"))
        .col(text_null("note"))
        .col(date("work_date"))
        .foreign_key(&mut reference("time_entry", "ticket_id", "ticket"))
        .take()
}
