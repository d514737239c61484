//! A safety report as staff see it: without anybody's identity.

use chrono::{DateTime, Utc};
use kernel::id::{AccountId, BranchId, SafetyReportId, SiteId, TicketId, UserId};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::identities::{Earlier, Identities, PersonInvolved, SafetyReporter};
use super::model::{InjuryClass, SafetyReport, Told};
use super::state::{SafetyReportKind, SafetyReportState};

/// What is owed to a regulator, and what became of it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct RegulatorReportView {
    /// Until when a regulator is told; null when the injury needs no report.
    due_at: Option<DateTime<Utc>>,
    /// Null while no regulator was told of an injury as grave as this one.
    reported_at: Option<DateTime<Utc>>,
    #[serde(rename = "ref")]
    #[schema(max_length = 120)]
    reference: Option<String>,
    /// Each time that a regulator was told.
    #[schema(max_items = 10)]
    entries: Vec<Told>,
}

/// A safety report. Who reported and who was involved is read apart from it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct SafetyReportView {
    pub(crate) id: SafetyReportId,
    pub(crate) version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    /// Whoever of the desk worked on it last; nobody while it is as it was filed.
    updated_by: Option<Uuid>,
    ticket_id: Option<TicketId>,
    account_id: Option<AccountId>,
    site_id: Option<SiteId>,
    branch_id: Option<BranchId>,
    /// Of the local dates of its corrective actions.
    #[schema(max_length = 64)]
    time_zone: String,
    anonymous: bool,
    kind: SafetyReportKind,
    state: SafetyReportState,
    occurred_at: DateTime<Utc>,
    learned_at: DateTime<Utc>,
    #[schema(max_length = 20_000)]
    description: String,
    injury_class: InjuryClass,
    environmental_release: bool,
    lead_id: Option<UserId>,
    regulator_report: RegulatorReportView,
    #[schema(max_length = 2000)]
    triage_note: Option<String>,
    #[schema(max_length = 10_000)]
    root_cause: Option<String>,
    verified_by: Option<Uuid>,
    verified_at: Option<DateTime<Utc>>,
    #[schema(max_length = 2000)]
    no_action_reason: Option<String>,
    closed_by: Option<Uuid>,
    closed_at: Option<DateTime<Utc>>,
}

impl From<&SafetyReport> for SafetyReportView {
    fn from(report: &SafetyReport) -> Self {
        let (stamp, place, facts, progress) = (report.stamp, report.place, &report.facts, report.progress.clone());
        let told = report.told();
        Self {
            id: report.id,
            version: stamp.version,
            created_at: stamp.created_at,
            updated_at: stamp.updated_at,
            updated_by: stamp.updated_by,
            ticket_id: place.ticket_id,
            account_id: place.account_id,
            site_id: place.site_id,
            branch_id: place.branch_id,
            time_zone: report.zone.name().to_owned(),
            anonymous: report.anonymous,
            kind: facts.kind,
            state: report.state,
            occurred_at: facts.occurred_at,
            learned_at: facts.learned_at,
            description: facts.description.clone(),
            injury_class: facts.injury_class,
            environmental_release: facts.environmental_release,
            lead_id: report.lead_id,
            regulator_report: RegulatorReportView {
                due_at: report.regulator_due_at,
                reported_at: told.map(|told| told.reported_at),
                reference: told.map(|told| told.reference.clone()),
                entries: progress.told,
            },
            triage_note: progress.triage_note,
            root_cause: progress.root_cause,
            verified_by: progress.verified_by,
            verified_at: progress.verified_at,
            no_action_reason: progress.no_action_reason,
            closed_by: progress.closed_by,
            closed_at: progress.closed_at,
        }
    }
}

/// Who reported and who was involved.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct SafetyIdentitiesView {
    id: SafetyReportId,
    /// The report's.
    pub(crate) version: i64,
    anonymous: bool,
    /// Null for an anonymous report.
    reporter: Option<SafetyReporter>,
    /// Whoever entered it, for themselves or for the reporter; null for an anonymous report.
    filed_by: Option<Uuid>,
    #[schema(max_items = 100)]
    people: Vec<PersonInvolved>,
    /// What was said before each correction, the oldest first.
    #[schema(max_items = 1000)]
    earlier: Vec<Earlier>,
}

impl SafetyIdentitiesView {
    pub(crate) fn of(report: &SafetyReport, identities: Identities) -> Self {
        let Identities { reporter, filed_by, people, earlier } = identities;
        Self { id: report.id, version: report.stamp.version, anonymous: report.anonymous, reporter, filed_by, people, earlier }
    }
}
