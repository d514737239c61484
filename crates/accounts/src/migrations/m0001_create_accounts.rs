//! Branches, accounts, sites, contacts and assignments.

use platform::migration::{Migration, reference, table};
use sea_orm::DbBackend;
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, boolean, date, date_null, integer, json_binary, json_binary_null, string, string_null, text_null, uuid,
    uuid_null,
};

use super::{external_refs, resource};

pub(super) const MIGRATION: Migration = Migration {
    name: "m0001_create_accounts",
    tables: || vec![numbering(), branch(), account(), site(), regulatory_id(), contact(), contact_role(), assignment()],
    statements: |backend| {
        let mut statements = external_refs(&["branch", "account", "site", "contact", "assignment"]);
        statements.extend(INDEXES.iter().map(|statement| (*statement).to_owned()));
        statements.extend(match backend {
            DbBackend::Postgres => POSTGRES.iter().map(|statement| (*statement).to_owned()).collect::<Vec<_>>(),
            _ => SQLITE.iter().map(|statement| (*statement).to_owned()).collect(),
        });
        statements
    },
};

const INDEXES: &[&str] = &[
    "INSERT INTO numbering (name, last) VALUES ('account', 1000), ('contract', 1000)",
    "CREATE UNIQUE INDEX branch_code ON branch (code)",
    "CREATE UNIQUE INDEX account_number ON account (number)",
    "CREATE UNIQUE INDEX account_path ON account (path)",
    "CREATE INDEX account_name ON account (name, id)",
    "CREATE INDEX account_updated ON account (updated_at, id)",
    "CREATE INDEX account_branch ON account (branch_id, id)",
    "CREATE INDEX account_parent ON account (parent_id, id)",
    "CREATE INDEX account_status ON account (status, id)",
    "CREATE INDEX account_kind ON account (kind, id)",
    "CREATE INDEX account_segment ON account (segment, id)",
    "CREATE UNIQUE INDEX site_code ON site (account_id, code)",
    "CREATE INDEX site_account ON site (account_id, id)",
    "CREATE INDEX site_branch ON site (branch_id, id)",
    "CREATE INDEX site_name ON site (name, id)",
    "CREATE INDEX site_postal_code ON site (postal_code, id)",
    "CREATE INDEX site_state ON site (state, id)",
    "CREATE INDEX site_updated ON site (updated_at, id)",
    "CREATE INDEX regulatory_id_site ON regulatory_id (site_id, id)",
    "CREATE INDEX regulatory_id_value ON regulatory_id (value, id)",
    "CREATE INDEX contact_email ON contact (email, id)",
    "CREATE INDEX contact_phone ON contact (phone, id)",
    "CREATE INDEX contact_mobile ON contact (mobile, id)",
    "CREATE INDEX contact_name ON contact (name, id)",
    "CREATE INDEX contact_updated ON contact (updated_at, id)",
    "CREATE INDEX contact_role_contact ON contact_role (contact_id, id)",
    "CREATE INDEX contact_role_account ON contact_role (account_id, contact_id)",
    "CREATE INDEX assignment_account ON assignment (account_id, id)",
    "CREATE INDEX assignment_site ON assignment (site_id, id)",
    "CREATE INDEX assignment_user ON assignment (user_id, id)",
    "CREATE INDEX assignment_team ON assignment (team_id, id)",
    // One open primary per subject and role, whatever the writers do; overlaps of bounded periods are checked under a lock.
    "CREATE UNIQUE INDEX assignment_open_account_primary ON assignment (account_id, role) \
     WHERE is_primary AND valid_until IS NULL AND site_id IS NULL",
    "CREATE UNIQUE INDEX assignment_open_site_primary ON assignment (site_id, role) \
     WHERE is_primary AND valid_until IS NULL AND site_id IS NOT NULL",
];

/// A byte-ordered path, so that a subtree is a range of the index whatever the database's locale; full text by trigger-free
/// generated columns.
const POSTGRES: &[&str] = &[
    "CREATE SEQUENCE account_number_seq START 1001",
    "CREATE SEQUENCE contract_number_seq START 1001",
    "ALTER TABLE account ALTER COLUMN path TYPE varchar COLLATE \"C\"",
    "ALTER TABLE account ADD COLUMN words tsvector GENERATED ALWAYS AS \
     (to_tsvector('simple', regexp_replace(name || ' ' || coalesce(legal_name, '') || ' A ' || number, '[[:punct:]]+', ' ', 'g'))) STORED",
    "CREATE INDEX account_words ON account USING gin (words)",
];

/// The full-text table is keyed by the account's number, which never changes; row ids may, when a file is vacuumed.
const SQLITE: &[&str] = &[
    "CREATE VIRTUAL TABLE account_words USING fts5 (words, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2')",
    "CREATE TRIGGER account_words_insert AFTER INSERT ON account BEGIN \
     INSERT INTO account_words (rowid, words) VALUES \
     (new.number, new.name || ' ' || coalesce(new.legal_name, '') || ' A-' || new.number); END",
    "CREATE TRIGGER account_words_update AFTER UPDATE OF name, legal_name ON account BEGIN \
     DELETE FROM account_words WHERE rowid = old.number; \
     INSERT INTO account_words (rowid, words) VALUES \
     (new.number, new.name || ' ' || coalesce(new.legal_name, '') || ' A-' || new.number); END",
];

fn numbering() -> TableCreateStatement {
    table("numbering").col(string("name").primary_key()).col(big_integer("last")).take()
}

fn branch() -> TableCreateStatement {
    resource("branch")
        .col(string("code"))
        .col(string("name"))
        .col(string("time_zone"))
        .col(uuid_null("calendar_id"))
        .col(uuid_null("business_hours_id"))
        .col(string("cut_off"))
        .col(json_binary_null("address"))
        .col(string("status"))
        .take()
}

fn account() -> TableCreateStatement {
    resource("account")
        .col(big_integer("number"))
        .col(string("name"))
        .col(string_null("legal_name"))
        .col(uuid_null("parent_id"))
        .col(string("path"))
        .col(integer("depth"))
        .col(string("kind"))
        .col(string_null("segment"))
        .col(string("currency"))
        .col(string("payment_terms"))
        .col(json_binary("tax"))
        .col(string("status"))
        .col(json_binary("holds"))
        .col(uuid_null("branch_id"))
        .foreign_key(&mut reference("account", "parent_id", "account"))
        .foreign_key(&mut reference("account", "branch_id", "branch"))
        .take()
}

fn site() -> TableCreateStatement {
    resource("site")
        .col(uuid("account_id"))
        .col(string("code"))
        .col(string("name"))
        .col(json_binary("address"))
        .col(string_null("state"))
        .col(string_null("postal_code"))
        .col(big_integer_null("latitude"))
        .col(big_integer_null("longitude"))
        .col(string("time_zone"))
        .col(uuid_null("branch_id"))
        .col(uuid_null("calendar_id"))
        .col(text_null("access_notes"))
        .col(string("status"))
        .col(string_null("generator_status"))
        .foreign_key(&mut reference("site", "account_id", "account"))
        .foreign_key(&mut reference("site", "branch_id", "branch"))
        .take()
}

fn regulatory_id() -> TableCreateStatement {
    table("regulatory_id")
        .col(uuid("id").primary_key())
        .col(uuid("site_id"))
        .col(string("kind"))
        .col(string("value"))
        .col(string("status"))
        .col(date("valid_from"))
        .col(date_null("valid_until"))
        .foreign_key(&mut reference("regulatory_id", "site_id", "site"))
        .take()
}

fn contact() -> TableCreateStatement {
    resource("contact")
        .col(string("name"))
        .col(string_null("title"))
        .col(string_null("email"))
        .col(string_null("phone"))
        .col(string_null("mobile"))
        .col(string_null("preferred"))
        .col(json_binary("consent"))
        .col(string_null("language"))
        .col(boolean("active"))
        .take()
}

fn contact_role() -> TableCreateStatement {
    table("contact_role")
        .col(uuid("id").primary_key())
        .col(uuid("contact_id"))
        .col(uuid("account_id"))
        .col(uuid_null("site_id"))
        .col(string("function"))
        .col(json_binary("authorities"))
        .col(date("valid_from"))
        .col(date_null("valid_until"))
        .foreign_key(&mut reference("contact_role", "contact_id", "contact"))
        .foreign_key(&mut reference("contact_role", "account_id", "account"))
        .foreign_key(&mut reference("contact_role", "site_id", "site"))
        .take()
}

fn assignment() -> TableCreateStatement {
    resource("assignment")
        .col(uuid("account_id"))
        .col(uuid_null("site_id"))
        .col(string("role"))
        .col(uuid_null("user_id"))
        .col(uuid_null("team_id"))
        .col(date("valid_from"))
        .col(date_null("valid_until"))
        .col(boolean("is_primary"))
        .foreign_key(&mut reference("assignment", "account_id", "account"))
        .foreign_key(&mut reference("assignment", "site_id", "site"))
        .take()
}
