//! Mail that we send by ourselves about a ticket, by the rules of automatic mail: never to a machine, to an address that fails
//! or to ourselves, and never much of it.

use platform::db::Tx;
use platform::problem::Problem;
use platform::scope::RowScope;
use platform::stamp::Touch;

use super::limits::limit;
use super::store;
use crate::intake::classify::Silence;
use crate::intake::mailbox::store as mailboxes;
use crate::intake::outgoing::compose::head;
use crate::intake::outgoing::model::{MailKind, Outgoing};
use crate::intake::outgoing::{store as outgoing, worker};
use crate::intake::{Intake, address};
use crate::message::model::{Author, NewMessage};
use crate::rulebook::Rules;
use crate::ticket::commands;
use crate::ticket::model::Ticket;
use crate::vocabulary::{AuthorKind, Channel, MessageKind};

/// A mail of ours that nobody asked for.
pub(crate) struct Automatic {
    /// In lower case.
    pub(crate) to: String,
    pub(crate) subject: String,
    pub(crate) body: String,
    /// What the ticket's conversation says of it.
    pub(crate) note: String,
}

/// Why an address gets no automatic mail at all.
pub(crate) enum Refusal {
    /// No mailbox of ours can send it.
    NoMailbox,
    /// It fails, is ours, or nobody reads it.
    Suppressed,
}

/// Why a mail was not sent.
pub(crate) enum Unsent<R> {
    Never(R),
    /// Too much has gone to the address just now.
    Later,
}

/// Queues a mail and notes it on its ticket, or says why not.
pub(crate) async fn send(
    tx: &Tx,
    (intake, rules): (&Intake, &Rules),
    ticket: &Ticket,
    mail: &Automatic,
) -> Result<Result<(), Unsent<Refusal>>, Problem> {
    let Some(mailbox) = worker::mailbox_for(tx, ticket).await? else { return Ok(Err(Unsent::Never(Refusal::NoMailbox))) };
    let ours = mailboxes::addresses(tx).await?.contains(&address::split_plus(&mail.to).0);
    let stopped = store::flood_ticket(tx, &mail.to, Some(mailbox.id), tx.now()).await?.is_some();
    if ours || stopped || address::is_daemon(&mail.to) || address::is_unread(&mail.to) {
        return Ok(Err(Unsent::Never(Refusal::Suppressed)));
    }
    let settings = &rules.current(tx).await?.settings.mail;
    match limit(store::sent(tx, &mail.to, Some(mailbox.id), (tx.now(), settings)).await?, settings) {
        None => {}
        Some(Silence::AddressSuppressed) => return Ok(Err(Unsent::Never(Refusal::Suppressed))),
        Some(_) => return Ok(Err(Unsent::Later)),
    }
    let author = Author { kind: AuthorKind::Automation, id: None, name: mailbox.name.clone() };
    let mut message = NewMessage::new(MessageKind::System, Channel::Email, author, mail.note.clone(), tx.now());
    let mut head = head(intake, &mailbox, ticket, None, message.id);
    head.fields.to = vec![mail.to.clone()];
    head.fields.subject = Some(mail.subject.chars().map(|one| if one.is_control() { ' ' } else { one }).collect());
    head.loop_id = Some(intake.loop_id.clone());
    message.automatic = true;
    store::remember(tx, head.fields.message_id.iter(), ticket.id, Some(message.id)).await?;
    let queued = Outgoing::queued(MailKind::Survey, (Some(ticket.id), message.id), &mailbox, (head, mail.body.clone()), Touch::of(tx));
    commands::append(tx, rules, &RowScope::All, ticket.id, message).await?;
    outgoing::queue(tx, &queued).await?;
    Ok(Ok(()))
}
