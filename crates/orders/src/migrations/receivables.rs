//! Account balances, credit memos, payments, applications, periods and the ledger.

use platform::migration::{Migration, append_only, stamped, table};
use sea_orm_migration::prelude::{Alias, Index, TableCreateStatement};
use sea_orm_migration::schema::{
    big_integer, boolean, date, date_null, integer, json_binary, pk_auto, string, string_null, text_null, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid, uuid_null,
};

pub(super) const CREATE_RECEIVABLES: Migration = Migration {
    name: "m0002_create_receivables",
    tables: || {
        vec![
            account_balance(),
            credit_memo(),
            credit_memo_line(),
            payment(),
            application(),
            accounting_period(),
            ledger_entry(),
            ledger_line(),
        ]
    },
    statements: |backend| {
        let mut statements = [
            "CREATE UNIQUE INDEX credit_memo_number ON credit_memo (number)",
            "CREATE UNIQUE INDEX credit_memo_external_ref ON credit_memo (external_ref) WHERE external_ref IS NOT NULL",
            "CREATE INDEX credit_memo_bill_to ON credit_memo (bill_to_id, issue_date, id)",
            "CREATE INDEX credit_memo_invoice ON credit_memo (invoice_id)",
            "CREATE INDEX credit_memo_issue ON credit_memo (issue_date, id)",
            "CREATE UNIQUE INDEX credit_memo_line_number ON credit_memo_line (credit_memo_id, line_no)",
            "CREATE UNIQUE INDEX payment_duplicate ON payment (account_id, method, reference, amount, received_on, currency, distinguished_by)",
            "CREATE UNIQUE INDEX payment_external_ref ON payment (external_ref) WHERE external_ref IS NOT NULL",
            "CREATE INDEX payment_account ON payment (account_id, received_on, id)",
            "CREATE INDEX payment_received ON payment (received_on, id)",
            "CREATE UNIQUE INDEX application_reverses ON application (reverses) WHERE reverses IS NOT NULL",
            "CREATE INDEX application_invoice ON application (invoice_id)",
            "CREATE INDEX application_source ON application (source_id)",
            "CREATE UNIQUE INDEX ledger_entry_id ON ledger_entry (id)",
            "CREATE UNIQUE INDEX ledger_entry_document ON ledger_entry (document_id, event)",
            "CREATE INDEX ledger_entry_effective ON ledger_entry (effective_on, seq)",
            "CREATE INDEX ledger_entry_party ON ledger_entry (party_id, seq)",
            "CREATE INDEX ledger_line_account ON ledger_line (account, currency, debit, credit)",
        ]
        .map(str::to_owned)
        .to_vec();
        for table in ["application", "ledger_entry", "ledger_line"] {
            statements.extend(append_only(backend, table));
        }
        statements
    },
};

fn account_balance() -> TableCreateStatement {
    table("account_balance")
        .col(uuid("account_id"))
        .col(string("currency"))
        .col(big_integer("version"))
        .col(big_integer("receivable"))
        .col(big_integer("unapplied_cash"))
        .col(big_integer("unapplied_credit"))
        .primary_key(Index::create().col(Alias::new("account_id")).col(Alias::new("currency")))
        .take()
}

fn credit_memo() -> TableCreateStatement {
    stamped("credit_memo")
        .col(string_null("external_ref"))
        .col(string_null("number"))
        .col(string("state"))
        .col(string("reason"))
        .col(uuid("bill_to_id"))
        .col(uuid_null("branch_id"))
        .col(uuid("invoice_id"))
        .col(string("currency"))
        .col(date_null("issue_date"))
        .col(timestamp_with_time_zone_null("posted_at"))
        .col(big_integer("net"))
        .col(big_integer("tax"))
        .col(big_integer("total"))
        .col(big_integer("unapplied"))
        .col(json_binary("taxes"))
        .col(boolean("rebill"))
        .col(text_null("memo"))
        .take()
}

fn credit_memo_line() -> TableCreateStatement {
    table("credit_memo_line")
        .col(uuid("id").primary_key())
        .col(uuid("credit_memo_id"))
        .col(integer("line_no"))
        .col(uuid("invoice_line_id"))
        .col(string("kind"))
        .col(big_integer("quantity"))
        .col(big_integer("net"))
        .col(big_integer("tax"))
        .take()
}

fn payment() -> TableCreateStatement {
    stamped("payment")
        .col(string_null("external_ref"))
        .col(string("state"))
        .col(uuid("account_id"))
        .col(uuid_null("branch_id"))
        .col(string("currency"))
        .col(string("method"))
        .col(string("reference"))
        .col(date("received_on"))
        .col(string_null("deposit_batch"))
        .col(big_integer("amount"))
        .col(big_integer("unapplied"))
        .col(string("distinguished_by"))
        .col(text_null("duplicate_reason"))
        .col(string_null("reversal_reason"))
        .col(date_null("reversed_on"))
        .col(timestamp_with_time_zone_null("reversed_at"))
        .take()
}

fn application() -> TableCreateStatement {
    table("application")
        .col(uuid("id").primary_key())
        .col(string("source_type"))
        .col(uuid("source_id"))
        .col(uuid("invoice_id"))
        .col(uuid("account_id"))
        .col(string("currency"))
        .col(big_integer("amount"))
        .col(big_integer("discount"))
        .col(date("effective_on"))
        .col(timestamp_with_time_zone("recorded_at"))
        .col(uuid_null("recorded_by"))
        .col(uuid_null("reverses"))
        .take()
}

fn accounting_period() -> TableCreateStatement {
    table("accounting_period").col(string("month").primary_key()).col(string("state")).col(big_integer("epoch")).take()
}

fn ledger_entry() -> TableCreateStatement {
    table("ledger_entry")
        .col(pk_auto("seq").big_integer())
        .col(uuid("id"))
        .col(string("event"))
        .col(uuid("document_id"))
        .col(uuid("party_id"))
        .col(uuid_null("branch_id"))
        .col(string("currency"))
        .col(date("effective_on"))
        .col(string("period"))
        .col(timestamp_with_time_zone("recorded_at"))
        .col(uuid_null("reverses"))
        .take()
}

fn ledger_line() -> TableCreateStatement {
    table("ledger_line")
        .col(uuid("entry_id"))
        .col(integer("line_no"))
        .col(string("account"))
        .col(string("currency"))
        .col(big_integer("debit"))
        .col(big_integer("credit"))
        .col(string_null("dimension"))
        .primary_key(Index::create().col(Alias::new("entry_id")).col(Alias::new("line_no")))
        .take()
}
