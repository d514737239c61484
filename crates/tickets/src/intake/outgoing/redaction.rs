//! What becomes of the mail of a message whose words are taken away.

use kernel::id::{MessageId, TicketId};
use platform::db::Tx;
use platform::outbox::Change;
use platform::problem::Problem;
use platform::stamp::Touch;

use super::http::OutgoingView;
use super::worker::mailbox_for;
use super::{outcome, store};
use crate::rulebook::Rules;
use crate::ticket::commands;
use crate::ticket::model::Ticket;

/// Takes the words out of the mail that carries a message, and gives up sending it to those who do not have it.
pub(crate) async fn redact(tx: &Tx, rules: &Rules, (ticket, message): (&Ticket, MessageId)) -> Result<(), Problem> {
    if let Some(mail) = store::carrying_one(tx, message).await? {
        outcome::settle(tx, rules, mail.redacted(Touch::of(tx)), "outgoing_mail.redacted").await?;
    } else if store::was_to_be_queued(tx, message, tx.now()).await? && mailbox_for(tx, ticket).await?.is_some() {
        commands::lost(tx, rules, ticket.id, message).await?;
    }
    Ok(())
}

/// Replaces a ticket's former subject in the mails about it.
pub(crate) async fn rename(tx: &Tx, ticket: TicketId, from: &str, to: &str) -> Result<(), Problem> {
    for mut mail in store::about(tx, ticket).await? {
        let subject = mail.head.fields.subject.clone().unwrap_or_default();
        if !subject.contains(from) && !mail.body.contains(from) {
            continue;
        }
        mail.head.fields.subject = mail.head.fields.subject.map(|subject| subject.replace(from, to));
        mail.body = mail.body.replace(from, to);
        mail.stamp = mail.stamp.touched(Touch::of(tx));
        store::save(tx, &mail).await?;
        let change = Change::new("outgoing_mail.redacted", "outgoing_mail", mail.id, mail.stamp.version);
        tx.record(change.after(&OutgoingView::from(&mail)).branch(mail.branch_id));
    }
    Ok(())
}
