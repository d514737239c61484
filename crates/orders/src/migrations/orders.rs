//! Orders, their lines and the sequence of their numbers.

use platform::migration::{Migration, stamped, table};
use sea_orm::DbBackend;
use sea_orm_migration::prelude::TableCreateStatement;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, date, date_null, integer, integer_null, json_binary, json_binary_null, string, string_null, text,
    text_null, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
};

pub(super) const CREATE_ORDERS: Migration = Migration {
    name: "m0003_create_orders",
    tables: || vec![order(), line()],
    statements: |backend| {
        let mut statements: Vec<String> = numbers(backend).iter().map(|one| (*one).to_owned()).collect();
        statements.extend(INDEXES.iter().map(|one| (*one).to_owned()));
        statements
    },
};

const INDEXES: &[&str] = &[
    "CREATE UNIQUE INDEX service_order_number ON service_order (number)",
    "CREATE UNIQUE INDEX service_order_external_ref ON service_order (external_ref) WHERE external_ref IS NOT NULL",
    "CREATE INDEX service_order_account ON service_order (account_id, id)",
    "CREATE INDEX service_order_branch ON service_order (branch_id, fulfilment, prep_due_at)",
    "CREATE INDEX service_order_prep_due ON service_order (fulfilment, prep_due_at, id)",
    "CREATE INDEX service_order_service ON service_order (service_date, id)",
    "CREATE INDEX service_order_quote ON service_order (quote_id) WHERE quote_id IS NOT NULL",
    "CREATE UNIQUE INDEX service_order_line_no ON service_order_line (order_id, line_no)",
];

/// Where the numbers of orders come from.
fn numbers(backend: DbBackend) -> &'static [&'static str] {
    match backend {
        DbBackend::Postgres => &["CREATE SEQUENCE service_order_number_seq START 1001"],
        _ => &[
            "CREATE TABLE sequence (name varchar NOT NULL PRIMARY KEY, value bigint NOT NULL)",
            "INSERT INTO sequence (name, value) VALUES ('order', 1000)",
        ],
    }
}

fn order() -> TableCreateStatement {
    stamped("service_order")
        .col(string_null("external_ref"))
        .col(string("number"))
        .col(uuid("account_id"))
        .col(uuid("bill_to_id"))
        .col(uuid_null("site_id"))
        .col(uuid_null("branch_id"))
        .col(string("time_zone"))
        .col(string("kind"))
        .col(string("priority"))
        .col(timestamp_with_time_zone("requested_at"))
        .col(date_null("service_date"))
        .col(string_null("customer_po"))
        .col(string_null("service_line"))
        .col(string_null("cost_center"))
        .col(string("payment_terms"))
        .col(string("currency"))
        .col(date("price_date"))
        .col(uuid_null("quote_id"))
        .col(integer_null("quote_version"))
        .col(big_integer("total"))
        .col(big_integer("freight"))
        .col(big_integer_null("tax_given"))
        .col(timestamp_with_time_zone("prep_due_at"))
        .col(timestamp_with_time_zone_null("prepared_at"))
        .col(timestamp_with_time_zone_null("completed_at"))
        .col(string("fulfilment"))
        .col(string("billing"))
        .col(json_binary("holds"))
        .col(text_null("reason"))
        .take()
}

fn line() -> TableCreateStatement {
    table("service_order_line")
        .col(uuid("id").primary_key())
        .col(uuid("order_id"))
        .col(integer("line_no"))
        .col(uuid_null("item_id"))
        .col(string_null("item_code"))
        .col(text("description"))
        .col(string_null("charge_group"))
        .col(uuid_null("site_id"))
        .col(big_integer("quantity"))
        .col(big_integer("quantity_done"))
        .col(string_null("uom"))
        .col(big_integer_null("unit_price"))
        .col(big_integer("discount_rate"))
        .col(big_integer("amount"))
        .col(json_binary("components"))
        .col(string("priced_by"))
        .col(text_null("given_reason"))
        .col(integer_null("quote_line"))
        .col(text_null("price_source"))
        .col(text_null("trace"))
        .col(json_binary_null("charge"))
        .col(string_null("tax_code"))
        .col(big_integer_null("tax_rate"))
        .col(string_null("tax_exemption"))
        .take()
}
