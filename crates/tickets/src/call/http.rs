//! Operations of telephone intake.

use actix_web::web::Data;
use chrono::{DateTime, TimeDelta, Utc};
use kernel::Fault;
use platform::caller::Caller;
use platform::db::Tx;
use platform::operation::Operations;
use platform::operations;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::scope::RowScope;
use platform::valid::Valid;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::wire::{Caller as Person, DeliverAnsweringServiceMessage, DeliverCall, DeliveryView};
use crate::Tickets;
use crate::access::DeliverIntake;
use crate::message;
use crate::message::model::{Author, Call, Message, NewMessage};
use crate::rulebook::DeskSettings;
use crate::serving::Customer;
use crate::ticket::model::{NewTicket, Requester};
use crate::ticket::wire::TicketView;
use crate::ticket::{commands, store};
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
    let key = format!("phone:{}:{}", command.provider, command.call_id);
    deliver(&caller, &app, "intake.phone", &key, || command.ticket(&key)).await
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
    let key = format!("answering_service:{}:{}", command.provider, command.message_id);
    deliver(&caller, &app, "intake.answering_service", &key, || command.ticket(&key)).await
}

/// Two deliveries at once meet at the key's unique index; the later one is decided anew, on what the first one left.
async fn deliver(
    caller: &Caller<DeliverIntake>,
    app: &Tickets,
    name: &'static str,
    key: &str,
    ticket: impl Fn() -> (NewTicket, NewMessage),
) -> Result<Reply, Problem> {
    let (new, _) = ticket();
    let branch_id = app.serving.if_known(Customer { account: new.account_id, site: new.site_id }, new.branch_id).await;
    let once = async |tx: &Tx| {
        let (new, first) = ticket();
        Box::pin(receive(tx, app, caller.scope(), key, (NewTicket { branch_id, ..new }, first))).await
    };
    match app.db.command(caller, name, once).await {
        Err(problem) if problem.code() == message::store::DUPLICATE => app.db.command(caller, name, once).await,
        outcome => outcome,
    }
}

/// Opens the ticket of a delivery unless an earlier one did.
async fn receive(tx: &Tx, app: &Tickets, scope: &RowScope, key: &str, (new, first): (NewTicket, NewMessage)) -> Result<Reply, Problem> {
    if let Some(earlier) = message::store::by_dedupe_key(tx, key).await? {
        return enrich(tx, app, scope, &earlier, first).await;
    }
    in_time(new.clock_start_at, &app.rules.current(tx).await?.settings, tx.now())?;
    if !scope.covers(new.branch_id.map(Into::into), new.account_id.map(Into::into), new.site_id.map(Into::into)) {
        return Err(Fault::field("/branch_id", "unknown_reference", "There is no such branch in reach.").into());
    }
    let case = commands::open(tx, &app.rules, new, first).await?;
    let view = DeliveryView { duplicate: false, ticket: TicketView::of(&case.ticket, scope) };
    Reply::created(format!("/v1/tickets/{}", case.ticket.id), &view)
}

/// A later event of a known call: what it says anew is added once, what it repeats is not.
async fn enrich(tx: &Tx, app: &Tickets, scope: &RowScope, earlier: &Message, later: NewMessage) -> Result<Reply, Problem> {
    let same = earlier.content.body == later.body && earlier.content.call == later.call;
    let digest = digest(&later);
    let key = format!("{}#{digest}", later.dedupe_key.as_deref().unwrap_or_default());
    let ticket = if same || message::store::by_dedupe_key(tx, &key).await?.is_some() {
        store::find(tx, scope, earlier.ticket_id).await?
    } else {
        // The customer said it when the call came in: it asks for nothing more.
        let message = NewMessage { dedupe_key: Some(key), courtesy: true, ..later };
        commands::append(tx, &app.rules, scope, earlier.ticket_id, message).await?.ticket
    };
    Reply::ok(&DeliveryView { duplicate: true, ticket: TicketView::of(&ticket, scope) })
}

fn digest(message: &NewMessage) -> String {
    let call = message.call.as_ref().map(|call| format!("{:?}", (call.answered, call.contact_made, call.duration_s))).unwrap_or_default();
    Sha256::digest(format!("{call}{}", message.body)).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn in_time(occurred_at: DateTime<Utc>, settings: &DeskSettings, now: DateTime<Utc>) -> Result<(), Fault> {
    let earliest = now - TimeDelta::seconds(settings.intake_past_s);
    let latest = now + TimeDelta::seconds(settings.intake_future_s);
    if (earliest..=latest).contains(&occurred_at) {
        return Ok(());
    }
    let hours = settings.intake_past_s / 3_600;
    Err(Fault::field("/occurred_at", "out_of_range", format!("It must have occurred in the last {hours} hours, and not in the future.")))
}

impl Person {
    fn requester(&self) -> Requester {
        Requester {
            kind: RequesterKind::Customer,
            contact_id: self.contact_id,
            name: self.name.clone(),
            email: self.email.clone(),
            phone: self.phone.clone(),
        }
    }

    fn author(&self) -> Author {
        let name = self.name.clone().or_else(|| self.phone.clone()).unwrap_or_default();
        Author { kind: AuthorKind::Contact, id: self.contact_id, name }
    }
}

impl DeliverCall {
    fn ticket(&self, key: &str) -> (NewTicket, NewMessage) {
        let direction = self.direction.unwrap_or(Direction::Inbound);
        let author = self.agent_id.map_or_else(|| self.caller.author(), agent);
        let message = NewMessage::new(MessageKind::Call, Channel::Phone, author, self.notes.clone(), self.occurred_at);
        let call = Call { direction, answered: self.answered, contact_made: self.contact_made, duration_s: self.duration_s };
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
        (new, NewMessage { call: Some(call), dedupe_key: Some(key.to_owned()), ..message })
    }
}

fn agent(id: Uuid) -> Author {
    Author { kind: AuthorKind::Agent, id: Some(id), name: String::new() }
}

impl DeliverAnsweringServiceMessage {
    fn ticket(&self, key: &str) -> (NewTicket, NewMessage) {
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
        (new, NewMessage { dedupe_key: Some(key.to_owned()), ..message })
    }
}
