//! What a macro or an automation does to a ticket: one vocabulary for both, applied to a case in a fixed order.
//!
//! Members first, then what is written, then the status, as when a person does them in one request. What a macro does are the
//! person's acts; what an automation does is nobody's: it is no touch and no answer, and it never writes to customers.

mod apply;
mod text;

pub(crate) use apply::{By, apply};

use kernel::Fault;
use kernel::id::{GroupId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::notification::model::DeskRole;
use crate::ticket::model::{Move, Resolution};
use crate::vocabulary::{Priority, Status, TicketType};

/// A move to another status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ActionMove {
    pub to: Status,
    /// Needed for waiting and for reopening.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: Option<String>,
    /// Needed for `resolved`.
    pub resolution: Option<Resolution>,
    #[schema(min_length = 1, max_length = 500)]
    pub no_reply_needed_reason: Option<String>,
}

impl From<&ActionMove> for Move {
    fn from(step: &ActionMove) -> Self {
        let ActionMove { to, reason, resolution, no_reply_needed_reason } = step.clone();
        Self { reason, resolution, no_reply_needed_reason, ..Self::to(to) }
    }
}

/// Word for somebody; exactly one of the first four.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ActionNotice {
    /// Whoever works on the ticket; without one its group, without that whoever triages.
    #[serde(default)]
    pub responsible: bool,
    pub user_id: Option<UserId>,
    pub group_id: Option<GroupId>,
    pub role: Option<DeskRole>,
    /// `{{reference}}`, `{{subject}}`, `{{requester}}` and `{{status}}` stand for the ticket's.
    #[schema(min_length = 1, max_length = 1000)]
    pub text: String,
}

/// What is done to a ticket; at least one thing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Actions {
    pub priority: Option<Priority>,
    #[serde(rename = "type")]
    pub kind: Option<TicketType>,
    #[schema(minimum = 1, maximum = 4)]
    pub severity: Option<i32>,
    pub assignee_id: Option<UserId>,
    pub group_id: Option<GroupId>,
    #[schema(max_items = 20)]
    pub add_tags: Vec<String>,
    #[schema(max_items = 20)]
    pub remove_tags: Vec<String>,
    /// An internal note; with the same stand-ins as a notice.
    #[schema(min_length = 1, max_length = 20000)]
    pub note: Option<String>,
    /// A public reply, in macros only: a machine answers nobody in a person's stead.
    #[schema(min_length = 1, max_length = 20000)]
    pub reply: Option<String>,
    #[schema(max_items = 10)]
    pub notify: Vec<ActionNotice>,
    pub transition: Option<ActionMove>,
}

impl Actions {
    /// # Errors
    /// Every field fault below `pointer`.
    pub fn checked(&self, pointer: &str, by_person: bool) -> Result<(), Fault> {
        let fault = |member: &str, code, message: &'static str| Fault::field(format!("{pointer}{member}"), code, message);
        let mut faults = Vec::new();
        if *self == Self::default() {
            faults.push(fault("", "required", "Say what is done."));
        }
        if self.reply.is_some() && !by_person {
            faults.push(fault("/reply", "not_for_machines", "Only a person replies to customers: make it a macro, or tell somebody."));
        }
        if self.severity.is_some_and(|severity| !(1..=4).contains(&severity)) {
            faults.push(fault("/severity", "out_of_range", "Severities lie between 1 and 4."));
        }
        for (list, member) in [(&self.add_tags, "/add_tags"), (&self.remove_tags, "/remove_tags")] {
            if list.iter().any(|tag| tag.trim().is_empty() || tag.chars().count() > 60) {
                faults.push(fault(member, "invalid_tag", "A tag has 1 to 60 characters."));
            }
        }
        for (notice, index) in self.notify.iter().zip(0_usize..) {
            let named = [notice.responsible, notice.user_id.is_some(), notice.group_id.is_some(), notice.role.is_some()];
            if named.into_iter().filter(|one| *one).count() != 1 {
                faults.push(fault(&format!("/notify/{index}"), "one_recipient", "Name one: responsible, a user, a group or a role."));
            }
        }
        Fault::all(faults)
    }
}

impl Actions {
    /// The groups that are named, each with its pointer below `pointer`.
    pub(crate) fn groups(&self, pointer: &str) -> Vec<(String, Option<GroupId>)> {
        let told = self.notify.iter().enumerate().map(|(index, notice)| (format!("{pointer}/notify/{index}/group_id"), notice.group_id));
        std::iter::once((format!("{pointer}/group_id"), self.group_id)).chain(told).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn actions_name_something_and_machines_do_not_reply() {
        for (actions, by_person, pointers) in [
            (json!({"priority": "high"}), false, vec![]),
            (json!({"reply": "We are on it."}), true, vec![]),
            (json!({}), true, vec!["/actions"]),
            (json!({"reply": "We are on it."}), false, vec!["/actions/reply"]),
            (json!({"add_tags": [" "]}), true, vec!["/actions/add_tags"]),
            (json!({"notify": [{"text": "x"}]}), true, vec!["/actions/notify/0"]),
            (json!({"notify": [{"responsible": true, "role": "triage", "text": "x"}]}), true, vec!["/actions/notify/0"]),
        ] {
            let read: Actions = serde_json::from_value(actions.clone()).unwrap();
            let fault = read.checked("/actions", by_person).err();
            let found: Vec<_> = fault.map(|fault| fault.errors.iter().map(|one| one.pointer.clone()).collect()).unwrap_or_default();
            assert_eq!(found, pointers, "{actions}");
        }
    }
}
