//! A safety report as events and the audit trail tell of it: ids, instants and words of closed sets.
//!
//! A free text may name somebody, and is read by more people in either than the report is; so none is ever told there.

use chrono::{DateTime, Utc};
use kernel::id::{AccountId, BranchId, SafetyReportId, SiteId, TicketId, UserId};
use serde::Serialize;
use uuid::Uuid;

use super::model::{InjuryClass, SafetyReport};
use super::state::{SafetyReportKind, SafetyReportState};

/// What is told of a report: members of its view under their names.
#[derive(Serialize)]
pub(super) struct SafetyReportRecord {
    id: SafetyReportId,
    version: i64,
    ticket_id: Option<TicketId>,
    account_id: Option<AccountId>,
    site_id: Option<SiteId>,
    branch_id: Option<BranchId>,
    anonymous: bool,
    kind: SafetyReportKind,
    state: SafetyReportState,
    occurred_at: DateTime<Utc>,
    learned_at: DateTime<Utc>,
    injury_class: InjuryClass,
    environmental_release: bool,
    lead_id: Option<UserId>,
    regulator_report: RegulatorClock,
    verified_by: Option<Uuid>,
    verified_at: Option<DateTime<Utc>>,
    closed_by: Option<Uuid>,
    closed_at: Option<DateTime<Utc>>,
}

#[derive(Serialize)]
struct RegulatorClock {
    due_at: Option<DateTime<Utc>>,
    reported_at: Option<DateTime<Utc>>,
}

impl From<&SafetyReport> for SafetyReportRecord {
    fn from(report: &SafetyReport) -> Self {
        let (place, facts, progress) = (report.place, &report.facts, &report.progress);
        Self {
            id: report.id,
            version: report.stamp.version,
            ticket_id: place.ticket_id,
            account_id: place.account_id,
            site_id: place.site_id,
            branch_id: place.branch_id,
            anonymous: report.anonymous,
            kind: facts.kind,
            state: report.state,
            occurred_at: facts.occurred_at,
            learned_at: facts.learned_at,
            injury_class: facts.injury_class,
            environmental_release: facts.environmental_release,
            lead_id: report.lead_id,
            regulator_report: RegulatorClock { due_at: report.regulator_due_at, reported_at: report.told().map(|told| told.reported_at) },
            verified_by: progress.verified_by,
            verified_at: progress.verified_at,
            closed_by: progress.closed_by,
            closed_at: progress.closed_at,
        }
    }
}
