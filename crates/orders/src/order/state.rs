//! The states of an order and what leads from one to another. Pure.
//!
//! Fulfilment is one line of states with few ways back; why an order waits is told by its holds, never by a state.
//! Whether it can be invoiced is a second, independent state.

use kernel::Fault;
use kernel::{transition, words};

words! {
    /// How far an order's work has come.
    pub enum Fulfilment {
        Draft = "draft",
        /// Its papers are ready; the branch's preparation clock has stopped.
        Prepared = "prepared",
        /// Agreed with the customer; lines and prices no longer change.
        Confirmed = "confirmed",
        Scheduled = "scheduled",
        Dispatched = "dispatched",
        InProgress = "in_progress",
        Completed = "completed",
        Closed = "closed",
        Cancelled = "cancelled",
    }

    /// What can be done to an order.
    pub enum Step {
        Prepare = "prepare",
        Confirm = "confirm",
        Schedule = "schedule",
        Unschedule = "unschedule",
        Dispatch = "dispatch",
        Recall = "recall",
        Start = "start",
        Complete = "complete",
        Reopen = "reopen",
        Close = "close",
        Cancel = "cancel",
    }

    /// Whether an order can be invoiced, and how much of it has been.
    pub enum Billing {
        None = "none",
        NotReady = "not_ready",
        Ready = "ready",
        PartiallyBilled = "partially_billed",
        Billed = "billed",
        /// Of no value.
        NotApplicable = "not_applicable",
    }

    /// What an order is for. Prices of services are those of the service's local date, of goods those of the order's.
    pub enum OrderKind {
        Service = "service",
        Product = "product",
        Project = "project",
        /// May be dispatched without having been scheduled.
        Emergency = "emergency",
    }

    /// How soon it matters.
    pub enum Priority { Low = "low", Normal = "normal", High = "high", Urgent = "urgent" }
}

impl Step {
    /// The event that tells of it.
    #[must_use]
    pub const fn event(self) -> &'static str {
        match self {
            Self::Prepare => "order.prepared",
            Self::Confirm => "order.confirmed",
            Self::Schedule => "order.scheduled",
            Self::Unschedule => "order.unscheduled",
            Self::Dispatch => "order.dispatched",
            Self::Recall => "order.recalled",
            Self::Start => "order.started",
            Self::Complete => "order.completed",
            Self::Reopen => "order.reopened",
            Self::Close => "order.closed",
            Self::Cancel => "order.cancelled",
        }
    }
}

impl Fulfilment {
    /// The state after a step of an order of this kind.
    ///
    /// # Errors
    /// 409 `illegal_transition` with the steps that are allowed.
    pub fn after(self, step: Step, kind: OrderKind) -> Result<Self, Fault> {
        transition::moved(self, step, |state, step| state.next(step, kind))
    }

    const fn next(self, step: Step, kind: OrderKind) -> Option<Self> {
        use Step as T;
        match (self, step) {
            (Self::Draft, T::Prepare) => Some(Self::Prepared),
            (Self::Prepared, T::Confirm) | (Self::Scheduled, T::Unschedule) => Some(Self::Confirmed),
            (Self::Confirmed, T::Schedule) | (Self::Dispatched, T::Recall) => Some(Self::Scheduled),
            (Self::Scheduled, T::Dispatch) => Some(Self::Dispatched),
            (Self::Confirmed, T::Dispatch) => match kind {
                OrderKind::Emergency => Some(Self::Dispatched),
                OrderKind::Service | OrderKind::Product | OrderKind::Project => None,
            },
            (Self::Dispatched, T::Start) | (Self::Completed, T::Reopen) => Some(Self::InProgress),
            (Self::InProgress, T::Complete) => Some(Self::Completed),
            (Self::Completed, T::Close) => Some(Self::Closed),
            (Self::Draft | Self::Prepared | Self::Confirmed | Self::Scheduled | Self::Dispatched, T::Cancel) => Some(Self::Cancelled),
            (Self::Draft, _)
            | (Self::Prepared, _)
            | (Self::Confirmed, _)
            | (Self::Scheduled, _)
            | (Self::Dispatched, _)
            | (Self::InProgress, _)
            | (Self::Completed, _)
            | (Self::Closed | Self::Cancelled, _) => None,
        }
    }

    /// True while lines and prices may change.
    #[must_use]
    pub const fn is_open_to_amendment(self) -> bool {
        matches!(self, Self::Draft | Self::Prepared)
    }

    /// True before the work has begun: it can still be moved or called off.
    #[must_use]
    pub const fn is_ahead(self) -> bool {
        matches!(self, Self::Draft | Self::Prepared | Self::Confirmed | Self::Scheduled | Self::Dispatched)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(kind: OrderKind) -> Vec<String> {
        let mut table = Vec::new();
        for state in Fulfilment::ALL {
            for step in Step::ALL {
                if let Ok(next) = state.after(*step, kind) {
                    table.push(format!("{} {} {}", state.as_str(), step.as_str(), next.as_str()));
                }
            }
        }
        table
    }

    #[test]
    fn the_whole_transition_table() {
        let expected = [
            "draft prepare prepared",
            "draft cancel cancelled",
            "prepared confirm confirmed",
            "prepared cancel cancelled",
            "confirmed schedule scheduled",
            "confirmed cancel cancelled",
            "scheduled unschedule confirmed",
            "scheduled dispatch dispatched",
            "scheduled cancel cancelled",
            "dispatched recall scheduled",
            "dispatched start in_progress",
            "dispatched cancel cancelled",
            "in_progress complete completed",
            "completed reopen in_progress",
            "completed close closed",
        ];
        for kind in [OrderKind::Service, OrderKind::Product, OrderKind::Project] {
            assert_eq!(table(kind), expected);
        }
        let more: Vec<String> = table(OrderKind::Emergency).into_iter().filter(|row| !expected.contains(&row.as_str())).collect();
        assert_eq!(more, ["confirmed dispatch dispatched"]);
    }

    #[test]
    fn a_refusal_names_what_is_allowed() {
        let fault = Fulfilment::Draft.after(Step::Complete, OrderKind::Service).unwrap_err();
        assert_eq!(
            (fault.code.as_ref(), fault.allowed.as_slice()),
            ("illegal_transition", ["prepare".to_owned(), "cancel".to_owned()].as_slice())
        );
    }
}
