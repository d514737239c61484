//! Queries of texts that go out. Staff of some branches see those of their branches and of none; portal customers see none.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::Fault;
use kernel::id::{BranchId, MessageId, TicketId, UserId};
use platform::db::Tx;
use platform::problem::Problem;
use platform::rows::{self, word};
use platform::scope::RowScope;
use platform::stamp_of;
use sea_orm::sea_query::{Expr, ExprTrait, Func, LockBehavior, LockType, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
};
use uuid::Uuid;

use super::entity::Model;
pub(crate) use super::entity::{Column, Entity};
use super::model::{Target, Text, TextKind, TextMedium, TextState};
use crate::attachment::store as attachments;
use crate::intake::mailbox::store::of_staff;
use crate::intake::outgoing::model::Delivered;
use crate::page::entity as page;
use crate::page::model::PageState;

/// What a relay wants to send.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) medium: Option<TextMedium>,
    pub(crate) provider: Option<String>,
    pub(crate) limit: u64,
    /// Files that were not scanned hold their text back.
    pub(crate) holds: bool,
}

pub(crate) fn visible(scope: &RowScope) -> Select<Entity> {
    Entity::find().filter(of_staff(scope, Column::BranchId))
}

/// # Errors
/// 404 when there is none inside `scope`.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, scope: &RowScope, id: Uuid) -> Result<Text, Problem> {
    found(visible(scope).filter(Column::Id.eq(id)).one(db).await?)
}

/// As [`find`], held until the transaction ends: reports of one text wait for each other.
pub(crate) async fn hold(tx: &Tx, scope: &RowScope, id: Uuid) -> Result<Text, Problem> {
    found(visible(scope).filter(Column::Id.eq(id)).lock_exclusive().one(tx).await?)
}

/// The text that carries a message, held.
pub(crate) async fn carrying(tx: &Tx, message: MessageId) -> Result<Option<Text>, Problem> {
    Entity::find().filter(Column::CarriedId.eq(message.uuid())).lock_exclusive().one(tx).await?.map(text).transpose()
}

/// Replaces a ticket's former subject in the texts about it.
pub(crate) async fn rename(tx: &Tx, ticket: TicketId, from: &str, to: &str) -> Result<(), Problem> {
    let said = Func::cust("replace").arg(Expr::col(Column::Body)).arg(from).arg(to);
    Entity::update_many().col_expr(Column::Body, said.into()).filter(Column::TicketId.eq(ticket.uuid())).exec(tx).await?;
    Ok(())
}

fn found(row: Option<Model>) -> Result<Text, Problem> {
    text(row.ok_or_else(|| Fault::not_found("outgoing text"))?)
}

/// Leaves the row to be written with what else the command writes.
pub(crate) fn insert(tx: &Tx, text: &Text) {
    tx.write_later(Entity::insert(row(text).into_active_model()).into_query());
}

/// # Errors
/// 412 when the row has changed since it was read.
pub(crate) async fn save<C: ConnectionTrait>(db: &C, text: &Text) -> Result<(), Problem> {
    rows::save(db, row(text), text.id, text.stamp.version).await
}

/// Takes what is due, longest waiting first, and puts it off for everybody else. What another is taking at the moment is
/// passed over. A page that was answered or is over is due no more, nor is what was redacted.
pub(crate) async fn claim(tx: &Tx, scope: &RowScope, wanted: &Wanted, until: DateTime<Utc>) -> Result<Vec<Text>, Problem> {
    let mut due = visible(scope).filter(Column::State.eq(TextState::Queued.as_str())).filter(Column::NextAt.lte(tx.now()));
    due = due.filter(Column::Body.ne(""));
    due = due.filter(Condition::any().add(Column::Kind.eq(TextKind::Reply.as_str())).add(Column::CarriedId.in_subquery(open_pages())));
    if wanted.holds {
        due = due.filter(Column::CarriedId.not_in_subquery(attachments::unscanned()));
    }
    if let Some(medium) = wanted.medium {
        due = due.filter(Column::Medium.eq(medium.as_str()));
    }
    if let Some(provider) = &wanted.provider {
        due = due.filter(Column::Provider.eq(provider.as_str()));
    }
    let due = due.order_by_asc(Column::NextAt).order_by_asc(Column::Id).limit(wanted.limit);
    let rows = due.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked).all(tx).await?;
    let claimed = Entity::update_many().filter(Column::Id.is_in(rows.iter().map(|row| row.id)));
    let claimed = claimed.col_expr(Column::NextAt, Expr::value(until)).col_expr(Column::Claims, Expr::col(Column::Claims).add(1));
    claimed.exec(tx).await?;
    rows.into_iter().map(|row| text(Model { next_at: until, claims: row.claims + 1, ..row })).collect()
}

fn open_pages() -> SelectStatement {
    let sent = Expr::col((page::Entity, page::Column::State)).eq(PageState::Sent.as_str());
    Query::select().column((page::Entity, page::Column::Id)).from(page::Entity).and_where(sent).take()
}

/// What was queued at or before `since` and nobody has sent.
pub(crate) async fn stale<C: ConnectionTrait>(db: &C, since: DateTime<Utc>, limit: u64) -> Result<Vec<Uuid>, Problem> {
    let queued = Entity::find().filter(Column::State.eq(TextState::Queued.as_str())).filter(Column::CreatedAt.lte(since));
    let ids = queued.select_only().column(Column::Id).order_by_asc(Column::CreatedAt).order_by_asc(Column::Id).limit(limit);
    Ok(ids.into_tuple().all(db).await?)
}

/// How the texts of a ticket's messages fare.
pub(crate) async fn of_ticket<C: ConnectionTrait>(db: &C, ticket: TicketId) -> Result<HashMap<MessageId, Delivered>, Problem> {
    let replies = Entity::find().filter(Column::TicketId.eq(ticket.uuid())).filter(Column::Kind.eq(TextKind::Reply.as_str()));
    let rows = replies.all(db).await?;
    rows.into_iter().map(|row| text(row).map(|text| (MessageId::from_uuid(text.carried_id), Delivered::from(text)))).collect()
}

fn row(text: &Text) -> Model {
    Model {
        id: text.id,
        version: text.stamp.version,
        created_at: text.stamp.created_at,
        updated_at: text.stamp.updated_at,
        created_by: text.stamp.created_by,
        updated_by: text.stamp.updated_by,
        kind: text.kind.to_string(),
        medium: text.target.medium.to_string(),
        ticket_id: text.ticket_id.uuid(),
        branch_id: text.branch_id.map(BranchId::uuid),
        carried_id: text.carried_id,
        user_id: text.user_id.map(UserId::uuid),
        provider: text.target.provider.clone(),
        address: text.target.address.clone(),
        body: text.body.clone(),
        state: text.state.to_string(),
        error: text.error.clone(),
        provider_ref: text.provider_ref.clone(),
        sent_at: text.sent_at,
        claims: text.claims,
        next_at: text.next_at,
        withdrawn: text.withdrawn,
    }
}

/// The text of a row.
///
/// # Errors
/// `internal` for a row that cannot be read.
pub(crate) fn text(row: Model) -> Result<Text, Problem> {
    let stamp = stamp_of!(row);
    Ok(Text {
        id: row.id,
        stamp,
        kind: word(&row.kind)?,
        ticket_id: row.ticket_id.into(),
        branch_id: row.branch_id.map(Into::into),
        carried_id: row.carried_id,
        user_id: row.user_id.map(Into::into),
        target: Target { medium: word(&row.medium)?, provider: row.provider, address: row.address },
        body: row.body,
        state: word(&row.state)?,
        error: row.error,
        provider_ref: row.provider_ref,
        sent_at: row.sent_at,
        claims: row.claims,
        next_at: row.next_at,
        withdrawn: row.withdrawn,
    })
}
