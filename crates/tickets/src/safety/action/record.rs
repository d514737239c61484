//! A corrective action as events and the audit trail tell of it: as of its report, no free text is told there.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::id::{AccountId, BranchId, CorrectiveActionId, SafetyReportId, SiteId, TicketId, UserId};
use serde::Serialize;
use uuid::Uuid;

use super::model::{ControlHierarchy, CorrectiveAction};
use super::state::CorrectiveActionState;

/// What is told of an action: members of its view under their names.
#[derive(Serialize)]
pub(super) struct CorrectiveActionRecord {
    id: CorrectiveActionId,
    version: i64,
    safety_report_id: SafetyReportId,
    ticket_id: Option<TicketId>,
    account_id: Option<AccountId>,
    site_id: Option<SiteId>,
    branch_id: Option<BranchId>,
    owner_id: UserId,
    due_on: NaiveDate,
    due_at: DateTime<Utc>,
    hierarchy: ControlHierarchy,
    state: CorrectiveActionState,
    done_by: Option<Uuid>,
    done_at: Option<DateTime<Utc>>,
    verified_by: Option<Uuid>,
    verified_at: Option<DateTime<Utc>>,
    effectiveness_check_on: Option<NaiveDate>,
    effectiveness: Option<EffectivenessFound>,
}

#[derive(Serialize)]
struct EffectivenessFound {
    effective: bool,
    checked_by: Uuid,
    checked_at: DateTime<Utc>,
}

impl From<&CorrectiveAction> for CorrectiveActionRecord {
    fn from(action: &CorrectiveAction) -> Self {
        let (place, plan, history) = (action.place, &action.plan, &action.history);
        let checked = history.effectiveness.as_ref();
        Self {
            id: action.id,
            version: action.stamp.version,
            safety_report_id: action.report_id,
            ticket_id: place.ticket_id,
            account_id: place.account_id,
            site_id: place.site_id,
            branch_id: place.branch_id,
            owner_id: plan.owner_id,
            due_on: plan.due_on,
            due_at: action.due_at(),
            hierarchy: plan.hierarchy,
            state: action.state,
            done_by: history.done_by,
            done_at: history.done_at,
            verified_by: history.verified_by,
            verified_at: history.verified_at,
            effectiveness_check_on: plan.effectiveness_check_on,
            effectiveness: checked.map(|check| EffectivenessFound {
                effective: check.effective,
                checked_by: check.checked_by,
                checked_at: check.checked_at,
            }),
        }
    }
}
