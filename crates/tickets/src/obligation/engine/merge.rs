//! What the merging of two conversations means for the promises of the one that goes on.
//!
//! The customer's earliest unanswered word counts, and an answer that was given is not owed again. Whatever a merge does here can
//! be taken back.

use chrono::{DateTime, Utc};
use kernel::id::{MessageId, ObligationId};
use serde::{Deserialize, Serialize};

use super::promises::{Policy, Promises};
use super::{Calendars, Obligation};
use crate::vocabulary::{Cause, ObligationKind, ObligationState};

/// What a merge did to the promises of the ticket that goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "what")]
pub enum Effect {
    /// An answer became owed that was owed on the other ticket.
    Begun { obligation: ObligationId },
    /// The other ticket had waited for longer.
    Redated { obligation: ObligationId, from: DateTime<Utc> },
    /// The other ticket's answer was one to this ticket's question too.
    Kept { by: MessageId },
}

impl Promises {
    /// Takes over what is owed on another ticket, whose own promises end. `answered` is our latest public word on this one.
    pub fn absorb(&mut self, other: &Self, answered: Option<DateTime<Utc>>, policy: &impl Policy) -> Vec<Effect> {
        let mut effects: Vec<Effect> = self.take_answer(other, policy).into_iter().collect();
        let waiting = other.responses().filter(|one| one.is_active()).map(|one| one.start_at).min();
        if let Some(since) = waiting.filter(|since| answered.is_none_or(|answered| *since > answered)) {
            effects.extend(self.owe_since(since, policy));
        }
        effects
    }

    /// The conversation's first answer, when it was given on the other ticket after this one had begun.
    fn take_answer(&mut self, other: &Self, calendars: &impl Calendars) -> Option<Effect> {
        let given = other.conversation(ObligationKind::FirstResponse).find_map(|one| one.satisfied_at.zip(one.satisfied_by));
        let (at, by) = given?;
        let unanswered = |one: &&mut Obligation| {
            one.kind == ObligationKind::FirstResponse && one.subject.is_none() && one.is_active() && one.start_at <= at
        };
        self.list.iter_mut().find(unanswered)?.satisfy(at, Some(by), calendars);
        Some(Effect::Kept { by })
    }

    fn owe_since(&mut self, since: DateTime<Utc>, policy: &impl Policy) -> Option<Effect> {
        let response = |one: &&mut Obligation| is_response(one) && one.is_active();
        if let Some(owed) = self.list.iter_mut().find(response) {
            let from = owed.start_at;
            owed.restart(since, policy);
            return (since < from).then_some(Effect::Redated { obligation: owed.id, from });
        }
        let first = self.conversation(ObligationKind::FirstResponse).next().is_none();
        self.begin(if first { ObligationKind::FirstResponse } else { ObligationKind::NextResponse }, since, policy)
            .map(|obligation| Effect::Begun { obligation })
    }

    /// Undoes what a merge did, as far as nobody has kept it since.
    pub fn give_back(&mut self, effects: &[Effect], now: DateTime<Utc>, calendars: &impl Calendars) {
        for effect in effects {
            match effect {
                Effect::Kept { by } => self.withdraw(*by, now),
                Effect::Begun { obligation } => self.by_id(*obligation).for_each(|one| one.cancel(now, Cause::Withdrawn)),
                Effect::Redated { obligation, from } => self.by_id(*obligation).for_each(|one| one.begin_at(*from, calendars)),
            }
        }
    }

    /// A question was taken to another ticket: no answer to it is owed here.
    pub fn release_responses(&mut self, now: DateTime<Utc>) {
        let owed = self.list.iter_mut().filter(|one| is_response(one));
        owed.for_each(|one| one.cancel(now, Cause::Withdrawn));
    }

    fn by_id(&mut self, id: ObligationId) -> impl Iterator<Item = &mut Obligation> {
        self.list.iter_mut().filter(move |one| one.id == id)
    }

    fn conversation(&self, kind: ObligationKind) -> impl Iterator<Item = &Obligation> {
        self.of(kind).filter(|one| one.subject.is_none())
    }

    fn responses(&self) -> impl Iterator<Item = &Obligation> {
        self.list.iter().filter(|one| is_response(one))
    }
}

fn is_response(one: &Obligation) -> bool {
    one.subject.is_none() && matches!(one.kind, ObligationKind::FirstResponse | ObligationKind::NextResponse)
}

impl Obligation {
    /// What is promised about a subject goes on when its ticket becomes part of another, because the subject does.
    pub(super) fn ends_by(&self, cause: Cause) -> bool {
        cause != Cause::Merged || self.subject.is_none()
    }

    /// It began earlier than was known here.
    fn restart(&mut self, since: DateTime<Utc>, calendars: &impl Calendars) {
        if since < self.start_at {
            self.begin_at(since, calendars);
        }
    }

    /// Begins at another instant; what is broken stays broken.
    fn begin_at(&mut self, start: DateTime<Utc>, calendars: &impl Calendars) {
        if !self.is_active() {
            return;
        }
        let pauses = self.stopped();
        self.start_at = start;
        if let Some(first) = self.segments.first_mut() {
            first.from = start;
            if let Some(until) = first.until {
                let consumed = first.calendar(calendars).worked(start, until, &pauses);
                first.consumed_us = consumed.num_microseconds().unwrap_or(i64::MAX);
            }
        }
        self.generation += 1;
        if self.state == ObligationState::Running {
            self.due_at = self.computed_due(calendars);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::promises::Happening;
    use super::super::samples::{Rules, at, chicago};
    use super::*;

    fn rules() -> Rules {
        chicago().hours(ObligationKind::FirstResponse, 2).hours(ObligationKind::NextResponse, 2)
    }

    fn opened(start: &str, rules: &Rules) -> Promises {
        let mut promises = Promises::default();
        promises.apply(Happening::Opened { inbound: true }, at(start), rules);
        promises
    }

    #[test]
    fn the_ticket_that_goes_on_keeps_the_earlier_start_and_gives_it_back() {
        let rules = rules();
        let (other, mut kept) = (opened("2026-03-02T15:00:00Z", &rules), opened("2026-03-02T16:00:00Z", &rules));
        let effects = kept.absorb(&other, None, &rules);
        assert_eq!((kept.list[0].start_at, kept.list[0].due_at), (at("2026-03-02T15:00:00Z"), Some(at("2026-03-02T17:00:00Z"))));
        kept.give_back(&effects, at("2026-03-02T16:30:00Z"), &rules);
        assert_eq!((kept.list[0].start_at, kept.list[0].due_at), (at("2026-03-02T16:00:00Z"), Some(at("2026-03-02T18:00:00Z"))));
        assert!(opened("2026-03-02T14:00:00Z", &rules).absorb(&other, None, &rules).is_empty(), "a later start changes nothing");
    }

    #[test]
    fn an_answer_on_the_other_ticket_answers_what_was_asked_before_it() {
        let rules = rules();
        let (mut other, mut kept) = (opened("2026-03-02T15:00:00Z", &rules), opened("2026-03-02T15:30:00Z", &rules));
        let by = MessageId::generate();
        other.apply(Happening::Answered { by }, at("2026-03-02T16:00:00Z"), &rules);
        let effects = kept.absorb(&other, None, &rules);
        assert_eq!(effects, [Effect::Kept { by }]);
        assert_eq!((kept.list[0].state, kept.list[0].satisfied_at), (ObligationState::Met, Some(at("2026-03-02T16:00:00Z"))));
        kept.give_back(&effects, at("2026-03-02T16:30:00Z"), &rules);
        assert_eq!(kept.list[0].state, ObligationState::Running);
    }

    #[test]
    fn an_answer_from_before_leaves_the_later_question_owed() {
        let rules = rules();
        let (mut other, mut kept) = (opened("2026-03-02T15:00:00Z", &rules), opened("2026-03-02T17:00:00Z", &rules));
        other.apply(Happening::Answered { by: MessageId::generate() }, at("2026-03-02T16:00:00Z"), &rules);
        assert!(kept.absorb(&other, None, &rules).is_empty());
        assert_eq!(kept.list[0].due_at, Some(at("2026-03-02T19:00:00Z")));
    }

    #[test]
    fn a_question_after_our_latest_word_becomes_the_next_response() {
        let rules = rules();
        let (other, mut kept) = (opened("2026-03-02T17:00:00Z", &rules), opened("2026-03-02T15:00:00Z", &rules));
        kept.apply(Happening::Answered { by: MessageId::generate() }, at("2026-03-02T16:00:00Z"), &rules);
        let effects = kept.absorb(&other, Some(at("2026-03-02T16:00:00Z")), &rules);
        let next = kept.list.last().unwrap();
        assert_eq!((next.kind, next.due_at), (ObligationKind::NextResponse, Some(at("2026-03-02T19:00:00Z"))));
        kept.give_back(&effects, at("2026-03-02T17:30:00Z"), &rules);
        assert_eq!(kept.list.last().unwrap().state, ObligationState::Cancelled);
        let mut answered = opened("2026-03-02T15:00:00Z", &rules);
        answered.apply(Happening::Answered { by: MessageId::generate() }, at("2026-03-02T17:30:00Z"), &rules);
        assert!(answered.absorb(&other, Some(at("2026-03-02T17:30:00Z")), &rules).is_empty(), "our word came after the question");
    }

    #[test]
    fn a_ticket_that_we_began_takes_the_others_first_response_over() {
        let rules = rules();
        let other = opened("2026-03-02T15:00:00Z", &rules);
        let mut kept = Promises::default();
        let effects = kept.absorb(&other, None, &rules);
        assert_eq!((kept.list[0].kind, kept.list[0].start_at), (ObligationKind::FirstResponse, at("2026-03-02T15:00:00Z")));
        assert_eq!(effects, [Effect::Begun { obligation: kept.list[0].id }]);
    }
}
