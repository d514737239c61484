//! Notices by mail: one mail for each recipient, so that none learns of the others, and how each fared.
//!
//! The text goes out exactly as it was approved: no greeting, reference or signature is added, so that its digest proves it.

use kernel::Fault;
use kernel::id::MessageId;
use platform::db::Tx;
use platform::problem::Problem;
use platform::scope::RowScope;
use platform::stamp::Touch;

use super::commands::Matter;
use super::model::Notice;
use super::recipient::{NoticeDeliveryState, NoticeMedium, NoticeRecipient};
use crate::intake::email::store as mails;
use crate::intake::mailbox::model::Mailbox;
use crate::intake::mailbox::store as mailboxes;
use crate::intake::outgoing::model::{Head, MailKind, Outgoing};
use crate::intake::outgoing::recipient::RecipientState;
use crate::intake::outgoing::store as outgoing;
use crate::intake::{Intake, address};
use crate::message::model::MailHead;
use crate::rulebook::Rules;
use crate::step::Held;

/// Queues the mails of a notice.
///
/// # Errors
/// 409 `no_mailbox` when there is none to send from.
pub(super) async fn queue(tx: &Tx, intake: &Intake, notice: &Notice) -> Result<(), Problem> {
    let by_mail: Vec<&NoticeRecipient> = notice.content.recipients.iter().filter(|one| one.channel == NoticeMedium::Email).collect();
    if by_mail.is_empty() {
        return Ok(());
    }
    let mailbox = mailboxes::of_branch(tx, notice.addressee.branch_id).await?;
    let mailbox = mailbox.ok_or_else(|| Fault::conflict("no_mailbox", "There is no mailbox to send mail from."))?;
    let text = notice.text.as_ref().ok_or_else(|| Problem::internal("a notice that is sent has no text"))?;
    for recipient in by_mail {
        let head = head(intake, &mailbox, notice, recipient, &text.subject);
        if let Some(ticket) = notice.addressee.ticket_id {
            mails::remember(tx, head.fields.message_id.iter(), ticket, None).await?;
        }
        let about = (notice.addressee.ticket_id, MessageId::from_uuid(recipient.id));
        let mail = Outgoing::queued(MailKind::Notice, about, &mailbox, (head, text.body.clone()), Touch::of(tx));
        outgoing::queue(tx, &Outgoing { notice_id: Some(notice.id), ..mail }).await?;
    }
    Ok(())
}

/// An answer to a notice finds the ticket that the notice hangs on, or opens one.
fn head(intake: &Intake, mailbox: &Mailbox, notice: &Notice, recipient: &NoticeRecipient, subject: &str) -> Head {
    let domain = address::domain(&mailbox.address);
    let (message_id, reply_to) = match notice.addressee.ticket_id {
        Some(ticket) => {
            (intake.signer.message_id(domain, ticket.uuid(), recipient.id), intake.signer.reply_address(&mailbox.address, ticket.uuid()))
        }
        None => (format!("n.{}@{domain}", recipient.id.simple()), mailbox.address.clone()),
    };
    let fields = MailHead {
        message_id: Some(message_id),
        subject: Some(subject.to_owned()),
        from: Some(mailbox.address.clone()),
        to: vec![recipient.address.clone()],
        ..MailHead::default()
    };
    Head { from_name: mailbox.name.clone(), reply_to, loop_id: None, fields }
}

/// Takes in how the mail of one recipient fares.
///
/// # Errors
/// Those of the database.
pub(crate) async fn fared(tx: &Tx, rules: &Rules, mail: &Outgoing) -> Result<(), Problem> {
    let (Some(notice), Some(to)) = (mail.notice_id, mail.recipients.first()) else { return Ok(()) };
    let state = match to.state {
        RecipientState::Queued => NoticeDeliveryState::Queued,
        RecipientState::Sent => NoticeDeliveryState::Sent,
        RecipientState::Delivered => NoticeDeliveryState::Delivered,
        RecipientState::Bounced => NoticeDeliveryState::Bounced,
        RecipientState::Failed => NoticeDeliveryState::Failed,
    };
    let mut matter = Matter::resume(tx, rules, &RowScope::All, notice).await?;
    let recipient = mail.message_id.uuid();
    let known = matter.notice.content.recipients.iter().find(|one| one.id == recipient).map(|one| one.state);
    if known.is_none_or(|known| known == state) {
        return Ok(());
    }
    matter.delivery(tx, recipient, (state, tx.now()))?;
    matter.write(tx, matter.delivery_event()).await
}
