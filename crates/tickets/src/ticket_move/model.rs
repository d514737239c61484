//! What of a change of a ticket is a move, and of which sort. Pure.

use kernel::words;

use crate::ticket::model::Ticket;
use crate::vocabulary::Status;
use crate::whose::Whose;

words! {
    /// What a move did.
    pub enum MoveStep {
        Resolved = "resolved",
        /// From resolved or closed.
        Reopened = "reopened",
        Closed = "closed",
        Merged = "merged",
        /// To another status.
        Moved = "moved",
        /// It stayed in its status, and changed hands, type or whether it counts as work.
        HandedOn = "handed_on",
    }
}

/// The sort of move that leads from `before` to `after`; none when nothing that is counted differs.
pub(crate) fn step(before: &Ticket, after: &Ticket) -> Option<MoveStep> {
    if before.status != after.status {
        return Some(match (before.status, after.status) {
            (_, Status::Resolved) => MoveStep::Resolved,
            (_, Status::Closed) => MoveStep::Closed,
            (_, Status::Merged) => MoveStep::Merged,
            (Status::Resolved | Status::Closed, _) => MoveStep::Reopened,
            _ => MoveStep::Moved,
        });
    }
    let same = before.is_open() == after.is_open() && before.kind == after.kind && Whose::from(before) == Whose::from(after);
    (!same).then_some(MoveStep::HandedOn)
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use kernel::id::{UserId, new_uuid};
    use platform::stamp::Touch;

    use super::*;
    use crate::ticket::model::{NewTicket, Requester};
    use crate::vocabulary::{Channel, RequesterKind};

    fn ticket() -> Ticket {
        let at: DateTime<Utc> = "2026-03-02T15:00:00Z".parse().unwrap();
        let requester = Requester { kind: RequesterKind::Customer, contact_id: None, name: None, email: None, phone: None };
        let new = NewTicket::inbound("Lift".to_owned(), requester, Channel::Email, at);
        Ticket::open(new, Touch { at, by: new_uuid() })
    }

    #[test]
    fn every_change_of_status_is_a_move_of_one_sort() {
        let short = |step: Option<MoveStep>| step.map_or("-", MoveStep::as_str);
        let rows = Status::ALL.iter().map(|from| {
            let from = Ticket { status: *from, ..ticket() };
            let to = |to: &Status| short(step(&from, &Ticket { status: *to, ..from.clone() }));
            format!("{}: {}", from.status, Status::ALL.iter().map(to).collect::<Vec<_>>().join(" "))
        });
        let expected = [
            "new: - moved moved moved moved resolved closed merged",
            "open: moved - moved moved moved resolved closed merged",
            "waiting_customer: moved moved - moved moved resolved closed merged",
            "waiting_vendor: moved moved moved - moved resolved closed merged",
            "scheduled: moved moved moved moved - resolved closed merged",
            "resolved: reopened reopened reopened reopened reopened - closed merged",
            "closed: reopened reopened reopened reopened reopened resolved - merged",
            "merged: moved moved moved moved moved resolved closed -",
        ];
        assert_eq!(rows.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_change_of_hands_or_of_what_counts_is_a_move_and_a_change_of_words_is_none() {
        let before = ticket();
        let given = Ticket { assignee_id: Some(UserId::generate()), ..before.clone() };
        assert_eq!(step(&before, &given), Some(MoveStep::HandedOn));
        assert_eq!(step(&before, &Ticket { spam: true, ..before.clone() }), Some(MoveStep::HandedOn));
        assert_eq!(step(&before, &Ticket { subject: "Dock lift".to_owned(), ..before.clone() }), None);
    }
}
