//! Carrying out a placement: the ticket is opened or resumed, and the mail becomes its message.

use kernel::id::{MessageId, TicketId};
use platform::db::Tx;
use platform::problem::Problem;
use platform::scope::RowScope;
use platform::stamp::Touch;

use super::receive::Incoming;
use crate::intake::Intake;
use crate::intake::address::same_organisation;
use crate::intake::classify::AutoClass;
use crate::intake::mailbox::model::Mailbox;
use crate::intake::mime::Mail;
use crate::intake::record::model::{Reason, Record};
use crate::intake::reply;
use crate::intake::resolve::Placement;
use crate::link;
use crate::link::model::{Link, LinkKind};
use crate::message::model::{Author, MailHead, NewMessage};
use crate::notification::model::{DeskRole, NotificationClass};
use crate::notification::{self, Notification, Recipient};
use crate::routing::facts::Asked;
use crate::rulebook::{Rulebook, Rules};
use crate::ticket::commands;
use crate::ticket::model::{NewTicket, Participant, Requester, Ticket};
use crate::vocabulary::{AuthorKind, Channel, MessageKind, ParticipantRole, RequesterKind, TicketType};
use crate::watcher::http::watch;
use crate::watcher::model::{WatchedBy, Watcher, WatcherType};

const MAX_SUBJECT: usize = 300;
const MAX_PARTICIPANTS: usize = 50;

/// What intake works with.
pub(super) struct Desk<'a> {
    pub intake: &'a Intake,
    pub rules: &'a Rules,
}

/// Where a mail ended.
pub(super) struct Placed {
    pub ticket: TicketId,
    pub message: MessageId,
    pub opened: bool,
    pub reason: Option<Reason>,
}

pub(super) async fn place(
    tx: &Tx,
    desk: &Desk<'_>,
    (incoming, mailbox): (&Incoming, Option<&Mailbox>),
    record: &Record,
    placement: &Placement,
) -> Result<Placed, Problem> {
    let mail = &incoming.mail;
    match *placement {
        Placement::New { continues } => {
            let new = new_ticket(incoming, mailbox, record, subject_of(mail));
            let placed = open(tx, desk, new, message(record, mail, MessageKind::Inbound, mail.text.clone())).await?;
            if let Some(other) = continues {
                let link = Link::new(placed.ticket, LinkKind::PossibleContinuation, other.into(), Touch::of(tx))?;
                link::store::insert(tx, &link).await?;
            }
            Ok(placed)
        }
        Placement::Append { ticket, public, .. } => {
            let kind = if public { MessageKind::Inbound } else { MessageKind::InternalNote };
            let mut message = message(record, mail, kind, said(mail));
            message.automatic |= !public;
            let mut placed = join(tx, desk, ticket.into(), (mail, public), (message, &incoming.known.asked())).await?;
            placed.reason = (!public).then_some(Reason::Stranger);
            Ok(placed)
        }
        // A person's mail opens the follow-up; a machine's is only kept with the closed ticket.
        Placement::FollowUp { of } => {
            let message = message(record, mail, MessageKind::Inbound, said(mail));
            join(tx, desk, of.into(), (mail, true), (message, &incoming.known.asked())).await
        }
    }
}

/// Adds a mail that nobody has to answer: a bounce, or one of too many.
pub(super) async fn append_notice(
    tx: &Tx,
    desk: &Desk<'_>,
    incoming: &Incoming,
    record: &Record,
    ticket: TicketId,
) -> Result<Placed, Problem> {
    let mut notice = message(record, &incoming.mail, MessageKind::System, incoming.mail.text.clone());
    notice.automatic = true;
    join(tx, desk, ticket, (&incoming.mail, false), (notice, &Asked::default())).await
}

/// Opens the ticket that takes a stopped sender's mail.
pub(super) async fn open_flood(
    tx: &Tx,
    desk: &Desk<'_>,
    (incoming, mailbox): (&Incoming, Option<&Mailbox>),
    record: &Record,
) -> Result<Placed, Problem> {
    let mut new = new_ticket(incoming, mailbox, record, format!("Too many mails from {}", record.sender));
    new.tags.push("mail_flood".to_owned());
    let mut first = message(record, &incoming.mail, MessageKind::System, incoming.mail.text.clone());
    first.automatic = true;
    open(tx, desk, new, first).await
}

/// The group of another mailbox that a mail reached watches the mail's ticket, unless it is the group that works on it.
pub(super) async fn let_watch(tx: &Tx, record: &Record, mailbox: &Mailbox) -> Result<(), Problem> {
    let (Some(group), Some(ticket)) = (mailbox.group_id, record.ticket_id) else { return Ok(()) };
    let Some(ticket) = crate::ticket::store::root(tx, &RowScope::All, ticket).await? else { return Ok(()) };
    if ticket.group_id != Some(group) {
        let watcher = Watcher::new(ticket.id, (WatcherType::Group, group), WatchedBy::Intake, Touch::of(tx));
        watch(tx, &ticket, &watcher).await?;
    }
    Ok(())
}

/// Tells whoever looks after a ticket that it needs a look.
pub(super) async fn alert(tx: &Tx, rules: &Rulebook, ticket: TicketId, text: String) -> Result<(), Problem> {
    let ticket = crate::ticket::store::find(tx, &RowScope::All, ticket).await?;
    let to = ticket.group_id.map_or(Recipient::Role(DeskRole::Triage), |group| Recipient::Group(group.into()));
    notification::tell(tx, rules, Notification::of_ticket(&ticket, to, NotificationClass::Alert, text)).await
}

/// Adds a message of our own.
pub(super) async fn append(tx: &Tx, desk: &Desk<'_>, ticket: TicketId, message: NewMessage) -> Result<(), Problem> {
    commands::append(tx, desk.rules, &RowScope::All, ticket, message).await.map(|_| ())
}

async fn open(tx: &Tx, desk: &Desk<'_>, new: NewTicket, first: NewMessage) -> Result<Placed, Problem> {
    let message = first.id;
    let case = commands::open(tx, desk.rules, new, first).await?;
    Ok(Placed { ticket: case.ticket.id, message, opened: true, reason: None })
}

/// Adds a message to a ticket, and its public correspondents to the conversation.
async fn join(
    tx: &Tx,
    desk: &Desk<'_>,
    ticket: TicketId,
    (mail, public): (&Mail, bool),
    (message, asked): (NewMessage, &Asked),
) -> Result<Placed, Problem> {
    let id = message.id;
    let case = commands::resume_root(tx, desk.rules, &RowScope::All, ticket).await?;
    let message = NewMessage { author: author_on(&case.ticket, mail, message.author), ..message };
    let mut case = commands::append_to(tx, desk.rules, case, (message, asked)).await?;
    let opened = case.before.is_none();
    if !opened {
        if public {
            join_conversation(&mut case.ticket, mail);
        }
        commands::write(tx, &mut case).await?;
    }
    Ok(Placed { ticket: case.ticket.id, message: id, opened, reason: None })
}

/// A supplier on the ticket writes as one: no clock of the customer's starts or ends by it.
fn author_on(ticket: &Ticket, mail: &Mail, author: Author) -> Author {
    let vendor = |participant: &Participant| {
        participant.role == ParticipantRole::Vendor && mail.sender().is_some_and(|sender| participant.email.eq_ignore_ascii_case(sender))
    };
    let kind = if author.kind == AuthorKind::Contact && ticket.participants.iter().any(vendor) { AuthorKind::Vendor } else { author.kind };
    Author { kind, ..author }
}

fn join_conversation(ticket: &mut Ticket, mail: &Mail) {
    let requester = ticket.requester.email.as_ref().map(|address| address.to_lowercase());
    let Some(sender) = mail.sender().filter(|sender| requester.as_deref() != Some(sender)) else { return };
    let known = ticket.participants.iter().any(|participant| participant.email.eq_ignore_ascii_case(sender));
    if !known && ticket.participants.len() < MAX_PARTICIPANTS {
        ticket.participants.push(Participant { email: sender.to_owned(), role: ParticipantRole::Cc });
    }
}

fn new_ticket(incoming: &Incoming, mailbox: Option<&Mailbox>, record: &Record, subject: String) -> NewTicket {
    let (mail, known) = (&incoming.mail, &incoming.known);
    let sender = mail.sender().unwrap_or_default();
    let internal = mailbox.is_some_and(|mailbox| same_organisation(sender, &mailbox.address));
    let requester = Requester {
        kind: if internal { RequesterKind::Internal } else { RequesterKind::Customer },
        contact_id: known.contact.map(Into::into),
        name: mail.from.as_ref().and_then(|from| from.name.clone()),
        email: mail.sender().map(str::to_owned),
        phone: None,
    };
    let ours = mailbox.map(|mailbox| mailbox.address.as_str());
    let others = mail.cc.iter().map(|other| other.address.as_str()).filter(|other| Some(*other) != ours && *other != sender);
    let participants = others.take(MAX_PARTICIPANTS).map(|email| Participant { email: email.to_owned(), role: ParticipantRole::Cc });
    NewTicket {
        kind: mailbox.map_or(TicketType::General, |mailbox| mailbox.ticket_type),
        priority: mailbox.map_or(crate::vocabulary::Priority::Normal, |mailbox| mailbox.priority),
        branch_id: mailbox.and_then(|mailbox| mailbox.branch_id).or(known.branch),
        group_id: mailbox.and_then(|mailbox| mailbox.group_id),
        participants: participants.collect(),
        account_id: known.account,
        site_id: known.site,
        facts: known.facts.clone(),
        ..NewTicket::inbound(subject, requester, Channel::Email, record.received_at)
    }
}

fn subject_of(mail: &Mail) -> String {
    let subject = mail.subject.trim();
    let cut = subject.get(..subject.floor_char_boundary(MAX_SUBJECT)).unwrap_or_default();
    if cut.is_empty() { "(no subject)".to_owned() } else { cut.to_owned() }
}

/// What the sender wrote, without what he answered; everything when nothing would be left.
fn said(mail: &Mail) -> String {
    let own = reply::trim(&mail.text);
    if own.trim().is_empty() { mail.text.clone() } else { own }
}

fn message(record: &Record, mail: &Mail, kind: MessageKind, body: String) -> NewMessage {
    let automatic = record.auto_class != AutoClass::None;
    let name = mail.from.as_ref().map(|from| from.name.clone().unwrap_or_else(|| from.address.clone())).unwrap_or_default();
    let author = Author { kind: if automatic { AuthorKind::Automation } else { AuthorKind::Contact }, id: None, name };
    let mut message = NewMessage::new(kind, Channel::Email, author, body, record.received_at);
    message.automatic = automatic;
    let addresses = |list: &[crate::intake::address::Mailbox]| list.iter().take(200).map(|one| one.address.clone()).collect();
    message.mail = Some(MailHead {
        message_id: mail.message_id.clone(),
        in_reply_to: mail.in_reply_to.first().cloned(),
        references: mail.references.clone(),
        subject: Some(mail.subject.clone()),
        from: mail.sender().map(str::to_owned),
        to: addresses(&mail.to),
        cc: addresses(&mail.cc),
    });
    message
}
