//! The list of moves.

use actix_web::web::Data;
use chrono::{DateTime, Utc};
use kernel::id::TicketId;
use platform::caller::Caller;
use platform::operation::Operations;
use platform::operations;
use platform::page::{Field, ListSpec, Listing, Page};
use platform::problem::Problem;
use platform::reply::Reply;
use platform::rows::word;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use super::model::MoveStep;
use super::store;
use crate::Tickets;
use crate::access::ReadTicketReports;
use crate::vocabulary::{Channel, Status, TicketType};

pub(crate) fn operations() -> Operations {
    operations!["ticket-moves"; list]
}

/// A change of a ticket's state or of those whom it belongs to.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct TicketMoveView {
    id: Uuid,
    ticket_id: TicketId,
    /// The version of the ticket that the move made.
    #[schema(minimum = 1)]
    ticket_version: i64,
    /// When the ticket was opened.
    opened_at: DateTime<Utc>,
    /// Since when it had stood as it did before.
    since: DateTime<Utc>,
    at: DateTime<Utc>,
    step: MoveStep,
    was_status: Status,
    /// Whether it counted as work to be done.
    was_open: bool,
    was_type: TicketType,
    was_account_id: Option<Uuid>,
    was_branch_id: Option<Uuid>,
    was_group_id: Option<Uuid>,
    was_assignee_id: Option<Uuid>,
    status: Status,
    open: bool,
    #[serde(rename = "type")]
    kind: TicketType,
    channel: Channel,
    account_id: Option<Uuid>,
    branch_id: Option<Uuid>,
    group_id: Option<Uuid>,
    assignee_id: Option<Uuid>,
}

impl TicketMoveView {
    fn of(row: Model) -> Result<Self, Problem> {
        Ok(Self {
            id: row.id,
            ticket_id: row.ticket_id.into(),
            ticket_version: row.ticket_version,
            opened_at: row.opened_at,
            since: row.since,
            at: row.at,
            step: word(&row.step)?,
            was_status: word(&row.was_status)?,
            was_open: row.was_open,
            was_type: word(&row.was_kind)?,
            was_account_id: row.was_account_id,
            was_branch_id: row.was_branch_id,
            was_group_id: row.was_group_id,
            was_assignee_id: row.was_assignee_id,
            status: word(&row.status)?,
            open: row.open,
            kind: word(&row.kind)?,
            channel: word(&row.channel)?,
            account_id: row.account_id,
            branch_id: row.branch_id,
            group_id: row.group_id,
            assignee_id: row.assignee_id,
        })
    }
}

/// What the list of moves can be asked for.
pub(crate) struct TicketMoveList;

impl ListSpec for TicketMoveList {
    type Entity = Entity;
    type View = TicketMoveView;
    const FIELDS: &'static [Field<Column>] = &[
        Field::uuid("ticket_id", Column::TicketId),
        Field::instant("opened_at", Column::OpenedAt),
        Field::instant("since", Column::Since),
        Field::instant("at", Column::At).sortable(),
        Field::choice("step", Column::Step, MoveStep::TEXTS),
        Field::choice("was_status", Column::WasStatus, Status::TEXTS),
        Field::boolean("was_open", Column::WasOpen),
        Field::choice("was_type", Column::WasKind, TicketType::TEXTS),
        Field::uuid("was_account_id", Column::WasAccountId).nullable(),
        Field::uuid("was_branch_id", Column::WasBranchId).nullable(),
        Field::uuid("was_group_id", Column::WasGroupId).nullable(),
        Field::uuid("was_assignee_id", Column::WasAssigneeId).nullable(),
        Field::choice("status", Column::Status, Status::TEXTS),
        Field::boolean("open", Column::Open),
        Field::choice("type", Column::Kind, TicketType::TEXTS),
        Field::choice("channel", Column::Channel, Channel::TEXTS),
        Field::uuid("account_id", Column::AccountId).nullable(),
        Field::uuid("branch_id", Column::BranchId).nullable(),
        Field::uuid("group_id", Column::GroupId).nullable(),
        Field::uuid("assignee_id", Column::AssigneeId).nullable(),
    ];
    const DEFAULT_SORT: &'static str = "-at";
}

/// List moves of tickets, the latest first.
///
/// Staff see the moves of tickets that stood in their branches before.
#[utoipa::path(get, path = "/v1/ticket-moves", params(Listing<TicketMoveList>), responses((status = 200, body = Page<TicketMoveView>)))]
async fn list(caller: Caller<ReadTicketReports>, listing: Listing<TicketMoveList>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let page = listing.page(app.db.read(), store::visible(caller.scope())).await?;
    listing.reply(&page.try_map(TicketMoveView::of)?)
}
