//! Queueing texts inside the transaction of what they say, and what follows from how they fare.

use kernel::id::{MessageId, PageId};
use platform::db::Tx;
use platform::outbox::Change;
use platform::problem::Problem;
use platform::scope::RowScope;
use platform::stamp::Touch;
use uuid::Uuid;

use super::http::TextView;
use super::model::{Target, Text, TextKind, TextMedium, TextReport, TextState, is_to_be_sent};
use super::store;
use crate::intake::email::store as failures;
use crate::message::model::NewMessage;
use crate::page;
use crate::page::model::{Page, PageState};
use crate::rulebook::{MailSettings, Rules};
use crate::ticket::commands;
use crate::ticket::model::Ticket;
use crate::vocabulary::Channel;

/// What the source of a chat's ticket begins with, before the name of its provider.
const CHAT: &str = "chat:";
/// What stands before a number where failures of addresses are kept.
const NUMBER: &str = "sms:";

/// What happened to a text, told without what it says.
fn changed(event: &'static str, text: &Text) -> Change {
    Change::new(event, "outgoing_text", text.id, text.stamp.version).after(&TextView::from(text)).branch(text.branch_id)
}

/// Queues a message for the customer of a ticket that came by text message or chat. To a number at which so much failed for
/// good, machines write no more.
pub(crate) async fn reply(tx: &Tx, settings: &MailSettings, ticket: &Ticket, message: &NewMessage) -> Result<(), Problem> {
    if !is_to_be_sent(message) {
        return Ok(());
    }
    let Some(target) = target(tx, ticket).await? else { return Ok(()) };
    let by_machine = message.automatic || message.author.kind == crate::vocabulary::AuthorKind::Automation;
    let number = target.address.clone().filter(|_| target.medium == TextMedium::Sms);
    let mut text = Text::reply(ticket, message, target, Touch::of(tx));
    if let Some(number) = number.filter(|_| by_machine)
        && failures::is_suppressed(tx, &format!("{NUMBER}{number}"), settings).await?
    {
        (text.state, text.error) = (TextState::Failed, Some("Nothing that machines write goes to this number any more.".to_owned()));
    }
    store::insert(tx, &text);
    tx.record(changed(if text.state == TextState::Queued { "outgoing_text.queued" } else { "outgoing_text.failed" }, &text));
    Ok(())
}

/// Where the customer of a ticket reads what is written; none where that is not by text message or chat, or is not known.
async fn target(tx: &Tx, ticket: &Ticket) -> Result<Option<Target>, Problem> {
    match ticket.channel {
        Channel::Sms => {
            let number = ticket.requester.phone.clone();
            Ok(number.map(|number| Target { medium: TextMedium::Sms, provider: None, address: Some(number) }))
        }
        Channel::Chat => session(tx, ticket).await,
        _ => Ok(None),
    }
}

/// The session of a chat is that of the ticket which it began with.
async fn session(tx: &Tx, ticket: &Ticket) -> Result<Option<Target>, Problem> {
    let origin = match (&ticket.source, ticket.follow_up_of_id) {
        (None, Some(earlier)) => {
            let next = |row: &crate::ticket::entity::Model| row.follow_up_of_id.filter(|_| row.source_id.is_none());
            crate::ticket::store::follow(tx, &RowScope::All, earlier, next).await?
        }
        _ => Some(ticket.clone()),
    };
    Ok(origin.and_then(|origin| origin.source).and_then(|source| {
        let provider = source.system.strip_prefix(CHAT)?.to_owned();
        Some(Target { medium: TextMedium::Chat, provider: Some(provider), address: Some(source.external_id) })
    }))
}

/// Queues a page to a number, with the link that answers it.
pub(crate) fn page(tx: &Tx, ticket: &Ticket, (page, number): (&Page, Option<String>), body: String) {
    let text = Text::page(ticket, (page, number), body, Touch::of(tx));
    store::insert(tx, &text);
    tx.record(changed("outgoing_text.queued", &text));
}

/// What a relay reports.
#[derive(Clone, Debug)]
pub(crate) struct Reported {
    pub(crate) outcome: TextReport,
    /// True when no other text to this number would arrive either.
    pub(crate) permanent: bool,
    pub(crate) error: Option<String>,
    pub(crate) provider_ref: Option<String>,
}

/// Takes a report, with what it means for the ticket's promises: a reply that does not arrive keeps none, one that arrives
/// after all does, and when a page does not the next level is paged.
///
/// # Errors
/// 404 when there is no such text inside `scope`.
pub(crate) async fn report(tx: &Tx, rules: &Rules, scope: &RowScope, id: Uuid, reported: Reported) -> Result<Text, Problem> {
    let current = store::hold(tx, scope, id).await?;
    let (before, said) = (current.state, (reported.error, reported.provider_ref));
    let Some(next) = current.clone().report(reported.outcome, said, Touch::of(tx)) else { return Ok(current) };
    let failed = next.state == TextState::Failed && before != TextState::Failed;
    if let Some(number) = next.target.address.as_ref().filter(|_| failed && reported.permanent && next.target.medium == TextMedium::Sms) {
        failures::note_failure(tx, &format!("{NUMBER}{number}"), next.id, tx.now()).await?;
    }
    settle(tx, rules, (before, next), "outgoing_text.reported").await
}

/// Takes the words out of the text that carries a message; unless a relay has it, it is not sent any more.
pub(crate) async fn redact(tx: &Tx, rules: &Rules, message: MessageId) -> Result<(), Problem> {
    if let Some(text) = store::carrying(tx, message).await? {
        settle(tx, rules, (text.state, text.redacted(Touch::of(tx))), "outgoing_text.redacted").await?;
    }
    Ok(())
}

/// Saves the next version of a text, with what it means for its ticket's promises.
async fn settle(tx: &Tx, rules: &Rules, (before, mut next): (TextState, Text), event: &'static str) -> Result<Text, Problem> {
    let failed = next.state == TextState::Failed && before != TextState::Failed;
    match next.kind {
        TextKind::Reply if failed => {
            commands::lost(tx, rules, next.ticket_id, MessageId::from_uuid(next.carried_id)).await?;
            next.withdrawn = true;
        }
        TextKind::Reply if next.withdrawn && next.has_gone_out() => {
            commands::arrived(tx, rules, next.ticket_id, MessageId::from_uuid(next.carried_id)).await?;
            next.withdrawn = false;
        }
        TextKind::Page if failed => page_failed(tx, rules, &next).await?,
        TextKind::Reply | TextKind::Page => {}
    }
    store::save(tx, &next).await?;
    tx.record(changed(event, &next));
    Ok(next)
}

async fn page_failed(tx: &Tx, rules: &Rules, text: &Text) -> Result<(), Problem> {
    let id = PageId::from_uuid(text.carried_id);
    let sent = page::store::find(tx, &RowScope::All, tx.actor().id, id).await?;
    if sent.state == PageState::Sent {
        let reason = text.error.clone().unwrap_or_else(|| "The text did not arrive.".to_owned());
        let reason = reason.chars().take(500).collect();
        page::commands::fail(tx, (id, reason), rules, &RowScope::All).await?;
    }
    Ok(())
}
