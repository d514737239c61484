//! The conversation that a delivery goes on with, if there is one.

use chrono::{DateTime, Utc};
use kernel::id::TicketId;
use platform::db::Tx;
use platform::problem::Problem;
use platform::scope::RowScope;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::rulebook::DeskSettings;
use crate::ticket::entity::Column;
use crate::ticket::model::{NewTicket, Source, Ticket};
use crate::ticket::store;
use crate::vocabulary::{Channel, Status};

/// What ties a delivery to a conversation.
#[derive(Clone, Debug)]
pub(crate) enum Tie {
    /// Nothing: each delivery is a matter of its own.
    None,
    /// The number a customer texts from.
    Phone(String),
    /// A chat's session, which its ticket has as its source.
    Session(Source),
    /// The ticket that a portal names.
    Ticket(TicketId),
}

/// Where a delivery belongs.
pub(crate) enum Place {
    New,
    /// A ticket of its own without the source, which a deleted ticket still has.
    Untied,
    /// A ticket of its own that points at another, to which the sender does not belong.
    Beside(TicketId),
    In(TicketId),
}

/// Finds the place of a delivery that would else open `new`. Deliveries of one number wait for each other.
pub(crate) async fn place(tx: &Tx, scope: &RowScope, tie: &Tie, new: &NewTicket, settings: &DeskSettings) -> Result<Place, Problem> {
    let found = match tie {
        Tie::None => None,
        Tie::Phone(number) => {
            crate::intake::lock(tx, &format!("sms:{number}")).await?;
            latest_of_number(tx, scope, number).await?.filter(|ticket| goes_on(ticket, settings, tx.now()))
        }
        Tie::Session(source) => match store::by_source(tx, source).await? {
            Some(ticket) if ticket.deleted_at.is_some() => return Ok(Place::Untied),
            Some(ticket) => Some(latest_of_session(tx, ticket, settings).await?),
            None => None,
        },
        Tie::Ticket(id) => return named(tx, scope, *id, new).await,
    };
    match found {
        Some(ticket) => inside(tx, &ticket).await,
        None => Ok(Place::New),
    }
}

/// The ticket itself, or the one that it went into.
async fn inside(tx: &Tx, ticket: &Ticket) -> Result<Place, Problem> {
    let root = store::root(tx, &RowScope::All, ticket.id).await?;
    Ok(root.map_or(Place::New, |root| Place::In(root.id)))
}

async fn latest_of_number(tx: &Tx, scope: &RowScope, number: &str) -> Result<Option<Ticket>, Problem> {
    let texted = store::visible(scope).filter(Column::RequesterPhone.eq(number)).filter(Column::Channel.eq(Channel::Sms.as_str()));
    let latest = texted.filter(Column::Spam.eq(false)).order_by_desc(Column::Id);
    latest.limit(1).one(tx).await?.map(crate::ticket::ticket).transpose()
}

/// Where a session goes on: in its ticket, or once that has been closed for long in the follow-up that went on from there. The
/// session's own ticket is held, so that two deliveries do not each open one.
async fn latest_of_session(tx: &Tx, ticket: Ticket, settings: &DeskSettings) -> Result<Ticket, Problem> {
    let mut latest = ticket;
    while latest.is_past_reopening(settings, tx.now()) {
        let Some(next) = store::follow_up_of(tx, latest.id, Channel::Chat).await? else { break };
        latest = next;
    }
    Ok(latest)
}

/// True while an answer belongs to the ticket; a merged one stands for the ticket it went into.
fn goes_on(ticket: &Ticket, settings: &DeskSettings, now: DateTime<Utc>) -> bool {
    ticket.status == Status::Merged || !ticket.is_past_reopening(settings, now)
}

/// The named ticket when the sender belongs to it: by contact, by address, or by account.
async fn named(tx: &Tx, scope: &RowScope, id: TicketId, new: &NewTicket) -> Result<Place, Problem> {
    let ticket = match store::find(tx, scope, id).await {
        Err(problem) if problem.code() == "not_found" => return Ok(Place::New),
        found => found?,
    };
    if belongs(&ticket, new) { inside(tx, &ticket).await } else { Ok(Place::Beside(ticket.id)) }
}

fn belongs(ticket: &Ticket, new: &NewTicket) -> bool {
    let (known, sender) = (&ticket.requester, &new.requester);
    let same_contact = sender.contact_id.is_some() && sender.contact_id == known.contact_id;
    let writes_as = |address: &str| sender.email.as_deref().is_some_and(|email| email.eq_ignore_ascii_case(address));
    let takes_part =
        known.email.as_deref().is_some_and(writes_as) || ticket.participants.iter().any(|participant| writes_as(&participant.email));
    let same_account = new.account_id.is_some() && new.account_id == ticket.account_id && ticket.is_for_customers();
    same_contact || takes_part || same_account
}
