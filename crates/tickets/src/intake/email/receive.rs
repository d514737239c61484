//! What happens to one mail, step by step, inside one transaction: recognise, classify, decide, carry out, keep, answer.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::id::{IntakeId, MailboxId, TicketId};
use platform::db::Tx;
use platform::problem::Problem;
use platform::scope::RowScope;
use platform::stamp::Touch;
use sea_orm::ConnectionTrait;

use super::place::{Desk, Placed};
use super::sender::KnownSender;
use super::{acknowledge, facts, place, store};
use crate::attachment::{files, store as attachments};
use crate::intake::address::split_plus;
use crate::intake::classify::{self, AutoClass, Ours, Silence};
use crate::intake::dedupe;
use crate::intake::mailbox::model::Mailbox;
use crate::intake::mailbox::store as mailboxes;
use crate::intake::mime::Mail;
use crate::intake::outgoing::model::MailState;
use crate::intake::outgoing::{outcome, store as outgoing};
use crate::intake::record::model::{Outcome, Reason, Record};
use crate::intake::record::store as records;
use crate::intake::resolve::{Placement, Resolution, Rule, Step, evidence, resolve};

/// A mail as it reached our edge.
pub(super) struct Incoming {
    pub mail: Mail,
    pub raw: Vec<u8>,
    /// The envelope's recipients, in lower case; empty when the deliverer does not know them.
    pub recipients: Vec<String>,
    pub known: KnownSender,
}

/// What became of it.
pub(super) struct Received {
    pub record: Record,
    pub mailboxes: Vec<MailboxId>,
    pub duplicate: bool,
    /// Why no acknowledgement was sent; empty when one was.
    pub silences: Vec<Silence>,
}

/// What is to be done with a mail that has not come before.
enum Course {
    SetAside(Outcome, Reason),
    Bounce(TicketId),
    /// A report about a notice that hangs on no ticket.
    Returned,
    /// The flood ticket, when it is open already.
    Flood(Option<TicketId>),
    Place(Resolution),
}

/// Takes a mail in.
pub(super) async fn receive(tx: &Tx, desk: &Desk<'_>, incoming: &Incoming) -> Result<Received, Problem> {
    let mail = &incoming.mail;
    let key = dedupe::key(mail, tx.now());
    store::lock(tx, &key).await?;
    let mailbox = mailbox_of(tx, incoming).await?;
    let content_hash = dedupe::content_hash(mail);
    let mut draft = draft(incoming, mailbox.as_ref(), key, content_hash, tx.now());
    if let Some(before) = records::by_key(tx, &draft.dedupe_key).await? {
        if before.content_hash == draft.content_hash {
            return again(tx, before, mailbox.as_ref()).await;
        }
        // Another mail under the same id: kept beside the first, under both.
        draft.dedupe_key = format!("{}|{}", draft.dedupe_key, draft.content_hash);
        if let Some(before) = records::by_key(tx, &draft.dedupe_key).await? {
            return again(tx, before, mailbox.as_ref()).await;
        }
        return set_aside(tx, incoming, draft, Outcome::Quarantined, Reason::IdReuse).await;
    }
    let addresses = mailboxes::addresses(tx).await?;
    let ours = Ours { addresses: &addresses, loop_id: &desk.intake.loop_id };
    draft.auto_class = classify::classify(mail, &ours);
    match course(tx, desk, incoming, &draft).await? {
        Course::SetAside(outcome, reason) => set_aside(tx, incoming, draft, outcome, reason).await,
        Course::Bounce(ticket) => bounce(tx, desk, incoming, draft, ticket).await,
        Course::Returned => {
            note_report(tx, desk, incoming, &draft).await?;
            set_aside(tx, incoming, draft, Outcome::Suppressed, Reason::NoticeReport).await
        }
        Course::Flood(ticket) => flood(tx, desk, (incoming, mailbox.as_ref()), draft, ticket).await,
        Course::Place(resolution) => {
            draft.rule = resolution.rule;
            draft.subject_changed = matches!(resolution.placement, Placement::Append { subject_changed: true, .. });
            draft.trace.clone_from(&resolution.trace);
            let placed = place::place(tx, desk, (incoming, mailbox.as_ref()), &draft, &resolution.placement).await?;
            let silences = classify::silences(mail, &ours);
            settle(tx, desk, (incoming, mailbox.as_ref()), draft, (placed, silences)).await
        }
    }
}

/// The first of the addresses it came by that is a mailbox; the envelope counts before the head.
async fn mailbox_of<C: ConnectionTrait>(db: &C, incoming: &Incoming) -> Result<Option<Mailbox>, Problem> {
    let named = incoming.recipients.iter().map(String::as_str);
    let addresses: Vec<String> = if incoming.recipients.is_empty() {
        incoming.mail.recipients().take(200).map(|address| split_plus(address).0).collect()
    } else {
        named.map(|address| split_plus(address).0).collect()
    };
    mailboxes::by_address(db, &addresses).await
}

fn draft(incoming: &Incoming, mailbox: Option<&Mailbox>, dedupe_key: String, content_hash: String, now: DateTime<Utc>) -> Record {
    Record {
        id: IntakeId::generate(),
        dedupe_key,
        content_hash,
        outcome: Outcome::Quarantined,
        reason: None,
        auto_class: AutoClass::None,
        rule: Rule::None,
        trace: Vec::new(),
        subject_changed: false,
        ticket_id: None,
        message_id: None,
        mailbox_id: mailbox.map(|mailbox| mailbox.id),
        branch_id: mailbox.and_then(|mailbox| mailbox.branch_id).or(incoming.known.branch),
        sender: incoming.mail.sender().unwrap_or_default().to_owned(),
        subject: incoming.mail.subject.clone(),
        raw_sha256: dedupe::sha256(&incoming.raw),
        received_at: now,
    }
}

/// A mail that came before: only the mailbox it reached this time may be new.
async fn again(tx: &Tx, before: Record, mailbox: Option<&Mailbox>) -> Result<Received, Problem> {
    if let Some(mailbox) = mailbox
        && records::deliver(tx, before.id, Some(mailbox.id), tx.now()).await?
    {
        place::let_watch(tx, &before, mailbox).await?;
    }
    let mailboxes = records::mailboxes(tx, before.id).await?;
    Ok(Received { record: before, mailboxes, duplicate: true, silences: vec![Silence::NotNew] })
}

async fn course(tx: &Tx, desk: &Desk<'_>, incoming: &Incoming, draft: &Record) -> Result<Course, Problem> {
    let mail = &incoming.mail;
    if mail.defects.contains(&"unreadable") {
        return Ok(Course::SetAside(Outcome::Quarantined, Reason::Unreadable));
    }
    if came_back(mail, desk) {
        return Ok(Course::SetAside(Outcome::Suppressed, Reason::Loop));
    }
    let evidence = evidence(mail, &incoming.recipients, &desk.intake.signer);
    if draft.auto_class == AutoClass::Bounce {
        let (mut ids, returned) = mail.report.as_ref().map(|report| (report.ids.clone(), report.returned.as_str())).unwrap_or_default();
        if outgoing::by_mail_ids(tx, &ids).await?.is_some_and(|mail| mail.ticket_id.is_none()) {
            return Ok(Course::Returned);
        }
        let signer = &desk.intake.signer;
        let signed = ids.iter().find_map(|id| signer.read_message_id(id)).or_else(|| signer.read_body(returned));
        let signed = signed.or_else(|| evidence.tokens.first().copied());
        ids.extend(evidence.message_ids);
        let known = facts::messages(tx, &ids).await?;
        let ticket = ids.iter().find_map(|id| known.get(id).copied());
        let ticket = match ticket.or(signed) {
            Some(id) => crate::ticket::store::root(tx, &RowScope::All, id.into()).await?,
            None => None,
        };
        return Ok(ticket.map(|ticket| ticket.id).map_or(Course::SetAside(Outcome::Quarantined, Reason::UnknownOriginal), Course::Bounce));
    }
    if mail.sender().is_none() {
        return Ok(Course::SetAside(Outcome::Quarantined, Reason::NoSender));
    }
    if let Some(ticket) = store::flood_ticket(tx, &draft.sender, draft.mailbox_id, draft.received_at).await? {
        return Ok(Course::Flood(Some(ticket)));
    }
    let rulebook = desk.rules.current(tx).await?;
    let limits = &rulebook.settings.mail;
    let since = draft.received_at - TimeDelta::seconds(limits.flood_window_s);
    let earlier = records::count_from(tx, &draft.sender, draft.mailbox_id, since).await?;
    if earlier + 1 >= limits.flood_count {
        return Ok(Course::Flood(None));
    }
    let known = facts::gather(tx, &evidence).await?;
    Ok(Course::Place(resolve(mail, &evidence, &known, draft.received_at, rulebook.settings.reopen_window())))
}

/// True for a mail that we sent ourselves: an automatic one, or a reply that one of our mailboxes had a copy of.
fn came_back(mail: &Mail, desk: &Desk<'_>) -> bool {
    let automatic = mail.headers("x-loop-id").any(|value| value == desk.intake.loop_id);
    automatic || mail.message_id.as_deref().is_some_and(|id| desk.intake.signer.read_message_id(id).is_some())
}

async fn set_aside(tx: &Tx, incoming: &Incoming, mut draft: Record, outcome: Outcome, reason: Reason) -> Result<Received, Problem> {
    draft.outcome = outcome;
    draft.reason = Some(reason);
    keep(tx, incoming, &draft).await?;
    let mailboxes = draft.mailbox_id.into_iter().collect();
    Ok(Received { record: draft, mailboxes, duplicate: false, silences: vec![Silence::NotNew] })
}

/// A report about a mail of ours goes to its ticket; addresses that failed for good are remembered.
async fn bounce(tx: &Tx, desk: &Desk<'_>, incoming: &Incoming, mut draft: Record, ticket: TicketId) -> Result<Received, Problem> {
    note_report(tx, desk, incoming, &draft).await?;
    let placed = place::append_notice(tx, desk, incoming, &draft, ticket).await?;
    // A relay may have given our mail another id, which answers to it will name.
    let ids = incoming.mail.report.iter().flat_map(|report| &report.ids);
    store::remember(tx, ids, placed.ticket, None).await?;
    draft.trace.push(Step::new(Rule::Thread, ticket.to_string(), "bounce"));
    settle(tx, desk, (incoming, None), draft, (placed, vec![Silence::Report])).await
}

/// Takes in what a report says.
async fn note_report(tx: &Tx, desk: &Desk<'_>, incoming: &Incoming, draft: &Record) -> Result<(), Problem> {
    let failed = incoming.mail.report.iter().flat_map(|report| &report.recipients).filter(|recipient| recipient.is_permanent_failure());
    for recipient in failed.filter(|recipient| !recipient.address.is_empty()) {
        store::note_failure(tx, &recipient.address, draft.id.uuid(), draft.received_at).await?;
    }
    mark_bounced(tx, desk, incoming).await
}

/// What a report says of a mail of ours: where it arrived, and from where it came back.
async fn mark_bounced(tx: &Tx, desk: &Desk<'_>, incoming: &Incoming) -> Result<(), Problem> {
    let Some(report) = &incoming.mail.report else { return Ok(()) };
    let Some(mail) = outgoing::by_mail_ids(tx, &report.ids).await?.filter(|mail| mail.state != MailState::Bounced) else { return Ok(()) };
    let mut reports = report.recipients.iter().filter_map(|one| one.state().map(|state| (one.address.as_str(), state))).peekable();
    if reports.peek().is_some() {
        let next = mail.came_back(reports, Touch::of(tx));
        outcome::settle(tx, desk.rules, next, "outgoing_mail.returned").await?;
    }
    Ok(())
}

/// Mail of a stopped sender goes to one ticket, which is opened once.
async fn flood(
    tx: &Tx,
    desk: &Desk<'_>,
    (incoming, mailbox): (&Incoming, Option<&Mailbox>),
    mut draft: Record,
    ticket: Option<TicketId>,
) -> Result<Received, Problem> {
    draft.reason = Some(Reason::Flood);
    let placed = match ticket {
        Some(ticket) => place::append_notice(tx, desk, incoming, &draft, ticket).await?,
        None => {
            let placed = place::open_flood(tx, desk, (incoming, mailbox), &draft).await?;
            let rules = desk.rules.current(tx).await?;
            let until = draft.received_at + TimeDelta::seconds(rules.settings.mail.flood_stop_s);
            store::stop(tx, &draft, placed.ticket, until).await?;
            place::alert(tx, &rules, placed.ticket, format!("{} sends too many mails and is stopped until {until}.", draft.sender)).await?;
            placed
        }
    };
    settle(tx, desk, (incoming, mailbox), draft, (placed, vec![Silence::BreakerOpen])).await
}

/// Keeps the mail with its ticket, and acknowledges a new one.
async fn settle(
    tx: &Tx,
    desk: &Desk<'_>,
    (incoming, mailbox): (&Incoming, Option<&Mailbox>),
    mut draft: Record,
    (placed, mut silences): (Placed, Vec<Silence>),
) -> Result<Received, Problem> {
    draft.outcome = if placed.opened { Outcome::Created } else { Outcome::Appended };
    draft.reason = draft.reason.or(placed.reason);
    draft.ticket_id = Some(placed.ticket);
    draft.message_id = Some(placed.message);
    keep(tx, incoming, &draft).await?;
    let ids = incoming.mail.message_id.iter().chain(&incoming.mail.aliases);
    store::remember(tx, ids, placed.ticket, Some(placed.message)).await?;
    if !placed.opened {
        silences.push(Silence::NotNew);
    }
    if let Some(mailbox) = mailbox.filter(|mailbox| mailbox.acknowledges && silences.is_empty()) {
        silences.extend(acknowledge::acknowledge(tx, desk, (incoming, mailbox), placed.ticket).await?);
    } else if silences.is_empty() {
        silences.push(Silence::NotAsked);
    }
    let mailboxes = draft.mailbox_id.into_iter().collect();
    Ok(Received { record: draft, mailboxes, duplicate: false, silences })
}

/// Writes the record, the raw mail and its files.
async fn keep(tx: &Tx, incoming: &Incoming, record: &Record) -> Result<(), Problem> {
    let _ = files::store(tx, &record.raw_sha256, &incoming.raw).await?;
    records::insert(tx, record).await?;
    attachments::attach(tx, record, &incoming.mail.attachments).await
}
