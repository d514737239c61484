//! Queries of accounts and of their tree. Every read takes the caller's scope, except those that check an invariant over
//! rows the caller may not see.

use kernel::Fault;
use kernel::id::{AccountId, BranchId};
use platform::problem::Problem;
use platform::rows::{self, from_json, to_json, word};
use platform::scope::RowScope;
use platform::stamp::Touch;
use platform::stamp_of;
use sea_orm::sea_query::{BinOper, Expr, ExprTrait, Func};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Select};
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use super::model::{Account, AccountStatus};
use super::path::TreePath;
use crate::reach;

/// The condition for accounts inside `scope`.
pub(crate) fn within(scope: &RowScope) -> Condition {
    scope.condition(Column::BranchId, Column::Id, None)
}

/// All accounts inside `scope`.
pub(crate) fn visible(scope: &RowScope) -> Select<Entity> {
    Entity::find().filter(within(scope))
}

/// # Errors
/// 404 when there is none inside `scope`.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, scope: &RowScope, id: AccountId) -> Result<Account, Problem> {
    let row = visible(scope).filter(Column::Id.eq(id.uuid())).one(db).await?;
    account(row.ok_or_else(|| Fault::not_found(AccountId::NOUN))?)
}

/// An account that a body refers to.
///
/// # Errors
/// A field fault at `pointer` when there is none inside `scope`.
pub(crate) async fn find_named<C: ConnectionTrait>(
    db: &C,
    scope: &RowScope,
    id: AccountId,
    pointer: &'static str,
) -> Result<Account, Problem> {
    let row = visible(scope).filter(Column::Id.eq(id.uuid())).one(db).await?;
    account(row.ok_or_else(|| reach::unknown(pointer, AccountId::NOUN))?)
}

/// The home branch of an account, which decides who may see the events of what belongs to it.
pub(crate) async fn home_branch<C: ConnectionTrait>(db: &C, id: Uuid) -> Result<Option<Uuid>, Problem> {
    let branch: Option<Option<Uuid>> = Entity::find_by_id(id).select_only().column(Column::BranchId).into_tuple().one(db).await?;
    Ok(branch.flatten())
}

/// The account with an external reference, whether or not the caller may see it: the reference is taken either way.
pub(crate) async fn by_external_ref<C: ConnectionTrait>(db: &C, external_ref: &str) -> Result<Option<Account>, Problem> {
    let row = Entity::find().filter(Column::ExternalRef.eq(external_ref)).one(db).await?;
    row.map(account).transpose()
}

/// The accounts above, nearest first.
pub(crate) async fn ancestors<C: ConnectionTrait>(db: &C, of: &Account) -> Result<Vec<Account>, Problem> {
    let numbers = of.path.ancestors();
    if numbers.is_empty() {
        return Ok(Vec::new());
    }
    let rows = Entity::find().filter(Column::Number.is_in(numbers)).order_by_desc(Column::Depth).all(db).await?;
    rows.into_iter().map(account).collect()
}

/// The identifiers of the account and everything below it that is inside `scope`.
pub(crate) async fn subtree<C: ConnectionTrait>(db: &C, scope: &RowScope, of: &Account) -> Result<Vec<Uuid>, Problem> {
    let found = visible(scope)
        .filter(below(&of.path))
        .select_only()
        .column(Column::Id)
        .order_by_asc(Column::Path)
        .into_tuple::<Uuid>()
        .all(db)
        .await?;
    Ok(found)
}

/// The greatest depth found in the subtree of `path`.
pub(crate) async fn deepest<C: ConnectionTrait>(db: &C, path: &TreePath) -> Result<usize, Problem> {
    let depth: Option<Option<i32>> =
        Entity::find().filter(below(path)).select_only().column_as(Column::Depth.max(), "deepest").into_tuple().one(db).await?;
    Ok(depth.flatten().and_then(|depth| usize::try_from(depth).ok()).unwrap_or_else(|| path.depth()))
}

fn below(path: &TreePath) -> Condition {
    let (from, until) = path.range();
    Condition::all().add(Column::Path.gte(from)).add(Column::Path.lt(until))
}

/// Rewrites the paths of everything below an account that moved from `old` to its present path, in one statement.
pub(crate) async fn carry_subtree<C: ConnectionTrait>(db: &C, old: &TreePath, moved: &Account, touch: Touch) -> Result<u64, Problem> {
    let rest = i32::try_from(old.as_str().len() + 1).map_err(Problem::internal)?;
    let path =
        Expr::val(moved.path.as_str()).binary(BinOper::Custom("||"), Func::cust("substr").args([Expr::col(Column::Path), Expr::val(rest)]));
    let deeper = depth(&moved.path)? - depth(old)?;
    let outcome = Entity::update_many()
        .col_expr(Column::Path, path)
        .col_expr(Column::Depth, Expr::col(Column::Depth).add(deeper))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .col_expr(Column::UpdatedAt, Expr::val(touch.at))
        .col_expr(Column::UpdatedBy, Expr::val(touch.by))
        .filter(below(old))
        .filter(Column::Id.ne(moved.id.uuid()))
        .exec(db)
        .await?;
    Ok(outcome.rows_affected)
}

pub(crate) async fn insert<C: ConnectionTrait>(db: &C, account: &Account) -> Result<(), Problem> {
    Entity::insert(row(account)?.into_active_model()).exec_without_returning(db).await.map_err(|error| taken(error.into(), account))?;
    Ok(())
}

/// # Errors
/// 412 when the row has changed since it was read.
pub(crate) async fn save<C: ConnectionTrait>(db: &C, account: &Account) -> Result<(), Problem> {
    rows::save(db, row(account)?, account.id.uuid(), account.stamp.version).await.map_err(|problem| taken(problem, account))
}

fn taken(problem: Problem, account: &Account) -> Problem {
    problem.on_unique("external_ref", || {
        let reference = account.external_ref.as_deref().unwrap_or_default();
        Fault::conflict("external_ref_taken", format!("Another account has the external reference {reference:?}."))
    })
}

fn depth(path: &TreePath) -> Result<i32, Problem> {
    i32::try_from(path.depth()).map_err(Problem::internal)
}

fn row(account: &Account) -> Result<Model, Problem> {
    Ok(Model {
        id: account.id.uuid(),
        version: account.stamp.version,
        created_at: account.stamp.created_at,
        updated_at: account.stamp.updated_at,
        created_by: account.stamp.created_by,
        updated_by: account.stamp.updated_by,
        external_ref: account.external_ref.clone(),
        number: account.number,
        name: account.name.clone(),
        legal_name: account.legal_name.clone(),
        parent_id: account.parent_id.map(AccountId::uuid),
        path: account.path.as_str().to_owned(),
        depth: depth(&account.path)?,
        kind: account.kind.to_string(),
        segment: account.segment.clone(),
        currency: account.currency.to_string(),
        payment_terms: account.payment_terms.to_string(),
        tax: to_json(&account.tax)?,
        status: account.status.to_string(),
        holds: to_json(&account.holds)?,
        branch_id: account.branch_id.map(BranchId::uuid),
    })
}

/// The account of a row.
///
/// # Errors
/// `internal` for a row that cannot be read.
pub(crate) fn account(row: Model) -> Result<Account, Problem> {
    let stamp = stamp_of!(row);
    Ok(Account {
        id: row.id.into(),
        stamp,
        number: row.number,
        name: row.name,
        legal_name: row.legal_name,
        parent_id: row.parent_id.map(Into::into),
        path: TreePath::stored(row.path),
        kind: word(&row.kind)?,
        segment: row.segment,
        currency: word(&row.currency)?,
        payment_terms: row.payment_terms.parse()?,
        tax: from_json(row.tax)?,
        status: word::<AccountStatus>(&row.status)?,
        holds: from_json(row.holds)?,
        branch_id: row.branch_id.map(Into::into),
        external_ref: row.external_ref,
    })
}
