//! SLA policies and their versions: rules only.
//!
//! Policies are tried in order of position and the first active one that matches a ticket holds for it. A version is never
//! changed; which version a promise was made under is recorded with the promise.

use chrono::{DateTime, Utc};
use kernel::Fault;
use kernel::id::{AccountId, BranchId, CalendarId, EscalationPolicyId, SlaPolicyId, SlaPolicyVersionId};
use platform::stamp::Stamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::obligation::engine::Target;
use crate::vocabulary::{Channel, ClockKind, ObligationKind, Priority, RequesterKind, Status, TicketType};

/// Which tickets a policy is for. An absent list matches every ticket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyMatch {
    #[schema(min_items = 1, max_items = 500)]
    pub account_ids: Option<Vec<AccountId>>,
    #[schema(min_items = 1, max_items = 500)]
    pub branch_ids: Option<Vec<BranchId>>,
    #[schema(min_items = 1, max_items = 20)]
    pub types: Option<Vec<TicketType>>,
    #[schema(min_items = 1, max_items = 3)]
    pub requester_kinds: Option<Vec<RequesterKind>>,
    #[schema(min_items = 1, max_items = 4)]
    pub priorities: Option<Vec<Priority>>,
    #[schema(min_items = 1, max_items = 8)]
    pub channels: Option<Vec<Channel>>,
}

/// What of a ticket decides which policy holds for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traits {
    pub kind: TicketType,
    pub requester_kind: RequesterKind,
    pub priority: Priority,
    pub channel: Channel,
    pub account_id: Option<AccountId>,
    pub branch_id: Option<BranchId>,
    pub calendar_id: Option<CalendarId>,
}

impl PolicyMatch {
    /// True when the policy is for a ticket with these traits.
    #[must_use]
    pub fn covers(&self, traits: &Traits) -> bool {
        let has =
            |list: &Option<Vec<AccountId>>, id: Option<AccountId>| list.as_ref().is_none_or(|list| id.is_some_and(|id| list.contains(&id)));
        has(&self.account_ids, traits.account_id)
            && self.branch_ids.as_ref().is_none_or(|list| traits.branch_id.is_some_and(|id| list.contains(&id)))
            && self.types.as_ref().is_none_or(|list| list.contains(&traits.kind))
            && self.requester_kinds.as_ref().is_none_or(|list| list.contains(&traits.requester_kind))
            && self.priorities.as_ref().is_none_or(|list| list.contains(&traits.priority))
            && self.channels.as_ref().is_none_or(|list| list.contains(&traits.channel))
    }
}

/// A promise by the close of the business day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndOfBusinessDay {
    /// What starts later than this before the close is due at the next close.
    #[schema(minimum = 0, maximum = 86400, example = 7200)]
    pub cutoff_before_close_s: i64,
}

/// What is promised for one metric. Exactly one of `target_s` and `end_of_business_day`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyTarget {
    pub metric: ObligationKind,
    /// Only for tickets of this priority; a target without one is for the others.
    pub priority: Option<Priority>,
    pub clock: ClockKind,
    /// Seconds on the clock. Days are not a unit.
    #[schema(minimum = 1, maximum = 31536000, example = 7200)]
    pub target_s: Option<i64>,
    /// For `daily_touch`, which needs it, the cutoff is the least open time of a day on which a touch is owed.
    pub end_of_business_day: Option<EndOfBusinessDay>,
    /// The statuses in which the clock stands still; by default `waiting_customer` for resolutions, `scheduled` too for updates, and
    /// none for the promises of the house.
    #[schema(max_items = 4)]
    pub pause_states: Option<Vec<Status>>,
}

impl PolicyTarget {
    /// The target, once it is known to be one.
    #[must_use]
    pub fn target(&self) -> Option<Target> {
        match (self.target_s, self.end_of_business_day) {
            (Some(target_s), None) => Some(Target::Seconds(target_s)),
            (None, Some(end)) => Some(Target::EndOfBusinessDay { cutoff_before_close_s: end.cutoff_before_close_s }),
            _ => None,
        }
    }

    fn is_by_day(&self) -> bool {
        let unpaused = self.pause_states.as_ref().is_none_or(Vec::is_empty);
        self.end_of_business_day.is_some() && self.clock == ClockKind::Business && unpaused
    }

    /// The statuses that stop the clock. Response promises are never paused.
    #[must_use]
    pub fn pausing(&self) -> Vec<Status> {
        match (self.metric, &self.pause_states) {
            (ObligationKind::FirstResponse | ObligationKind::NextResponse, _) => Vec::new(),
            (_, Some(states)) => states.clone(),
            (ObligationKind::PublicUpdate, None) => vec![Status::WaitingCustomer, Status::Scheduled],
            (kind, None) if kind.is_standing() => Vec::new(),
            (_, None) => vec![Status::WaitingCustomer],
        }
    }
}

/// What a version of a policy says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyTerms {
    #[serde(default, rename = "match")]
    pub matching: PolicyMatch,
    #[schema(min_items = 1, max_items = 60)]
    pub targets: Vec<PolicyTarget>,
    /// Counts for tickets that name no calendar; otherwise that of their branch, otherwise the default.
    pub calendar_id: Option<CalendarId>,
    /// Someone is told when so many percent of a target are used up.
    #[serde(default)]
    #[schema(max_items = 10)]
    pub escalate_at_percent: Vec<u8>,
    /// What else is done on the way to a due instant and after it.
    #[serde(default)]
    pub escalation_policy_id: Option<EscalationPolicyId>,
}

impl PolicyTerms {
    /// # Errors
    /// Every field fault.
    pub fn checked(self) -> Result<Self, Fault> {
        let mut faults = Vec::new();
        for (index, target) in self.targets.iter().enumerate() {
            let pointer = format!("/targets/{index}");
            if target.target().is_none() {
                faults.push(Fault::field(pointer.clone(), "one_target", "State either target_s or end_of_business_day."));
            }
            if target.metric == ObligationKind::DailyTouch && !target.is_by_day() {
                let message = "A daily touch is due by the end_of_business_day, on the business clock, and nothing pauses it.";
                faults.push(Fault::field(pointer.clone(), "by_the_day", message));
            }
            let pauses = target.pause_states.as_deref().unwrap_or_default();
            if pauses.iter().any(|status| !matches!(status, Status::WaitingCustomer | Status::WaitingVendor | Status::Scheduled)) {
                faults.push(Fault::field(
                    format!("{pointer}/pause_states"),
                    "not_a_pause",
                    "Only waiting_customer, waiting_vendor and scheduled can stop a clock.",
                ));
            }
            let same = |other: &&PolicyTarget| other.metric == target.metric && other.priority == target.priority;
            if self.targets.iter().take(index).any(|other| same(&other)) {
                faults.push(Fault::field(pointer, "duplicate_target", "This metric and priority has a target already."));
            }
        }
        if self.escalate_at_percent.iter().any(|percent| !(1..=99).contains(percent)) {
            faults.push(Fault::field("/escalate_at_percent", "out_of_range", "Percentages lie between 1 and 99."));
        }
        Fault::all(faults)?;
        Ok(self)
    }

    /// The target of a metric for a priority.
    #[must_use]
    pub fn target(&self, metric: ObligationKind, priority: Priority) -> Option<&PolicyTarget> {
        let of_metric = || self.targets.iter().filter(move |target| target.metric == metric);
        of_metric().find(|target| target.priority == Some(priority)).or_else(|| of_metric().find(|target| target.priority.is_none()))
    }
}

/// A policy: a name and a place in the order, under which versions are published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlaPolicy {
    pub id: SlaPolicyId,
    pub stamp: Stamp,
    pub external_ref: Option<String>,
    pub name: String,
    /// The lowest is tried first.
    pub position: i32,
    pub active: bool,
}

/// One published version of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlaPolicyVersion {
    pub id: SlaPolicyVersionId,
    pub policy_id: SlaPolicyId,
    pub number: i32,
    pub effective_from: DateTime<Utc>,
    pub published_at: DateTime<Utc>,
    pub published_by: Uuid,
    pub terms: PolicyTerms,
}
