//! The schema of the tickets service, one file per step. A released step never changes; a new one is added after it.

mod m0001_create_rules;
mod m0002_create_tickets;

use platform::migration::{Migrations, stamped};
use sea_orm_migration::prelude::TableCreateStatement;
use sea_orm_migration::schema::string_null;

/// All steps, oldest first.
#[must_use]
pub fn migrations() -> Migrations {
    vec![
        m0001_create_rules::MIGRATION,
        m0002_create_tickets::MIGRATION,
        crate::intake::migration::MIGRATION,
        crate::attachment::migration::MIGRATION,
        crate::watcher::migration::MIGRATION,
        crate::checklist::migration::MIGRATION,
        crate::time_entry::migration::MIGRATION,
        crate::presence::migration::MIGRATION,
        crate::saved_view::migration::MIGRATION,
        crate::survey_template::migration::MIGRATION,
        crate::survey::migration::MIGRATION,
        crate::agent::migration::MIGRATION,
        crate::group::migration::MIGRATION,
        crate::territory::migration::MIGRATION,
        crate::scheduling::migration::MIGRATION,
        crate::notification::migration::MIGRATION,
        crate::routing::rule::migration::MIGRATION,
        crate::routing::decision::migration::MIGRATION,
        crate::transfer::migration::MIGRATION,
        crate::merge::migration::MIGRATION,
        crate::link::migration::MIGRATION,
        crate::notice::migration::MIGRATION,
        crate::escalation::migration::MIGRATION,
        crate::macros::migration::MIGRATION,
        crate::automation::migration::MIGRATION,
        crate::oncall_schedule::migration::MIGRATION,
        crate::emergency::migration::MIGRATION,
        crate::page::migration::MIGRATION,
        crate::ticket_move::migration::MIGRATION,
        crate::safety::migration::MIGRATION,
        crate::outgoing_text::migration::MIGRATION,
    ]
}

/// A stamped table with an external reference.
fn resource(name: &'static str) -> TableCreateStatement {
    stamped(name).col(string_null("external_ref")).take()
}
