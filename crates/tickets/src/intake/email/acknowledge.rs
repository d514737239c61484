//! The acknowledgement of a new ticket: one a ticket, few an address, and none to a machine.
//!
//! It is written as a message of the ticket and queued for sending with headers that keep other machines from answering.

use kernel::id::TicketId;
use platform::db::Tx;
use platform::problem::Problem;
use platform::scope::RowScope;
use platform::stamp::Touch;

use super::limits::limit;
use super::place::{self, Desk};
use super::receive::Incoming;
use super::store;
use crate::intake::classify::Silence;
use crate::intake::mailbox::model::Mailbox;
use crate::intake::outgoing::compose::head;
use crate::intake::outgoing::model::{Head, MailKind, Outgoing};
use crate::intake::outgoing::store as outgoing;
use crate::message::model::{Author, MailHead, NewMessage};
use crate::ticket::model::Ticket;
use crate::vocabulary::{AuthorKind, Channel, MessageKind};

/// Sends an acknowledgement, or says why not.
pub(super) async fn acknowledge(
    tx: &Tx,
    desk: &Desk<'_>,
    (incoming, mailbox): (&Incoming, &Mailbox),
    ticket: TicketId,
) -> Result<Option<Silence>, Problem> {
    let Some(sender) = incoming.mail.sender() else { return Ok(Some(Silence::NoSender)) };
    let settings = &desk.rules.current(tx).await?.settings.mail;
    let sent = store::sent(tx, sender, Some(mailbox.id), (tx.now(), settings)).await?;
    if let Some(silence) = limit(sent, settings) {
        return Ok(Some(silence));
    }
    let ticket = crate::ticket::store::find(tx, &RowScope::All, ticket).await?;
    let author = Author { kind: AuthorKind::Automation, id: None, name: mailbox.name.clone() };
    let mut message = NewMessage::new(MessageKind::AutoAck, Channel::Email, author, text(desk, &ticket), tx.now());
    let head = head_of(desk, (incoming, mailbox), &ticket, &message);
    message.automatic = true;
    message.mail = Some(head.fields.clone());
    let (id, body) = (message.id, message.body.clone());
    store::remember(tx, head.fields.message_id.iter(), ticket.id, Some(id)).await?;
    let mail = Outgoing::queued(MailKind::Acknowledgement, (Some(ticket.id), id), mailbox, (head, body), Touch::of(tx));
    place::append(tx, desk, ticket.id, message).await?;
    outgoing::queue(tx, &mail).await?;
    Ok(None)
}

fn text(desk: &Desk<'_>, ticket: &Ticket) -> String {
    let reference = desk.intake.signer.body_reference(ticket.id.uuid());
    format!(
        "We have received your message and opened ticket T-{}. A person will answer you.\n\nYou can add to it by answering this mail.\n\n{reference}\n",
        ticket.number
    )
}

fn head_of(desk: &Desk<'_>, (incoming, mailbox): (&Incoming, &Mailbox), ticket: &Ticket, message: &NewMessage) -> Head {
    let mail = &incoming.mail;
    let answered = MailHead {
        message_id: mail.message_id.clone(),
        references: mail.references.clone(),
        subject: Some(mail.subject.clone()),
        ..MailHead::default()
    };
    let mut head = head(desk.intake, mailbox, ticket, Some(&answered), message.id);
    head.fields.to = mail.sender().map(str::to_owned).into_iter().collect();
    head.loop_id = Some(desk.intake.loop_id.clone());
    head
}
