//! Operations of intake by text message, chat and portal form.

use actix_web::web::Data;
use chrono::{DateTime, Utc};
use kernel::Fault;
use platform::caller::Caller;
use platform::operation::Operations;
use platform::operations;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::valid::Valid;
use uuid::Uuid;

use super::conversation::Tie;
use super::deliver::{Delivery, deliver, key};
use super::wire::{ChatAuthor, DeliverChat, DeliverPortalForm, DeliverSms};
use crate::Tickets;
use crate::access::DeliverIntake;
use crate::call::wire::DeliveryView;
use crate::message::model::{Author, NewMessage};
use crate::message::naming::beginning;
use crate::ticket::model::{NewTicket, Requester, Source};
use crate::vocabulary::{AuthorKind, Channel, Direction, MessageKind, Priority, RequesterKind, TicketType};

pub(crate) fn operations() -> Operations {
    operations!["intake"; sms, chat, portal]
}

/// Deliver a text message.
///
/// It goes on in the ticket of the number it came from while that can be answered, else it opens one. Delivering it again
/// changes nothing.
#[utoipa::path(post, path = "/v1/intake/sms", request_body = DeliverSms, responses((status = 200, body = DeliveryView), (status = 201, body = DeliveryView)))]
async fn sms(caller: Caller<DeliverIntake>, command: Valid<DeliverSms>, app: Data<Tickets>) -> Result<Reply, Problem> {
    deliver(&caller, &app, "intake.sms", |now| command.delivery(now)).await
}

/// Deliver something said in a chat, by the customer, by a person of ours or by a machine.
///
/// Everything said in one session belongs to one ticket. What a person of ours says keeps the response promise.
#[utoipa::path(post, path = "/v1/intake/chat", request_body = DeliverChat, responses((status = 200, body = DeliveryView), (status = 201, body = DeliveryView)))]
async fn chat(caller: Caller<DeliverIntake>, command: Valid<DeliverChat>, app: Data<Tickets>) -> Result<Reply, Problem> {
    if command.author == Some(ChatAuthor::Agent) && command.agent_id.is_none() {
        return Err(Fault::field("/agent_id", "required", "Say who of ours said it.").into());
    }
    deliver(&caller, &app, "intake.chat", |now| command.delivery(now)).await
}

/// Deliver a form that a customer sent in a portal which is not ours.
#[utoipa::path(post, path = "/v1/intake/portal", request_body = DeliverPortalForm,
    responses((status = 200, body = DeliveryView), (status = 201, body = DeliveryView)))]
async fn portal(caller: Caller<DeliverIntake>, command: Valid<DeliverPortalForm>, app: Data<Tickets>) -> Result<Reply, Problem> {
    deliver(&caller, &app, "intake.portal", |now| command.delivery(now)).await
}

/// A number as it is compared: digits after a plus sign where there is one, without what people write between them.
fn plain_number(text: &str) -> String {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let international = digits.strip_prefix("00").filter(|_| !text.trim_start().starts_with('+'));
    match international {
        Some(rest) => format!("+{rest}"),
        None if text.trim_start().starts_with('+') => format!("+{digits}"),
        // A short code or a word stands for itself.
        None if digits.is_empty() => text.trim().to_lowercase(),
        None => digits,
    }
}

fn customer(contact_id: Option<Uuid>, name: Option<&String>, email: Option<&String>, phone: Option<String>) -> Requester {
    Requester { kind: RequesterKind::Customer, contact_id, name: name.cloned(), email: email.cloned(), phone }
}

fn author_of(requester: &Requester) -> Author {
    let name = [&requester.name, &requester.email, &requester.phone].into_iter().flatten().next().cloned().unwrap_or_default();
    Author { kind: AuthorKind::Contact, id: requester.contact_id, name }
}

impl DeliverSms {
    fn delivery(&self, now: DateTime<Utc>) -> Delivery {
        let number = plain_number(&self.from);
        let requester = customer(self.contact_id, self.name.as_ref(), None, Some(number.clone()));
        let message = NewMessage::new(MessageKind::Sms, Channel::Sms, author_of(&requester), self.body.clone(), now);
        let new = NewTicket {
            account_id: self.account_id,
            site_id: self.site_id,
            branch_id: self.branch_id,
            ..NewTicket::inbound(beginning(&self.body), requester, Channel::Sms, now)
        };
        let dedupe_key = Some(key(Channel::Sms, &self.provider, &self.message_id));
        Delivery {
            tie: Tie::Phone(number),
            new,
            message: NewMessage { dedupe_key, ..message },
            files: self.attachments.clone().unwrap_or_default(),
        }
    }
}

impl DeliverChat {
    fn delivery(&self, now: DateTime<Utc>) -> Delivery {
        let requester = customer(self.contact_id, self.name.as_ref(), self.email.as_ref(), self.phone.as_deref().map(plain_number));
        let ours = |kind, id| Author { kind, id, name: String::new() };
        let (kind, author, direction) = match self.author.unwrap_or(ChatAuthor::Customer) {
            ChatAuthor::Customer => (MessageKind::Inbound, author_of(&requester), Direction::Inbound),
            ChatAuthor::Agent => (MessageKind::PublicReply, ours(AuthorKind::Agent, self.agent_id), Direction::Outbound),
            ChatAuthor::Bot => (MessageKind::PublicReply, ours(AuthorKind::Automation, None), Direction::Outbound),
        };
        let mut message = NewMessage::new(kind, Channel::Chat, author, self.body.clone(), now);
        message.automatic = self.author == Some(ChatAuthor::Bot);
        message.dedupe_key = Some(key(Channel::Chat, &self.provider, &self.message_id));
        let session = Source { system: format!("chat:{}", self.provider), external_id: self.session_id.clone() };
        let new = NewTicket {
            account_id: self.account_id,
            site_id: self.site_id,
            branch_id: self.branch_id,
            direction,
            source: Some(session.clone()),
            ..NewTicket::inbound(self.subject.clone().unwrap_or_else(|| beginning(&self.body)), requester, Channel::Chat, now)
        };
        Delivery { tie: Tie::Session(session), new, message, files: self.attachments.clone().unwrap_or_default() }
    }
}

impl DeliverPortalForm {
    fn delivery(&self, now: DateTime<Utc>) -> Delivery {
        let requester = customer(self.contact_id, self.name.as_ref(), self.email.as_ref(), self.phone.as_deref().map(plain_number));
        let mut message = NewMessage::new(MessageKind::Inbound, Channel::Portal, author_of(&requester), self.body.clone(), now);
        message.dedupe_key = Some(key(Channel::Portal, &self.provider, &self.message_id));
        let new = NewTicket {
            kind: self.kind.unwrap_or(TicketType::General),
            priority: self.priority.unwrap_or(Priority::Normal),
            account_id: self.account_id,
            site_id: self.site_id,
            branch_id: self.branch_id,
            ..NewTicket::inbound(self.subject.clone(), requester, Channel::Portal, now)
        };
        Delivery { tie: self.ticket_id.map_or(Tie::None, Tie::Ticket), new, message, files: self.attachments.clone().unwrap_or_default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_by_their_digits() {
        for text in ["+1 (312) 555-0100", "0013125550100", "+13125550100"] {
            assert_eq!(plain_number(text), "+13125550100", "{text}");
        }
        assert_eq!((plain_number("312 555 0100"), plain_number(" ACME ")), ("3125550100".to_owned(), "acme".to_owned()));
    }
}
