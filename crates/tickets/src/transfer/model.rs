//! A transfer: what was offered to whom, and what became of it. Pure rules; instants are passed in.

use chrono::{DateTime, Utc};
use kernel::id::{GroupId, TicketId, TransferId, UserId};
use kernel::{Fault, words};
use platform::stamp::{Stamp, Touch};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::obligation::engine::Subject;
use crate::ticket::model::Ticket;
use crate::vocabulary::SubjectKind;

words! {
    /// Where a transfer stands.
    pub enum TransferState {
        Proposed = "proposed",
        Accepted = "accepted",
        /// By everyone to whom it was offered.
        Declined = "declined",
        /// Nobody took it in time.
        Expired = "expired",
        /// By the giver, or because the ticket went another way meanwhile.
        Withdrawn = "withdrawn",
    }

    /// A step of a transfer.
    pub enum TransferStep { Accept = "accept", Decline = "decline", Expire = "expire", Withdraw = "withdraw" }
}

/// The state after a step.
#[must_use]
pub const fn after(state: TransferState, step: TransferStep) -> Option<TransferState> {
    use TransferState::{Accepted, Declined, Expired, Proposed, Withdrawn};
    match (state, step) {
        (Proposed, TransferStep::Accept) => Some(Accepted),
        (Proposed, TransferStep::Decline) => Some(Declined),
        (Proposed, TransferStep::Expire) => Some(Expired),
        (Proposed, TransferStep::Withdraw) => Some(Withdrawn),
        (
            Accepted | Declined | Expired | Withdrawn,
            TransferStep::Accept | TransferStep::Decline | TransferStep::Expire | TransferStep::Withdraw,
        ) => None,
    }
}

/// One colleague's part in a transfer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Offer {
    pub agent_id: UserId,
    pub declined_at: Option<DateTime<Utc>>,
    /// Why it was declined.
    #[schema(max_length = 500)]
    pub reason: Option<String>,
}

/// To whom a ticket shall go.
#[derive(Clone, Debug)]
pub(crate) struct Proposal {
    pub(crate) agents: Vec<UserId>,
    pub(crate) group: Option<GroupId>,
    pub(crate) reason: String,
}

/// A transfer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Transfer {
    pub(crate) id: TransferId,
    pub(crate) stamp: Stamp,
    pub(crate) ticket_id: TicketId,
    /// The giver, who stays the assignee until it is taken.
    pub(crate) from: UserId,
    pub(crate) to_group: Option<GroupId>,
    pub(crate) offers: Vec<Offer>,
    pub(crate) reason: String,
    pub(crate) state: TransferState,
    /// Until when it is to be taken, as the rules stood when it was proposed.
    pub(crate) due_at: Option<DateTime<Utc>>,
    pub(crate) taken_by: Option<UserId>,
    pub(crate) decided_at: Option<DateTime<Utc>>,
}

impl Transfer {
    /// Offers an assigned ticket to colleagues or to a group.
    ///
    /// # Errors
    /// 409 when there is nothing to give; 422 when it is offered to nobody, to both kinds, or to the giver.
    pub(crate) fn propose(proposal: Proposal, ticket: &Ticket, touch: Touch) -> Result<Self, Fault> {
        let from = givable(ticket)?;
        match (proposal.agents.is_empty(), proposal.group) {
            (true, None) => return Err(Fault::field("/to_agent_ids", "required", "Say to whom the ticket shall go.")),
            (false, Some(_)) => {
                return Err(Fault::field("/to_group_id", "conflicting", "Offer it to colleagues or to a group, not to both."));
            }
            _ => {}
        }
        if let Some(place) = proposal.agents.iter().position(|agent| *agent == from) {
            return Err(Fault::field(format!("/to_agent_ids/{place}"), "is_the_giver", "The giver has the ticket already."));
        }
        let mut offers: Vec<Offer> = Vec::new();
        for agent_id in proposal.agents {
            if offers.iter().all(|offer| offer.agent_id != agent_id) {
                offers.push(Offer { agent_id, declined_at: None, reason: None });
            }
        }
        Ok(Self {
            id: TransferId::generate(),
            stamp: Stamp::new(touch),
            ticket_id: ticket.id,
            from,
            to_group: proposal.group,
            offers,
            reason: proposal.reason,
            state: TransferState::Proposed,
            due_at: None,
            taken_by: None,
            decided_at: None,
        })
    }

    /// What is promised about it.
    pub(crate) fn subject(&self) -> Subject {
        Subject { kind: SubjectKind::Transfer, id: self.id.uuid() }
    }

    fn step(self, step: TransferStep, touch: Touch) -> Result<Self, Fault> {
        let refused = || {
            let nothing: [&str; 0] = [];
            Fault::illegal_transition(format!("{step} a transfer"), self.state.as_str(), nothing)
        };
        let state = after(self.state, step).ok_or_else(refused)?;
        Ok(Self { state, decided_at: Some(touch.at), stamp: self.stamp.touched(touch), ..self })
    }

    /// Someone takes the ticket: one to whom it was offered by name, or a member of the group.
    ///
    /// # Errors
    /// 409 when it was decided before or the ticket went another way; 403 `not_offered`.
    pub(crate) fn accept(self, (by, member): (UserId, bool), ticket: &Ticket, touch: Touch) -> Result<Self, Fault> {
        self.offered_to(by, member)?;
        let next = self.step(TransferStep::Accept, touch)?;
        if givable(ticket)? != next.from {
            return Err(Fault::conflict("overtaken", "The ticket has another assignee by now."));
        }
        Ok(Self { taken_by: Some(by), ..next })
    }

    /// Someone does not take it; when nobody is left it has been declined. A group's member speaks for himself only.
    ///
    /// # Errors
    /// 409 when it was decided before; 403 `not_offered`.
    pub(crate) fn decline(mut self, (by, member): (UserId, bool), reason: String, touch: Touch) -> Result<Self, Fault> {
        self.offered_to(by, member)?;
        if after(self.state, TransferStep::Decline).is_none() {
            return self.step(TransferStep::Decline, touch);
        }
        let answer = Offer { agent_id: by, declined_at: Some(touch.at), reason: Some(reason) };
        match self.offers.iter_mut().find(|offer| offer.agent_id == by) {
            Some(offer) => *offer = answer,
            None => self.offers.push(answer),
        }
        if self.to_group.is_none() && self.offers.iter().all(|offer| offer.declined_at.is_some()) {
            return self.step(TransferStep::Decline, touch);
        }
        Ok(Self { stamp: self.stamp.touched(touch), ..self })
    }

    /// Nobody took it in time.
    ///
    /// # Errors
    /// 409 when it was decided before.
    pub(crate) fn expire(self, touch: Touch) -> Result<Self, Fault> {
        self.step(TransferStep::Expire, touch)
    }

    /// It is no longer offered.
    ///
    /// # Errors
    /// 409 when it was decided before.
    pub(crate) fn withdraw(self, touch: Touch) -> Result<Self, Fault> {
        self.step(TransferStep::Withdraw, touch)
    }

    /// True when the ticket is still the giver's to give.
    pub(crate) fn still_stands(&self, ticket: &Ticket) -> bool {
        givable(ticket).is_ok_and(|assignee| assignee == self.from)
    }

    fn offered_to(&self, agent: UserId, member: bool) -> Result<(), Fault> {
        let declined = |offer: &&Offer| offer.agent_id == agent && offer.declined_at.is_some();
        if self.offers.iter().find(declined).is_some() {
            return Err(Fault::conflict("declined_before", "You declined this ticket before."));
        }
        let named = self.offers.iter().any(|offer| offer.agent_id == agent);
        if (member && agent != self.from) || named {
            return Ok(());
        }
        Err(Fault::forbidden("not_offered", "This ticket was offered to others."))
    }
}

/// Whose it is to give.
fn givable(ticket: &Ticket) -> Result<UserId, Fault> {
    if !ticket.is_open() {
        return Err(Fault::conflict("ticket_not_open", "The ticket is not open any more."));
    }
    ticket.assignee_id.ok_or_else(|| Fault::conflict("not_assigned", "Nobody has the ticket: assign it instead."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transfer_is_decided_once() {
        for state in TransferState::ALL {
            for step in TransferStep::ALL {
                let expected = (*state == TransferState::Proposed).then_some(match step {
                    TransferStep::Accept => TransferState::Accepted,
                    TransferStep::Decline => TransferState::Declined,
                    TransferStep::Expire => TransferState::Expired,
                    TransferStep::Withdraw => TransferState::Withdrawn,
                });
                assert_eq!(after(*state, *step), expected, "{state} {step}");
            }
        }
    }
}
