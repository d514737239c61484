//! Reading orders within the caller's scope, writing them over the version they were read at.

use std::collections::HashMap;

use kernel::Fault;
use platform::db::Tx;
use platform::problem::Problem;
use platform::rows;
use platform::scope::RowScope;
use platform::stamp::Touch;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, DbBackend, ExprTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Select, Statement};

use super::entity::{Column, Entity, Model};
use super::line_entity::{ActiveModel as LineChange, Column as LineColumn, Entity as LineEntity, Model as Line};
use super::model::Order;
use crate::billable::State;
use crate::billable::entity::{ActiveModel as BillableChange, Column as BillableColumn, Entity as Billable};

/// The orders a caller may see.
#[must_use]
pub fn visible(scope: &RowScope) -> Select<Entity> {
    Entity::find().filter(scope.condition(Column::BranchId, Column::AccountId, Some(Column::SiteId)))
}

/// # Errors
/// 404 when there is none in the caller's scope.
pub async fn find<C: ConnectionTrait>(db: &C, scope: &RowScope, id: Uuid) -> Result<Model, Problem> {
    Ok(visible(scope).filter(Column::Id.eq(id)).one(db).await?.ok_or_else(|| Fault::not_found("order"))?)
}

/// The tax that an order brought from elsewhere, in minor units; none when it brought none, or there is no such order in scope.
///
/// # Errors
/// Those of the database.
pub async fn tax_given<C: ConnectionTrait>(db: &C, scope: &RowScope, id: Uuid) -> Result<Option<i64>, Problem> {
    let select = visible(scope).filter(Column::Id.eq(id)).select_only().column(Column::TaxGiven);
    Ok(select.into_tuple::<Option<i64>>().one(db).await?.flatten())
}

/// An order with its lines.
///
/// # Errors
/// 404 when there is none in the caller's scope.
pub async fn whole<C: ConnectionTrait>(db: &C, scope: &RowScope, id: Uuid) -> Result<Order, Problem> {
    let row = find(db, scope, id).await?;
    let lines = LineEntity::find().filter(LineColumn::OrderId.eq(id)).order_by_asc(LineColumn::LineNo).all(db).await?;
    Ok(Order { row, lines })
}

/// The lines of several orders, each order's in their order.
///
/// # Errors
/// Those of the database.
pub async fn lines_of<C: ConnectionTrait>(db: &C, orders: &[Uuid]) -> Result<HashMap<Uuid, Vec<Line>>, Problem> {
    let query = LineEntity::find().filter(LineColumn::OrderId.is_in(orders.iter().copied())).order_by_asc(LineColumn::LineNo);
    let mut found: HashMap<Uuid, Vec<Line>> = HashMap::new();
    for line in query.all(db).await? {
        found.entry(line.order_id).or_default().push(line);
    }
    Ok(found)
}

/// The order that has this external reference already, whoever may see it.
///
/// # Errors
/// Those of the database.
pub async fn holder<C: ConnectionTrait>(db: &C, external_ref: Option<&str>) -> Result<Option<Uuid>, Problem> {
    let Some(reference) = external_ref else { return Ok(None) };
    let query = Entity::find().select_only().column(Column::Id).filter(Column::ExternalRef.eq(reference));
    Ok(query.into_tuple().one(db).await?)
}

/// The refusal of an external reference that is taken.
#[must_use]
pub fn taken(by: Option<Uuid>) -> Fault {
    Fault::conflict("external_ref_taken", "Another order has this external reference.").with_conflicts(by)
}

/// Takes the next number. Numbers rise but may have gaps: PostgreSQL's sequence lets writers go on side by side.
///
/// # Errors
/// Those of the database.
pub async fn next_number<C: ConnectionTrait>(db: &C) -> Result<String, Problem> {
    let backend = db.get_database_backend();
    let sql = match backend {
        DbBackend::Postgres => "SELECT nextval('service_order_number_seq')",
        _ => "UPDATE sequence SET value = value + 1 WHERE name = 'order' RETURNING value",
    };
    let row = db.query_one_raw(Statement::from_string(backend, sql)).await?;
    let value: i64 = row.ok_or_else(|| Problem::internal("a sequence gave no number"))?.try_get_by_index(0)?;
    Ok(format!("O-{value}"))
}

/// Adds an order with its lines: two statements.
///
/// # Errors
/// 409 `external_ref_taken`; 409 `already_ordered` when the quote's conversion has made its order already.
pub async fn insert(tx: &Tx, order: &Order) -> Result<(), Problem> {
    let already = || Fault::conflict("already_ordered", "This order was made before.").with_conflicts([order.row.id]);
    let written = Entity::insert(order.row.clone().into_active_model()).exec_without_returning(tx).await;
    written.map_err(|error| Problem::from(error).on_unique("external_ref", || taken(None)).on_unique("service_order", already))?;
    insert_lines(tx, &order.lines).await
}

async fn insert_lines(tx: &Tx, lines: &[Line]) -> Result<(), Problem> {
    for chunk in lines.chunks(500) {
        LineEntity::insert_many(chunk.iter().map(|line| line.clone().into_active_model())).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Replaces the lines of an order that is not confirmed.
///
/// # Errors
/// Those of the database.
pub async fn replace_lines(tx: &Tx, order: &Order) -> Result<(), Problem> {
    LineEntity::delete_many().filter(LineColumn::OrderId.eq(order.row.id)).exec(tx).await?;
    insert_lines(tx, &order.lines).await
}

/// Writes how much of each line is done.
///
/// # Errors
/// Those of the database.
pub async fn save_done(tx: &Tx, order: &Order) -> Result<(), Problem> {
    let whole = Expr::col(LineColumn::Quantity);
    let all_done = order.lines.iter().all(|line| line.quantity_done == line.quantity);
    let none_done = order.lines.iter().all(|line| line.quantity_done == 0);
    if all_done || none_done {
        let value = if all_done { whole } else { Expr::value(0_i64) };
        let query = LineEntity::update_many().col_expr(LineColumn::QuantityDone, value);
        query.filter(LineColumn::OrderId.eq(order.row.id)).exec(tx).await?;
        return Ok(());
    }
    for line in &order.lines {
        let change = LineChange { quantity_done: Set(line.quantity_done), ..Default::default() };
        LineEntity::update_many().set(change).filter(LineColumn::Id.eq(line.id)).exec(tx).await?;
    }
    Ok(())
}

/// Writes a changed order over the version it was read at.
///
/// # Errors
/// 412 when it has changed meanwhile.
pub async fn save<C: ConnectionTrait>(db: &C, next: &Model) -> Result<(), Problem> {
    rows::save(db, next.clone(), next.id, next.version).await
}

/// Demands that nothing of an order has been invoiced, drafts included.
///
/// # Errors
/// 409 `billed` with the billables.
pub async fn check_unbilled<C: ConnectionTrait>(db: &C, order: Uuid) -> Result<(), Problem> {
    let invoiced = [State::Claimed.as_str(), State::Billed.as_str()];
    let query = Billable::find().select_only().column(BillableColumn::Id).filter(BillableColumn::OrderId.eq(order));
    let query = query.filter(BillableColumn::SupersededBy.is_null());
    let found: Vec<Uuid> = query.filter(BillableColumn::State.is_in(invoiced)).into_tuple().all(db).await?;
    if found.is_empty() {
        return Ok(());
    }
    Err(Fault::conflict("billed", "Parts of this order are on an invoice.").with_conflicts(found).into())
}

/// The source sequence that an order's next billables take.
///
/// # Errors
/// Those of the database.
pub async fn next_sequence<C: ConnectionTrait>(db: &C, order: Uuid) -> Result<i32, Problem> {
    let query = Billable::find().select_only().column(BillableColumn::SourceSeq).filter(BillableColumn::OrderId.eq(order));
    let last: Option<i32> = query.order_by_desc(BillableColumn::SourceSeq).into_tuple().one(db).await?;
    Ok(last.unwrap_or_default().checked_add(1).ok_or_else(Fault::overflow)?)
}

/// Moves the billables of an order from one state to another, with the reason.
///
/// # Errors
/// Those of the database.
pub async fn move_billables(tx: &Tx, order: Uuid, (from, to): (State, State), reason: &str, touch: Touch) -> Result<(), Problem> {
    let change = BillableChange {
        state: Set(to.as_str().to_owned()),
        reason: Set(Some(reason.to_owned())),
        updated_at: Set(touch.at),
        updated_by: Set(Some(touch.by)),
        ..Default::default()
    };
    let version = Expr::col(BillableColumn::Version).add(1);
    let query = Billable::update_many().set(change).col_expr(BillableColumn::Version, version);
    query.filter(BillableColumn::OrderId.eq(order)).filter(BillableColumn::State.eq(from.as_str())).exec(tx).await?;
    Ok(())
}
