//! Reading a case and writing what changed: the one way in which tickets, messages and promises are stored.
//!
//! Everything of one command goes into its transaction: rows, timers, events. Callers bring the scope; intake, which
//! works for nobody in particular, brings [`RowScope::All`].

use std::sync::Arc;

use kernel::Fault;
use kernel::id::{MessageId, TicketId};
use platform::db::Tx;
use platform::problem::Problem;
use platform::scope::RowScope;
use platform::stamp::Touch;

use super::case::Case;
use super::model::{NewTicket, Requester, Ticket};
use super::{event, store};
use crate::automation;
use crate::link::model::{Link, LinkKind};
use crate::message::model::{Message, NewMessage, is_courtesy};
use crate::message::wire::MessageView;
use crate::obligation::engine::promises::Promises;
use crate::obligation::store::Unwritten;
use crate::obligation::{self, Holder};
use crate::routing::commands::Grounds;
use crate::routing::decision::model::{Decision, Occasion};
use crate::routing::engine::Facts;
use crate::routing::facts::Asked;
use crate::routing::roster::Roster;
use crate::rulebook::{Rulebook, Rules};
use crate::serving::Customer;
use crate::{checklist, emergency, link, message, outgoing_text, routing, safety, scheduling, survey, ticket_move, watcher};

/// Opens a ticket with its first message and everything that follows from it.
///
/// It is decided and routed on the rules and the roster in memory, and again in the rare case that the database has newer ones.
///
/// # Errors
/// 409 `source_taken`; those of the database.
pub(crate) async fn open(tx: &Tx, rules: &Rules, new: NewTicket, first: NewMessage) -> Result<Case, Problem> {
    let (touch, facts) = (Touch::of(tx), new.facts.clone());
    let ticket = Ticket::open(new, touch);
    let mut roster = rules.rosters.kept();
    let (mut case, mut decision) = opened(tx, (rules.kept(), &roster, &facts), ticket.clone(), (first, touch)).await?;
    let given = store::insert(tx, &case.ticket).await?;
    case.ticket.number = given.number;
    if (case.rules.generation, roster.generation) != (given.generation, given.roster_generation) {
        let first = case.messages.pop().ok_or_else(|| Problem::internal("a new ticket has no message"))?.content;
        roster = rules.rosters.at(tx, given.roster_generation).await?;
        let grounds = (rules.at(tx, given.generation).await?, &roster, &facts);
        (case, decision) = opened(tx, grounds, Ticket { number: given.number, ..ticket }, (first, touch)).await?;
        store::amend(tx, &case.ticket).await?;
    }
    write_rest(tx, std::slice::from_mut(&mut case)).await?;
    if let Some(decision) = decision {
        let grounds = Grounds { roster: &roster, rulebook: &case.rules, facts: &facts };
        Box::pin(routing::commands::told(tx, grounds, &case.ticket, (Occasion::Opened, &decision))).await?;
    }
    if let Some(closed) = case.ticket.follow_up_of_id {
        let link = Link::new(case.ticket.id, LinkKind::FollowUpOf, closed, touch)?;
        link::store::insert(tx, &link).await?;
    }
    Ok(case)
}

/// A new ticket with its first message, routed unless it names somebody.
async fn opened(
    tx: &Tx,
    (rules, roster, facts): (Arc<Rulebook>, &Arc<Roster>, &Facts),
    mut ticket: Ticket,
    (first, touch): (NewMessage, Touch),
) -> Result<(Case, Option<Decision>), Problem> {
    let routing = routing::commands::open(tx, Grounds { roster, rulebook: &rules, facts }, &mut ticket);
    let decision = Box::pin(routing).await?;
    let mut case = Case::open(rules, ticket, first, touch);
    case.settle();
    Ok((case, decision))
}

/// Reads a ticket with its promises, held until the transaction ends, for a change.
///
/// # Errors
/// 404 when there is none inside `scope`.
pub(crate) async fn resume(tx: &Tx, rules: &Rules, scope: &RowScope, id: TicketId) -> Result<Case, Problem> {
    let (ticket, generation) = store::find_locked(tx, scope, id).await?;
    resume_found(tx, rules.at(tx, generation).await?, ticket).await
}

/// As [`resume`], for a ticket that was read and is held already.
pub(crate) async fn resume_found(tx: &Tx, rules: Arc<Rulebook>, ticket: Ticket) -> Result<Case, Problem> {
    let promises = obligation::store::of_ticket(tx, ticket.id, rules.settings.known_since(tx.now())).await?;
    Ok(Case::resume(rules, ticket, promises, Touch::of(tx)))
}

/// Adds a message to a ticket and writes the case; a customer's message after the reopening window opens a follow-up
/// instead, and then the case is the follow-up's.
///
/// # Errors
/// 404 when there is no such ticket inside `scope`.
pub(crate) async fn append(tx: &Tx, rules: &Rules, scope: &RowScope, id: TicketId, message: NewMessage) -> Result<Case, Problem> {
    let case = resume_root(tx, rules, scope, id).await?;
    let mut case = append_to(tx, rules, case, (message, &Asked::default())).await?;
    // A follow-up is written already.
    if case.before.is_some() {
        write(tx, &mut case).await?;
    }
    Ok(case)
}

/// As [`resume`], for what was delivered to a ticket: it goes to the one that stands for it after merges.
///
/// # Errors
/// 404 when there is none inside `scope`.
pub(crate) async fn resume_root(tx: &Tx, rules: &Rules, scope: &RowScope, id: TicketId) -> Result<Case, Problem> {
    let mut case = resume(tx, rules, scope, id).await?;
    // Until it is held, the ticket at the end may be merged itself.
    while let Some(target) = case.ticket.merged_into_id {
        let root = store::root(tx, scope, target).await?.ok_or_else(|| Fault::not_found(TicketId::NOUN))?;
        case = resume(tx, rules, scope, root.id).await?;
    }
    Ok(case)
}

/// Adds a message to a case without writing it, unless it opens a follow-up, which is written, and routed by what was asked of its
/// customer.
pub(crate) async fn append_to(tx: &Tx, rules: &Rules, mut case: Case, (mut message, asked): (NewMessage, &Asked)) -> Result<Case, Problem> {
    case.ticket.demand_unmerged()?;
    let settings = &case.rules.settings;
    if message.is_from_customer() {
        let longest = usize::from(settings.courtesy_length);
        message.courtesy = message.courtesy || is_courtesy(&message.body, &settings.courtesies, longest);
        if !message.courtesy && case.ticket.is_past_reopening(settings, tx.now()) {
            return Box::pin(open(tx, rules, follow_up(&case.ticket, &message, asked), message)).await;
        }
    }
    case.append(message);
    survey::follow_up::notice(tx, &mut case).await?;
    Ok(case)
}

/// A message of ours came back from every recipient: what it satisfied is withdrawn.
///
/// # Errors
/// 404 when there is no such message inside `scope`.
pub(crate) async fn undelivered(tx: &Tx, rules: &Rules, scope: &RowScope, id: TicketId, message: MessageId) -> Result<Case, Problem> {
    let mut case = resume(tx, rules, scope, id).await?;
    let message = message::store::find(tx, scope, id, message).await?;
    let answers = message::store::answers(tx, id).await?;
    let answered_before = answers.iter().filter(|one| one.id != message.id).map(|one| one.content.occurred_at).max();
    case.undelivered(message.id, answered_before);
    emergency::commands::untold(tx, &case, message.id).await?;
    write(tx, &mut case).await?;
    tx.record(event::internal("ticket.message_undelivered", &case.ticket).after(&MessageView::from(&message)));
    Ok(case)
}

/// As [`undelivered`], for a mail that came back: it may be late, and a ticket that was deleted meanwhile owes nothing.
pub(crate) async fn lost(tx: &Tx, rules: &Rules, id: TicketId, message: MessageId) -> Result<(), Problem> {
    match undelivered(tx, rules, &RowScope::All, id, message).await {
        Err(problem) if problem.code() != "not_found" => Err(problem),
        _ => Ok(()),
    }
}

/// A reply that had reached nobody has gone out after all: it keeps what is still owed, from now.
pub(crate) async fn arrived(tx: &Tx, rules: &Rules, id: TicketId, message: MessageId) -> Result<(), Problem> {
    let mut case = match resume(tx, rules, &RowScope::All, id).await {
        Err(problem) if problem.code() == "not_found" => return Ok(()),
        found => found?,
    };
    let message = message::store::find(tx, &RowScope::All, id, message).await?;
    case.arrived(message.id);
    write(tx, &mut case).await?;
    tx.record(event::internal("ticket.message_arrived", &case.ticket).after(&MessageView::from(&message)));
    Ok(())
}

/// A new ticket that goes on where a closed one ended.
fn follow_up(closed: &Ticket, message: &NewMessage, asked: &Asked) -> NewTicket {
    NewTicket {
        kind: closed.kind,
        account_id: closed.account_id,
        site_id: closed.site_id,
        branch_id: closed.branch_id,
        group_id: closed.group_id,
        participants: closed.participants.clone(),
        follow_up_of_id: Some(closed.id),
        confidential: closed.confidential,
        facts: asked.of(Customer { account: closed.account_id, site: closed.site_id }),
        ..NewTicket::inbound(closed.subject.clone(), Requester::clone(&closed.requester), message.channel, message.occurred_at)
    }
}

/// Writes what differs from what was read: ticket, messages, promises with their timers, and the events of it all.
///
/// Whatever path resolves a ticket comes by here, so what keeps a ticket from being resolved is asked here.
///
/// # Errors
/// 412 when a row has changed since it was read; 409 when something on a ticket that is resolved or given up is not settled.
pub(crate) async fn write(tx: &Tx, case: &mut Case) -> Result<(), Problem> {
    write_all(tx, std::slice::from_mut(case)).await
}

/// As [`write()`], for many at once: in as few statements as one.
///
/// # Errors
/// Those of [`write()`]; then nothing may be committed.
pub(crate) async fn write_all(tx: &Tx, cases: &mut [Case]) -> Result<(), Problem> {
    let (mut changed, many) = (Vec::new(), cases.len() > 1);
    for case in cases.iter_mut() {
        if many {
            case.settle_among_others();
        } else {
            case.settle();
        }
        if case.is_resolved_now() {
            demand_settled(tx, case).await?;
        }
        if case.is_given_up_now() {
            safety::report::store::demand_none_open(tx, case.ticket.id).await?;
        }
        let Some((before, _)) = &case.before else { continue };
        let unchanged = Ticket { stamp: before.stamp, ..case.ticket.clone() } == *before;
        if unchanged {
            case.ticket.stamp = before.stamp;
        } else {
            if let Some(step) = ticket_move::model::step(before, &case.ticket) {
                case.ticket.moved_at = case.touch.at;
                ticket_move::store::note(tx, before, &case.ticket, step);
            }
            changed.push((before, &case.ticket));
        }
    }
    store::save_all(tx, &changed).await?;
    write_rest(tx, cases).await?;
    for case in cases {
        survey::schedule::follow(tx, case).await?;
        watcher::word::tell(tx, case).await?;
    }
    Ok(())
}

async fn demand_settled(tx: &Tx, case: &Case) -> Result<(), Problem> {
    checklist::store::demand_nothing_blocks(tx, &case.ticket).await?;
    scheduling::commands::demand_settled(tx, &case.ticket).await?;
    link::tracker::demand_children_done(tx, &case.rules.settings, case.ticket.id).await
}

/// Writes a new ticket that is made of stored messages, and says where they stand on it; moving them is the caller's.
pub(crate) async fn insert(tx: &Tx, case: &mut Case) -> Result<Vec<Message>, Problem> {
    case.settle();
    case.ticket.number = store::insert(tx, &case.ticket).await?.number;
    let placed = std::mem::take(&mut case.messages);
    write_rest(tx, std::slice::from_mut(case)).await?;
    Ok(placed)
}

/// Writes everything but the tickets. What must be asked for comes first, so that the rest leaves together.
async fn write_rest(tx: &Tx, cases: &mut [Case]) -> Result<(), Problem> {
    let nothing = Promises::default();
    let mut unwritten = Unwritten::default();
    for case in cases.iter_mut() {
        emergency::commands::raised(tx, case)?;
        record(tx, case);
        automation::queue::feed(tx, case);
        let before = case.before.as_ref().map_or(&nothing, |(_, promises)| promises);
        unwritten.gather(tx, &Holder::from(&case.ticket), (before, &mut case.promises), &case.rules)?;
    }
    unwritten.send(tx).await?;
    for case in cases {
        for message in &case.messages {
            message::store::insert(tx, message, case.ticket.number).await?;
            outgoing_text::commands::reply(tx, &case.rules.settings.mail, &case.ticket, &message.content).await?;
        }
    }
    Ok(())
}

/// Tells of a ticket that something hanging on it has changed, for writers who tell nothing else of it.
pub(crate) fn tell_touch(tx: &Tx, case: &Case) {
    if case.before.as_ref().is_some_and(|(before, _)| before.stamp.version != case.ticket.stamp.version) {
        tx.record(event::internal("ticket.touched", &case.ticket).after(&event::TicketEvent::of(&case.ticket)));
    }
}

fn record(tx: &Tx, case: &Case) {
    let ticket = &case.ticket;
    let Some((before, _)) = &case.before else {
        tx.record(event::public("ticket.created", ticket));
        return;
    };
    for message in &case.messages {
        tx.record(event::message_added(ticket, message));
    }
    if before.assignee_id != ticket.assignee_id || before.group_id != ticket.group_id {
        tx.record(event::assigned(Some(before), ticket));
    }
    if before.status != ticket.status {
        let change = event::public(event::moved(before.status, ticket.status), ticket);
        tx.record(change.before(&event::TicketEvent::of(before)).reason(ticket.status_reason.clone()));
    }
}
