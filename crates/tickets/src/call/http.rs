//! Operations of telephone intake.

use actix_web::web::Data;
use platform::caller::Caller;
use platform::operation::Operations;
use platform::operations;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::valid::Valid;
use uuid::Uuid;

use super::wire::{Caller as Person, DeliverAnsweringServiceMessage, DeliverCall, DeliveryView};
use crate::Tickets;
use crate::access::DeliverIntake;
use crate::channel::conversation::Tie;
use crate::channel::deliver::{Delivery, deliver, key};
use crate::message::model::{Author, Call, NewMessage};
use crate::ticket::model::{NewTicket, Requester};
use crate::vocabulary::{AuthorKind, Channel, Direction, MessageKind, Priority, RequesterKind, TicketType};

pub(crate) fn operations() -> Operations {
    operations!["intake"; phone, answering_service]
}

/// Deliver a phone call.
///
/// A call of a known `provider` and `call_id` opens no second ticket; what it says anew is added to the first. The clocks
/// start at `occurred_at`.
#[utoipa::path(post, path = "/v1/intake/phone", request_body = DeliverCall, responses((status = 200, body = DeliveryView), (status = 201, body = DeliveryView)))]
async fn phone(caller: Caller<DeliverIntake>, command: Valid<DeliverCall>, app: Data<Tickets>) -> Result<Reply, Problem> {
    deliver(&caller, &app, "intake.phone", |_| command.delivery()).await
}

/// Deliver a message that an answering service took.
///
/// A message of a known `provider` and `message_id` opens no second ticket. The clocks start at `occurred_at`.
#[utoipa::path(post, path = "/v1/intake/answering-service", request_body = DeliverAnsweringServiceMessage,
    responses((status = 200, body = DeliveryView), (status = 201, body = DeliveryView)))]
async fn answering_service(
    caller: Caller<DeliverIntake>,
    command: Valid<DeliverAnsweringServiceMessage>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    deliver(&caller, &app, "intake.answering_service", |_| command.delivery()).await
}

impl Person {
    pub(super) fn requester(&self) -> Requester {
        Requester {
            kind: RequesterKind::Customer,
            contact_id: self.contact_id,
            name: self.name.clone(),
            email: self.email.clone(),
            phone: self.phone.clone(),
        }
    }

    pub(super) fn author(&self) -> Author {
        let name = self.name.clone().or_else(|| self.phone.clone()).unwrap_or_default();
        Author { kind: AuthorKind::Contact, id: self.contact_id, name }
    }
}

impl DeliverCall {
    fn delivery(&self) -> Delivery {
        let direction = self.direction.unwrap_or(Direction::Inbound);
        let author = self.agent_id.map_or_else(|| self.caller.author(), agent);
        let message = NewMessage::new(MessageKind::Call, Channel::Phone, author, self.notes.clone(), self.occurred_at);
        let known = Call::new(direction);
        let call = Call { answered: self.answered, contact_made: self.contact_made, duration_s: self.duration_s, ..known };
        let subject = self.subject.clone().unwrap_or_else(|| "Phone call".to_owned());
        let new = NewTicket {
            kind: self.kind.unwrap_or(TicketType::General),
            account_id: self.account_id,
            site_id: self.site_id,
            branch_id: self.branch_id,
            priority: self.priority.unwrap_or(Priority::Normal),
            direction,
            ..NewTicket::inbound(subject, self.caller.requester(), Channel::Phone, self.occurred_at)
        };
        let dedupe_key = Some(key(Channel::Phone, &self.provider, &self.call_id));
        Delivery { tie: Tie::None, new, message: NewMessage { call: Some(call), dedupe_key, ..message }, files: Vec::new() }
    }
}

fn agent(id: Uuid) -> Author {
    Author { kind: AuthorKind::Agent, id: Some(id), name: String::new() }
}

impl DeliverAnsweringServiceMessage {
    fn delivery(&self) -> Delivery {
        let (kind, channel) = (MessageKind::AnsweringService, Channel::AnsweringService);
        let message = NewMessage::new(kind, channel, self.caller.author(), self.message.clone(), self.occurred_at);
        let subject = self.subject.clone().unwrap_or_else(|| "Answering service message".to_owned());
        let new = NewTicket {
            kind: TicketType::AnsweringService,
            account_id: self.account_id,
            site_id: self.site_id,
            branch_id: self.branch_id,
            priority: self.priority.unwrap_or(Priority::Normal),
            ..NewTicket::inbound(subject, self.caller.requester(), channel, self.occurred_at)
        };
        let dedupe_key = Some(key(channel, &self.provider, &self.message_id));
        Delivery { tie: Tie::None, new, message: NewMessage { dedupe_key, ..message }, files: Vec::new() }
    }
}
