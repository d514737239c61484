//! Volume: tickets that came in, were resolved and came back in a period, and what was written meanwhile.

use std::collections::BTreeMap;

use actix_web::HttpRequest;
use actix_web::web::{Data, Query};
use platform::caller::Caller;
use platform::operation::Operations;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::rows::word_or_none;
use platform::scope::RowScope;
use platform::{operations, sheet};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, QueryFilter};
use serde::Serialize;
use utoipa::ToSchema;

use super::asked::{Asked, Dimension, ReportPeriod, ReportQuery};
use super::count::{Key, Places, ReportKey};
use crate::access::ReadTicketReports;
use crate::ticket_move::model::MoveStep;
use crate::vocabulary::{Channel, MessageKind, TicketType};
use crate::{Tickets, message, ticket, ticket_move};

pub(super) fn operations() -> Operations {
    operations!["reports"; volume]
}

pub(super) const CREATED: Places = Places {
    list: "/v1/tickets",
    only: "filter[spam][eq]=false",
    at: ("ticket.created_at", "created_at"),
    kind: ("ticket.kind", "type"),
    channel: ("ticket.channel", "channel"),
    owner: ("ticket.", ""),
};

pub(super) const MOVES: Places = Places {
    list: "/v1/ticket-moves",
    only: "",
    at: ("ticket_move.at", "at"),
    kind: ("ticket_move.kind", "type"),
    channel: ("ticket_move.channel", "channel"),
    owner: ("ticket_move.", ""),
};

pub(super) const MESSAGES: Places = Places {
    list: "/v1/messages",
    only: "",
    at: ("message.recorded_at", "recorded_at"),
    channel: ("message.channel", "channel"),
    ..CREATED
};

const KNOWN: [Dimension; 9] = [
    Dimension::Type,
    Dimension::Channel,
    Dimension::Branch,
    Dimension::Group,
    Dimension::Assignee,
    Dimension::Account,
    Dimension::Day,
    Dimension::Week,
    Dimension::Month,
];

const STEPS: [MoveStep; 2] = [MoveStep::Resolved, MoveStep::Reopened];

const KINDS: [MessageKind; 6] = [
    MessageKind::Inbound,
    MessageKind::PublicReply,
    MessageKind::InternalNote,
    MessageKind::Call,
    MessageKind::Sms,
    MessageKind::AnsweringService,
];

/// The figures of one row.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct VolumeRow {
    /// Null when the report is not broken down by it.
    r#type: Option<TicketType>,
    /// How tickets and messages came; null when the report is not broken down by it.
    channel: Option<Channel>,
    #[serde(flatten)]
    key: ReportKey,
    /// Tickets opened, without spam, for those who have them now.
    #[schema(minimum = 0)]
    created: i64,
    /// Times that tickets were resolved, by those who had them then.
    #[schema(minimum = 0)]
    resolved: i64,
    /// Times that tickets were taken up again after they were resolved or closed.
    #[schema(minimum = 0)]
    reopened: i64,
    /// Messages of this kind, on tickets of those who have them now, as are the following.
    #[schema(minimum = 0)]
    inbound: i64,
    #[schema(minimum = 0)]
    public_reply: i64,
    #[schema(minimum = 0)]
    internal_note: i64,
    #[schema(minimum = 0)]
    call: i64,
    #[schema(minimum = 0)]
    sms: i64,
    #[schema(minimum = 0)]
    answering_service: i64,
    /// The tickets created.
    #[schema(max_length = 1000)]
    tickets: String,
    /// The moves of tickets; add `filter[step][eq]` for those of one figure.
    #[schema(max_length = 1000)]
    moves: String,
    /// The messages; add `filter[kind][eq]` for those of one figure.
    #[schema(max_length = 1000)]
    messages: String,
}

const COLUMNS: [&str; 19] = [
    "type",
    "channel",
    "branch_id",
    "group_id",
    "assignee_id",
    "account_id",
    "starts_on",
    "created",
    "resolved",
    "reopened",
    "inbound",
    "public_reply",
    "internal_note",
    "call",
    "sms",
    "answering_service",
    "tickets",
    "moves",
    "messages",
];

/// What came in and went out.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct VolumeReport {
    #[serde(flatten)]
    period: ReportPeriod,
    #[schema(max_items = 30_000)]
    data: Vec<VolumeRow>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Figures {
    created: i64,
    steps: [i64; STEPS.len()],
    kinds: [i64; KINDS.len()],
}

impl VolumeRow {
    fn of(key: &Key, figures: Figures, asked: &Asked) -> Result<Self, Problem> {
        let [resolved, reopened] = figures.steps;
        let [inbound, public_reply, internal_note, call, sms, answering_service] = figures.kinds;
        Ok(Self {
            r#type: word_or_none(key.kind.as_deref())?,
            channel: word_or_none(key.channel.as_deref())?,
            key: key.view(asked),
            created: figures.created,
            resolved,
            reopened,
            inbound,
            public_reply,
            internal_note,
            call,
            sms,
            answering_service,
            tickets: asked.link(key, &CREATED),
            moves: asked.link(key, &MOVES),
            messages: asked.link(key, &MESSAGES),
        })
    }
}

async fn counted<C: ConnectionTrait>(db: &C, scope: &RowScope, asked: &Asked) -> Result<BTreeMap<Key, Figures>, Problem> {
    let mut rows: BTreeMap<Key, Figures> = BTreeMap::new();
    let tickets = ticket::store::visible(scope).filter(scope.staff_only()).filter(ticket::entity::Column::Spam.eq(false));
    for (key, [created]) in asked.count(db, tickets, &CREATED, &[Condition::all()]).await? {
        rows.entry(key).or_default().created = created;
    }
    let steps = STEPS.map(|step| Condition::all().add(ticket_move::entity::Column::Step.eq(step.as_str())));
    for (key, counts) in asked.count(db, ticket_move::store::visible(scope), &MOVES, &steps).await? {
        rows.entry(key).or_default().steps = counts;
    }
    let kinds = KINDS.map(|kind| Condition::all().add(message::entity::Column::Kind.eq(kind.as_str())));
    for (key, counts) in asked.count(db, message::store::with_tickets(scope), &MESSAGES, &kinds).await? {
        rows.entry(key).or_default().kinds = counts;
    }
    Ok(rows)
}

/// Report what came in and went out.
///
/// In total unless asked otherwise. As JSON, or the same rows with `Accept: text/csv`.
#[utoipa::path(get, path = "/v1/reports/volume", params(ReportQuery), responses((status = 200, content((VolumeReport = "application/json"), (String = "text/csv")))))]
async fn volume(
    caller: Caller<ReadTicketReports>,
    query: Query<ReportQuery>,
    request: HttpRequest,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let db = app.db.read();
    let (asked, period) = query.read(app.rules.current(db).await?.as_ref(), app.clock.now(), (&KNOWN, &[]))?;
    let counted = counted(db, caller.scope(), &asked).await?;
    let data = counted.into_iter().map(|(key, figures)| VolumeRow::of(&key, figures, &asked)).collect::<Result<Vec<_>, _>>()?;
    let report = VolumeReport { period, data };
    sheet::reply(&request, &COLUMNS, &report.data, &report)
}
