//! What a merge demands, what the ticket that goes on gets by it, and what is given back. Pure rules.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::Fault;
use kernel::id::{MergeId, TicketId};
use platform::stamp::{Stamp, Touch};
use serde::{Deserialize, Serialize};

use crate::message::model::Message;
use crate::obligation::engine::Effect;
use crate::ticket::case::Case;
use crate::ticket::model::{EntityRef, Participant, Ticket};
use crate::vocabulary::{ParticipantRole, RequesterKind, Status};

/// What the documents of a ticket leave room for.
const MOST_PARTICIPANTS: usize = 100;
const MOST_TAGS: usize = 50;
const MOST_REFS: usize = 50;
/// Tickets merged into one; whoever has more wants a tracker with children.
const MOST_MEMBERS: usize = 500;

/// What a ticket got by a merge, so that it can be given back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Gained {
    pub(crate) participants: Vec<Participant>,
    pub(crate) tags: Vec<String>,
    pub(crate) entity_refs: Vec<EntityRef>,
    pub(crate) effects: Vec<Effect>,
    /// It was resolved or closed and was taken up again.
    pub(crate) reopened: bool,
}

/// A merge, past or present.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Merge {
    pub(crate) id: MergeId,
    pub(crate) stamp: Stamp,
    pub(crate) source_id: TicketId,
    pub(crate) target_id: TicketId,
    pub(crate) reason: Option<String>,
    /// Where the merged ticket stood.
    pub(crate) status_before: Status,
    pub(crate) undone_at: Option<DateTime<Utc>>,
    pub(crate) gained: Gained,
}

/// Whether one ticket may become part of another.
///
/// # Errors
/// 409 naming what stands in the way.
fn check(source: &Ticket, target: &Ticket) -> Result<(), Fault> {
    if source.id == target.id {
        return Err(Fault::conflict("merge_into_itself", "The ticket is that conversation already."));
    }
    if target.status == Status::Merged {
        return Err(Fault::conflict("target_merged", "The other ticket was merged at the same moment: try again."));
    }
    if source.confidential != target.confidential {
        return Err(Fault::conflict("confidential_mixed", "A confidential ticket and one that is not stay apart."));
    }
    // Whoever may read the source must find its conversation in the target, and nobody else may.
    if source.account_id.is_some() && source.account_id != target.account_id {
        return Err(Fault::conflict("other_account", "The tickets are for different accounts."));
    }
    if source.members.len() + target.members.len() + 1 > MOST_MEMBERS {
        return Err(Fault::conflict("merge_too_large", "So many tickets are better kept as children of a tracker."));
    }
    Ok(())
}

impl Merge {
    /// Makes `source` part of `target`.
    ///
    /// # Errors
    /// 409 naming what stands in the way.
    pub(crate) fn join(source: &mut Case, target: &mut Case, reason: Option<String>, touch: Touch) -> Result<Self, Fault> {
        source.ticket.demand_unmerged()?;
        check(&source.ticket, &target.ticket)?;
        let status_before = source.ticket.status;
        let open = status_before.is_open();
        let reopened = open && matches!(target.ticket.status, Status::Resolved | Status::Closed);
        if reopened {
            target.take_up();
        }
        let answered = target.ticket.last_public_reply_at;
        let rules = target.rules.for_ticket(target.ticket.traits(), touch.at);
        let effects = target.promises.absorb(&source.promises, answered, &rules);
        let gained = Gained { effects, reopened, ..gain(&mut target.ticket, &source.ticket) };
        source.merge_into(target.ticket.id)?;
        Ok(Self {
            id: MergeId::generate(),
            stamp: Stamp::new(touch),
            source_id: source.ticket.id,
            target_id: target.ticket.id,
            reason,
            status_before,
            undone_at: None,
            gained,
        })
    }

    /// Takes the tickets apart again. `remaining` are the messages that the target keeps.
    ///
    /// # Errors
    /// 409 when the time for it is over, or the target is part of another ticket by now.
    pub(crate) fn part(
        self,
        source: &mut Case,
        target: &mut Case,
        remaining: &[Message],
        (window, touch): (TimeDelta, Touch),
    ) -> Result<Self, Fault> {
        if touch.at > self.stamp.created_at + window {
            return Err(Fault::conflict("unmerge_window_over", "It was merged too long ago to be taken apart."));
        }
        if target.ticket.status == Status::Merged {
            let detail = "The ticket that it is part of was merged itself: take that apart first.";
            return Err(Fault::conflict("target_merged", detail).with_conflicts([target.ticket.id.uuid()]));
        }
        give_back(&mut target.ticket, &source.ticket, &self.gained);
        target.ticket.recall(remaining);
        target.promises.give_back(&self.gained.effects, touch.at, target.rules.as_ref());
        source.unmerge(self.status_before);
        Ok(Self { undone_at: Some(touch.at), stamp: self.stamp.touched(touch), ..self })
    }
}

/// Adds to `target` what it does not have of `source`, and says what that was.
fn gain(target: &mut Ticket, source: &Ticket) -> Gained {
    let role = if source.requester.kind == RequesterKind::Vendor { ParticipantRole::Vendor } else { ParticipantRole::Cc };
    let requester = source.requester.email.clone().map(|email| Participant { email, role });
    let others = source.participants.iter().map(|one| match one.role {
        ParticipantRole::Requester => Participant { role: ParticipantRole::Cc, ..one.clone() },
        ParticipantRole::Cc | ParticipantRole::Vendor => one.clone(),
    });
    let own = target.requester.email.clone().unwrap_or_default();
    let same = |one: &Participant, other: &Participant| one.email.eq_ignore_ascii_case(&other.email);
    let strangers = requester.into_iter().chain(others).filter(|one| !one.email.eq_ignore_ascii_case(&own));
    let gained = Gained {
        participants: union(&mut target.participants, strangers, MOST_PARTICIPANTS, same),
        tags: union(&mut target.tags, source.tags.iter().cloned(), MOST_TAGS, PartialEq::eq),
        entity_refs: union(&mut target.entity_refs, source.entity_refs.iter().cloned(), MOST_REFS, |one, other| {
            one.kind == other.kind && one.id == other.id
        }),
        ..Gained::default()
    };
    target.watched |= source.watched;
    target.members.push(source.id);
    target.members.extend(&source.members);
    target.last_customer_message_at = target.last_customer_message_at.max(source.last_customer_message_at);
    target.last_public_reply_at = target.last_public_reply_at.max(source.last_public_reply_at);
    gained
}

/// Appends what is not there yet while there is room, and says what was appended.
fn union<T: Clone>(own: &mut Vec<T>, others: impl Iterator<Item = T>, most: usize, same: impl Fn(&T, &T) -> bool) -> Vec<T> {
    let mut added = Vec::new();
    for other in others {
        if own.len() < most && !own.iter().any(|one| same(one, &other)) {
            own.push(other.clone());
            added.push(other);
        }
    }
    added
}

fn give_back(target: &mut Ticket, source: &Ticket, gained: &Gained) {
    target.participants.retain(|one| !gained.participants.contains(one));
    target.tags.retain(|one| !gained.tags.contains(one));
    target.entity_refs.retain(|one| !gained.entity_refs.contains(one));
    target.members.retain(|id| *id != source.id && !source.members.contains(id));
}

impl Ticket {
    /// Notes of the conversation what these messages, and no others, say.
    pub(crate) fn recall(&mut self, messages: &[Message]) {
        let content = || messages.iter().map(|message| &message.content);
        self.last_customer_message_at = content().filter(|one| one.is_from_customer() && !one.courtesy).map(|one| one.occurred_at).max();
        self.last_public_reply_at = content().filter(|one| one.is_answer()).map(|one| one.occurred_at).max();
    }
}
