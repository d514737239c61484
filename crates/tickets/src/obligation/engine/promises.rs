//! What the happenings of a ticket mean for its promises: which start, which are kept, which stand still.
//!
//! Only a human's public message keeps a response promise. Further customer messages never restart a running clock, and
//! courtesies start none. Nothing here decides whether a happening is allowed: that is the ticket's state machine.

use chrono::{DateTime, Utc};
use kernel::id::{MessageId, ObligationId};

use super::{Calendars, Obligation, Terms};
use crate::vocabulary::{Cause, ObligationKind, ObligationState, Status};

/// The terms that the policies hold for one ticket, by kind.
pub trait Policy: Calendars {
    /// The terms of a kind of promise, if any is made.
    fn terms(&self, kind: ObligationKind) -> Option<Terms>;
}

/// Something that happened to a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    /// It was opened. Response is promised only when someone wrote to us.
    Opened {
        inbound: bool,
    },
    /// The customer wrote, by a person and not merely to say thanks.
    CustomerWrote,
    /// A person of ours wrote publicly or reached the customer by phone.
    Answered {
        by: MessageId,
    },
    /// The status changed, other than to or from resolved.
    Moved {
        to: Status,
    },
    Resolved {
        no_reply_needed: bool,
    },
    Reopened,
    Cancelled(Cause),
    Reinstated(Cause),
    /// Priority, policy or calendar changed: the terms may be others now.
    TermsChanged(Cause),
}

/// All promises of one ticket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Promises {
    pub list: Vec<Obligation>,
}

impl Promises {
    /// Carries a happening at `at` through all promises.
    pub fn apply(&mut self, happening: Happening, at: DateTime<Utc>, policy: &impl Policy) {
        match happening {
            Happening::Opened { inbound } => self.opened(inbound, at, policy),
            Happening::CustomerWrote => self.customer_wrote(at, policy),
            Happening::Answered { by } => self.answered(at, by, policy),
            Happening::Moved { to } => self.moved(to, at, policy),
            Happening::Resolved { no_reply_needed } => self.resolved(no_reply_needed, at, policy),
            Happening::Reopened => self.of_mut(ObligationKind::Resolution).for_each(|obligation| obligation.reopen(at, policy)),
            Happening::Cancelled(cause) => self.others_mut().filter(|one| one.ends_by(cause)).for_each(|one| one.cancel(at, cause)),
            Happening::Reinstated(cause) => self.others_mut().for_each(|obligation| obligation.reinstate(at, cause, policy)),
            Happening::TermsChanged(cause) => self.terms_changed(cause, at, policy),
        }
    }

    /// The earliest due instant of what can still be kept or must be made good. Taking over a ticket is owed by others than its
    /// assignee, in whose queue it stands; the daily touch has an instant of its own, or every ticket would be due today.
    #[must_use]
    pub fn next_due(&self) -> Option<DateTime<Utc>> {
        let others = [ObligationKind::TransferAccept, ObligationKind::DailyTouch];
        let owed = self.list.iter().filter(|one| one.is_active() && !others.contains(&one.kind));
        owed.filter_map(|one| one.due_at).min()
    }

    pub(super) fn of(&self, kind: ObligationKind) -> impl Iterator<Item = &Obligation> {
        self.list.iter().filter(move |obligation| obligation.kind == kind)
    }

    pub(super) fn of_mut(&mut self, kind: ObligationKind) -> impl Iterator<Item = &mut Obligation> {
        self.list.iter_mut().filter(move |obligation| obligation.kind == kind)
    }

    /// All but the daily touches, which follow the ticket's course by themselves.
    fn others_mut(&mut self) -> impl Iterator<Item = &mut Obligation> {
        self.list.iter_mut().filter(|obligation| obligation.kind != ObligationKind::DailyTouch)
    }

    /// Begins a promise when the policies make one of the kind.
    pub(super) fn begin(&mut self, kind: ObligationKind, at: DateTime<Utc>, policy: &impl Policy) -> Option<ObligationId> {
        let terms = policy.terms(kind)?;
        let cycle = self.of(kind).map(|obligation| obligation.cycle).max().unwrap_or(0) + 1;
        let begun = Obligation::start(kind, cycle, at, &terms, policy);
        let id = begun.id;
        self.list.push(begun);
        Some(id)
    }

    fn opened(&mut self, inbound: bool, at: DateTime<Utc>, policy: &impl Policy) {
        if inbound {
            self.begin(ObligationKind::FirstResponse, at, policy);
        }
        self.begin(ObligationKind::FirstResolution, at, policy);
        self.begin(ObligationKind::Resolution, at, policy);
    }

    fn customer_wrote(&mut self, at: DateTime<Utc>, policy: &impl Policy) {
        let waiting =
            self.list.iter().any(|one| matches!(one.kind, ObligationKind::FirstResponse | ObligationKind::NextResponse) && one.is_active());
        if waiting {
            return;
        }
        let first = self.of(ObligationKind::FirstResponse).next().is_none();
        self.begin(if first { ObligationKind::FirstResponse } else { ObligationKind::NextResponse }, at, policy);
    }

    fn answered(&mut self, at: DateTime<Utc>, by: MessageId, policy: &impl Policy) {
        for kind in [ObligationKind::FirstResponse, ObligationKind::NextResponse, ObligationKind::PublicUpdate] {
            self.of_mut(kind).filter(|one| one.is_active()).for_each(|one| one.satisfy(at.max(one.start_at), Some(by), policy));
        }
        self.begin(ObligationKind::PublicUpdate, at, policy);
    }

    fn moved(&mut self, to: Status, at: DateTime<Utc>, policy: &impl Policy) {
        for obligation in &mut self.list {
            if obligation.pause_states.contains(&to) {
                // Another waiting state is another interval of the same stillness.
                obligation.resume(at, policy);
                obligation.pause(at, to);
            } else {
                obligation.resume(at, policy);
            }
        }
    }

    fn resolved(&mut self, no_reply_needed: bool, at: DateTime<Utc>, policy: &impl Policy) {
        for obligation in &mut self.list {
            match obligation.kind {
                ObligationKind::FirstResolution | ObligationKind::Resolution => obligation.satisfy(at, None, policy),
                ObligationKind::PublicUpdate => obligation.cancel(at, Cause::Resolved),
                ObligationKind::FirstResponse | ObligationKind::NextResponse if no_reply_needed => {
                    obligation.waive(at, Cause::NoReplyNeeded);
                }
                _ => {}
            }
        }
    }

    fn terms_changed(&mut self, cause: Cause, at: DateTime<Utc>, policy: &impl Policy) {
        for obligation in self.others_mut().filter(|obligation| obligation.is_active()) {
            match policy.terms(obligation.kind) {
                // Nothing of ours moves an instant that somebody else set.
                _ if obligation.is_fixed_by_others() => {}
                Some(terms) => obligation.recalculate(at, &terms, cause, policy),
                None => obligation.cancel(at, Cause::PolicyRemoved),
            }
        }
    }

    /// True when a response is owed.
    #[must_use]
    pub fn owes_response(&self) -> bool {
        self.list.iter().any(|one| {
            matches!(one.kind, ObligationKind::FirstResponse | ObligationKind::NextResponse)
                && matches!(one.state, ObligationState::Running | ObligationState::MissedOpen)
        })
    }

    /// Takes back what `message` satisfied, because it reached nobody.
    pub fn withdraw(&mut self, message: MessageId, now: DateTime<Utc>) {
        self.list.iter_mut().filter(|one| one.satisfied_by == Some(message)).for_each(|one| one.withdraw(now));
    }
}
