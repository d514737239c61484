//! Promises about something other than a ticket's conversation: an emergency, a notice, a transfer.
//!
//! Such a promise is begun, kept and released by the resource that it is about; it may hang on a ticket, whose promises it then
//! stands among, or on none. Cycles are counted for each kind, whatever the subject.

use chrono::{DateTime, Utc};
use kernel::id::MessageId;
use uuid::Uuid;

use super::promises::{Policy, Promises};
use super::{Calendars, Obligation, Terms};
use crate::vocabulary::{Cause, ObligationKind, SubjectKind};

/// What a promise is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    pub kind: SubjectKind,
    pub id: Uuid,
}

impl Promises {
    /// Promises something about `subject` from `at` on by the policies' terms; false when they promise nothing of the kind.
    pub fn promise(&mut self, subject: Subject, kind: ObligationKind, at: DateTime<Utc>, policy: &impl Policy) -> bool {
        let terms = policy.terms(kind);
        if let Some(terms) = &terms {
            self.promise_by(subject, kind, at, terms, policy);
        }
        terms.is_some()
    }

    /// Promises something about `subject` from `at` on by terms of its own.
    pub fn promise_by(&mut self, subject: Subject, kind: ObligationKind, at: DateTime<Utc>, terms: &Terms, calendars: &impl Calendars) {
        let cycle = self.of(kind).map(|one| one.cycle).max().unwrap_or(0) + 1;
        let begun = Obligation::start(kind, cycle, at, terms, calendars);
        self.list.push(Obligation { subject: Some(subject), ..begun });
    }

    /// What was promised about `subject` was done at `at`.
    pub fn keep(&mut self, subject: Subject, kind: ObligationKind, at: DateTime<Utc>, by: Option<MessageId>, calendars: &impl Calendars) {
        let promised = self.about_mut(subject, kind).filter(|one| one.is_active());
        promised.for_each(|one| one.satisfy(at.max(one.start_at), by, calendars));
    }

    /// What was promised about `subject` need not be done any more: whatever of any kind is still owed ends.
    pub fn release(&mut self, subject: Subject, at: DateTime<Utc>, cause: Cause) {
        self.list.iter_mut().filter(|one| one.subject == Some(subject)).for_each(|one| one.cancel(at, cause));
    }

    /// What kept a promise about `subject` has come to nothing: it is owed again, from the due instant it had.
    pub fn owe_again(&mut self, subject: Subject, kind: ObligationKind, now: DateTime<Utc>) {
        self.about_mut(subject, kind).for_each(|one| one.withdraw(now));
    }

    /// As [`Promises::release`], for the promises of one kind.
    pub fn drop_kind(&mut self, subject: Subject, kind: ObligationKind, at: DateTime<Utc>, cause: Cause) {
        self.about_mut(subject, kind).for_each(|one| one.cancel(at, cause));
    }

    /// The promises of a kind about `subject`, oldest first.
    pub fn about(&self, subject: Subject, kind: ObligationKind) -> impl Iterator<Item = &Obligation> {
        self.list.iter().filter(move |one| one.subject == Some(subject) && one.kind == kind)
    }

    fn about_mut(&mut self, subject: Subject, kind: ObligationKind) -> impl Iterator<Item = &mut Obligation> {
        self.list.iter_mut().filter(move |one| one.subject == Some(subject) && one.kind == kind)
    }
}
