//! Queues what people answer on tickets that came by mail: soon after the reply was stored, and once.

use std::sync::Arc;

use async_trait::async_trait;
use platform::db::{Db, Tx};
use platform::problem::Problem;
use platform::scope::RowScope;
use platform::stamp::Touch;
use platform::worker::{Outcome, Worker};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::compose::head;
use super::model::{MailKind, Outgoing};
use super::store;
use crate::intake::Intake;
use crate::intake::email::store as mails;
use crate::intake::mailbox::model::Mailbox;
use crate::intake::mailbox::{entity as mailbox, store as mailboxes};
use crate::intake::record::entity as record;
use crate::message::model::{MailHead, Message};
use crate::ticket::model::Ticket;
use crate::vocabulary::MessageKind;

const AT_ONCE: u64 = 50;

/// The worker.
pub(crate) struct Correspondence {
    pub(crate) db: Db,
    pub(crate) intake: Arc<Intake>,
}

#[async_trait(?Send)]
impl Worker for Correspondence {
    fn name(&self) -> &'static str {
        "correspondence"
    }

    async fn step(&self) -> Result<Outcome, Problem> {
        // Without a mailbox there is no address to answer from.
        if mailbox::Entity::find().filter(mailbox::Column::Active.eq(true)).one(self.db.read()).await?.is_none() {
            return Ok(Outcome::Idle);
        }
        let waiting = store::waiting(self.db.read(), self.db.clock().now(), AT_ONCE).await?;
        let mut queued = 0;
        for message in &waiting {
            queued += self.db.write("outgoing.queue", async |tx| queue(tx, &self.intake, message).await).await?;
        }
        Ok(if queued == 0 { Outcome::Idle } else { Outcome::Worked(queued) })
    }
}

/// The number of mails queued for a reply: 0 when no mailbox can send it.
async fn queue(tx: &Tx, intake: &Intake, message: &Message) -> Result<u64, Problem> {
    let ticket = crate::ticket::store::find(tx, &RowScope::All, message.ticket_id).await?;
    let Some(mailbox) = mailbox_for(tx, &ticket).await? else { return Ok(0) };
    let latest = latest_mail(tx, &ticket).await?;
    let mut head = head(intake, &mailbox, &ticket, latest.as_ref(), message.id);
    head.fields.cc = copies(&ticket, &mailbox);
    let body = format!("{}\n\n{}\n", message.content.body, intake.signer.body_reference(ticket.id.uuid()));
    mails::remember(tx, head.fields.message_id.iter(), ticket.id, Some(message.id)).await?;
    let mail = Outgoing::queued(MailKind::Reply, (Some(ticket.id), message.id), &mailbox, (head, body), Touch::of(tx));
    store::queue(tx, &mail).await?;
    Ok(1)
}

/// Everybody else in the conversation.
fn copies(ticket: &Ticket, mailbox: &Mailbox) -> Vec<String> {
    let others = ticket.participants.iter().filter(|other| other.role == crate::vocabulary::ParticipantRole::Cc);
    let addresses = others.filter_map(|other| crate::intake::address::normalise(&other.email));
    addresses.filter(|address| *address != mailbox.address).collect()
}

/// The mailbox the ticket came by; else one of its branch, of none, or any.
pub(in crate::intake) async fn mailbox_for(tx: &Tx, ticket: &Ticket) -> Result<Option<Mailbox>, Problem> {
    let came_by = record::Entity::find().filter(record::Column::TicketId.eq(ticket.id.uuid()));
    let came_by = came_by.filter(record::Column::MailboxId.ne(Uuid::nil())).order_by_asc(record::Column::Id).one(tx).await?;
    if let Some(found) = came_by {
        let row = mailbox::Entity::find_by_id(found.mailbox_id).one(tx).await?;
        return row.map(mailboxes::mailbox).transpose();
    }
    mailboxes::of_branch(tx, ticket.branch_id).await
}

/// The head of the latest mail that came in on a ticket.
async fn latest_mail(tx: &Tx, ticket: &Ticket) -> Result<Option<MailHead>, Problem> {
    let conversation = crate::message::store::conversation(tx, &RowScope::All, ticket).await?;
    let inbound =
        conversation.into_iter().rev().filter(|message| message.content.kind == MessageKind::Inbound && !message.content.automatic);
    Ok(inbound.filter_map(|message| message.content.mail).next())
}
