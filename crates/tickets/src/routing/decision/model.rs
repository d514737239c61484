//! A decision and everything it names: who could have had the ticket, and why others could not.

use chrono::{DateTime, Utc};
use kernel::id::{AssignmentDecisionId, BranchId, GroupId, RoutingRuleId, TerritoryId, TicketId, UserId};
use kernel::words;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::agent::model::RequiredSkill;

words! {
    /// What decided where a ticket goes, in the order in which they are tried.
    pub enum Source {
        ExplicitGroup = "explicit_group",
        AccountOwner = "account_owner",
        Rule = "rule",
        Territory = "territory",
        Branch = "branch",
        Triage = "triage",
    }

    /// What became of one of them.
    pub enum Finding {
        /// It names somebody, or a group.
        Names = "names",
        /// It names nobody for this ticket.
        NamesNobody = "names_nobody",
        /// Whom it names is not known or not active here.
        Unknown = "unknown",
        /// Whom it names cannot take the ticket.
        NobodyFree = "nobody_free",
        /// What it needs to know was not asked.
        NotAsked = "not_asked",
    }

    /// Why an agent could not have a ticket.
    pub enum Exclusion {
        NotAnAgent = "not_an_agent",
        Inactive = "inactive",
        /// Away, with nobody to cover.
        Out = "out",
        /// Away; the cover is considered instead.
        Covered = "covered",
        MissingSkill = "missing_skill",
        ExpiredSkill = "expired_skill",
        SkillLevel = "skill_level",
        OutsideCalendar = "outside_calendar",
        OtherBranch = "other_branch",
        OtherTerritory = "other_territory",
        AtCapacity = "at_capacity",
    }

    /// On what occasion it was decided.
    pub enum Occasion {
        /// The ticket was opened.
        Opened = "opened",
        /// Somebody asked for it.
        Demanded = "demanded",
        /// Somebody said who.
        ByHand = "by_hand",
        /// An absence began.
        Covering = "covering",
        /// An absence ended.
        Returned = "returned",
        /// Nothing was written.
        DryRun = "dry_run",
    }
}

/// One of the sources that were tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Considered {
    pub source: Source,
    pub finding: Finding,
}

/// An agent who could have the ticket; the first of the list got it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Candidate {
    pub agent_id: UserId,
    #[schema(max_length = 120)]
    pub name: String,
    /// The agent who is away and for whom this one stands in.
    pub cover_for_id: Option<UserId>,
    /// Points of open work, a decimal number.
    #[schema(max_length = 24, example = "3.50")]
    pub load: String,
    pub capacity_points: i32,
    pub last_assigned_at: Option<DateTime<Utc>>,
}

/// An agent who could not have the ticket, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Excluded {
    pub agent_id: UserId,
    #[schema(max_length = 120)]
    pub name: Option<String>,
    /// Which source named the agent.
    pub source: Source,
    #[schema(max_items = 50)]
    pub reasons: Vec<ExclusionReason>,
}

/// One reason why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ExclusionReason {
    pub code: Exclusion,
    /// The skill that lacks, the load that is too high.
    #[schema(max_length = 200)]
    pub detail: Option<String>,
}

impl ExclusionReason {
    pub(crate) fn of(code: Exclusion) -> Self {
        Self { code, detail: None }
    }

    pub(crate) fn with(code: Exclusion, detail: impl Into<String>) -> Self {
        Self { code, detail: Some(detail.into()) }
    }
}

/// Where a ticket goes and why.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Decision {
    /// What decided; absent when nothing named anybody, or a person decided.
    pub source: Option<Source>,
    pub rule_id: Option<RoutingRuleId>,
    pub territory_id: Option<TerritoryId>,
    /// The branch that the territory gives a ticket which has none of its own.
    pub branch_id: Option<BranchId>,
    pub group_id: Option<GroupId>,
    /// Absent when nobody could have it.
    pub assignee_id: Option<UserId>,
    pub cover_for_id: Option<UserId>,
    /// Why somebody outside the group has it.
    #[schema(max_length = 500)]
    pub override_reason: Option<String>,
    #[schema(max_items = 20)]
    pub required_skills: Vec<RequiredSkill>,
    #[schema(max_items = 6)]
    pub considered: Vec<Considered>,
    #[schema(max_items = 1000)]
    pub candidates: Vec<Candidate>,
    #[schema(max_items = 1000)]
    pub excluded: Vec<Excluded>,
}

/// A decision on record.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DecisionView {
    pub id: AssignmentDecisionId,
    pub ticket_id: TicketId,
    pub decided_at: DateTime<Utc>,
    pub decided_by: Uuid,
    pub occasion: Occasion,
    pub decision: Decision,
}
