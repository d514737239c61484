//! What makes writers wait for each other: number sequences, the account tree, and one account's rows.
//!
//! A lock is a row that stays locked until the transaction ends. Reads take none. Numbers rise but may have gaps:
//! PostgreSQL's sequences let writers go on side by side, SQLite has one writer anyway.

use platform::problem::Problem;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, LockType, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, Statement, StatementBuilder};
use uuid::Uuid;

use crate::account;

/// The next number of a sequence.
pub(crate) async fn next_number<C: ConnectionTrait>(db: &C, name: &'static str) -> Result<i64, Problem> {
    let (backend, column) = (db.get_database_backend(), Alias::new("last"));
    let statement = match backend {
        DbBackend::Postgres => Statement::from_string(backend, format!("SELECT nextval('{name}_number_seq') AS last")),
        _ => {
            let mut update = Query::update();
            update
                .table(Alias::new("numbering"))
                .value(column.clone(), Expr::col(column.clone()).add(1))
                .and_where(Expr::col(Alias::new("name")).eq(name))
                .returning_col(column);
            StatementBuilder::build(&update, &backend)
        }
    };
    let row = db.query_one_raw(statement).await?.ok_or_else(|| Problem::internal(format!("there is no sequence {name}")))?;
    Ok(row.try_get("", "last")?)
}

/// Makes changes of the account tree wait for each other and for new accounts below others; held until the transaction ends.
pub(crate) async fn lock_tree<C: ConnectionTrait>(db: &C) -> Result<(), Problem> {
    hold_tree(db, LockType::Update).await
}

/// Keeps the tree as it is until the transaction ends; a new account's path is its parent's. Others may keep it too.
pub(crate) async fn keep_tree<C: ConnectionTrait>(db: &C) -> Result<(), Problem> {
    hold_tree(db, LockType::Share).await
}

async fn hold_tree<C: ConnectionTrait>(db: &C, lock: LockType) -> Result<(), Problem> {
    if db.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let mut select = Query::select();
    select.column(Alias::new("last")).from(Alias::new("numbering")).and_where(Expr::col(Alias::new("name")).eq("account")).lock(lock);
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
