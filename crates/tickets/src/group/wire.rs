//! What callers send and receive about groups.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use kernel::Fault;
use kernel::id::{BranchId, CalendarId, GroupId, UserId};
use platform::patch::present;
use platform::stamp::{Stamp, Touch};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::model::Group;

/// Names one group.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct GroupPath {
    /// The group.
    pub group_id: GroupId,
}

/// A new group.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreateGroup {
    #[schema(min_length = 1, max_length = 120, example = "Chicago desk")]
    pub name: String,
    /// The user who is told when nobody can take a ticket.
    pub lead_id: Option<UserId>,
    pub branch_id: Option<BranchId>,
    /// Takes the work of its branch that nothing else decides.
    #[serde(default)]
    pub takes_branch_work: bool,
    /// When it works, for members who have no calendar of their own.
    pub calendar_id: Option<CalendarId>,
    /// Agents.
    #[serde(default)]
    #[schema(max_items = 500)]
    pub members: Vec<UserId>,
}

impl CreateGroup {
    /// # Errors
    /// Every field fault.
    pub(crate) fn into_group(self, touch: Touch) -> Result<Group, Fault> {
        let group = Group {
            id: GroupId::generate(),
            stamp: Stamp::new(touch),
            name: self.name,
            lead_id: self.lead_id,
            branch_id: self.branch_id,
            takes_branch_work: self.takes_branch_work,
            calendar_id: self.calendar_id,
            members: self.members.into_iter().collect(),
            active: true,
        };
        group.checked()
    }
}

/// Changes of a group (RFC 7396): absent keeps, null clears.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PatchGroup {
    #[schema(min_length = 1, max_length = 120)]
    pub name: Option<String>,
    #[serde(default, deserialize_with = "present")]
    pub lead_id: Option<Option<UserId>>,
    #[serde(default, deserialize_with = "present")]
    pub branch_id: Option<Option<BranchId>>,
    pub takes_branch_work: Option<bool>,
    #[serde(default, deserialize_with = "present")]
    pub calendar_id: Option<Option<CalendarId>>,
    #[schema(max_items = 500)]
    pub members: Option<Vec<UserId>>,
    /// An inactive group is given nothing.
    pub active: Option<bool>,
}

impl PatchGroup {
    /// # Errors
    /// Every field fault.
    pub(crate) fn apply(self, group: Group, touch: Touch) -> Result<Group, Fault> {
        let next = Group {
            name: self.name.unwrap_or(group.name),
            lead_id: self.lead_id.unwrap_or(group.lead_id),
            branch_id: self.branch_id.unwrap_or(group.branch_id),
            takes_branch_work: self.takes_branch_work.unwrap_or(group.takes_branch_work),
            calendar_id: self.calendar_id.unwrap_or(group.calendar_id),
            members: self.members.map_or(group.members, |members| members.into_iter().collect::<BTreeSet<_>>()),
            active: self.active.unwrap_or(group.active),
            stamp: group.stamp.touched(touch),
            ..group
        };
        next.checked()
    }
}

/// A group.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct GroupView {
    pub id: GroupId,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    #[schema(max_length = 120)]
    pub name: String,
    pub lead_id: Option<UserId>,
    pub branch_id: Option<BranchId>,
    pub takes_branch_work: bool,
    pub calendar_id: Option<CalendarId>,
    #[schema(max_items = 500)]
    pub members: Vec<UserId>,
    pub active: bool,
}

impl From<&Group> for GroupView {
    fn from(group: &Group) -> Self {
        Self {
            id: group.id,
            version: group.stamp.version,
            created_at: group.stamp.created_at,
            updated_at: group.stamp.updated_at,
            name: group.name.clone(),
            lead_id: group.lead_id,
            branch_id: group.branch_id,
            takes_branch_work: group.takes_branch_work,
            calendar_id: group.calendar_id,
            members: group.members.iter().copied().collect(),
            active: group.active,
        }
    }
}
