//! Queries of pages. Staff see those of the emergencies they see, and their own; portal customers see none.

use kernel::Fault;
use kernel::id::{EmergencyId, PageId, UserId};
use platform::db::Tx;
use platform::problem::Problem;
use platform::rows::{self, word};
use platform::scope::RowScope;
use platform::stamp_of;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, Select};
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use super::model::{Page, PageState};
use crate::emergency::paging::Call;
use crate::ticket;

/// The pages on tickets inside `scope`, and those for `reader`, who may be on call for other branches.
pub(crate) fn visible(scope: &RowScope, reader: Uuid) -> Select<Entity> {
    let seen = ticket::store::has_ticket(scope, (Entity, Column::TicketId));
    let theirs = Condition::any().add(Column::UserId.eq(reader)).add(seen);
    Entity::find().filter(scope.staff_only()).filter(theirs)
}

/// # Errors
/// 404 when there is none that the reader may see.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, scope: &RowScope, reader: Uuid, id: PageId) -> Result<Page, Problem> {
    let row = visible(scope, reader).filter(Column::Id.eq(id.uuid())).one(db).await?;
    page(row.ok_or_else(|| Fault::not_found(PageId::NOUN))?)
}

/// The page of a link, by the hash of what the link has.
///
/// # Errors
/// 404 when there is none.
pub(crate) async fn by_token<C: ConnectionTrait>(db: &C, hash: &str) -> Result<Page, Problem> {
    let row = Entity::find().filter(Column::TokenHash.eq(hash)).one(db).await?;
    page(row.ok_or_else(|| Fault::not_found(PageId::NOUN))?)
}

/// The pages of an emergency that wait for an answer; whoever changes them holds the emergency.
pub(crate) async fn unanswered<C: ConnectionTrait>(db: &C, emergency: EmergencyId) -> Result<Vec<Page>, Problem> {
    let sent = Entity::find().filter(Column::EmergencyId.eq(emergency.uuid())).filter(Column::State.eq(PageState::Sent.as_str()));
    sent.order_by_asc(Column::Id).all(db).await?.into_iter().map(page).collect()
}

pub(crate) async fn insert(tx: &Tx, page: &Page) -> Result<(), Problem> {
    Entity::insert(row(page).into_active_model()).exec_without_returning(tx).await?;
    Ok(())
}

/// # Errors
/// 412 when the row has changed since it was read.
pub(crate) async fn save<C: ConnectionTrait>(db: &C, page: &Page) -> Result<(), Problem> {
    rows::save(db, row(page), page.id.uuid(), page.stamp.version).await
}

fn row(page: &Page) -> Model {
    Model {
        id: page.id.uuid(),
        version: page.stamp.version,
        created_at: page.stamp.created_at,
        updated_at: page.stamp.updated_at,
        created_by: page.stamp.created_by,
        updated_by: page.stamp.updated_by,
        emergency_id: page.emergency_id.uuid(),
        ticket_id: page.ticket_id.uuid(),
        level: page.call.level,
        round: page.call.round,
        user_id: page.call.user.map(UserId::uuid),
        channel: page.call.channel.to_string(),
        state: page.state.to_string(),
        sent_at: page.sent_at,
        times_out_at: page.times_out_at,
        late_by_s: page.late_by_s,
        ack_at: page.ack_at,
        ack_by: page.ack_by.map(UserId::uuid),
        fail_reason: page.fail_reason.clone(),
        token_hash: page.token_hash.clone(),
    }
}

/// The page of a row.
///
/// # Errors
/// `internal` for a row that cannot be read.
pub(crate) fn page(row: Model) -> Result<Page, Problem> {
    let stamp = stamp_of!(row);
    let call = Call { level: row.level, round: row.round, user: row.user_id.map(Into::into), channel: word(&row.channel)? };
    Ok(Page {
        id: row.id.into(),
        stamp,
        emergency_id: row.emergency_id.into(),
        ticket_id: row.ticket_id.into(),
        call,
        state: word(&row.state)?,
        sent_at: row.sent_at,
        times_out_at: row.times_out_at,
        late_by_s: row.late_by_s,
        ack_at: row.ack_at,
        ack_by: row.ack_by.map(Into::into),
        fail_reason: row.fail_reason,
        token_hash: row.token_hash,
    })
}
