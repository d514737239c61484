//! Contracts, their versions and price lines.

use platform::migration::{Migration, reference, table};
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, boolean, date, date_null, integer, json_binary, string, string_null, timestamp_with_time_zone, uuid,
    uuid_null,
};

use super::{external_refs, resource};

pub(super) const MIGRATION: Migration = Migration {
    name: "m0002_create_contracts",
    tables: || vec![contract(), contract_version(), contract_price()],
    statements: |_| {
        let mut statements = external_refs(&["contract"]);
        statements.extend(INDEXES.iter().map(|statement| (*statement).to_owned()));
        statements
    },
};

const INDEXES: &[&str] = &[
    "CREATE UNIQUE INDEX contract_number ON contract (number)",
    "CREATE INDEX contract_account ON contract (account_id, status, id)",
    "CREATE INDEX contract_account_id ON contract (account_id, id)",
    "CREATE INDEX contract_status ON contract (status, id)",
    "CREATE INDEX contract_kind ON contract (kind, id)",
    "CREATE INDEX contract_parent ON contract (parent_id, id)",
    "CREATE INDEX contract_updated ON contract (updated_at, id)",
    "CREATE UNIQUE INDEX contract_version_no ON contract_version (contract_id, no)",
    // Rule (1): one signed version per contract; the others are superseded by it.
    "CREATE UNIQUE INDEX contract_version_signed ON contract_version (contract_id) WHERE state = 'signed'",
    "CREATE INDEX contract_version_end ON contract_version (valid_until, id) WHERE state = 'signed'",
    "CREATE INDEX contract_price_version ON contract_price (version_id, id)",
    "CREATE INDEX contract_price_key ON contract_price (version_id, key_code, id)",
    // The same line twice, whatever the writers do; overlaps of other periods are checked under a lock.
    "CREATE UNIQUE INDEX contract_price_start ON contract_price \
     (version_id, key_kind, key_code, uom, currency, valid_from, site_slot, profile_slot)",
];

fn contract() -> TableCreateStatement {
    resource("contract")
        .col(big_integer("number"))
        .col(uuid("account_id"))
        .col(string("kind"))
        .col(uuid_null("parent_id"))
        .col(string("title"))
        .col(string("status"))
        .col(string("coverage"))
        .col(json_binary("coverage_sites"))
        .col(json_binary("service_lines"))
        .col(uuid("current_version_id"))
        .col(string_null("submitted_fingerprint"))
        .col(uuid_null("approved_by"))
        .col(string_null("reason"))
        .foreign_key(&mut reference("contract", "account_id", "account"))
        .foreign_key(&mut reference("contract", "parent_id", "contract"))
        .take()
}

fn contract_version() -> TableCreateStatement {
    table("contract_version")
        .col(uuid("id").primary_key())
        .col(uuid("contract_id"))
        .col(integer("no"))
        .col(string("state"))
        .col(json_binary("terms"))
        .col(date_null("signed_on"))
        .col(json_binary("signers"))
        .col(string_null("document"))
        .col(date_null("first_service_on"))
        .col(date_null("valid_from"))
        .col(date_null("valid_until"))
        .col(string("fingerprint"))
        .col(timestamp_with_time_zone("created_at"))
        .col(uuid_null("created_by"))
        .foreign_key(&mut reference("contract_version", "contract_id", "contract"))
        .take()
}

fn contract_price() -> TableCreateStatement {
    table("contract_price")
        .col(uuid("id").primary_key())
        .col(uuid("contract_id"))
        .col(uuid("version_id"))
        .col(string("key_kind"))
        .col(string("key_code"))
        .col(uuid_null("site_id"))
        .col(uuid_null("profile_id"))
        // The site and profile, or the nil id where there is none, because a unique index ignores rows with nulls.
        .col(uuid("site_slot"))
        .col(uuid("profile_slot"))
        .col(string("uom"))
        .col(string("currency"))
        .col(json_binary("price"))
        .col(big_integer_null("min_charge"))
        .col(boolean("free"))
        .col(date("valid_from"))
        .col(date_null("valid_until"))
        .foreign_key(&mut reference("contract_price", "version_id", "contract_version"))
        .foreign_key(&mut reference("contract_price", "site_id", "site"))
        .take()
}
