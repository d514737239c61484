//! Delivering mail: `POST /v1/intake/email` with the raw mail as its body.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload, Query};
use chrono::{DateTime, Utc};
use kernel::id::{IntakeId, MailboxId, MessageId, TicketId};
use platform::caller::Caller;
use platform::operation::Operations;
use platform::operations;
use platform::outbox::Change;
use platform::problem::Problem;
use platform::reply::Reply;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::{IntoParams, ToSchema};

use super::place::Desk;
use super::receive::{Incoming, Received, receive};
use super::sender::{KnownSender, look_up};
use crate::Tickets;
use crate::access::DeliverIntake;
use crate::intake::address::normalise;
use crate::intake::classify::{AutoClass, Silence};
use crate::intake::mime;
use crate::intake::record::model::{Outcome, Reason};
use crate::intake::resolve::{Rule, Step};

/// The largest mail.
const MAX_MAIL: usize = 25 << 20;

pub(crate) fn operations() -> Operations {
    operations!["intake"; email]
}

/// What the deliverer knows beside the mail itself.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Envelope {
    /// The envelope's recipients, separated by commas. Without it the mail's own header decides.
    #[param(max_length = 4000, example = "help@example.com")]
    recipient: Option<String>,
    /// The envelope's sender; empty or `<>` for a bounce.
    #[param(max_length = 400)]
    return_path: Option<String>,
}

/// What became of a delivered mail.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct DeliveryView {
    record_id: IntakeId,
    /// `duplicate` when the mail had come before; then the rest is as of the first time.
    outcome: Outcome,
    /// Why it was set aside, if it was.
    reason: Option<Reason>,
    ticket_id: Option<TicketId>,
    message_id: Option<MessageId>,
    /// Every mailbox it reached so far.
    #[schema(max_items = 1000)]
    mailbox_ids: Vec<MailboxId>,
    auto_class: AutoClass,
    /// The rule that found its ticket.
    rule: Rule,
    #[schema(max_items = 400)]
    trace: Vec<Step>,
    /// It joined a ticket under another subject, which our answers take up.
    subject_changed: bool,
    /// True when the sender gets an acknowledgement for this delivery.
    acknowledged: bool,
    /// Why not, when not.
    #[schema(max_items = 30)]
    silences: Vec<Silence>,
    received_at: DateTime<Utc>,
}

impl From<Received> for DeliveryView {
    fn from(received: Received) -> Self {
        let record = received.record;
        Self {
            record_id: record.id,
            outcome: if received.duplicate { Outcome::Duplicate } else { record.outcome },
            reason: record.reason,
            ticket_id: record.ticket_id,
            message_id: record.message_id,
            mailbox_ids: received.mailboxes,
            auto_class: record.auto_class,
            rule: record.rule,
            trace: record.trace,
            subject_changed: record.subject_changed,
            acknowledged: received.silences.is_empty(),
            silences: received.silences,
            received_at: record.received_at,
        }
    }
}

/// Deliver a mail.
///
/// The body is the raw mail (RFC 5322) of up to 25 MiB. Delivering it again changes nothing but the list of mailboxes it
/// reached, and is answered with 200.
#[utoipa::path(post, path = "/v1/intake/email", params(Envelope), request_body(content = String, content_type = "message/rfc822"),
    responses((status = 201, body = DeliveryView), (status = 200, description = "It had come before.", body = DeliveryView)))]
async fn email(caller: Caller<DeliverIntake>, envelope: Query<Envelope>, payload: Payload, app: Data<Tickets>) -> Result<Reply, Problem> {
    let raw = platform::valid::read(payload.into_inner(), MAX_MAIL).await?;
    fingerprint(&caller, &envelope, &raw);
    let mut incoming = incoming(&envelope, raw);
    incoming.known = look_up(&app, &incoming.mail).await;
    app.db
        .command(&caller, "intake.email", async |tx| {
            let desk = Desk { intake: &app.intake, rules: &app.rules };
            let received = Box::pin(receive(tx, &desk, &incoming)).await?;
            answer(tx, received)
        })
        .await
}

fn incoming(envelope: &Envelope, raw: Vec<u8>) -> Incoming {
    let mut mail = mime::read(&raw);
    if let Some(path) = &envelope.return_path {
        mail.null_return_path = matches!(path.trim(), "" | "<>");
    }
    let recipients = envelope.recipient.iter().flat_map(|list| list.split(',')).filter_map(normalise).take(100).collect();
    Incoming { mail, raw, recipients, known: KnownSender::default() }
}

fn answer(tx: &platform::db::Tx, received: Received) -> Result<Reply, Problem> {
    let (duplicate, branch) = (received.duplicate, received.record.branch_id);
    let view = DeliveryView::from(received);
    if duplicate {
        return Reply::ok(&view);
    }
    tx.record(Change::new("intake.received", "intake_record", view.record_id, 1).after(&view).branch(branch));
    Ok(Reply::created(format!("/v1/intake/records/{}", view.record_id), &view)?.with_status(StatusCode::CREATED))
}

/// An idempotency key stands for the mail and its envelope.
fn fingerprint<P>(caller: &Caller<P>, envelope: &Envelope, raw: &[u8]) {
    let mut hasher = Sha256::new();
    hasher.update(caller.context().target.as_bytes());
    hasher.update(format!("{envelope:?}").as_bytes());
    hasher.update(raw);
    caller.context().fingerprint.set(Some(hasher.finalize().into()));
}
