//! What the stores of all resources share: reading words and JSON back, saving by version, locking, numbering, and rows
//! that are reached through their account.
//!
//! No query of one resource lives here. A stored value that cannot be read is a broken row (500), never a caller's fault.

use std::fmt::Display;
use std::str::FromStr;

use kernel::Fault;
use platform::problem::Problem;
use platform::scope::RowScope;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, LockType, Query};
use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, JsonValue, ModelTrait,
    QueryFilter, UpdateMany,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::account;

/// A stored word, or any other text with one reading.
pub(crate) fn word<T: FromStr>(text: &str) -> Result<T, Problem>
where
    T::Err: Display,
{
    text.parse().map_err(|error| Problem::internal(format!("a stored value cannot be read: {error}")))
}

/// A stored word that may be absent.
pub(crate) fn word_or_none<T: FromStr>(text: Option<&str>) -> Result<Option<T>, Problem>
where
    T::Err: Display,
{
    text.map(word).transpose()
}

/// A stored JSON value.
pub(crate) fn from_json<T: DeserializeOwned>(value: JsonValue) -> Result<T, Problem> {
    Ok(serde_json::from_value(value)?)
}

/// A value as its JSON column holds it.
pub(crate) fn to_json<T: Serialize + ?Sized>(value: &T) -> Result<JsonValue, Problem> {
    Ok(serde_json::to_value(value)?)
}

/// The stamp of a row of any resource table.
macro_rules! stamp_of {
    ($row:expr) => {
        $crate::stamp::Stamp {
            version: $row.version,
            created_at: $row.created_at,
            updated_at: $row.updated_at,
            created_by: $row.created_by,
            updated_by: $row.updated_by,
        }
    };
}
pub(crate) use stamp_of;

/// Replaces the row `id` if its version is still the one before `version`.
pub(crate) async fn save<C, M>(db: &C, row: M, id: Uuid, version: i64) -> Result<(), Problem>
where
    C: ConnectionTrait,
    M: ModelTrait + IntoActiveModel<<M::Entity as EntityTrait>::ActiveModel>,
    <M::Entity as EntityTrait>::ActiveModel: ActiveModelBehavior,
{
    let update: UpdateMany<M::Entity> = M::Entity::update_many()
        .set(row.into_active_model().reset_all())
        .filter(Expr::col(Alias::new("id")).eq(id))
        .filter(Expr::col(Alias::new("version")).eq(version - 1));
    let outcome = update.exec(db).await?;
    if outcome.rows_affected == 1 { Ok(()) } else { Err(Fault::stale().into()) }
}

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

/// The condition for rows that are visible when the account named in `column` is.
pub(crate) fn through_account<C: ColumnTrait>(scope: &RowScope, column: C) -> Condition {
    match scope {
        RowScope::All => Condition::all(),
        RowScope::Accounts { accounts, .. } => Condition::all().add(column.is_in(accounts.iter().copied())),
        RowScope::Branches(_) => {
            let visible = Query::select()
                .column(account::entity::Column::Id)
                .from(account::entity::Entity)
                .cond_where(account::store::within(scope))
                .take();
            Condition::all().add(column.in_subquery(visible))
        }
    }
}

/// A field fault for a reference in a body that leads nowhere the caller can see.
pub(crate) fn unknown(pointer: &'static str, noun: &'static str) -> Fault {
    Fault::field(pointer, "unknown_reference", format!("There is no such {noun}."))
}
