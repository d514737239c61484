//! Billables, bill runs, invoices and number series.

use platform::migration::{Migration, stamped, table};
use sea_orm_migration::prelude::{Alias, Index, TableCreateStatement};
use sea_orm_migration::schema::{
    big_integer, big_integer_null, boolean, date, date_null, integer, json_binary, string, string_null, text, text_null,
    timestamp_with_time_zone_null, uuid, uuid_null,
};

pub(super) const CREATE_BILLING: Migration = Migration {
    name: "m0001_create_billing",
    tables: || vec![number_series(), billable(), bill_run(), bill_run_group(), invoice(), invoice_line()],
    statements: |_| {
        [
            "CREATE UNIQUE INDEX billable_source ON billable (source_type, source_id, source_seq, kind)",
            "CREATE UNIQUE INDEX billable_external_ref ON billable (external_ref) WHERE external_ref IS NOT NULL",
            "CREATE INDEX billable_due ON billable (state, service_date, bill_to_id)",
            "CREATE INDEX billable_bill_to ON billable (bill_to_id, state, service_date)",
            "CREATE INDEX billable_account ON billable (account_id, id)",
            "CREATE INDEX billable_order ON billable (order_id, state) WHERE order_id IS NOT NULL",
            "CREATE INDEX billable_invoice ON billable (invoice_id) WHERE invoice_id IS NOT NULL",
            "CREATE INDEX bill_run_created ON bill_run (created_at, id)",
            "CREATE UNIQUE INDEX bill_run_group_position ON bill_run_group (run_id, position)",
            "CREATE UNIQUE INDEX invoice_number ON invoice (number)",
            "CREATE UNIQUE INDEX invoice_external_ref ON invoice (external_ref) WHERE external_ref IS NOT NULL",
            "CREATE INDEX invoice_open ON invoice (bill_to_id, currency, open, due_date, issue_date, number)",
            "CREATE INDEX invoice_aging ON invoice (open, currency, bill_to_id, due_date, balance)",
            "CREATE INDEX invoice_bill_to ON invoice (bill_to_id, issue_date, id)",
            "CREATE INDEX invoice_state ON invoice (state, issue_date, id)",
            "CREATE INDEX invoice_issue ON invoice (issue_date, id)",
            "CREATE INDEX invoice_due ON invoice (due_date, id)",
            "CREATE INDEX invoice_run ON invoice (bill_run_id) WHERE bill_run_id IS NOT NULL",
            "CREATE UNIQUE INDEX invoice_line_number ON invoice_line (invoice_id, line_no)",
            "CREATE INDEX invoice_line_billable ON invoice_line (billable_id) WHERE billable_id IS NOT NULL",
        ]
        .map(str::to_owned)
        .to_vec()
    },
};

fn number_series() -> TableCreateStatement {
    table("number_series")
        .col(string("series"))
        .col(integer("fiscal_year"))
        .col(big_integer("last_number"))
        .primary_key(Index::create().col(Alias::new("series")).col(Alias::new("fiscal_year")))
        .take()
}

fn billable() -> TableCreateStatement {
    stamped("billable")
        .col(string_null("external_ref"))
        .col(string("source_type"))
        .col(uuid("source_id"))
        .col(integer("source_seq"))
        .col(string("kind"))
        .col(string("state"))
        .col(uuid("account_id"))
        .col(uuid("bill_to_id"))
        .col(uuid_null("branch_id"))
        .col(uuid_null("site_id"))
        .col(uuid_null("order_id"))
        .col(string_null("po_number"))
        .col(string_null("service_line"))
        .col(string_null("cost_center"))
        .col(string_null("payment_terms"))
        .col(date("service_date"))
        .col(text("description"))
        .col(uuid_null("item_id"))
        .col(big_integer("quantity"))
        .col(string_null("uom"))
        .col(big_integer("unit_price"))
        .col(big_integer("discount_rate"))
        .col(big_integer("amount"))
        .col(string("currency"))
        .col(string_null("tax_code"))
        .col(big_integer_null("tax_rate"))
        .col(string_null("tax_exemption"))
        .col(uuid_null("invoice_id"))
        .col(uuid_null("superseded_by"))
        .col(text_null("reason"))
        .take()
}

fn bill_run() -> TableCreateStatement {
    stamped("bill_run")
        .col(string("state"))
        .col(date("period_start"))
        .col(date("period_end"))
        .col(json_binary("request"))
        .col(string("preview_hash"))
        .col(integer("groups"))
        .col(integer("invoiced"))
        .col(integer("failed"))
        .col(timestamp_with_time_zone_null("finished_at"))
        .take()
}

fn bill_run_group() -> TableCreateStatement {
    table("bill_run_group")
        .col(uuid("id").primary_key())
        .col(uuid("run_id"))
        .col(integer("position"))
        .col(string("state"))
        .col(json_binary("group_key"))
        .col(json_binary("billable_ids"))
        .col(string("currency"))
        .col(big_integer("net"))
        .col(big_integer("tax"))
        .col(uuid_null("invoice_id"))
        .col(string_null("failure_code"))
        .col(text_null("failure_detail"))
        .take()
}

fn invoice() -> TableCreateStatement {
    stamped("invoice")
        .col(string_null("external_ref"))
        .col(string_null("number"))
        .col(string("state"))
        .col(boolean("open"))
        .col(uuid("bill_to_id"))
        .col(string_null("bill_to_name"))
        .col(uuid_null("branch_id"))
        .col(uuid_null("order_id"))
        .col(uuid_null("bill_run_id"))
        .col(string("currency"))
        .col(string_null("po_number"))
        .col(string("terms"))
        .col(date_null("issue_date"))
        .col(date_null("due_date"))
        .col(timestamp_with_time_zone_null("posted_at"))
        .col(date_null("voided_on"))
        .col(timestamp_with_time_zone_null("voided_at"))
        .col(big_integer("net"))
        .col(big_integer("tax"))
        .col(big_integer("total"))
        .col(big_integer("balance"))
        .col(json_binary("taxes"))
        .col(string_null("content_hash"))
        .col(text_null("memo"))
        .col(text_null("void_reason"))
        .take()
}

fn invoice_line() -> TableCreateStatement {
    table("invoice_line")
        .col(uuid("id").primary_key())
        .col(uuid("invoice_id"))
        .col(integer("line_no"))
        .col(string("kind"))
        .col(text("description"))
        .col(uuid_null("billable_id"))
        .col(uuid_null("order_id"))
        .col(uuid_null("site_id"))
        .col(uuid_null("item_id"))
        .col(date_null("service_date"))
        .col(big_integer("quantity"))
        .col(string_null("uom"))
        .col(big_integer("unit_price"))
        .col(big_integer("discount_rate"))
        .col(string_null("tax_code"))
        .col(string_null("tax_exemption"))
        .col(big_integer("net"))
        .col(big_integer("tax"))
        .col(big_integer("credited_quantity"))
        .col(big_integer("credited_net"))
        .col(big_integer("credited_tax"))
        .take()
}
