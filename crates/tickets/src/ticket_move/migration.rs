//! The table of moves.

use platform::migration::{Migration, append_only, reference, table};
use sea_orm_migration::prelude::TableCreateStatement;
use sea_orm_migration::schema::{big_integer, boolean, string, timestamp_with_time_zone, uuid, uuid_null};

pub(crate) const MIGRATION: Migration = Migration {
    name: "m0074_create_ticket_moves",
    tables: || vec![ticket_move()],
    statements: |backend| {
        let mut statements: Vec<String> = INDEXES.iter().map(|statement| (*statement).to_owned()).collect();
        statements.extend(append_only(backend, "ticket_move"));
        statements
    },
};

const INDEXES: &[&str] = &[
    "CREATE UNIQUE INDEX ticket_move_ticket ON ticket_move (ticket_id, ticket_version)",
    "CREATE INDEX ticket_move_at ON ticket_move (at, id)",
];

fn ticket_move() -> TableCreateStatement {
    table("ticket_move")
        .col(uuid("id").primary_key())
        .col(uuid("ticket_id"))
        .col(big_integer("ticket_version"))
        .col(timestamp_with_time_zone("opened_at"))
        .col(timestamp_with_time_zone("since"))
        .col(timestamp_with_time_zone("at"))
        .col(string("step"))
        .col(string("was_status"))
        .col(boolean("was_open"))
        .col(string("was_kind"))
        .col(uuid_null("was_account_id"))
        .col(uuid_null("was_branch_id"))
        .col(uuid_null("was_group_id"))
        .col(uuid_null("was_assignee_id"))
        .col(string("status"))
        .col(boolean("open"))
        .col(string("kind"))
        .col(string("channel"))
        .col(uuid_null("account_id"))
        .col(uuid_null("branch_id"))
        .col(uuid_null("group_id"))
        .col(uuid_null("assignee_id"))
        .foreign_key(&mut reference("ticket_move", "ticket_id", "ticket"))
        .take()
}
