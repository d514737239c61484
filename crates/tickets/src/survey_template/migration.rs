//! The table of survey templates.

use platform::migration::{Migration, stamped};
use sea_orm_migration::prelude::TableCreateStatement;
use sea_orm_migration::schema::{boolean, string, string_null, text};

pub(crate) const MIGRATION: Migration = Migration {
    name: "m0066_create_survey_templates",
    tables: || vec![survey_template()],
    statements: |_| INDEXES.iter().map(|statement| (*statement).to_owned()).collect(),
};

const INDEXES: &[&str] = &[
    "CREATE UNIQUE INDEX survey_template_language ON survey_template (coalesce(language, '')) WHERE active",
    "CREATE INDEX survey_template_name ON survey_template (name, id)",
];

fn survey_template() -> TableCreateStatement {
    stamped("survey_template")
        .col(string("name"))
        .col(string_null("language"))
        .col(boolean("active"))
        .col(text("subject"))
        .col(text("body"))
        .col(text("question"))
        .col(text("thanks"))
        .take()
}
