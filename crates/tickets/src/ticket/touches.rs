//! What people do to a ticket, day by day, and the settling of a case before it is written.
//!
//! Whatever path writes a case settles it first, so every command follows the ticket's daily touches: no sweep does.

use chrono::{DateTime, Utc};

use super::case::Case;
use super::model::Ticket;
use crate::obligation::engine::Course;
use crate::policy::model::Traits;
use crate::vocabulary::{Cause, Status};

impl Ticket {
    /// Why nobody needs to touch it every day; none when somebody does.
    fn touch_exempt(&self) -> Option<Cause> {
        let ended = (self.status == Status::Merged).then_some(Cause::Merged).or(self.spam.then_some(Cause::Spam));
        let ended = ended.or(self.deleted_at.and(Some(Cause::Deleted)));
        ended.or((!self.status.owes_touch()).then_some(Cause::NotRequired))
    }

    /// What decides the rules of its daily touch, while one is owed.
    pub(super) fn touch_owed(&self) -> Option<Traits> {
        self.touch_exempt().is_none().then(|| self.traits())
    }
}

impl Case {
    /// Notes what a person did, unless it was done to many alike at once.
    pub(crate) fn touched(&mut self, human: bool) {
        if human && !self.bulk {
            self.touched_at(self.touch.at);
        }
    }

    pub(super) fn touched_at(&mut self, at: DateTime<Utc>) {
        self.ticket.last_human_touch_at = self.ticket.last_human_touch_at.max(Some(at));
        self.touches.push(at);
    }

    /// A person of ours did something on the ticket other than writing; the first such act opens it.
    pub(crate) fn acted(&mut self) {
        self.touched(true);
        if self.ticket.status == Status::New {
            self.set_status(Status::Open);
        }
    }

    /// Settles what the clock has decided, the daily touches, and the list's due instants.
    pub(crate) fn settle(&mut self) {
        self.settle_days(usize::MAX);
    }

    /// As [`Case::settle`], for one of many that are written together. Days that passed unseen, on which nothing else depends, are then
    /// gone through by their timers, so that what is written at once does not grow with how long nobody looked.
    pub(super) fn settle_among_others(&mut self) {
        let untouched = self.touches.is_empty() && self.ticket.touch_exempt().is_none();
        self.settle_days(if untouched { 1 } else { usize::MAX });
    }

    fn settle_days(&mut self, days: usize) {
        let now = self.touch.at;
        self.promises.list.iter_mut().for_each(|obligation| obligation.settle(now));
        self.follow_touches(days);
        self.ticket.due_at = self.promises.next_due();
        self.ticket.touch_due_at = self.promises.touch_due();
    }

    fn follow_touches(&mut self, days: usize) {
        let (now, ticket) = (self.touch.at, &self.ticket);
        let touches = std::mem::take(&mut self.touches);
        let (status, exempt, latest) = (ticket.status, ticket.touch_exempt(), ticket.last_human_touch_at);
        let course = Course { status, exempt, touches: &touches, latest, now, days };
        let was = self.touch_owed.map(|traits| self.rules.for_ticket(traits, now));
        self.promises.follow(&course, was.as_ref(), &self.rules.for_ticket(ticket.traits(), now));
        self.touch_owed = ticket.touch_owed();
    }
}
