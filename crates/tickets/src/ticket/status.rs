//! The ticket's state machine: which step leads where, and what each step demands.
//!
//! Guards that need more than the ticket (an unanswered message, a vendor) are checked by [`super::model`]; here stands
//! only the table.

use kernel::Fault;
use kernel::words;

use crate::vocabulary::Status;

words! {
    /// A step of a ticket.
    pub enum Step {
        Open = "open",
        WaitForCustomer = "wait_for_customer",
        WaitForVendor = "wait_for_vendor",
        Schedule = "schedule",
        Resolve = "resolve",
        Reopen = "reopen",
        Close = "close",
        Merge = "merge",
    }
}

impl Step {
    /// The step that leads from a status to another, by the name of the other.
    #[must_use]
    pub const fn towards(from: Status, to: Status) -> Option<Self> {
        match to {
            Status::New => None,
            Status::Open => Some(if matches!(from, Status::New) { Self::Open } else { Self::Reopen }),
            Status::WaitingCustomer => Some(Self::WaitForCustomer),
            Status::WaitingVendor => Some(Self::WaitForVendor),
            Status::Scheduled => Some(Self::Schedule),
            Status::Resolved => Some(Self::Resolve),
            Status::Closed => Some(Self::Close),
            Status::Merged => Some(Self::Merge),
        }
    }
}

/// The status after a step.
#[must_use]
pub const fn after(status: Status, step: Step) -> Option<Status> {
    use Status::{Closed, Merged, New, Open, Resolved, Scheduled, WaitingCustomer, WaitingVendor};
    match (status, step) {
        (New, Step::Open) => Some(Open),
        (New | Open | WaitingVendor | Scheduled, Step::WaitForCustomer) => Some(WaitingCustomer),
        (New | Open | WaitingCustomer | Scheduled, Step::WaitForVendor) => Some(WaitingVendor),
        (New | Open | WaitingCustomer | WaitingVendor, Step::Schedule) => Some(Scheduled),
        (New | Open | WaitingCustomer | WaitingVendor | Scheduled, Step::Resolve) => Some(Resolved),
        (WaitingCustomer | WaitingVendor | Scheduled | Resolved | Closed, Step::Reopen) => Some(Open),
        (Resolved, Step::Close) => Some(Closed),
        (New | Open | WaitingCustomer | WaitingVendor | Scheduled | Resolved | Closed, Step::Merge) => Some(Merged),
        (
            New | Open | WaitingCustomer | WaitingVendor | Scheduled | Resolved | Closed | Merged,
            Step::Open
            | Step::WaitForCustomer
            | Step::WaitForVendor
            | Step::Schedule
            | Step::Resolve
            | Step::Reopen
            | Step::Close
            | Step::Merge,
        ) => None,
    }
}

/// The statuses a ticket can be moved to from `status` by the transition operation; merging has its own.
#[must_use]
pub fn allowed(status: Status) -> Vec<Status> {
    let steps = Step::ALL.iter().filter(|step| **step != Step::Merge);
    steps.filter_map(|step| after(status, *step)).collect()
}

/// The status after moving towards `to`.
///
/// # Errors
/// 409 `illegal_transition` with the statuses that are allowed.
pub fn moved(from: Status, to: Status) -> Result<Status, Fault> {
    let step = Step::towards(from, to).filter(|step| *step != Step::Merge);
    step.and_then(|step| after(from, step)).ok_or_else(|| Fault::illegal_transition(format!("move to {to}"), from.as_str(), allowed(from)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_machine_has_these_steps_and_no_others() {
        let mut table = String::new();
        for status in Status::ALL {
            let names: Vec<&str> = allowed(*status).into_iter().map(Status::as_str).collect();
            table.push_str(&format!("{status}: {}\n", names.join(" ")));
        }
        let expected = "new: open waiting_customer waiting_vendor scheduled resolved\n\
            open: waiting_customer waiting_vendor scheduled resolved\n\
            waiting_customer: waiting_vendor scheduled resolved open\n\
            waiting_vendor: waiting_customer scheduled resolved open\n\
            scheduled: waiting_customer waiting_vendor resolved open\n\
            resolved: open closed\n\
            closed: open\n\
            merged: \n";
        assert_eq!(table, expected);
        let fault = moved(Status::Closed, Status::Resolved).unwrap_err();
        assert_eq!((&*fault.code, fault.allowed.clone()), ("illegal_transition", vec!["open".to_owned()]));
    }
}
