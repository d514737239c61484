//! An escalation policy and its steps: rules only.

use chrono::{DateTime, Utc};
use kernel::Fault;
use kernel::id::{EscalationPolicyId, EscalationPolicyVersionId, GroupId, UserId};
use kernel::words;
use platform::stamp::Stamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::notification::model::{DeskRole, NoticeChannel};
use crate::vocabulary::Priority;

words! {
    /// What a step does.
    pub enum EscalationAction { Notify = "notify", Reassign = "reassign", RaisePriority = "raise_priority", Page = "page" }

    /// Whom a step is for.
    pub enum EscalationTarget {
        /// Whoever works on it; without one its group, without that whoever triages for the branch.
        Assignee = "assignee",
        GroupLead = "group_lead",
        BranchManager = "branch_manager",
        Role = "role",
        Group = "group",
        User = "user",
    }
}

/// When a step falls: exactly one of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StepAt {
    /// So many percent of the target are used up, in clock time.
    #[schema(minimum = 1, maximum = 99, example = 50)]
    pub percent: Option<u8>,
    /// So many seconds before (negative) or after the due instant; 0 as soon as it has passed.
    #[schema(minimum = -2592000, maximum = 2592000)]
    pub offset_s: Option<i64>,
}

/// How often a step is repeated until the promise is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Repeat {
    #[schema(minimum = 60, maximum = 604800, example = 900)]
    pub every_s: i64,
    /// Repetitions, the first time not counted.
    #[schema(minimum = 1, maximum = 20, example = 3)]
    pub max: i32,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EscalationStep {
    pub at: StepAt,
    pub action: EscalationAction,
    /// Needed by all actions but `raise_priority`.
    pub to: Option<EscalationTarget>,
    /// With `to` `role`.
    pub role: Option<DeskRole>,
    /// With `to` `group`.
    pub group_id: Option<GroupId>,
    /// With `to` `user`.
    pub user_id: Option<UserId>,
    /// By which way it reaches them; `desk` when absent, `phone` for a page.
    pub channel: Option<NoticeChannel>,
    pub repeat: Option<Repeat>,
}

impl EscalationStep {
    /// A step that tells somebody once.
    #[must_use]
    pub const fn notify(at: StepAt, to: EscalationTarget) -> Self {
        let (role, group_id, user_id, channel, repeat) = (None, None, None, None, None);
        Self { at, action: EscalationAction::Notify, to: Some(to), role, group_id, user_id, channel, repeat }
    }

    /// Every fault of the step at `pointer`.
    fn faults(&self, pointer: &str) -> Vec<Fault> {
        let fault = |member: &str, code, message: &'static str| Fault::field(format!("{pointer}{member}"), code, message);
        let mut faults = Vec::new();
        if self.at.percent.is_some() == self.at.offset_s.is_some() {
            faults.push(fault("/at", "one_instant", "State either percent or offset_s."));
        }
        if self.at.percent.is_some_and(|percent| !(1..=99).contains(&percent)) {
            faults.push(fault("/at/percent", "out_of_range", "Percentages lie between 1 and 99."));
        }
        if self.to.is_some() != (self.action != EscalationAction::RaisePriority) {
            faults.push(fault("/to", "required", "All actions but raise_priority need somebody, and it has nobody."));
        }
        let needs = |target| self.to == Some(target);
        for (needed, given, member) in [
            (needs(EscalationTarget::Role), self.role.is_some(), "/role"),
            (needs(EscalationTarget::Group), self.group_id.is_some(), "/group_id"),
            (needs(EscalationTarget::User), self.user_id.is_some(), "/user_id"),
        ] {
            if needed != given {
                faults.push(fault(member, "required", "It goes with the `to` of the same name, and only with that."));
            }
        }
        let nobody = matches!(self.to, Some(EscalationTarget::Assignee | EscalationTarget::BranchManager | EscalationTarget::Role));
        if self.action == EscalationAction::Reassign && (nobody || self.repeat.is_some()) {
            faults.push(fault("/to", "not_an_assignee", "Reassign once, to the group's lead, a group or a user."));
        }
        faults
    }

    /// `50%`, `due-1800s`, `due+0s`.
    #[must_use]
    pub fn label(&self) -> String {
        match (self.at.percent, self.at.offset_s) {
            (Some(percent), _) => format!("{percent}%"),
            (None, offset) => format!("due{:+}s", offset.unwrap_or_default()),
        }
    }

    /// The way to its recipient.
    #[must_use]
    pub fn way(&self) -> NoticeChannel {
        self.channel.unwrap_or(if self.action == EscalationAction::Page { NoticeChannel::Phone } else { NoticeChannel::Desk })
    }
}

/// # Errors
/// Every field fault of the steps.
pub fn checked(steps: Vec<EscalationStep>) -> Result<Vec<EscalationStep>, Fault> {
    Fault::all(steps.iter().enumerate().flat_map(|(index, step)| step.faults(&format!("/steps/{index}"))).collect::<Vec<_>>())?;
    Ok(steps)
}

/// The next priority; none above urgent.
#[must_use]
pub const fn raised(priority: Priority) -> Option<Priority> {
    match priority {
        Priority::Low => Some(Priority::Normal),
        Priority::Normal => Some(Priority::High),
        Priority::High => Some(Priority::Urgent),
        Priority::Urgent => None,
    }
}

/// A policy: a name under which versions are published. The steps of an inactive one are not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EscalationPolicy {
    pub id: EscalationPolicyId,
    pub stamp: Stamp,
    pub external_ref: Option<String>,
    pub name: String,
    pub active: bool,
}

/// One published version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EscalationPolicyVersion {
    pub id: EscalationPolicyVersionId,
    pub policy_id: EscalationPolicyId,
    pub number: i32,
    pub published_at: DateTime<Utc>,
    pub published_by: Uuid,
    pub steps: Vec<EscalationStep>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn codes(step: &Value) -> Vec<String> {
        let fault = checked(vec![serde_json::from_value(step.clone()).unwrap()]).err();
        fault.map(|fault| fault.errors.iter().map(|error| error.pointer.clone()).collect()).unwrap_or_default()
    }

    #[test]
    fn a_step_has_one_instant_and_whom_its_action_needs() {
        for (step, pointers) in [
            (json!({"at": {"percent": 50}, "action": "notify", "to": "assignee"}), vec![]),
            (json!({"at": {"offset_s": -1800}, "action": "page", "to": "role", "role": "duty_manager"}), vec![]),
            (json!({"at": {"offset_s": 0}, "action": "raise_priority"}), vec![]),
            (json!({"at": {}, "action": "notify", "to": "assignee"}), vec!["/steps/0/at"]),
            (json!({"at": {"percent": 50, "offset_s": 0}, "action": "notify", "to": "assignee"}), vec!["/steps/0/at"]),
            (json!({"at": {"percent": 100}, "action": "notify", "to": "assignee"}), vec!["/steps/0/at/percent"]),
            (json!({"at": {"percent": 50}, "action": "notify"}), vec!["/steps/0/to"]),
            (json!({"at": {"percent": 50}, "action": "raise_priority", "to": "assignee"}), vec!["/steps/0/to"]),
            (json!({"at": {"percent": 50}, "action": "notify", "to": "role"}), vec!["/steps/0/role"]),
            (json!({"at": {"percent": 50}, "action": "reassign", "to": "assignee"}), vec!["/steps/0/to"]),
        ] {
            assert_eq!(codes(&step), pointers, "{step}");
        }
    }

    #[test]
    fn priorities_rise_to_urgent() {
        let chain: Vec<_> = std::iter::successors(Some(Priority::Low), |priority| raised(*priority)).collect();
        assert_eq!(chain, Priority::ALL);
    }
}
