//! A rule: when it is tried, which tickets it is for, what it does. Pure.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::Fault;
use kernel::id::AutomationId;
use kernel::words;
use platform::stamp::Stamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::action::Actions;
use crate::ticket::model::Ticket;

words! {
    /// What a rule waits for.
    pub enum AutomationTrigger {
        TicketCreated = "ticket_created",
        TicketUpdated = "ticket_updated",
        /// A person wrote.
        MessageAdded = "message_added",
        /// So many hours have gone by.
        HoursSince = "hours_since",
    }

    /// Since when hours are counted; what happens again begins them anew.
    pub enum Anchor {
        Created = "created",
        LastCustomerMessage = "last_customer_message",
        LastPublicReply = "last_public_reply",
        Resolved = "resolved",
    }

    /// What of a ticket a condition looks at.
    pub enum ConditionField {
        Status = "status",
        Priority = "priority",
        Type = "type",
        Channel = "channel",
        RequesterKind = "requester_kind",
        RequesterEmail = "requester_email",
        Subject = "subject",
        Tag = "tag",
        AccountId = "account_id",
        SiteId = "site_id",
        BranchId = "branch_id",
        GroupId = "group_id",
        AssigneeId = "assignee_id",
        Language = "language",
        /// `true` or `false`.
        Unanswered = "unanswered",
    }

    /// How it is compared; texts ignore case.
    pub enum ConditionOp { Is = "is", IsNot = "is_not", Contains = "contains", Present = "present", Absent = "absent" }
}

/// One condition on a ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    pub field: ConditionField,
    pub op: ConditionOp,
    /// Any of them; none for `present` and `absent`.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub values: Vec<String>,
}

/// What a rule waits for, looks at and does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AutomationTerms {
    pub trigger: AutomationTrigger,
    /// With `hours_since`.
    pub since: Option<Anchor>,
    /// With `hours_since`, elapsed hours.
    #[schema(minimum = 1, maximum = 8784)]
    pub hours: Option<i32>,
    /// All of these hold.
    #[serde(default)]
    #[schema(max_items = 30)]
    pub all: Vec<Condition>,
    /// At least one of these holds, if there are any.
    #[serde(default)]
    #[schema(max_items = 30)]
    pub any: Vec<Condition>,
    pub actions: Actions,
}

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Automation {
    pub id: AutomationId,
    pub stamp: Stamp,
    pub external_ref: Option<String>,
    pub name: String,
    /// The lowest is tried first; a later rule sees what earlier ones did.
    pub position: i32,
    pub active: bool,
    pub terms: AutomationTerms,
}

impl Condition {
    pub(crate) fn holds(&self, ticket: &Ticket) -> bool {
        let found = self.field.of(ticket);
        let folded = |text: &str| text.to_lowercase();
        let is = || found.iter().any(|text| self.values.iter().any(|value| folded(value) == folded(text)));
        match self.op {
            ConditionOp::Is => is(),
            ConditionOp::IsNot => !is(),
            ConditionOp::Contains => found.iter().any(|text| self.values.iter().any(|value| folded(text).contains(&folded(value)))),
            ConditionOp::Present => !found.is_empty(),
            ConditionOp::Absent => found.is_empty(),
        }
    }

    fn is_complete(&self) -> bool {
        matches!(self.op, ConditionOp::Present | ConditionOp::Absent) == self.values.is_empty()
    }
}

impl ConditionField {
    /// What the ticket says of it.
    fn of(self, ticket: &Ticket) -> Vec<String> {
        let id = |id: Option<uuid::Uuid>| id.map(|id| id.to_string()).into_iter().collect();
        match self {
            Self::Status => vec![ticket.status.to_string()],
            Self::Priority => vec![ticket.priority.to_string()],
            Self::Type => vec![ticket.kind.to_string()],
            Self::Channel => vec![ticket.channel.to_string()],
            Self::RequesterKind => vec![ticket.requester.kind.to_string()],
            Self::RequesterEmail => ticket.requester.email.iter().cloned().collect(),
            Self::Subject => vec![ticket.subject.clone()],
            Self::Tag => ticket.tags.clone(),
            Self::AccountId => id(ticket.account_id.map(Into::into)),
            Self::SiteId => id(ticket.site_id.map(Into::into)),
            Self::BranchId => id(ticket.branch_id.map(Into::into)),
            Self::GroupId => id(ticket.group_id),
            Self::AssigneeId => id(ticket.assignee_id.map(Into::into)),
            Self::Language => ticket.language.iter().cloned().collect(),
            Self::Unanswered => vec![ticket.is_unanswered().to_string()],
        }
    }
}

impl Anchor {
    pub(crate) fn of(self, ticket: &Ticket) -> Option<DateTime<Utc>> {
        match self {
            Self::Created => Some(ticket.stamp.created_at),
            Self::LastCustomerMessage => ticket.last_customer_message_at,
            Self::LastPublicReply => ticket.last_public_reply_at,
            Self::Resolved => ticket.resolved_at,
        }
    }
}

impl AutomationTerms {
    /// # Errors
    /// Every field fault.
    pub fn checked(&self) -> Result<(), Fault> {
        let mut faults = Vec::new();
        let timed = self.trigger == AutomationTrigger::HoursSince;
        if self.since.is_some() != timed || self.hours.is_some() != timed {
            faults.push(Fault::field("/terms/trigger", "hours_since", "hours_since needs since and hours, and nothing else has them."));
        }
        for (list, name) in [(&self.all, "all"), (&self.any, "any")] {
            for (condition, index) in list.iter().zip(0_usize..).filter(|(condition, _)| !condition.is_complete()) {
                let message = format!("{} takes {}.", condition.op, if condition.values.is_empty() { "values" } else { "no values" });
                faults.push(Fault::field(format!("/terms/{name}/{index}/values"), "values", message));
            }
        }
        faults.extend(self.actions.checked("/terms/actions", false).err());
        Fault::all(faults)
    }

    /// True for the tickets that the rule is for.
    pub(crate) fn cover(&self, ticket: &Ticket) -> bool {
        let holds = |condition: &Condition| condition.holds(ticket);
        self.all.iter().all(holds) && (self.any.is_empty() || self.any.iter().any(holds))
    }

    /// From what and when a rule that waits for hours is tried.
    pub(crate) fn ripens(&self, ticket: &Ticket) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let anchor = self.since?.of(ticket)?;
        Some((anchor, anchor + TimeDelta::hours(self.hours?.into())))
    }
}
