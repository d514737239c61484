//! The tables of safety reports, of those behind them, and of corrective actions.

use platform::migration::{Migration, reference, stamped, table};
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    boolean, date, date_null, json_binary, string, text, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
};

pub(crate) const MIGRATION: Migration = Migration {
    name: "m0085_create_safety",
    tables: || vec![report(), identity(), action()],
    statements: |_| INDEXES.iter().map(|statement| (*statement).to_owned()).collect(),
};

const INDEXES: &[&str] = &[
    "CREATE INDEX safety_report_branch ON safety_report (branch_id, id)",
    "CREATE INDEX safety_report_account ON safety_report (account_id, id)",
    "CREATE INDEX safety_report_site ON safety_report (site_id, id)",
    "CREATE INDEX safety_report_ticket ON safety_report (ticket_id, id) WHERE ticket_id IS NOT NULL",
    "CREATE INDEX safety_report_lead ON safety_report (lead_id, id) WHERE lead_id IS NOT NULL",
    "CREATE INDEX safety_report_state ON safety_report (state, id)",
    "CREATE INDEX safety_report_kind ON safety_report (kind, id)",
    "CREATE INDEX safety_report_injury ON safety_report (injury_class, id)",
    "CREATE INDEX safety_report_occurred ON safety_report (occurred_at, id)",
    "CREATE INDEX safety_report_learned ON safety_report (learned_at, id)",
    "CREATE INDEX safety_report_regulator ON safety_report (regulator_due_at, id) WHERE regulator_due_at IS NOT NULL",
    "CREATE INDEX safety_report_reminder ON safety_report (remind_at) WHERE remind_at IS NOT NULL",
    "CREATE INDEX corrective_action_report ON corrective_action (report_id, id)",
    "CREATE INDEX corrective_action_branch ON corrective_action (branch_id, id)",
    "CREATE INDEX corrective_action_account ON corrective_action (account_id, id) WHERE account_id IS NOT NULL",
    "CREATE INDEX corrective_action_site ON corrective_action (site_id, id) WHERE site_id IS NOT NULL",
    "CREATE INDEX corrective_action_hierarchy ON corrective_action (hierarchy, id)",
    "CREATE INDEX corrective_action_owner ON corrective_action (owner_id, id)",
    "CREATE INDEX corrective_action_state ON corrective_action (state, id)",
    "CREATE INDEX corrective_action_due ON corrective_action (due_on, id)",
    "CREATE INDEX corrective_action_reminder ON corrective_action (remind_at) WHERE remind_at IS NOT NULL",
];

fn placed(name: &'static str) -> TableCreateStatement {
    stamped(name)
        .col(uuid_null("ticket_id"))
        .col(uuid_null("account_id"))
        .col(uuid_null("site_id"))
        .col(uuid_null("branch_id"))
        .col(string("time_zone"))
        .col(text("description"))
        .col(string("state"))
        .col(timestamp_with_time_zone_null("remind_at"))
        .foreign_key(&mut reference(name, "ticket_id", "ticket"))
        .take()
}

fn report() -> TableCreateStatement {
    placed("safety_report")
        .col(boolean("anonymous"))
        .col(string("kind"))
        .col(timestamp_with_time_zone("occurred_at"))
        .col(timestamp_with_time_zone("learned_at"))
        .col(string("injury_class"))
        .col(boolean("environmental_release"))
        .col(uuid_null("lead_id"))
        .col(timestamp_with_time_zone_null("regulator_due_at"))
        .col(json_binary("progress"))
        .take()
}

fn identity() -> TableCreateStatement {
    table("safety_identity")
        .col(uuid("report_id").primary_key())
        .col(json_binary("identities"))
        .foreign_key(&mut reference("safety_identity", "report_id", "safety_report"))
        .take()
}

fn action() -> TableCreateStatement {
    placed("corrective_action")
        .col(uuid("report_id"))
        .col(uuid("owner_id"))
        .col(date("due_on"))
        .col(string("hierarchy"))
        .col(date_null("effectiveness_check_on"))
        .col(json_binary("history"))
        .foreign_key(&mut reference("corrective_action", "report_id", "safety_report"))
        .take()
}
