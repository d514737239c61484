//! The acknowledgement of a new ticket: one a ticket, few an address, and none to a machine.
//!
//! It is written as a message of the ticket and queued for sending with headers that keep other machines from answering.

use std::fmt::Write as _;

use kernel::id::{MessageId, TicketId, new_uuid};
use platform::db::Tx;
use platform::problem::Problem;
use platform::scope::RowScope;

use super::entity::automatic;
use super::limits::limit;
use super::place::{self, Desk};
use super::receive::Incoming;
use super::store;
use crate::intake::address;
use crate::intake::classify::Silence;
use crate::intake::mailbox::model::Mailbox;
use crate::message::model::{Author, MailHead, NewMessage};
use crate::ticket::model::Ticket;
use crate::vocabulary::{AuthorKind, Channel, MessageKind};

/// The longest chain of references in what we send: the first and the latest.
const REFERENCES: usize = 20;

/// Sends an acknowledgement, or says why not.
pub(super) async fn acknowledge(
    tx: &Tx,
    desk: &Desk<'_>,
    (incoming, mailbox): (&Incoming, &Mailbox),
    ticket: TicketId,
) -> Result<Option<Silence>, Problem> {
    let Some(sender) = incoming.mail.sender() else { return Ok(Some(Silence::NoSender)) };
    let sent = store::sent(tx, sender, Some(mailbox.id), tx.now()).await?;
    if let Some(silence) = limit(sent) {
        return Ok(Some(silence));
    }
    let ticket = crate::ticket::store::find(tx, &RowScope::All, ticket).await?;
    let message = message(desk, (incoming, mailbox), &ticket, tx);
    let head = message.mail.clone().unwrap_or_default();
    let mail = automatic::Model {
        id: new_uuid(),
        ticket_id: ticket.id.uuid(),
        kind: "acknowledgement".to_owned(),
        address: sender.to_owned(),
        mailbox_id: mailbox.id.uuid(),
        head: headers(desk, mailbox, &ticket, &head),
        body: message.body.clone(),
        state: "queued".to_owned(),
        created_at: tx.now(),
    };
    let id = message.id;
    place::append(tx, desk, ticket.id, message).await?;
    store::remember(tx, head.message_id.iter(), ticket.id, Some(id)).await?;
    store::queue(tx, mail).await?;
    Ok(None)
}

fn message(desk: &Desk<'_>, (incoming, mailbox): (&Incoming, &Mailbox), ticket: &Ticket, tx: &Tx) -> NewMessage {
    let mail = &incoming.mail;
    let author = Author { kind: AuthorKind::Automation, id: None, name: mailbox.name.clone() };
    let reference = desk.intake.signer.body_reference(ticket.id.uuid());
    let body = format!(
        "We have received your message and opened ticket T-{}. A person will answer you.\n\nYou can add to it by answering this mail.\n\n{reference}\n",
        ticket.number
    );
    let mut message = NewMessage::new(MessageKind::AutoAck, Channel::Email, author, body, tx.now());
    message.automatic = true;
    let domain = address::domain(&mailbox.address);
    message.mail = Some(MailHead {
        message_id: Some(desk.intake.signer.message_id(domain, ticket.id.uuid(), MessageId::uuid(message.id))),
        in_reply_to: mail.message_id.clone(),
        references: chain(&mail.references, mail.message_id.as_ref()),
        subject: Some(format!("Re: {} [#{}]", mail.subject, ticket.number)),
        from: Some(mailbox.address.clone()),
        to: mail.sender().map(str::to_owned).into_iter().collect(),
        cc: Vec::new(),
    });
    message
}

/// The references of an answer: those of the mail and the mail itself, the first and the latest when there are many.
pub(crate) fn chain(references: &[String], id: Option<&String>) -> Vec<String> {
    let mut chain: Vec<String> = references.iter().chain(id).cloned().collect();
    chain.dedup();
    if chain.len() > REFERENCES {
        chain.drain(1..=chain.len() - REFERENCES);
    }
    chain
}

/// The header fields as they are sent. Values come from one line each: nothing of a sender's can add a field.
fn headers(desk: &Desk<'_>, mailbox: &Mailbox, ticket: &Ticket, head: &MailHead) -> String {
    let mut text = String::new();
    let mut field = |name: &str, value: &str| {
        let line: String = value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let _ = writeln!(text, "{name}: {line}");
    };
    let angled = |id: &String| format!("<{id}>");
    field("From", &mailbox.address);
    field("To", &head.to.join(", "));
    field("Reply-To", &desk.intake.signer.reply_address(&mailbox.address, ticket.id.uuid()));
    field("Subject", head.subject.as_deref().unwrap_or_default());
    field("Message-ID", &head.message_id.as_ref().map(angled).unwrap_or_default());
    if let Some(id) = &head.in_reply_to {
        field("In-Reply-To", &angled(id));
        field("References", &head.references.iter().map(angled).collect::<Vec<_>>().join(" "));
    }
    field("Return-Path", "<>");
    field("Auto-Submitted", "auto-replied");
    field("X-Auto-Response-Suppress", "All");
    field("X-Loop-Id", &desk.intake.loop_id);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_chain_keeps_its_first_and_latest() {
        let ids: Vec<String> = (0..40).map(|number| format!("{number}@x")).collect();
        let chain = chain(&ids, Some(&"new@x".to_owned()));
        assert_eq!((chain.len(), chain[0].as_str(), chain[1].as_str(), chain[19].as_str()), (20, "0@x", "22@x", "new@x"));
    }
}
