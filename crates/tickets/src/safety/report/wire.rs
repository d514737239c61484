//! What callers send about safety reports.

use chrono::{DateTime, Utc};
use kernel::id::{AccountId, BranchId, SafetyReportId, SiteId, TicketId, UserId};
use platform::patch::present;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::identities::{PersonInvolved, SafetyReporter};
use super::model::{Facts, InjuryClass};
use super::state::SafetyReportKind;
use crate::place::Place;

/// Names one safety report.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct SafetyReportPath {
    /// The safety report.
    pub(crate) report_id: SafetyReportId,
}

/// Reports what happened, or nearly did.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileSafetyReport {
    kind: SafetyReportKind,
    #[schema(min_length = 1, max_length = 20_000)]
    description: String,
    occurred_at: DateTime<Utc>,
    /// When we came to know of it; now when absent.
    learned_at: Option<DateTime<Utc>>,
    /// None when absent; only of an incident.
    injury_class: Option<InjuryClass>,
    #[serde(default)]
    environmental_release: bool,
    /// No trace of the reporter is kept.
    #[serde(default)]
    pub(crate) anonymous: bool,
    /// The caller when absent.
    #[validate(nested)]
    pub(crate) reporter: Option<SafetyReporter>,
    #[serde(default)]
    #[schema(max_items = 100)]
    pub(crate) people: Vec<PersonInvolved>,
    /// A ticket of the type safety; account, site and branch are the ticket's where they are not stated.
    pub(crate) ticket_id: Option<TicketId>,
    account_id: Option<AccountId>,
    site_id: Option<SiteId>,
    branch_id: Option<BranchId>,
}

impl FileSafetyReport {
    pub(crate) const fn stated(&self) -> Place {
        Place { ticket_id: self.ticket_id, account_id: self.account_id, site_id: self.site_id, branch_id: self.branch_id }
    }

    pub(crate) fn facts(&self, now: DateTime<Utc>) -> Facts {
        Facts {
            kind: self.kind,
            occurred_at: self.occurred_at,
            learned_at: self.learned_at.unwrap_or(now),
            description: self.description.clone(),
            injury_class: self.injury_class.unwrap_or(InjuryClass::None),
            environmental_release: self.environmental_release,
        }
    }
}

/// Corrects what is said to have happened (RFC 7396): absent keeps, null clears.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct PatchSafetyReport {
    kind: Option<SafetyReportKind>,
    #[schema(min_length = 1, max_length = 20_000)]
    description: Option<String>,
    occurred_at: Option<DateTime<Utc>>,
    learned_at: Option<DateTime<Utc>>,
    injury_class: Option<InjuryClass>,
    environmental_release: Option<bool>,
    /// Whoever leads the investigation.
    #[serde(default, deserialize_with = "present")]
    lead_id: Option<Option<UserId>>,
}

impl PatchSafetyReport {
    pub(crate) fn apply(&self, facts: &Facts, lead_id: Option<UserId>) -> (Facts, Option<UserId>) {
        let patched = Facts {
            kind: self.kind.unwrap_or(facts.kind),
            occurred_at: self.occurred_at.unwrap_or(facts.occurred_at),
            learned_at: self.learned_at.unwrap_or(facts.learned_at),
            description: self.description.clone().unwrap_or_else(|| facts.description.clone()),
            injury_class: self.injury_class.unwrap_or(facts.injury_class),
            environmental_release: self.environmental_release.unwrap_or(facts.environmental_release),
        };
        (patched, self.lead_id.unwrap_or(lead_id))
    }
}

/// Corrects who was involved: all of them anew.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReplacePeopleInvolved {
    #[schema(max_items = 100)]
    pub(crate) people: Vec<PersonInvolved>,
}

/// Triages a report.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct TriageSafetyReport {
    /// Whoever leads the investigation.
    pub(crate) lead_id: Option<UserId>,
    #[schema(min_length = 1, max_length = 2000)]
    pub(crate) note: Option<String>,
}

/// Ends the investigation.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct OpenCorrectiveActions {
    #[schema(min_length = 1, max_length = 10_000)]
    pub(crate) root_cause: String,
}

/// Closes a report.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct CloseSafetyReport {
    /// Needed for a good catch that is closed without an investigation.
    #[schema(min_length = 1, max_length = 2000)]
    pub(crate) no_action_reason: Option<String>,
}

/// Records that a regulator was told.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct TellRegulator {
    /// Now when absent.
    pub(crate) reported_at: Option<DateTime<Utc>>,
    /// The regulator's reference.
    #[serde(rename = "ref")]
    #[schema(min_length = 1, max_length = 120)]
    pub(crate) reference: String,
}
