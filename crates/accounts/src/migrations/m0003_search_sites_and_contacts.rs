//! Full text search of sites and contacts.

use platform::migration::Migration;
use sea_orm::DbBackend;

pub(super) const MIGRATION: Migration = Migration {
    name: "m0003_search_sites_and_contacts",
    tables: Vec::new,
    statements: |backend| match backend {
        DbBackend::Postgres => {
            let mut statements =
                postgres("site", "name || ' ' || code || ' ' || coalesce(postal_code, '') || ' ' || coalesce(address ->> 'city', '')");
            statements.extend(postgres("contact", "name || ' ' || coalesce(email, '')"));
            statements
        }
        _ => {
            let site = "new.name || ' ' || new.code || ' ' || coalesce(new.postal_code, '') || ' ' || \
                 coalesce(json_extract(new.address, '$.city'), '')";
            let mut statements = sqlite("site", "name, code, address", site);
            statements.extend(sqlite("contact", "name, email", "new.name || ' ' || coalesce(new.email, '')"));
            statements
        }
    },
};

/// Punctuation parts words here too, or an e-mail address would be one word.
fn postgres(table: &str, text: &str) -> Vec<String> {
    vec![
        format!(
            "ALTER TABLE {table} ADD COLUMN words tsvector GENERATED ALWAYS AS \
             (to_tsvector('simple', regexp_replace({text}, '[[:punct:]]+', ' ', 'g'))) STORED"
        ),
        format!("CREATE INDEX {table}_words ON {table} USING gin (words)"),
    ]
}

fn sqlite(table: &str, columns: &str, text: &str) -> Vec<String> {
    let key = format!("(SELECT key FROM {table}_key WHERE id = new.id)");
    vec![
        format!("CREATE TABLE {table}_key (key INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE)"),
        format!(
            "CREATE VIRTUAL TABLE {table}_words USING fts5 \
             (words, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2')"
        ),
        format!(
            "CREATE TRIGGER {table}_words_insert AFTER INSERT ON {table} BEGIN \
             INSERT INTO {table}_key (id) VALUES (new.id); \
             INSERT INTO {table}_words (rowid, words) VALUES ({key}, {text}); END"
        ),
        format!(
            "CREATE TRIGGER {table}_words_update AFTER UPDATE OF {columns} ON {table} BEGIN \
             DELETE FROM {table}_words WHERE rowid = {key}; \
             INSERT INTO {table}_words (rowid, words) VALUES ({key}, {text}); END"
        ),
    ]
}
