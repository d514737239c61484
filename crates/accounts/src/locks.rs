//! What makes writers wait for each other: number sequences, the account tree, and one account's rows.
//!
//! A lock is a row that stays locked until the transaction ends. Reads take none.

use platform::problem::Problem;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, LockType, Query};
use sea_orm::{ColumnTrait, ConnectionTrait};
use uuid::Uuid;

use crate::account;

/// The next number of a sequence. Its row stays locked until the transaction ends, so that numbers have no gaps and
/// changes that need the sequence are made one after the other.
pub(crate) async fn next_number<C: ConnectionTrait>(db: &C, name: &'static str) -> Result<i64, Problem> {
    let column = Alias::new("last");
    let mut update = Query::update();
    update
        .table(Alias::new("numbering"))
        .value(column.clone(), Expr::col(column.clone()).add(1))
        .and_where(Expr::col(Alias::new("name")).eq(name))
        .returning_col(column);
    let row = db.query_one(&update).await?.ok_or_else(|| Problem::internal(format!("there is no sequence {name}")))?;
    Ok(row.try_get("", "last")?)
}

/// Makes changes of the account tree wait for each other and for new accounts; held until the transaction ends.
pub(crate) async fn lock_tree<C: ConnectionTrait>(db: &C) -> Result<(), Problem> {
    let mut select = Query::select();
    select
        .column(Alias::new("last"))
        .from(Alias::new("numbering"))
        .and_where(Expr::col(Alias::new("name")).eq("account"))
        .lock(LockType::Update);
    db.query_one(&select).await?;
    Ok(())
}

/// Makes checks that compare an account's rows (primaries, overlaps) wait for each other; held until the transaction ends.
pub(crate) async fn lock_account<C: ConnectionTrait>(db: &C, account: Uuid) -> Result<(), Problem> {
    let mut select = Query::select();
    select
        .column(account::entity::Column::Id)
        .from(account::entity::Entity)
        .and_where(account::entity::Column::Id.eq(account))
        .lock(LockType::Update);
    db.query_one(&select).await?;
    Ok(())
}
