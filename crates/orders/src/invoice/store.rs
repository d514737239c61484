//! Reading invoices within the caller's scope, and writing them.

use kernel::id::new_uuid;
use kernel::{Currency, Fault, Money};
use platform::db::Tx;
use platform::problem::Problem;
use platform::rows;
use platform::scope::RowScope;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{CaseStatement, SimpleExpr};
use sea_orm::{Condition, ConnectionTrait, EntityTrait, ExprTrait, IntoActiveModel, QueryOrder, QuerySelect, Select};
use serde::Serialize;

use super::entity::{ActiveModel, Column, Entity, Model};
use super::line_entity::{self, Model as LineModel};
use super::model::{Draft, DraftLine, State};
use super::view::StoredTax;
use crate::external_ref;
use crate::payment::application::OpenItem;

/// Lines per statement, within SQLite's limit of bound values.
const CHUNK: usize = 1_000;

/// The invoices a caller may see; a customer sees no drafts.
#[must_use]
pub fn visible(scope: &RowScope) -> Select<Entity> {
    let select = Entity::find().filter(scope.condition(Column::BranchId, Column::BillToId, None));
    if scope.is_customer() { select.filter(Column::State.ne(State::Draft.as_str())) } else { select }
}

/// # Errors
/// 404 when there is none in the caller's scope.
pub async fn find<C: ConnectionTrait>(db: &C, scope: &RowScope, id: Uuid) -> Result<Model, Problem> {
    Ok(visible(scope).filter(Column::Id.eq(id)).one(db).await?.ok_or_else(|| Fault::not_found("invoice"))?)
}

/// An invoice's lines in their order.
///
/// # Errors
/// Those of the database.
pub async fn lines<C: ConnectionTrait>(db: &C, invoice: Uuid) -> Result<Vec<LineModel>, Problem> {
    let select = line_entity::Entity::find().filter(line_entity::Column::InvoiceId.eq(invoice));
    Ok(select.order_by_asc(line_entity::Column::LineNo).all(db).await?)
}

/// The rows of a new draft.
///
/// # Errors
/// `internal` when the taxes cannot be written as JSON.
pub fn rows(draft: &Draft, tx: &Tx) -> Result<(Model, Vec<LineModel>), Problem> {
    let id = new_uuid();
    let header = &draft.header;
    let actor = Some(tx.actor().id);
    let invoice = Model {
        id,
        version: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
        created_by: actor,
        updated_by: actor,
        external_ref: header.external_ref.clone(),
        number: None,
        state: State::Draft.as_str().to_owned(),
        open: false,
        bill_to_id: header.bill_to,
        bill_to_name: header.bill_to_name.clone(),
        branch_id: header.branch,
        order_id: header.order,
        bill_run_id: header.run,
        currency: header.currency.code().to_owned(),
        po_number: header.po_number.clone(),
        terms: header.terms.to_string(),
        issue_date: header.issue_date,
        due_date: header.due_date,
        posted_at: None,
        voided_on: None,
        voided_at: None,
        net: draft.net,
        tax: draft.tax,
        total: draft.total,
        balance: 0,
        taxes: serde_json::to_value(draft.taxes.iter().map(StoredTax::of).collect::<Vec<_>>())?,
        content_hash: None,
        memo: header.memo.clone(),
        void_reason: None,
    };
    let lines = draft.lines.iter().zip(1..).map(|(line, number)| line_row(id, number, line)).collect();
    Ok((invoice, lines))
}

fn line_row(invoice: Uuid, number: i32, line: &DraftLine) -> LineModel {
    let new = &line.line;
    LineModel {
        id: new_uuid(),
        invoice_id: invoice,
        line_no: number,
        kind: new.kind.as_str().to_owned(),
        description: new.description.clone(),
        billable_id: new.billable,
        order_id: new.order,
        site_id: new.site,
        item_id: new.item,
        service_date: new.service_date,
        quantity: new.quantity.scaled(),
        uom: new.uom.clone(),
        unit_price: new.unit_price.scaled(),
        discount_rate: new.discount_rate.scaled(),
        tax_code: new.tax_code.clone(),
        tax_exemption: new.tax_exemption.clone(),
        net: line.net,
        tax: line.tax,
        credited_quantity: 0,
        credited_net: 0,
        credited_tax: 0,
    }
}

/// Writes new invoices and their lines in as few statements as they fit.
///
/// # Errors
/// 409 `external_ref_taken`; those of the database.
pub async fn insert<C: ConnectionTrait>(db: &C, invoices: &[Model], lines: &[LineModel]) -> Result<(), Problem> {
    for invoice in invoices {
        external_ref::ensure_free::<Entity, C>(db, (Column::Id, Column::ExternalRef), invoice.external_ref.as_deref()).await?;
    }
    for chunk in invoices.chunks(CHUNK / 2) {
        let rows = chunk.iter().map(|row| row.clone().into_active_model());
        let written = Entity::insert_many(rows).exec_without_returning(db).await;
        written.map_err(|error| Problem::from(error).on_unique("external_ref", external_ref::taken))?;
    }
    for chunk in lines.chunks(CHUNK) {
        line_entity::Entity::insert_many(chunk.iter().map(|row| row.clone().into_active_model())).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Writes the members of `change` to the invoice if it still has the version before `next`'s.
///
/// # Errors
/// 412 when it has changed meanwhile.
pub async fn save<C: ConnectionTrait>(db: &C, next: &Model, change: ActiveModel) -> Result<(), Problem> {
    let change = ActiveModel {
        version: Set(next.version),
        updated_at: Set(next.updated_at),
        updated_by: Set(next.updated_by),
        state: Set(next.state.clone()),
        open: Set(next.open),
        balance: Set(next.balance),
        ..change
    };
    rows::save_members(db, change, next.id, next.version).await
}

/// Removes a draft and its lines.
///
/// # Errors
/// 412 when it has changed meanwhile.
pub async fn discard<C: ConnectionTrait>(db: &C, draft: &Model) -> Result<(), Problem> {
    line_entity::Entity::delete_many().filter(line_entity::Column::InvoiceId.eq(draft.id)).exec(db).await?;
    let removed = Entity::delete_many().filter(Column::Id.eq(draft.id)).filter(Column::Version.eq(draft.version)).exec(db).await?;
    if removed.rows_affected == 1 { Ok(()) } else { Err(Fault::stale().into()) }
}

/// Which open items to read.
#[derive(Clone, Copy, Debug)]
pub enum Wanted<'a> {
    /// The first by due date, issue date and number.
    Oldest(u64),
    /// Those with exactly this balance.
    Balance(i64),
    /// Those with these ids or numbers.
    Named { ids: &'a [Uuid], numbers: &'a [String] },
    /// By id, whether open or not: to take applications back.
    Any(&'a [Uuid]),
}

type ItemRow = (Uuid, Option<String>, Option<Date>, Option<Date>, i64, i64, i64);

/// The rows of items of one account and currency.
#[must_use]
pub fn item_rows(account: Uuid, currency: Currency, wanted: Wanted<'_>) -> Select<Entity> {
    let columns = [Column::Id, Column::Number, Column::DueDate, Column::IssueDate, Column::Total, Column::Balance, Column::Version];
    let select = Entity::find().select_only().columns(columns);
    let select = select.filter(Column::BillToId.eq(account)).filter(Column::Currency.eq(currency.code()));
    let open = select.clone().filter(Column::Open.eq(true));
    match wanted {
        Wanted::Oldest(limit) => {
            open.order_by_asc(Column::DueDate).order_by_asc(Column::IssueDate).order_by_asc(Column::Number).limit(limit)
        }
        Wanted::Balance(balance) => open.filter(Column::Balance.eq(balance)).limit(2),
        Wanted::Named { ids, numbers } => {
            let ids = Column::Id.is_in(ids.iter().copied());
            open.filter(Condition::any().add(ids).add(Column::Number.is_in(numbers.iter().cloned())))
        }
        Wanted::Any(ids) => select.filter(Column::Id.is_in(ids.iter().copied())),
    }
}

/// Items of one account and currency. Read under the account's lock, they stay as they are until the transaction ends.
///
/// # Errors
/// Those of the database.
pub async fn items<C: ConnectionTrait>(db: &C, account: Uuid, currency: Currency, wanted: Wanted<'_>) -> Result<Vec<OpenItem>, Problem> {
    let rows: Vec<ItemRow> = item_rows(account, currency, wanted).into_tuple().all(db).await?;
    let item = |(invoice, number, due, issued, total, balance, version): ItemRow| OpenItem {
        invoice,
        number: number.unwrap_or_default(),
        due_date: due.unwrap_or_default(),
        issue_date: issued.unwrap_or_default(),
        total,
        balance,
        version,
    };
    Ok(rows.into_iter().map(item).collect())
}

/// An invoice after an application: its new balance, state and version.
#[derive(Clone, Debug)]
pub struct Settled {
    pub id: Uuid,
    pub number: String,
    pub balance: i64,
    pub state: State,
    pub version: i64,
}

/// What an invoice's balance event says.
#[derive(Serialize)]
pub struct BalanceView<'a> {
    id: Uuid,
    number: &'a str,
    state: &'static str,
    currency: Currency,
    balance: Money,
}

impl<'a> BalanceView<'a> {
    #[must_use]
    pub fn of(settled: &'a Settled, currency: Currency) -> Self {
        let balance = Money::from_minor(settled.balance, currency);
        Self { id: settled.id, number: &settled.number, state: settled.state.as_str(), currency, balance }
    }
}

/// Writes the new balances of several invoices in one statement. The caller holds their account's lock.
///
/// # Errors
/// Those of the database.
pub async fn settle(tx: &Tx, settled: &[Settled]) -> Result<(), Problem> {
    let by_id = |value: fn(&Settled) -> SimpleExpr, column: Column| {
        let case = settled.iter().fold(CaseStatement::new(), |case, one| case.case(Column::Id.eq(one.id), value(one)));
        SimpleExpr::Case(Box::new(case.finally(Expr::col(column))))
    };
    let result = Entity::update_many()
        .col_expr(Column::Balance, by_id(|one| Expr::val(one.balance), Column::Balance))
        .col_expr(Column::State, by_id(|one| Expr::val(one.state.as_str()), Column::State))
        .col_expr(Column::Open, by_id(|one| Expr::val(one.state.is_open()), Column::Open))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .col_expr(Column::UpdatedAt, Expr::val(tx.now()))
        .filter(Column::Id.is_in(settled.iter().map(|one| one.id)))
        .exec(tx)
        .await?;
    if u64::try_from(settled.len()).is_ok_and(|expected| expected == result.rows_affected) {
        return Ok(());
    }
    Err(Problem::internal("an open item disappeared under its account's lock"))
}

/// Marks an invoice as changed when only its lines' credits have: its entity tag must change too.
///
/// # Errors
/// Those of the database.
pub async fn touch(tx: &Tx, id: Uuid) -> Result<(), Problem> {
    Entity::update_many()
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .col_expr(Column::UpdatedAt, Expr::val(tx.now()))
        .filter(Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}
