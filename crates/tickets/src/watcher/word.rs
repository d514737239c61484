//! Word for those who watch a ticket: what was said on it and how it moved, once for each command and never to whoever did it.

use platform::db::Tx;
use platform::problem::Problem;

use super::store;
use crate::message::model::NewMessage;
use crate::notification::model::NotificationClass;
use crate::notification::{Notification, Recipient, tell_all};
use crate::ticket::case::Case;
use crate::vocabulary::MessageKind;

/// Leaves word for the watchers of a case that was written, if anything happened that they would want to know.
///
/// # Errors
/// Those of the database.
pub(crate) async fn tell(tx: &Tx, case: &Case) -> Result<(), Problem> {
    if !case.ticket.watched {
        return Ok(());
    }
    match news(case) {
        Some(news) => Box::pin(leave_all(tx, case, news)).await,
        None => Ok(()),
    }
}

async fn leave_all(tx: &Tx, case: &Case, news: String) -> Result<(), Problem> {
    let doer = Recipient::User(case.touch.by.into());
    let watchers = store::of_conversation(tx, &case.ticket).await?.into_iter().filter(|one| *one != doer);
    let word = |to| Notification::of_ticket(&case.ticket, to, NotificationClass::Watch, news.clone());
    tell_all(tx, &case.rules, watchers.map(word)).await
}

/// What happened, in one line.
fn news(case: &Case) -> Option<String> {
    let (before, _) = case.before.as_ref()?;
    let ticket = &case.ticket;
    let mut news: Vec<String> = case.messages.iter().filter_map(|message| said(&message.content)).map(str::to_owned).collect();
    if before.assignee_id != ticket.assignee_id || before.group_id != ticket.group_id {
        news.push("it was given to somebody else".to_owned());
    }
    if before.status != ticket.status {
        news.push(format!("it is {} now", ticket.status.as_str().replace('_', " ")));
    }
    (!news.is_empty()).then(|| format!("{}: {}.", ticket.reference(), news.join(", ")))
}

fn said(message: &NewMessage) -> Option<&'static str> {
    match message.kind {
        _ if message.automatic => None,
        MessageKind::Inbound => Some("the customer wrote"),
        MessageKind::PublicReply => Some("a reply was sent"),
        MessageKind::InternalNote => Some("a note was added"),
        MessageKind::Call => Some("there was a call"),
        MessageKind::Sms => Some("there was a text message"),
        MessageKind::AnsweringService => Some("the answering service took a message"),
        MessageKind::System | MessageKind::AutoAck => None,
    }
}
