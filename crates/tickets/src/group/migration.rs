//! The table of groups. `group` is a word of SQL, so the table is `desk_group`.

use platform::migration::{Migration, stamped};
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{boolean, json_binary, string, uuid_null};

pub(crate) const MIGRATION: Migration = Migration {
    name: "m0061_create_groups",
    tables: || vec![group()],
    statements: |_| INDEXES.iter().map(|statement| (*statement).to_owned()).collect(),
};

const INDEXES: &[&str] = &[
    "CREATE INDEX desk_group_name ON desk_group (name, id)",
    "CREATE UNIQUE INDEX desk_group_of_branch ON desk_group (branch_id) WHERE takes_branch_work AND active",
];

fn group() -> TableCreateStatement {
    stamped("desk_group")
        .col(string("name"))
        .col(uuid_null("lead_id"))
        .col(uuid_null("branch_id"))
        .col(boolean("takes_branch_work"))
        .col(uuid_null("calendar_id"))
        .col(json_binary("members"))
        .col(boolean("active"))
        .take()
}
