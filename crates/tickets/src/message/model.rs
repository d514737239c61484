//! A message: one thing said or done on a ticket. It is never changed; only whether it counts as a courtesy may be.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use kernel::id::{MessageId, TicketId};
use platform::caller::{Actor, ActorKind};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::redaction::Redaction;
use crate::vocabulary::{AuthorKind, Channel, Direction, MessageKind};

/// Who wrote a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Author {
    #[serde(rename = "type")]
    pub kind: AuthorKind,
    /// The user or contact, when known.
    pub id: Option<Uuid>,
    #[schema(max_length = 200)]
    pub name: String,
}

impl Author {
    /// The author behind an authenticated caller.
    #[must_use]
    pub fn of(actor: &Actor) -> Self {
        let kind = match actor.kind {
            ActorKind::User => AuthorKind::Agent,
            ActorKind::Customer => AuthorKind::Contact,
            ActorKind::Key | ActorKind::Service | ActorKind::System => AuthorKind::Automation,
        };
        Self { kind, id: Some(actor.id), name: actor.name.clone() }
    }
}

/// What is known of a phone call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Call {
    pub direction: Direction,
    /// Someone of ours took the call.
    #[serde(default)]
    pub answered: bool,
    /// The customer was reached.
    #[serde(default)]
    pub contact_made: bool,
    #[schema(minimum = 0, maximum = 86400)]
    pub duration_s: Option<u32>,
    pub answered_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    /// Where the recording can be heard.
    #[schema(max_length = 2000)]
    pub recording_url: Option<String>,
}

impl Call {
    /// A call of which nothing but its direction is known.
    #[must_use]
    pub fn new(direction: Direction) -> Self {
        let (answered_at, ended_at, recording_url) = (None, None, None);
        Self { direction, answered: false, contact_made: false, duration_s: None, answered_at, ended_at, recording_url }
    }
}

/// What the mail parser found, kept for threading and replies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MailHead {
    #[schema(max_length = 998)]
    pub message_id: Option<String>,
    #[schema(max_length = 998)]
    pub in_reply_to: Option<String>,
    #[schema(max_items = 200)]
    pub references: Vec<String>,
    #[schema(max_length = 998)]
    pub subject: Option<String>,
    #[schema(max_length = 998)]
    pub from: Option<String>,
    #[schema(max_items = 200)]
    pub to: Vec<String>,
    #[schema(max_items = 200)]
    pub cc: Vec<String>,
}

/// A message to be appended to a ticket, or to open one with.
#[derive(Clone, Debug)]
pub(crate) struct NewMessage {
    pub(crate) id: MessageId,
    pub(crate) kind: MessageKind,
    pub(crate) channel: Channel,
    pub(crate) author: Author,
    pub(crate) body: String,
    pub(crate) occurred_at: DateTime<Utc>,
    /// Written by a machine: an auto-reply, a bounce, a rule.
    pub(crate) automatic: bool,
    /// Says no more than thanks.
    pub(crate) courtesy: bool,
    /// One of many alike, written at once: nobody looked at each ticket, so it touches none.
    pub(crate) bulk: bool,
    pub(crate) call: Option<Call>,
    pub(crate) mail: Option<MailHead>,
    /// `provider:id` of the delivery; a second delivery finds the first by it.
    pub(crate) dedupe_key: Option<String>,
}

impl NewMessage {
    /// A plain message of this kind.
    pub(crate) fn new(kind: MessageKind, channel: Channel, author: Author, body: String, occurred_at: DateTime<Utc>) -> Self {
        Self {
            id: MessageId::generate(),
            kind,
            channel,
            author,
            body,
            occurred_at,
            automatic: false,
            courtesy: false,
            bulk: false,
            call: None,
            mail: None,
            dedupe_key: None,
        }
    }
}

/// A message on its ticket.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) id: MessageId,
    pub(crate) ticket_id: TicketId,
    /// Dense on each ticket, from 1.
    pub(crate) seq: i32,
    pub(crate) recorded_at: DateTime<Utc>,
    /// The ticket it was taken from by a split.
    pub(crate) split_from: Option<TicketId>,
    pub(crate) redaction: Option<Redaction>,
    pub(crate) content: NewMessage,
}

/// What a message counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CountsAs {
    /// It keeps a response promise.
    pub response: bool,
    /// It is a human touch.
    pub touch: bool,
}

impl NewMessage {
    /// True when the customer, in person, said something that wants attention.
    pub(crate) fn is_from_customer(&self) -> bool {
        let by_call = self.kind == MessageKind::Call && self.call.as_ref().is_some_and(|call| call.direction == Direction::Inbound);
        let kind = matches!(self.kind, MessageKind::Inbound | MessageKind::AnsweringService | MessageKind::Sms) || by_call;
        kind && !self.automatic && self.author.kind != AuthorKind::Vendor && !(self.kind == MessageKind::Sms && self.is_ours())
    }

    fn is_ours(&self) -> bool {
        matches!(self.author.kind, AuthorKind::Agent | AuthorKind::Automation)
    }

    /// True when a human of ours reached the customer with it.
    pub(crate) fn is_answer(&self) -> bool {
        if self.author.kind != AuthorKind::Agent || self.automatic {
            return false;
        }
        match self.kind {
            MessageKind::PublicReply | MessageKind::Sms => true,
            MessageKind::Call => self.call.as_ref().is_some_and(|call| match call.direction {
                Direction::Outbound => call.contact_made,
                Direction::Inbound => call.answered,
            }),
            _ => false,
        }
    }

    /// True for what a person of ours did on the ticket, if it is more than a word.
    pub(crate) fn is_touch(&self) -> bool {
        let by_person = self.author.kind == AuthorKind::Agent && !self.automatic && !self.bulk;
        by_person
            && match self.kind {
                MessageKind::InternalNote => self.body.chars().filter(|one| !one.is_whitespace()).count() >= 10,
                MessageKind::PublicReply | MessageKind::Sms | MessageKind::Call => true,
                _ => false,
            }
    }

    pub(crate) fn counts_as(&self) -> CountsAs {
        CountsAs { response: self.is_answer(), touch: self.is_touch() }
    }
}

/// True when a text, without what it quotes, says no more than one of the configured courtesies.
pub(crate) fn is_courtesy(body: &str, phrases: &BTreeSet<String>, longest: usize) -> bool {
    let own = body.lines().map(str::trim).filter(|line| !line.starts_with('>'));
    let own: String = own.collect::<Vec<_>>().join(" ");
    let own = own.trim();
    if own.is_empty() || own.chars().count() > longest {
        return false;
    }
    let plain: String = own.to_lowercase().chars().map(|one| if one.is_alphanumeric() { one } else { ' ' }).collect();
    phrases.contains(&plain.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thanks_are_a_courtesy_and_questions_are_not() {
        let phrases = ["thank you", "thanks a lot"].map(str::to_owned).into();
        assert!(is_courtesy("Thank you!\n> When will you come?", &phrases, 60));
        assert!(is_courtesy("  THANKS, a lot. ", &phrases, 60));
        assert!(!is_courtesy("Thank you! But when?", &phrases, 60));
        assert!(!is_courtesy("> thank you", &phrases, 60));
        assert!(!is_courtesy("Thank you", &phrases, 5));
    }
}
