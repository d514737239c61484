//! The tables of change sets and their indexes.

use platform::migration::{Migration, stamped, table};
use sea_orm_migration::prelude::{Alias, Index, TableCreateStatement};
use sea_orm_migration::schema::{
    big_integer, big_integer_null, boolean, date, date_null, integer, integer_null, json_binary, json_binary_null, pk_uuid, string,
    string_null, text_null, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
};

pub(crate) const MIGRATION: Migration = Migration {
    name: "m0010_change_sets",
    tables: || vec![change_set(), row(), book(), given(), notice(), release()],
    statements: |_| {
        [
            "CREATE UNIQUE INDEX change_set_external_ref ON change_set (external_ref) WHERE external_ref IS NOT NULL",
            "CREATE INDEX change_set_state ON change_set (state, id)",
            "CREATE INDEX change_set_effective_on ON change_set (effective_on, id)",
            "CREATE INDEX change_set_reverses ON change_set (reverses_id, id)",
            "CREATE INDEX change_set_follow ON change_set (follow_at) WHERE follow_at IS NOT NULL",
            "CREATE INDEX change_set_book_state ON change_set_book (change_set_id, state, book_id)",
            "CREATE UNIQUE INDEX change_set_row_entry ON change_set_row (change_set_id, entry_id)",
            "CREATE INDEX change_set_row_id ON change_set_row (change_set_id, id)",
            "CREATE INDEX change_set_row_book ON change_set_row (change_set_id, book_id, id)",
            "CREATE INDEX change_set_row_item ON change_set_row (change_set_id, item_id, id)",
            "CREATE INDEX change_set_row_direction ON change_set_row (change_set_id, direction, id)",
            "CREATE INDEX change_set_row_excluded ON change_set_row (change_set_id, excluded, id)",
            "CREATE INDEX change_set_row_clipped ON change_set_row (change_set_id, clipped, id)",
            "CREATE INDEX change_set_row_made ON change_set_row (made_id) WHERE made_id IS NOT NULL",
            "CREATE UNIQUE INDEX change_notice_account ON change_notice (change_set_id, account_id)",
            "CREATE INDEX change_notice_state ON change_notice (change_set_id, state, id)",
            "CREATE INDEX change_notice_waiting ON change_notice (change_set_id, id) WHERE waiting",
            "CREATE INDEX price_release_generation ON price_release (generation)",
        ]
        .map(str::to_owned)
        .to_vec()
    },
};

fn change_set() -> TableCreateStatement {
    stamped("change_set")
        .col(string_null("external_ref"))
        .col(string("name"))
        .col(json_binary("terms"))
        .col(string("operation"))
        .col(date("effective_on"))
        .col(uuid_null("reverses_id"))
        .col(uuid_null("requested_by"))
        .col(boolean("noticed"))
        .col(string("state"))
        .col(integer("preview_no"))
        .col(json_binary_null("preview"))
        .col(timestamp_with_time_zone_null("previewed_at"))
        .col(uuid_null("approved_by"))
        .col(timestamp_with_time_zone_null("approved_at"))
        .col(integer("attempts"))
        .col(timestamp_with_time_zone_null("published_at"))
        .col(timestamp_with_time_zone_null("follow_at"))
        .take()
}

/// The rows of the latest preview.
fn row() -> TableCreateStatement {
    table("change_set_row")
        .col(pk_uuid("id"))
        .col(uuid("change_set_id"))
        .col(integer("preview_no"))
        .col(uuid("book_id"))
        .col(uuid("entry_id"))
        .col(string("selector_kind"))
        .col(uuid_null("item_id"))
        .col(string_null("selector_path"))
        .col(string("uom"))
        .col(string("currency"))
        .col(uuid_null("site_id"))
        .col(date("starts_on"))
        .col(date_null("ends_on"))
        .col(json_binary("old_terms"))
        .col(json_binary_null("requested_terms"))
        .col(json_binary_null("new_terms"))
        .col(string_null("clipped"))
        .col(string("direction"))
        .col(string_null("excluded"))
        .col(big_integer_null("annual_quantity"))
        .col(big_integer_null("annual_effect"))
        .col(big_integer_null("margin_before"))
        .col(big_integer_null("margin_after"))
        .col(uuid_null("made_id"))
        .take()
}

/// The books of the latest preview: on which version each was worked out, and how its publication fared.
fn book() -> TableCreateStatement {
    table("change_set_book")
        .col(uuid("change_set_id"))
        .col(uuid("book_id"))
        .col(uuid_null("base_id"))
        .col(string("state"))
        .col(string_null("reason"))
        .col(text_null("detail"))
        .col(uuid_null("version_id"))
        .col(integer_null("version_no"))
        .primary_key(Index::create().col(Alias::new("change_set_id")).col(Alias::new("book_id")))
        .take()
}

/// Prices from a sheet.
fn given() -> TableCreateStatement {
    table("change_set_given")
        .col(uuid("change_set_id"))
        .col(uuid("entry_id"))
        .col(json_binary("terms"))
        .primary_key(Index::create().col(Alias::new("change_set_id")).col(Alias::new("entry_id")))
        .take()
}

/// What each account is owed.
fn notice() -> TableCreateStatement {
    stamped("change_notice")
        .col(uuid("change_set_id"))
        .col(uuid("account_id"))
        .col(integer("lead_days"))
        .col(string("state"))
        .col(string_null("reason"))
        .col(uuid_null("contact_id"))
        .col(uuid_null("notice_id"))
        .col(timestamp_with_time_zone_null("sent_at"))
        .col(date_null("proved_on"))
        .col(date_null("release_on"))
        .col(boolean("waiting"))
        .take()
}

/// From when a raise holds for an account; only added to.
fn release() -> TableCreateStatement {
    table("price_release")
        .col(pk_uuid("id"))
        .col(uuid("change_set_id"))
        .col(uuid("account_id"))
        .col(date_null("releases_on"))
        .col(timestamp_with_time_zone("recorded_at"))
        .col(big_integer("generation"))
        .take()
}
