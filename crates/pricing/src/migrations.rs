//! The tables of pricing and their indexes. Each list, look-up and uniqueness rule names its index here.

use platform::job;
use platform::migration::{Migration, Migrations, stamped, table};
use sea_orm_migration::prelude::{Alias, ColumnDef, Index, TableCreateStatement};
use sea_orm_migration::schema::{
    big_integer, big_integer_null, boolean, date, date_null, integer, integer_null, json_binary, json_binary_null, pk_uuid, string,
    string_null, text, text_null, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
};

use crate::{approval_rule, change_set, charge_rule, data_import, index_value, item_cost, item_usage, version};

/// The migrations of pricing, in order.
#[must_use]
pub fn migrations() -> Migrations {
    vec![
        job::MIGRATION,
        M0001_PRICE_DATA,
        M0002_QUOTES,
        M0003_PRICE_IMPORTS,
        index_value::migration::MIGRATION,
        charge_rule::migration::MIGRATION,
        item_cost::migration::MIGRATION,
        version::image::MIGRATION,
        change_set::migration::MIGRATION,
        item_usage::migration::MIGRATION,
        data_import::migration::MIGRATION,
        approval_rule::migration::MIGRATION,
    ]
}

const M0001_PRICE_DATA: Migration = Migration {
    name: "m0001_price_data",
    tables: || vec![generation(), item(), pricebook(), book_version(), price_entry(), price_removal(), price_assignment(), exchange_rate()],
    statements: |_| {
        [
            "INSERT INTO price_generation (id, generation) VALUES (1, 1)",
            "CREATE UNIQUE INDEX item_code ON item (code)",
            "CREATE UNIQUE INDEX item_external_ref ON item (external_ref) WHERE external_ref IS NOT NULL",
            "CREATE INDEX item_service_line ON item (service_line, id)",
            "CREATE INDEX item_generation ON item (generation)",
            "CREATE UNIQUE INDEX pricebook_code ON pricebook (code)",
            "CREATE UNIQUE INDEX pricebook_external_ref ON pricebook (external_ref) WHERE external_ref IS NOT NULL",
            "CREATE UNIQUE INDEX book_version_no ON book_version (book_id, no)",
            "CREATE INDEX price_entry_key ON price_entry (book_id, entry_key)",
            "CREATE INDEX price_entry_version ON price_entry (version_id, id)",
            "CREATE INDEX price_removal_entry ON price_removal (entry_id)",
            "CREATE INDEX price_assignment_lane ON price_assignment (lane, starts_on)",
            "CREATE INDEX exchange_rate_to ON exchange_rate (to_currency, id)",
            "CREATE INDEX price_assignment_book ON price_assignment (book_id)",
            "CREATE INDEX price_assignment_generation ON price_assignment (generation)",
        ]
        .map(str::to_owned)
        .to_vec()
    },
};

const M0002_QUOTES: Migration = Migration {
    name: "m0002_quotes",
    tables: || vec![sequence(), quote(), quote_version(), quote_line(), quote_conversion()],
    statements: |_| {
        [
            "CREATE UNIQUE INDEX quote_number ON quote (number)",
            "CREATE UNIQUE INDEX quote_external_ref ON quote (external_ref) WHERE external_ref IS NOT NULL",
            "CREATE INDEX quote_account ON quote (account_id, id)",
            "CREATE INDEX quote_branch ON quote (branch_id, id)",
            "CREATE UNIQUE INDEX quote_version_no ON quote_version (quote_id, no)",
            "CREATE UNIQUE INDEX quote_line_no ON quote_line (version_id, no)",
            "CREATE UNIQUE INDEX quote_conversion_reference ON quote_conversion (quote_id, reference)",
        ]
        .map(str::to_owned)
        .to_vec()
    },
};

const M0003_PRICE_IMPORTS: Migration =
    Migration { name: "m0003_price_imports", tables: || vec![price_import()], statements: |_| Vec::new() };

/// The parts of a large file that waits to be imported.
fn price_import() -> TableCreateStatement {
    table("price_import")
        .col(uuid("import_id"))
        .col(integer("part"))
        .col(text("rows"))
        .primary_key(Index::create().col(Alias::new("import_id")).col(Alias::new("part")))
        .take()
}

fn generation() -> TableCreateStatement {
    table("price_generation").col(integer("id").primary_key()).col(big_integer("generation")).take()
}

fn item() -> TableCreateStatement {
    stamped("item")
        .col(string_null("external_ref"))
        .col(string("code"))
        .col(string("name"))
        .col(string("service_line"))
        .col(string("category"))
        .col(string("charge_group"))
        .col(string("base_uom"))
        .col(json_binary("conversions"))
        .col(boolean("active"))
        .col(big_integer("generation"))
        .take()
}

fn pricebook() -> TableCreateStatement {
    stamped("pricebook")
        .col(string_null("external_ref"))
        .col(string("code"))
        .col(string("name"))
        .col(string("currency"))
        .col(string("kind"))
        .col(uuid_null("parent_id"))
        .col(string("rounding"))
        .col(string_null("tier_scope"))
        .col(uuid_null("current_version_id"))
        .col(integer("last_no"))
        .take()
}

fn book_version() -> TableCreateStatement {
    stamped("book_version")
        .col(uuid("book_id"))
        .col(integer("no"))
        .col(uuid_null("base_id"))
        .col(string("state"))
        .col(date("effective_from"))
        .col(string("reason"))
        .col(text_null("note"))
        .col(timestamp_with_time_zone_null("published_at"))
        .col(timestamp_with_time_zone_null("withdrawn_at"))
        .col(string_null("content_hash"))
        .take()
}

fn price_entry() -> TableCreateStatement {
    table("price_entry")
        .col(pk_uuid("id"))
        .col(uuid("book_id"))
        .col(uuid("version_id"))
        .col(string("entry_key"))
        .col(string("selector_kind"))
        .col(uuid_null("item_id"))
        .col(string_null("selector_path"))
        .col(string("uom"))
        .col(string("currency"))
        .col(uuid_null("site_id"))
        .col(uuid_null("profile_id"))
        .col(json_binary("terms"))
        .col(date("starts_on"))
        .col(date_null("ends_on"))
        .col(big_integer_null("min_charge"))
        .col(boolean("free"))
        .col(boolean("rebate"))
        .col(string_null("tier_scope"))
        .col(uuid_null("start_gate"))
        .col(uuid_null("end_gate"))
        .col(date_null("lapses_on"))
        .take()
}

fn price_removal() -> TableCreateStatement {
    table("price_removal")
        .col(uuid("version_id"))
        .col(uuid("entry_id"))
        .primary_key(Index::create().col(Alias::new("version_id")).col(Alias::new("entry_id")))
        .take()
}

fn price_assignment() -> TableCreateStatement {
    stamped("price_assignment")
        .col(string_null("external_ref"))
        .col(uuid("book_id"))
        .col(string("subject_kind"))
        .col(uuid_null("subject_id"))
        .col(string_null("segment"))
        .col(string("lane"))
        .col(date("starts_on"))
        .col(date_null("ends_on"))
        .col(big_integer("generation"))
        .take()
}

fn exchange_rate() -> TableCreateStatement {
    table("exchange_rate")
        .col(pk_uuid("id"))
        .col(string("from_currency"))
        .col(string("to_currency"))
        .col(big_integer("rate"))
        .col(date("effective_on"))
        .col(timestamp_with_time_zone("recorded_at"))
        .col(uuid_null("recorded_by"))
        .take()
}

fn sequence() -> TableCreateStatement {
    table("sequence").col(string("name").primary_key()).col(big_integer("value")).take()
}

fn quote() -> TableCreateStatement {
    stamped("quote")
        .col(string_null("external_ref"))
        .col(string("number"))
        .col(string("kind"))
        .col(uuid("account_id"))
        .col(uuid_null("site_id"))
        .col(uuid_null("branch_id"))
        .col(string("currency"))
        .col(string("time_zone"))
        .col(integer("current_no"))
        .col(integer_null("draft_no"))
        .col(string("state"))
        .take()
}

fn quote_version() -> TableCreateStatement {
    stamped("quote_version")
        .col(uuid("quote_id"))
        .col(integer("no"))
        .col(string("state"))
        .col(date("valid_until"))
        .col(date("price_date"))
        .col(boolean("conversion"))
        .col(text_null("terms"))
        .col(big_integer("total"))
        .col(big_integer("document_total"))
        .col(json_binary("top_ups"))
        .col(json_binary("surcharges"))
        .col(text_null("charges_trace"))
        .col(timestamp_with_time_zone("priced_at"))
        .col(integer_null("term_months"))
        .col(boolean("non_standard_terms"))
        .col(json_binary("option_groups"))
        .col(big_integer_null("not_to_exceed"))
        .col(json_binary("approvals"))
        .col(timestamp_with_time_zone_null("approved_at"))
        .col(json_binary_null("agreed"))
        .col(uuid_null("contract_id"))
        .col(string_null("content_hash"))
        .col(timestamp_with_time_zone_null("submitted_at"))
        .col(timestamp_with_time_zone_null("sent_at"))
        .col(timestamp_with_time_zone_null("decided_at"))
        .col(uuid_null("submitted_by"))
        .col(uuid_null("decided_by"))
        .col(string_null("signer"))
        .col(text_null("decision_note"))
        .take()
}

fn quote_line() -> TableCreateStatement {
    table("quote_line")
        .col(pk_uuid("id"))
        .col(uuid("version_id"))
        .col(integer("no"))
        .col(uuid("item_id"))
        .col(string("item_code"))
        .col(string("description"))
        .col(string("charge_group"))
        .col(uuid_null("site_id"))
        .col(big_integer("quantity"))
        .col(string("uom"))
        .col(big_integer_null("unit_price"))
        .col(big_integer("discount"))
        .col(big_integer("amount"))
        .col(json_binary("components"))
        .col(text_null("override_reason"))
        .col(big_integer_null("list_amount"))
        .col(text("trace"))
        .col(big_integer("converted"))
        .col(text_null("source"))
        .col(big_integer_null("cost"))
        .col(string_null("option_group"))
        .col(boolean("preselected"))
        .col(big_integer_null("least"))
        .col(big_integer_null("most"))
        .col(big_integer_null("agreed"))
        .take()
}

fn quote_conversion() -> TableCreateStatement {
    table("quote_conversion")
        .col(pk_uuid("id"))
        .col(uuid("quote_id"))
        .col(uuid("version_id"))
        .col(string("reference"))
        .col(uuid("order_id"))
        .col(json_binary("part"))
        .col(big_integer("total"))
        .col(timestamp_with_time_zone("created_at"))
        .col(ColumnDef::new(Alias::new("created_by")).uuid().null())
        .take()
}
