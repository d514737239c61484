//! Queries of tickets. Every read takes the caller's scope, except those that keep an identity unique.

use kernel::Fault;
use kernel::id::TicketId;
use platform::problem::Problem;
use platform::rows;
use platform::scope::RowScope;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, Select};

use super::entity::{Column, Entity};
use super::model::{Source, Ticket};
use super::row;
use crate::vocabulary::RequesterKind;

/// The condition for tickets inside `scope`. Customers see only what a customer of theirs asked.
pub(crate) fn within(scope: &RowScope) -> Condition {
    let inside = scope.condition(Column::BranchId, Column::AccountId, Some(Column::SiteId));
    if !scope.is_customer() {
        return inside;
    }
    inside.add(Column::RequesterKind.eq(RequesterKind::Customer.as_str())).add(Column::Confidential.eq(false)).add(Column::Spam.eq(false))
}

/// All tickets inside `scope` that are not deleted.
pub(crate) fn visible(scope: &RowScope) -> Select<Entity> {
    Entity::find().filter(within(scope)).filter(Column::DeletedAt.is_null())
}

/// # Errors
/// 404 when there is none inside `scope`.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, scope: &RowScope, id: TicketId) -> Result<Ticket, Problem> {
    found(visible(scope).filter(Column::Id.eq(id.uuid())).one(db).await?)
}

/// As [`find`], holding the row so that what depends on it is changed by one at a time.
///
/// # Errors
/// 404 when there is none inside `scope`.
pub(crate) async fn find_locked<C: ConnectionTrait>(db: &C, scope: &RowScope, id: TicketId) -> Result<Ticket, Problem> {
    found(visible(scope).filter(Column::Id.eq(id.uuid())).lock_exclusive().one(db).await?)
}

/// A deleted ticket, held.
///
/// # Errors
/// 404 when there is none inside `scope`.
pub(crate) async fn find_deleted<C: ConnectionTrait>(db: &C, scope: &RowScope, id: TicketId) -> Result<Ticket, Problem> {
    let deleted = Entity::find().filter(within(scope)).filter(Column::DeletedAt.is_not_null());
    found(deleted.filter(Column::Id.eq(id.uuid())).lock_exclusive().one(db).await?)
}

fn found(row: Option<super::entity::Model>) -> Result<Ticket, Problem> {
    row::ticket(row.ok_or_else(|| Fault::not_found(TicketId::NOUN))?)
}

/// The ticket of another system's identity, whether or not the caller may see it: the identity is taken either way.
pub(crate) async fn by_source<C: ConnectionTrait>(db: &C, source: &Source) -> Result<Option<Ticket>, Problem> {
    let same = Entity::find().filter(Column::SourceSystem.eq(&source.system)).filter(Column::SourceId.eq(&source.external_id));
    same.lock_exclusive().one(db).await?.map(row::ticket).transpose()
}

/// The ticket of another system's identity.
///
/// # Errors
/// 404 when there is none inside `scope`.
pub(crate) async fn find_source<C: ConnectionTrait>(db: &C, scope: &RowScope, source: &Source) -> Result<Ticket, Problem> {
    let same = visible(scope).filter(Column::SourceSystem.eq(&source.system)).filter(Column::SourceId.eq(&source.external_id));
    found(same.one(db).await?)
}

pub(crate) async fn insert<C: ConnectionTrait>(db: &C, ticket: &Ticket) -> Result<(), Problem> {
    let inserted = Entity::insert(row::row(ticket)?.into_active_model()).exec_without_returning(db).await;
    inserted.map_err(|error| {
        Problem::from(error).on_unique("source", || Fault::conflict("source_taken", "Another ticket has this source and external id."))
    })?;
    Ok(())
}

/// # Errors
/// 412 when the row has changed since it was read.
pub(crate) async fn save<C: ConnectionTrait>(db: &C, ticket: &Ticket) -> Result<(), Problem> {
    rows::save(db, row::row(ticket)?, ticket.id.uuid(), ticket.stamp.version).await
}
