//! Heads of what we send and the raw mail of it.
//!
//! Every field of a sender's that comes back in a head is one line without control characters: nothing a stranger writes
//! can add a field to our mail.

use kernel::id::MessageId;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox as Correspondent, Mailboxes, Message, MessageBuilder, MultiPart, SinglePart};
use platform::problem::Problem;
use sea_orm::ConnectionTrait;

use super::model::{Head, MailKind, Outgoing};
use crate::attachment::{files, store as attachments};
use crate::intake::Intake;
use crate::intake::address;
use crate::intake::mailbox::model::Mailbox;
use crate::intake::subject;
use crate::message::model::MailHead;
use crate::ticket::model::Ticket;

/// The longest chain of references in what we send: the first and the latest.
const REFERENCES: usize = 20;

/// The head of an answer to `latest`, the latest mail of the customer on a ticket.
pub(crate) fn head(intake: &Intake, mailbox: &Mailbox, ticket: &Ticket, latest: Option<&MailHead>, id: MessageId) -> Head {
    let domain = address::domain(&mailbox.address);
    let named = latest.and_then(|mail| mail.subject.as_deref()).unwrap_or(&ticket.subject);
    let answered = latest.and_then(|mail| mail.message_id.clone());
    let fields = MailHead {
        message_id: Some(intake.signer.message_id(domain, ticket.id.uuid(), id.uuid())),
        references: latest.map(|mail| chain(&mail.references, answered.as_ref())).unwrap_or_default(),
        in_reply_to: answered,
        subject: Some(line(&format!("Re: {} [#{}]", subject::normalise(named), ticket.number))),
        from: Some(mailbox.address.clone()),
        to: ticket.requester.email.iter().cloned().collect(),
        cc: Vec::new(),
    };
    Head {
        from_name: line(&mailbox.name),
        reply_to: intake.signer.reply_address(&mailbox.address, ticket.id.uuid()),
        loop_id: None,
        fields,
    }
}

/// The references of an answer: those of the mail and the mail itself, the first and the latest when there are many.
fn chain(references: &[String], id: Option<&String>) -> Vec<String> {
    let mut chain: Vec<String> = references.iter().chain(id).cloned().collect();
    chain.dedup();
    if chain.len() > REFERENCES {
        chain.drain(1..=chain.len() - REFERENCES);
    }
    chain
}

fn line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A file with its content.
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) media_type: String,
    pub(crate) content: Vec<u8>,
}

/// The mail as it is sent, with the files of its message.
///
/// # Errors
/// `internal` when its sender cannot be written; those of the database.
pub(crate) async fn composed<C: ConnectionTrait>(db: &C, mail: &Outgoing) -> Result<Vec<u8>, Problem> {
    let mut found = Vec::new();
    for row in attachments::of_message(db, mail.message_id).await? {
        let content = files::read(db, &row.sha256).await?;
        found.push(File { name: row.name, media_type: row.media_type, content });
    }
    raw(mail, found)
}

/// A mail with files.
///
/// # Errors
/// `internal` when its sender cannot be written.
pub(crate) fn raw(mail: &Outgoing, files: Vec<File>) -> Result<Vec<u8>, Problem> {
    let head = &mail.head.fields;
    let from = head.from.as_deref().unwrap_or_default().parse().map_err(Problem::internal)?;
    let mut builder = Message::builder()
        .from(Correspondent::new(Some(mail.head.from_name.clone()), from))
        .reply_to(mail.head.reply_to.parse().map_err(Problem::internal)?)
        .subject(head.subject.clone().unwrap_or_default())
        .date(std::time::SystemTime::from(mail.stamp.created_at));
    builder = threaded(builder, head);
    builder = builder.mailbox(lettre::message::header::To::from(mailboxes(&head.to)));
    if !head.cc.is_empty() {
        builder = builder.mailbox(lettre::message::header::Cc::from(mailboxes(&head.cc)));
    }
    let mut message = if files.is_empty() {
        builder.header(ContentType::TEXT_PLAIN).body(mail.body.clone()).map_err(Problem::internal)?
    } else {
        builder.multipart(with_files(&mail.body, files)).map_err(Problem::internal)?
    };
    if mail.kind.is_automatic() {
        let marks = [
            (
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                if mail.kind == MailKind::Acknowledgement { "auto-replied" } else { "auto-generated" },
            ),
            (HeaderName::new_from_ascii_str("X-Auto-Response-Suppress"), "All"),
            (HeaderName::new_from_ascii_str("X-Loop-Id"), mail.head.loop_id.as_deref().unwrap_or_default()),
        ];
        for (name, value) in marks {
            message.headers_mut().insert_raw(HeaderValue::new(name, value.to_owned()));
        }
    }
    Ok(message.formatted())
}

fn with_files(body: &str, files: Vec<File>) -> MultiPart {
    let text = MultiPart::mixed().singlepart(SinglePart::plain(body.to_owned()));
    files.into_iter().fold(text, |parts, file| {
        let media_type = ContentType::parse(&file.media_type).unwrap_or(ContentType::TEXT_PLAIN);
        parts.singlepart(Attachment::new(line(&file.name)).body(file.content, media_type))
    })
}

fn threaded(builder: MessageBuilder, head: &MailHead) -> MessageBuilder {
    let angled = |id: &String| format!("<{}>", line(id));
    let builder = builder.message_id(head.message_id.as_ref().map(angled));
    match &head.in_reply_to {
        Some(id) => builder.in_reply_to(angled(id)).references(head.references.iter().map(angled).collect::<Vec<_>>().join(" ")),
        None => builder,
    }
}

fn mailboxes(addresses: &[String]) -> Mailboxes {
    // One address that cannot be written keeps nothing from the others.
    addresses.iter().filter_map(|address| address.parse::<Correspondent>().ok()).collect()
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
