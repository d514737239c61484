//! What a telephone system tells of a call while it lasts. All of it belongs to one message: events add to what is known of the
//! call and take nothing away, so they may come twice and in any order.

use actix_web::web::Data;
use chrono::TimeDelta;
use platform::caller::Caller;
use platform::db::Tx;
use platform::operation::Operations;
use platform::operations;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::scope::RowScope;
use platform::valid::Valid;

use super::wire::{CallEvent, DeliverCallEvent, DeliveryOutcome, DeliveryView};
use crate::Tickets;
use crate::access::DeliverIntake;
use crate::channel::deliver::{in_reach, in_time, key};
use crate::message;
use crate::message::model::{Author, Call, Message, NewMessage};
use crate::message::wire::MessageView;
use crate::routing::engine::Facts;
use crate::serving::Customer;
use crate::ticket::model::NewTicket;
use crate::ticket::wire::TicketView;
use crate::ticket::{commands, event};
use crate::vocabulary::{AuthorKind, Channel, Direction, MessageKind, Priority, TicketType};

pub(crate) fn operations() -> Operations {
    operations!["intake"; phone_event]
}

/// Deliver an event of a phone call: it rings, is answered, has ended, was recorded.
///
/// The first event opens the call's ticket; the others complete its one message. A call that a person of ours answered is a first
/// response at the moment it came in.
#[utoipa::path(post, path = "/v1/intake/phone/events", request_body = DeliverCallEvent,
    responses((status = 200, body = DeliveryView), (status = 201, body = DeliveryView)))]
async fn phone_event(caller: Caller<DeliverIntake>, command: Valid<DeliverCallEvent>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let customer = Customer { account: command.account_id, site: command.site_id };
    let branch_id = app.serving.if_known(customer, command.branch_id).await;
    let facts = app.facts(customer).await;
    let command = DeliverCallEvent { branch_id, ..command.into_inner() };
    let once = async |tx: &Tx| Box::pin(receive(tx, &app, caller.scope(), (&command, &facts))).await;
    match app.db.command(&caller, "intake.phone_event", once).await {
        Err(problem) if problem.code() == message::store::DUPLICATE => app.db.command(&caller, "intake.phone_event", once).await,
        outcome => outcome,
    }
}

async fn receive(tx: &Tx, app: &Tickets, scope: &RowScope, (told, facts): (&DeliverCallEvent, &Facts)) -> Result<Reply, Problem> {
    in_time(told.occurred_at, &app.rules.current(tx).await?.settings, tx.now())?;
    let key = key(Channel::Phone, &told.provider, &told.call_id);
    if let Some(known) = message::store::by_dedupe_key(tx, &key).await? {
        return complete(tx, app, scope, (known, told)).await;
    }
    let (new, first) = told.ticket(key);
    in_reach(scope, &new)?;
    let new = NewTicket { facts: facts.clone(), ..new };
    let case = commands::open(tx, &app.rules, new, first).await?;
    let message_id = case.latest_message().map(|message| message.id);
    let ticket = TicketView::of(&case.ticket, scope);
    let view = DeliveryView { duplicate: false, outcome: DeliveryOutcome::Created, message_id, ticket };
    Reply::created(format!("/v1/tickets/{}", case.ticket.id), &view)
}

/// Adds what an event tells to a known call, unless it tells nothing new.
async fn complete(tx: &Tx, app: &Tickets, scope: &RowScope, (known, told): (Message, &DeliverCallEvent)) -> Result<Reply, Problem> {
    let mut case = commands::resume(tx, &app.rules, scope, known.ticket_id).await?;
    // Read again now that the ticket is held: two events of one call may come at once.
    let mut message = message::store::find(tx, &RowScope::All, known.ticket_id, known.id).await?;
    let before = message.content.clone();
    told.add_to(&mut message.content);
    let duplicate = before.call == message.content.call && before.author == message.content.author;
    if !duplicate {
        message::store::complete_call(tx, &message).await?;
        case.call_completed(&before, &message);
        commands::write(tx, &mut case).await?;
        tx.record(event::internal("ticket.call_updated", &case.ticket).after(&MessageView::from(&message)));
    }
    let outcome = if duplicate { DeliveryOutcome::Duplicate } else { DeliveryOutcome::Enriched };
    let ticket = TicketView::of(&case.ticket, scope);
    Reply::ok(&DeliveryView { duplicate, outcome, message_id: Some(message.id), ticket })
}

impl DeliverCallEvent {
    fn ticket(&self, key: String) -> (NewTicket, NewMessage) {
        let direction = self.direction.unwrap_or(Direction::Inbound);
        // Of a call that is only told of when it has ended, the beginning is known by its length.
        let lasted = self.duration_s.filter(|_| self.event == CallEvent::Ended).unwrap_or_default();
        let began = self.occurred_at - TimeDelta::seconds(lasted.into());
        let words = match direction {
            Direction::Inbound => "Incoming call",
            Direction::Outbound => "Outgoing call",
        };
        let mut message = NewMessage::new(MessageKind::Call, Channel::Phone, self.caller.author(), words.to_owned(), began);
        message.dedupe_key = Some(key);
        message.call = Some(Call::new(direction));
        self.add_to(&mut message);
        let new = NewTicket {
            kind: self.kind.unwrap_or(TicketType::General),
            account_id: self.account_id,
            site_id: self.site_id,
            branch_id: self.branch_id,
            priority: self.priority.unwrap_or(Priority::Normal),
            direction,
            ..NewTicket::inbound(self.subject.clone().unwrap_or_else(|| words.to_owned()), self.caller.requester(), Channel::Phone, began)
        };
        (new, message)
    }

    /// Adds what the event tells; an earlier event's word stands where both tell the same.
    fn add_to(&self, message: &mut NewMessage) {
        let mut call = message.call.clone().unwrap_or_else(|| Call::new(self.direction.unwrap_or(Direction::Inbound)));
        call.contact_made |= self.contact_made;
        call.duration_s = call.duration_s.max(self.duration_s);
        match self.event {
            CallEvent::Ringing => {}
            CallEvent::Answered => {
                call.answered = true;
                call.answered_at = call.answered_at.or(Some(self.occurred_at));
            }
            CallEvent::Ended => call.ended_at = call.ended_at.or(Some(self.occurred_at)),
            CallEvent::Recording => call.recording_url = call.recording_url.or_else(|| self.recording_url.clone()),
        }
        message.call = Some(call);
        let took_part = matches!(self.event, CallEvent::Answered | CallEvent::Ended);
        if let Some(agent) = self.agent_id.filter(|_| took_part && message.author.kind != AuthorKind::Agent) {
            message.author = Author { kind: AuthorKind::Agent, id: Some(agent), name: String::new() };
        }
    }
}
