//! Leading a case through happenings: pure.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use kernel::Fault;
use platform::stamp::Touch;
use uuid::Uuid;

use super::wire::{ObligationSimulation, SupposedHappening, SupposedTraits};
use crate::message::model::{Author, NewMessage};
use crate::obligation::wire::ObligationView;
use crate::rulebook::Rulebook;
use crate::ticket::case::Case;
use crate::ticket::model::{Move, NewTicket, Requester, Resolution, Ticket};
use crate::vocabulary::{AuthorKind, Cause, Channel, Direction, MessageKind, RequesterKind, Status};

/// Beyond this nobody needs to look, and a calendar is not walked.
const LONGEST: TimeDelta = TimeDelta::days(366);
/// What a move asks for and nothing promised depends on.
const SUPPOSED: &str = "supposed";

/// A case on its way through happenings.
pub(super) struct Simulation {
    case: Case,
    start: DateTime<Utc>,
    now: DateTime<Utc>,
}

impl Simulation {
    /// A ticket that is opened at `at`.
    pub(super) fn open(rules: Arc<Rulebook>, supposed: SupposedTraits, direction: Direction, at: DateTime<Utc>) -> Self {
        let touch = Touch { by: Uuid::nil(), at };
        let requester = Requester { kind: RequesterKind::Customer, contact_id: None, name: None, email: None, phone: None };
        let mut ticket = Ticket::open(NewTicket::inbound(SUPPOSED.to_owned(), requester, Channel::Email, at), touch);
        ticket.direction = direction;
        supposed.put_on(&mut ticket);
        let first = match direction {
            Direction::Inbound => from_customer(ticket.channel, at),
            Direction::Outbound => from_us(ticket.channel, at),
        };
        Self { case: Case::open(rules, ticket, first, touch), start: at, now: at }
    }

    /// A ticket of ours from `now` on.
    pub(super) fn resume(case: Case, now: DateTime<Utc>) -> Self {
        Self { case, start: now, now }
    }

    /// Leads it through happenings.
    ///
    /// # Errors
    /// 422 naming the happening that cannot be; 409 for what the ticket's state does not allow.
    pub(super) fn through(mut self, happenings: &[SupposedHappening]) -> Result<Self, Fault> {
        for (place, happening) in happenings.iter().enumerate() {
            let pointer = format!("/happenings/{place}");
            self.forward(happening.at().unwrap_or(self.now), &format!("{pointer}/at"))?;
            self.step(happening).map_err(|fault| fault.under(&pointer))?;
        }
        Ok(self)
    }

    /// What is promised at an instant, or now.
    ///
    /// # Errors
    /// 422 when it lies before the last happening or too late.
    pub(super) fn seen(mut self, at: Option<DateTime<Utc>>) -> Result<ObligationSimulation, Fault> {
        self.forward(at.unwrap_or(self.now), "/seen_at")?;
        self.case.settle();
        let view = |one| ObligationView::explained(one, self.now, &self.case.rules);
        let data = self.case.promises.list.iter().map(view).collect();
        Ok(ObligationSimulation { seen_at: self.now, status: self.case.ticket.status, data })
    }

    /// Lets time pass; the rules that take effect meanwhile are carried at their instants.
    fn forward(&mut self, to: DateTime<Utc>, pointer: &str) -> Result<(), Fault> {
        if to < self.now {
            return Err(Fault::field(pointer, "out_of_order", "It lies before what happens before it."));
        }
        if to > self.start + LONGEST {
            return Err(Fault::field(pointer, "out_of_range", "A simulation covers at most 366 days."));
        }
        for (at, cause) in self.case.rules.changes(self.now, to) {
            self.case.terms_changed(cause, at, at);
        }
        self.case.settle();
        self.now = to;
        self.case.touch.at = to;
        Ok(())
    }

    fn step(&mut self, happening: &SupposedHappening) -> Result<(), Fault> {
        let channel = self.case.ticket.channel;
        match happening {
            SupposedHappening::CustomerWrote { .. } => self.case.append(from_customer(channel, self.now)),
            SupposedHappening::Answered { .. } => self.case.append(from_us(channel, self.now)),
            SupposedHappening::StatusChanged { to, .. } => self.case.move_to(&self.move_to(*to), true)?,
            SupposedHappening::TicketChanged { to, .. } => {
                to.put_on(&mut self.case.ticket);
                self.case.terms_changed(Cause::TicketChanged, self.now, self.now);
            }
            SupposedHappening::CalendarPublished { calendar_id, hours, .. } => {
                let calendar = hours.calendar().map_err(|fault| fault.under("/hours"))?;
                if !self.case.rules.calendars.iter().any(|entry| entry.id == *calendar_id) {
                    return Err(Fault::field("/calendar_id", "unknown_reference", "There is no such calendar."));
                }
                self.case.rules = Arc::new(Rulebook::clone(&self.case.rules).with_hours(*calendar_id, self.now, calendar));
                self.case.terms_changed(Cause::CalendarChanged, self.now, self.now);
            }
        }
        Ok(())
    }

    fn move_to(&self, to: Status) -> Move {
        let said = Some(SUPPOSED.to_owned());
        Move {
            reason: said.clone(),
            wake_at: (to == Status::Scheduled).then(|| self.now + TimeDelta::days(1)),
            resolution: Some(Resolution { code: SUPPOSED.to_owned(), summary: None }),
            no_reply_needed_reason: said.clone().filter(|_| self.case.ticket.is_unanswered()),
            vendor: said,
            ..Move::to(to)
        }
    }
}

impl SupposedTraits {
    fn put_on(self, ticket: &mut Ticket) {
        ticket.kind = self.kind.unwrap_or(ticket.kind);
        ticket.requester.kind = self.requester_kind.unwrap_or(ticket.requester.kind);
        ticket.priority = self.priority.unwrap_or(ticket.priority);
        ticket.channel = self.channel.unwrap_or(ticket.channel);
        ticket.account_id = self.account_id.or(ticket.account_id);
        ticket.branch_id = self.branch_id.or(ticket.branch_id);
        ticket.calendar_id = self.calendar_id.or(ticket.calendar_id);
    }
}

fn from_customer(channel: Channel, at: DateTime<Utc>) -> NewMessage {
    message(MessageKind::Inbound, AuthorKind::Contact, channel, at)
}

fn from_us(channel: Channel, at: DateTime<Utc>) -> NewMessage {
    message(MessageKind::PublicReply, AuthorKind::Agent, channel, at)
}

fn message(kind: MessageKind, author: AuthorKind, channel: Channel, at: DateTime<Utc>) -> NewMessage {
    let author = Author { kind: author, id: None, name: String::new() };
    NewMessage::new(kind, channel, author, SUPPOSED.to_owned(), at)
}
