//! Taking a delivery in, once: the one contract of every channel but mail, which has more to decide.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::Fault;
use kernel::id::TicketId;
use platform::caller::Caller;
use platform::db::Tx;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::scope::RowScope;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::conversation::{Place, Tie, place};
use crate::access::DeliverIntake;
use crate::call::wire::{DeliveryOutcome, DeliveryView};
use crate::message::model::{Message, NewMessage};
use crate::routing::facts::Asked;
use crate::rulebook::DeskSettings;
use crate::serving::Customer;
use crate::ticket::case::Case;
use crate::ticket::model::{EntityRef, NewTicket};
use crate::ticket::wire::TicketView;
use crate::ticket::{commands, store};
use crate::vocabulary::Channel;
use crate::{Tickets, attachment, message};

/// Something delivered.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) tie: Tie,
    /// The ticket that it opens unless it goes on with one.
    pub(crate) new: NewTicket,
    /// It carries the key of the delivery.
    pub(crate) message: NewMessage,
    /// What came with it; of a repetition they are not looked at.
    pub(crate) files: Vec<Uuid>,
}

/// What a delivery is known by. A colon inside a part is written otherwise, so that no two are written alike.
pub(crate) fn key(channel: Channel, provider: &str, id: &str) -> String {
    format!("{channel}:{}:{id}", provider.replace('%', "%25").replace(':', "%3A"))
}

/// Two deliveries at once meet at the key's unique index, or at that of a chat's session; the later one is decided anew, on
/// what the first one left.
pub(crate) async fn deliver(
    caller: &Caller<DeliverIntake>,
    app: &Tickets,
    name: &'static str,
    delivery: impl Fn(DateTime<Utc>) -> Delivery,
) -> Result<Reply, Problem> {
    let new = delivery(app.clock.now()).new;
    let customer = Customer { account: new.account_id, site: new.site_id };
    let branch_id = app.serving.if_known(customer, new.branch_id).await;
    let facts = app.facts(customer).await;
    let once = async |tx: &Tx| {
        let mut delivery = delivery(tx.now());
        delivery.new.branch_id = branch_id;
        delivery.new.facts = facts.clone();
        Box::pin(receive(tx, app, caller.scope(), delivery)).await
    };
    match app.db.command(caller, name, once).await {
        Err(problem) if matches!(problem.code(), message::store::DUPLICATE | "source_taken") => app.db.command(caller, name, once).await,
        outcome => outcome,
    }
}

async fn receive(tx: &Tx, app: &Tickets, scope: &RowScope, delivery: Delivery) -> Result<Reply, Problem> {
    let Delivery { tie, mut new, message, files } = delivery;
    let id = message.id;
    let key = message.dedupe_key.clone().unwrap_or_default();
    if let Some(earlier) = message::store::by_dedupe_key(tx, &key).await? {
        return enrich(tx, app, scope, &earlier, message).await;
    }
    let rules = app.rules.current(tx).await?;
    in_time(new.clock_start_at, &rules.settings, tx.now())?;
    in_reach(scope, &new)?;
    let (case, outcome) = match place(tx, scope, &tie, &new, &rules.settings).await? {
        Place::In(ticket) => {
            let customer = Customer { account: new.account_id, site: new.site_id };
            go_on(tx, app, scope, (ticket, message, Asked { customer, facts: new.facts })).await?
        }
        Place::Untied => {
            new.source = None;
            (commands::open(tx, &app.rules, new, message).await?, DeliveryOutcome::Created)
        }
        Place::Beside(ticket) => {
            let beside = EntityRef { kind: "possible_continuation".to_owned(), id: ticket.to_string(), label: None };
            new.entity_refs.push(beside);
            (commands::open(tx, &app.rules, new, message).await?, DeliveryOutcome::Created)
        }
        Place::New => (commands::open(tx, &app.rules, new, message).await?, DeliveryOutcome::Created),
    };
    attachment::store::give(tx, &files, (case.ticket.id, id), &case.rules.settings).await?;
    answer(scope, &case, outcome)
}

/// Adds what was delivered to a ticket, or to the one that follows up on it.
async fn go_on(
    tx: &Tx,
    app: &Tickets,
    scope: &RowScope,
    (ticket, message, asked): (TicketId, NewMessage, Asked),
) -> Result<(Case, DeliveryOutcome), Problem> {
    let case = commands::resume(tx, &app.rules, scope, ticket).await?;
    let occurred_at = message.occurred_at.max(case.ticket.clock_start_at);
    let mut case = commands::append_to(tx, &app.rules, case, (NewMessage { occurred_at, ..message }, &asked)).await?;
    if case.before.is_none() {
        return Ok((case, DeliveryOutcome::Created));
    }
    commands::write(tx, &mut case).await?;
    Ok((case, DeliveryOutcome::Appended))
}

fn answer(scope: &RowScope, case: &Case, outcome: DeliveryOutcome) -> Result<Reply, Problem> {
    let message_id = case.latest_message().map(|message| message.id);
    let view = DeliveryView { duplicate: false, outcome, message_id, ticket: TicketView::of(&case.ticket, scope) };
    Reply::created(format!("/v1/tickets/{}", case.ticket.id), &view)
}

pub(crate) fn in_reach(scope: &RowScope, new: &NewTicket) -> Result<(), Fault> {
    if scope.covers(new.branch_id.map(Into::into), new.account_id.map(Into::into), new.site_id.map(Into::into)) {
        return Ok(());
    }
    Err(Fault::field("/branch_id", "unknown_reference", "There is no such branch in reach."))
}

/// A later delivery of a known key: what it says anew is added once, what it repeats is not.
async fn enrich(tx: &Tx, app: &Tickets, scope: &RowScope, earlier: &Message, later: NewMessage) -> Result<Reply, Problem> {
    // What was taken away does not come back by being delivered again.
    let same = earlier.redaction.is_some() || (earlier.content.body == later.body && earlier.content.call == later.call);
    let key = format!("{}#{}", later.dedupe_key.as_deref().unwrap_or_default(), digest(&later));
    let ticket = if same || message::store::by_dedupe_key(tx, &key).await?.is_some() {
        store::find(tx, scope, earlier.ticket_id).await?
    } else {
        // The customer said it when it was delivered first: it asks for nothing more.
        let message = NewMessage { dedupe_key: Some(key), courtesy: true, ..later };
        commands::append(tx, &app.rules, scope, earlier.ticket_id, message).await?.ticket
    };
    let ticket = TicketView::of(&ticket, scope);
    Reply::ok(&DeliveryView { duplicate: true, outcome: DeliveryOutcome::Duplicate, message_id: Some(earlier.id), ticket })
}

fn digest(message: &NewMessage) -> String {
    let call = message.call.as_ref().map(|call| format!("{:?}", (call.answered, call.contact_made, call.duration_s))).unwrap_or_default();
    Sha256::digest(format!("{call}{}", message.body)).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// What is delivered late counts from when it happened, but not from any time.
pub(crate) fn in_time(occurred_at: DateTime<Utc>, settings: &DeskSettings, now: DateTime<Utc>) -> Result<(), Fault> {
    let earliest = now - TimeDelta::seconds(settings.intake_past_s);
    let latest = now + TimeDelta::seconds(settings.intake_future_s);
    if (earliest..=latest).contains(&occurred_at) {
        return Ok(());
    }
    let hours = settings.intake_past_s / 3_600;
    Err(Fault::field("/occurred_at", "out_of_range", format!("It must have occurred in the last {hours} hours, and not in the future.")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_deliveries_share_a_key_only_when_channel_provider_and_id_are_the_same() {
        let key = |provider, id| key(Channel::Sms, provider, id);
        assert_eq!(key("acme", "m1"), key("acme", "m1"));
        assert_ne!(key("a:b", "c"), key("a", "b:c"));
        assert_ne!(key("a%3Ab", "c"), key("a:b", "c"));
        assert_ne!(key("acme", "m1"), super::key(Channel::Phone, "acme", "m1"));
    }
}
