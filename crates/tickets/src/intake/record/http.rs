//! Reading what came in. Records are written by deliveries only.

use actix_web::web::{Data, Path};
use chrono::{DateTime, Utc};
use kernel::id::{IntakeId, MailboxId, MessageId, TicketId};
use platform::caller::Caller;
use platform::operation::Operations;
use platform::operations;
use platform::page::{Field, ListSpec, Listing, Page};
use platform::problem::Problem;
use platform::reply::Reply;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::entity::{Column, Entity};
use super::model::{Outcome, Reason, Record};
use super::store;
use crate::Tickets;
use crate::attachment::files;
use crate::intake::access::ReadIntake;
use crate::intake::classify::AutoClass;
use crate::intake::resolve::{Rule, Step};

pub(crate) fn operations() -> Operations {
    operations!["intake-records"; list, fetch, raw]
}

/// Names one record.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct RecordPath {
    /// The intake record.
    pub(crate) record_id: IntakeId,
}

/// Something that came in and what became of it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct RecordView {
    id: IntakeId,
    outcome: Outcome,
    /// Why it was set aside, if it was.
    reason: Option<Reason>,
    auto_class: AutoClass,
    /// The rule that found its ticket.
    rule: Rule,
    /// Every step on the way there.
    #[schema(max_items = 400)]
    trace: Vec<Step>,
    /// It joined a ticket under another subject, which our answers take up.
    subject_changed: bool,
    ticket_id: Option<TicketId>,
    message_id: Option<MessageId>,
    mailbox_id: Option<MailboxId>,
    #[schema(max_length = 320)]
    sender: String,
    #[schema(max_length = 998)]
    subject: String,
    /// Names the raw mail by its content.
    #[schema(max_length = 64)]
    raw_sha256: String,
    received_at: DateTime<Utc>,
}

impl From<Record> for RecordView {
    fn from(record: Record) -> Self {
        Self {
            id: record.id,
            outcome: record.outcome,
            reason: record.reason,
            auto_class: record.auto_class,
            rule: record.rule,
            trace: record.trace,
            subject_changed: record.subject_changed,
            ticket_id: record.ticket_id,
            message_id: record.message_id,
            mailbox_id: record.mailbox_id,
            sender: record.sender,
            subject: record.subject,
            raw_sha256: record.raw_sha256,
            received_at: record.received_at,
        }
    }
}

/// What the list of records can be asked for.
pub(crate) struct RecordList;

impl ListSpec for RecordList {
    type Entity = Entity;
    type View = RecordView;
    const FIELDS: &'static [Field<Column>] = &[
        Field::choice("outcome", Column::Outcome, Outcome::TEXTS),
        Field::choice("auto_class", Column::AutoClass, AutoClass::TEXTS),
        Field::text("sender", Column::Sender),
        Field::uuid("ticket_id", Column::TicketId).nullable(),
        Field::uuid("mailbox_id", Column::MailboxId),
        Field::instant("received_at", Column::ReceivedAt).sortable(),
    ];
    const DEFAULT_SORT: &'static str = "-received_at";
}

/// List what came in.
#[utoipa::path(get, path = "/v1/intake/records", params(Listing<RecordList>), responses((status = 200, body = Page<RecordView>)))]
async fn list(caller: Caller<ReadIntake>, listing: Listing<RecordList>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let page = listing.page(app.db.read(), store::visible(caller.scope())).await?;
    listing.reply(&page.try_map(|row| store::record(row).map(RecordView::from))?)
}

/// Read one record.
#[utoipa::path(get, path = "/v1/intake/records/{record_id}", params(RecordPath), responses((status = 200, body = RecordView)))]
async fn fetch(caller: Caller<ReadIntake>, path: Path<RecordPath>, app: Data<Tickets>) -> Result<Reply, Problem> {
    Reply::ok(&RecordView::from(store::find(app.db.read(), caller.scope(), path.record_id).await?))
}

/// Read the mail as it came.
#[utoipa::path(get, path = "/v1/intake/records/{record_id}/raw", params(RecordPath),
    responses((status = 200, content_type = "message/rfc822", body = String)))]
async fn raw(caller: Caller<ReadIntake>, path: Path<RecordPath>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let record = store::find(app.db.read(), caller.scope(), path.record_id).await?;
    Ok(Reply::content("message/rfc822", files::read(app.db.read(), &record.raw_sha256).await?))
}
