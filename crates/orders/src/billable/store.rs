//! Reading billables within the caller's scope, and the compare-and-set steps of billing.

use kernel::Fault;
use kernel::id::new_uuid;
use platform::db::Tx;
use platform::outbox::Change;
use platform::problem::Problem;
use platform::rows;
use platform::scope::RowScope;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{CaseStatement, SimpleExpr};
use sea_orm::{ConnectionTrait, EntityTrait, ExprTrait, IntoActiveModel, QueryOrder, Select};

use super::entity::{ActiveModel, Column, Entity, Model};
use super::http::BillableView;
use super::model::{NewBillable, State};
use crate::external_ref;

/// Rows per statement, within SQLite's limit of bound values.
const CHUNK: usize = 500;
/// How many ids a conflict names.
const CONFLICTS: usize = 20;

/// The billables a caller may see.
#[must_use]
pub fn visible(scope: &RowScope) -> Select<Entity> {
    Entity::find().filter(scope.condition(Column::BranchId, Column::AccountId, Some(Column::SiteId)))
}

/// # Errors
/// 404 when there is none in the caller's scope.
pub async fn find<C: ConnectionTrait>(db: &C, scope: &RowScope, id: Uuid) -> Result<Model, Problem> {
    Ok(visible(scope).filter(Column::Id.eq(id)).one(db).await?.ok_or_else(|| Fault::not_found("billable"))?)
}

/// Billables by id, in the order of service date and id; the caller compares the number.
///
/// # Errors
/// Those of the database.
pub async fn named<C: ConnectionTrait>(db: &C, scope: &RowScope, ids: &[Uuid]) -> Result<Vec<Model>, Problem> {
    let select = visible(scope).filter(Column::Id.is_in(ids.iter().copied()));
    Ok(select.order_by_asc(Column::ServiceDate).order_by_asc(Column::Id).all(db).await?)
}

/// The open billables of an order.
///
/// # Errors
/// Those of the database.
pub async fn open_of_order<C: ConnectionTrait>(db: &C, scope: &RowScope, order: Uuid) -> Result<Vec<Model>, Problem> {
    let select = visible(scope).filter(Column::OrderId.eq(order)).filter(Column::State.eq(State::Open.as_str()));
    Ok(select.order_by_asc(Column::ServiceDate).order_by_asc(Column::Id).all(db).await?)
}

/// How many billables of an order are or will be billed.
///
/// # Errors
/// Those of the database.
pub async fn count_of_order<C: ConnectionTrait>(db: &C, scope: &RowScope, order: Uuid) -> Result<u64, Problem> {
    let select = visible(scope).filter(Column::OrderId.eq(order)).filter(Column::State.ne(State::Waived.as_str()));
    Ok(select.count(db).await?)
}

/// Writes billables in the transaction that causes them, with their events.
///
/// # Errors
/// 409 `already_billable` when the source has one of this kind and sequence already; `overflow`.
pub async fn insert(tx: &Tx, new: &[NewBillable]) -> Result<Vec<Model>, Problem> {
    let rows = new.iter().map(|one| row(tx, one)).collect::<Result<Vec<Model>, Fault>>()?;
    write(tx, &rows).await?;
    Ok(rows)
}

async fn write(tx: &Tx, rows: &[Model]) -> Result<(), Problem> {
    let already = || Fault::conflict("already_billable", "This source already has a billable of this kind.");
    for row in rows {
        external_ref::ensure_free::<Entity, Tx>(tx, (Column::Id, Column::ExternalRef), row.external_ref.as_deref()).await?;
    }
    for chunk in rows.chunks(CHUNK) {
        let written = Entity::insert_many(chunk.iter().map(|row| row.clone().into_active_model())).exec_without_returning(tx).await;
        written.map_err(|error| Problem::from(error).on_unique("external_ref", external_ref::taken).on_unique("source", already))?;
    }
    for row in rows {
        tx.record(created(row)?);
    }
    Ok(())
}

fn created(row: &Model) -> Result<Change, Problem> {
    let change = Change::new("billable.created", "billable", row.id, row.version).after(&BillableView::of(row)?);
    Ok(change.account(Some(row.account_id)).site(row.site_id).branch(row.branch_id))
}

fn row(tx: &Tx, new: &NewBillable) -> Result<Model, Fault> {
    let amount = new.amount()?;
    let actor = Some(tx.actor().id);
    Ok(Model {
        id: new_uuid(),
        version: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
        created_by: actor,
        updated_by: actor,
        external_ref: new.external_ref.clone(),
        source_type: new.source_type.as_str().to_owned(),
        source_id: new.source_id,
        source_seq: new.source_seq,
        kind: new.kind.as_str().to_owned(),
        state: State::Open.as_str().to_owned(),
        account_id: new.account,
        bill_to_id: new.bill_to,
        branch_id: new.branch,
        site_id: new.site,
        order_id: new.order,
        po_number: new.po_number.clone(),
        service_line: new.service_line.clone(),
        cost_center: new.cost_center.clone(),
        payment_terms: new.payment_terms.map(|terms| terms.to_string()),
        service_date: new.service_date,
        description: new.description.clone(),
        item_id: new.item,
        quantity: new.quantity.scaled(),
        uom: new.uom.clone(),
        unit_price: new.unit_price.scaled(),
        discount_rate: new.discount_rate.scaled(),
        amount,
        currency: new.currency.code().to_owned(),
        tax_code: new.tax_code.clone(),
        tax_rate: new.tax_rate.map(|rate| rate.scaled()),
        tax_exemption: new.tax_exemption.clone(),
        invoice_id: None,
        superseded_by: None,
        reason: None,
    })
}

/// Moves open billables onto invoices, each onto its own, all or none.
///
/// # Errors
/// 409 `billable_not_open` when one of them is no longer open.
pub async fn claim(tx: &Tx, claims: &[(Uuid, Vec<Uuid>)], state: State) -> Result<(), Problem> {
    let pairs: Vec<(Uuid, Uuid)> = claims.iter().flat_map(|(invoice, ids)| ids.iter().map(|id| (*id, *invoice))).collect();
    let mut claimed = 0;
    for chunk in pairs.chunks(CHUNK) {
        let open = Column::Id.is_in(chunk.iter().map(|(id, _)| *id)).and(Column::State.eq(State::Open.as_str()));
        claimed += step(tx, state, invoice_of(chunk), open).await?;
    }
    if u64::try_from(pairs.len()).is_ok_and(|expected| expected == claimed) {
        return Ok(());
    }
    let ids = pairs.iter().take(CONFLICTS).map(|(id, _)| *id);
    Err(Fault::conflict("billable_not_open", "A billable is no longer open.").with_conflicts(ids).into())
}

/// The invoice of each billable; a plain value when there is only one.
fn invoice_of(pairs: &[(Uuid, Uuid)]) -> SimpleExpr {
    match pairs {
        [(_, first), rest @ ..] if rest.iter().all(|(_, invoice)| invoice == first) => Expr::val(*first),
        _ => {
            let case = pairs.iter().fold(CaseStatement::new(), |case, (id, invoice)| case.case(Column::Id.eq(*id), Expr::val(*invoice)));
            SimpleExpr::Case(Box::new(case.finally(Expr::col(Column::InvoiceId))))
        }
    }
}

async fn step(tx: &Tx, state: State, invoice: SimpleExpr, rows: SimpleExpr) -> Result<u64, Problem> {
    let change = ActiveModel {
        state: Set(state.as_str().to_owned()),
        updated_at: Set(tx.now()),
        updated_by: Set(Some(tx.actor().id)),
        ..Default::default()
    };
    let version = Expr::col(Column::Version).add(1);
    let update = Entity::update_many().set(change).col_expr(Column::Version, version).col_expr(Column::InvoiceId, invoice);
    Ok(update.filter(rows).exec(tx).await?.rows_affected)
}

/// The billables of a draft are billed: it has been posted.
///
/// # Errors
/// Those of the database.
pub async fn bill(tx: &Tx, invoice: Uuid) -> Result<(), Problem> {
    let claimed = Column::InvoiceId.eq(invoice).and(Column::State.eq(State::Claimed.as_str()));
    step(tx, State::Billed, Expr::val(invoice), claimed).await.map(drop)
}

/// The billables of a discarded draft are open again.
///
/// # Errors
/// Those of the database.
pub async fn release(tx: &Tx, invoice: Uuid) -> Result<(), Problem> {
    let claimed = Column::InvoiceId.eq(invoice).and(Column::State.eq(State::Claimed.as_str()));
    step(tx, State::Open, Expr::val(None::<Uuid>), claimed).await.map(drop)
}

/// Gives each billable of a voided or fully credited document an open successor with the next sequence number.
///
/// # Errors
/// Those of the database.
pub async fn reopen(tx: &Tx, ids: &[Uuid]) -> Result<(), Problem> {
    if ids.is_empty() {
        return Ok(());
    }
    let billed = Entity::find().filter(Column::Id.is_in(ids.iter().copied())).filter(Column::SupersededBy.is_null()).all(tx).await?;
    let mut successors = Vec::with_capacity(billed.len());
    for old in billed {
        let successor = Model {
            id: new_uuid(),
            version: 1,
            created_at: tx.now(),
            updated_at: tx.now(),
            created_by: Some(tx.actor().id),
            updated_by: Some(tx.actor().id),
            external_ref: None,
            source_seq: old.source_seq.checked_add(1).ok_or_else(Fault::overflow)?,
            state: State::Open.as_str().to_owned(),
            invoice_id: None,
            superseded_by: None,
            ..old.clone()
        };
        let change = ActiveModel { superseded_by: Set(Some(successor.id)), ..Default::default() };
        Entity::update_many().set(change).filter(Column::Id.eq(old.id)).exec(tx).await?;
        successors.push(successor);
    }
    write(tx, &successors).await
}

/// Writes a state that was chosen by hand if the row still has the version before `next`'s.
///
/// # Errors
/// 412 when it has changed meanwhile.
pub async fn save<C: ConnectionTrait>(db: &C, next: &Model) -> Result<(), Problem> {
    let change = ActiveModel {
        version: Set(next.version),
        state: Set(next.state.clone()),
        reason: Set(next.reason.clone()),
        updated_at: Set(next.updated_at),
        updated_by: Set(next.updated_by),
        ..Default::default()
    };
    rows::save_members(db, change, next.id, next.version).await
}
