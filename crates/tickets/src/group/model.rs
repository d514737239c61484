//! A group and its members: rules only.

use std::collections::BTreeSet;

use kernel::Fault;
use kernel::id::{BranchId, CalendarId, GroupId, UserId};
use platform::stamp::{Stamp, Touch};

/// Agents who share a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub id: GroupId,
    pub stamp: Stamp,
    pub name: String,
    /// Who is told when nobody can take a ticket.
    pub lead_id: Option<UserId>,
    /// Staff of other branches see neither the group nor what it works on.
    pub branch_id: Option<BranchId>,
    /// Takes the work of its branch that nothing else decides.
    pub takes_branch_work: bool,
    /// When it works, for members who have no calendar of their own.
    pub calendar_id: Option<CalendarId>,
    pub members: BTreeSet<UserId>,
    pub active: bool,
}

impl Group {
    /// # Errors
    /// A field fault when it takes the work of no branch.
    pub(crate) fn checked(self) -> Result<Self, Fault> {
        if self.takes_branch_work && self.branch_id.is_none() {
            return Err(Fault::field("/branch_id", "required", "Name the branch whose work it takes."));
        }
        Ok(self)
    }

    /// With an agent, or without it; none when it is so already.
    pub(crate) fn with_member(&self, agent: UserId, belongs: bool, touch: Touch) -> Option<Self> {
        let mut members = self.members.clone();
        let changed = if belongs { members.insert(agent) } else { members.remove(&agent) };
        changed.then(|| Self { members, stamp: self.stamp.touched(touch), ..self.clone() })
    }
}

/// The groups that an agent belongs to, in the order given.
pub(crate) fn of_agent(groups: &[Group], agent: UserId) -> Vec<GroupId> {
    groups.iter().filter(|group| group.members.contains(&agent)).map(|group| group.id).collect()
}
