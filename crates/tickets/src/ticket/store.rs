//! Queries of tickets. Every read takes the caller's scope, except those that keep an identity unique.

use kernel::Fault;
use kernel::id::TicketId;
use platform::db::Tx;
use platform::problem::Problem;
use platform::rows;
use platform::scope::RowScope;
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, IntoActiveModel, Iterable,
    ModelTrait, QueryFilter, QueryOrder, QuerySelect, Select, StatementBuilder,
};
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use super::model::{Source, Ticket};
use super::row;
use crate::vocabulary::{Channel, RequesterKind};

/// Merges are followed this far; a longer chain is a broken one.
pub(crate) const MAX_MERGES: usize = 50;

/// The condition for tickets inside `scope`. Customers see only what a customer of theirs asked.
pub(crate) fn within(scope: &RowScope) -> Condition {
    let inside = scope.condition(Column::BranchId, Column::AccountId, Some(Column::SiteId));
    if !scope.is_customer() {
        return inside;
    }
    inside.add(Column::RequesterKind.eq(RequesterKind::Customer.as_str())).add(Column::Confidential.eq(false)).add(Column::Spam.eq(false))
}

/// The condition for rows of what hangs on a ticket inside `scope`, deleted or not, by their column with its id. The ticket is looked up
/// for each row of a page, never the other way round.
pub(crate) fn has_ticket<E: EntityTrait>(scope: &RowScope, row: (E, E::Column)) -> Expr {
    Expr::exists(of_row(scope, row))
}

/// As [`has_ticket`], for a ticket that is not deleted.
pub(crate) fn has_present_ticket<E: EntityTrait>(scope: &RowScope, row: (E, E::Column)) -> Expr {
    Expr::exists(of_row(scope, row).and_where(Column::DeletedAt.is_null()).take())
}

fn of_row<E: EntityTrait>(scope: &RowScope, (entity, ticket_id): (E, E::Column)) -> SelectStatement {
    let same = Expr::col((Entity, Column::Id)).equals((entity, ticket_id));
    Query::select().expr(Expr::val(1)).from(Entity).and_where(same).cond_where(within(scope)).take()
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

/// As [`find`], for what of a ticket only the desk may know: for portal customers there is none.
///
/// # Errors
/// 404 when there is none inside `scope`.
pub(crate) async fn find_for_staff<C: ConnectionTrait>(db: &C, scope: &RowScope, id: TicketId) -> Result<Ticket, Problem> {
    demand_staff(scope)?;
    find(db, scope, id).await
}

/// As [`find_for_staff`], holding the row so that what belongs to the ticket is changed by one at a time.
///
/// # Errors
/// 404 when there is none inside `scope`.
pub(crate) async fn hold_for_staff(tx: &Tx, scope: &RowScope, id: TicketId) -> Result<Ticket, Problem> {
    demand_staff(scope)?;
    find_locked(tx, scope, id).await.map(|(ticket, _)| ticket)
}

fn demand_staff(scope: &RowScope) -> Result<(), Fault> {
    if scope.is_customer() { Err(Fault::not_found(TicketId::NOUN)) } else { Ok(()) }
}

#[derive(FromQueryResult)]
struct Held {
    #[sea_orm(nested)]
    ticket: Model,
    generation: i64,
}

/// As [`find`], holding the row so that what depends on it is changed by one at a time; with the generation of the rules.
///
/// # Errors
/// 404 when there is none inside `scope`.
pub(crate) async fn find_locked<C: ConnectionTrait>(db: &C, scope: &RowScope, id: TicketId) -> Result<(Ticket, i64), Problem> {
    let generation = Expr::cust("(SELECT generation FROM rulebook WHERE rulebook.id = 1)");
    let held = visible(scope).filter(Column::Id.eq(id.uuid())).expr_as(generation, "generation").lock_exclusive();
    let held: Option<Held> = held.into_model().one(db).await?;
    let held = held.ok_or_else(|| Fault::not_found(TicketId::NOUN))?;
    Ok((row::ticket(held.ticket)?, held.generation))
}

/// A deleted ticket, held.
///
/// # Errors
/// 404 when there is none inside `scope`.
pub(crate) async fn find_deleted<C: ConnectionTrait>(db: &C, scope: &RowScope, id: TicketId) -> Result<Ticket, Problem> {
    let deleted = Entity::find().filter(within(scope)).filter(Column::DeletedAt.is_not_null());
    found(deleted.filter(Column::Id.eq(id.uuid())).lock_exclusive().one(db).await?)
}

fn found(row: Option<Model>) -> Result<Ticket, Problem> {
    row::ticket(row.ok_or_else(|| Fault::not_found(TicketId::NOUN))?)
}

/// The ticket that stands for `id` after merges; none when the way leads nowhere that is inside `scope`.
pub(crate) async fn root<C: ConnectionTrait>(db: &C, scope: &RowScope, id: TicketId) -> Result<Option<Ticket>, Problem> {
    follow(db, scope, id, |row| row.merged_into_id).await
}

/// The first ticket from `id` on of which `next` names no other; none when the way leads nowhere that is inside `scope`.
pub(crate) async fn follow<C: ConnectionTrait>(
    db: &C,
    scope: &RowScope,
    mut id: TicketId,
    next: impl Fn(&Model) -> Option<Uuid>,
) -> Result<Option<Ticket>, Problem> {
    for _ in 0..=MAX_MERGES {
        let Some(row) = visible(scope).filter(Column::Id.eq(id.uuid())).one(db).await? else { break };
        match next(&row) {
            Some(other) => id = other.into(),
            None => return row::ticket(row).map(Some),
        }
    }
    Ok(None)
}

/// The ticket of another system's identity, whether or not the caller may see it: the identity is taken either way.
pub(crate) async fn by_source<C: ConnectionTrait>(db: &C, source: &Source) -> Result<Option<Ticket>, Problem> {
    let same = Entity::find().filter(Column::SourceSystem.eq(&source.system)).filter(Column::SourceId.eq(&source.external_id));
    same.lock_exclusive().one(db).await?.map(row::ticket).transpose()
}

/// The latest ticket that went on from a closed one by a channel.
pub(crate) async fn follow_up_of<C: ConnectionTrait>(db: &C, closed: TicketId, channel: Channel) -> Result<Option<Ticket>, Problem> {
    let from = Entity::find().filter(Column::FollowUpOfId.eq(closed.uuid())).filter(Column::Channel.eq(channel.as_str()));
    let latest = from.filter(Column::DeletedAt.is_null()).order_by_desc(Column::Id).limit(1);
    latest.one(db).await?.map(row::ticket).transpose()
}

/// The ticket of another system's identity.
///
/// # Errors
/// 404 when there is none inside `scope`.
pub(crate) async fn find_source<C: ConnectionTrait>(db: &C, scope: &RowScope, source: &Source) -> Result<Ticket, Problem> {
    let same = visible(scope).filter(Column::SourceSystem.eq(&source.system)).filter(Column::SourceId.eq(&source.external_id));
    found(same.one(db).await?)
}

/// What a new row got from the database.
#[derive(FromQueryResult)]
pub(crate) struct Numbered {
    pub(crate) number: i64,
    /// Of the rules, at that moment.
    pub(crate) generation: i64,
    /// Of the roster, at that moment.
    pub(crate) roster_generation: i64,
}

/// Writes a new ticket and gives it its number: one trip for the row, the number and the generations. Numbers
/// rise but may have gaps: PostgreSQL's sequence lets writers go on side by side.
///
/// # Errors
/// 409 `source_taken`.
pub(crate) async fn insert(tx: &Tx, ticket: &Ticket) -> Result<Numbered, Problem> {
    let backend = tx.get_database_backend();
    let next = match backend {
        DbBackend::Postgres => "nextval('ticket_number')",
        _ => "(SELECT coalesce(max(number), 1000) + 1 FROM ticket)",
    };
    let row = row::row(ticket)?;
    let value = |column| if matches!(column, Column::Number) { Expr::cust(next) } else { Expr::val(row.get(column)) };
    let returned = [
        Expr::col(Column::Number),
        Expr::cust("(SELECT generation FROM rulebook WHERE id = 1) AS generation"),
        Expr::cust("(SELECT roster_generation FROM rulebook WHERE id = 1) AS roster_generation"),
    ];
    let mut insert = Query::insert();
    insert.into_table(Entity).columns(Column::iter()).values(Column::iter().map(value)).map_err(Problem::internal)?;
    let statement = StatementBuilder::build(insert.returning(Query::returning().exprs(returned)), &backend);
    let taken = || Fault::conflict("source_taken", "Another ticket has this source and external id.");
    let inserted = tx.query_one_raw(statement).await.map_err(|error| Problem::from(error).on_unique("source", taken))?;
    let inserted = inserted.ok_or_else(|| Problem::internal("an inserted ticket has no number"))?;
    Ok(Numbered::from_query_result(&inserted, "")?)
}

/// Writes a ticket of this transaction anew.
pub(crate) async fn amend(tx: &Tx, ticket: &Ticket) -> Result<(), Problem> {
    let change = row::row(ticket)?.into_active_model().reset_all();
    Entity::update_many().set(change).filter(Column::Id.eq(ticket.id.uuid())).exec(tx).await?;
    Ok(())
}

/// Notes that somebody watches a ticket, which is no change of it.
pub(crate) async fn mark_watched(tx: &Tx, ticket: &Ticket) -> Result<(), Problem> {
    if ticket.watched {
        return Ok(());
    }
    let mark = Entity::update_many().col_expr(Column::Watched, Expr::value(true)).filter(Column::Id.eq(ticket.id.uuid()));
    mark.exec(tx).await?;
    Ok(())
}

/// Writes tickets over what was read of them, in one statement.
///
/// # Errors
/// 412 when a row has changed since it was read.
pub(crate) async fn save_all<C: ConnectionTrait>(db: &C, changed: &[(&Ticket, &Ticket)]) -> Result<(), Problem> {
    let rows = |(before, after): &(&Ticket, &Ticket)| Ok((row::row(before)?, row::row(after)?));
    rows::save_all(db, &changed.iter().map(rows).collect::<Result<Vec<_>, Problem>>()?).await
}
