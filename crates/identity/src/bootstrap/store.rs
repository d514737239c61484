//! The one row that says whether the first administrator was made.

use chrono::{DateTime, Utc};
use platform::problem::Problem;
use sea_orm::ActiveValue::Set;
use sea_orm::ConnectionTrait;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, OnConflict};

use super::entity::{ActiveModel, Column, Entity};
use crate::secret::Secret;

const ROW: i64 = 1;

/// True when the token was used.
pub(crate) async fn is_used<C: ConnectionTrait>(db: &C) -> Result<bool, Problem> {
    Ok(Entity::find_by_id(ROW).one(db).await?.is_some_and(|row| row.used_at.is_some()))
}

/// True when a token was issued, used or not.
pub(crate) async fn is_issued<C: ConnectionTrait>(db: &C) -> Result<bool, Problem> {
    Ok(Entity::find_by_id(ROW).one(db).await?.is_some())
}

/// Stores a token; with `replace`, in place of an unused one. False when there was one already, or it was used.
pub(crate) async fn issue<C: ConnectionTrait>(db: &C, token: &Secret, replace: bool, now: DateTime<Utc>) -> Result<bool, Problem> {
    let row = ActiveModel { id: Set(ROW), digest: Set(token.digest().to_vec()), created_at: Set(now), used_at: Set(None) };
    let mut present = OnConflict::column(Column::Id);
    if replace {
        present.update_columns([Column::Digest, Column::CreatedAt]).action_and_where(Column::UsedAt.is_null());
    } else {
        present.do_nothing();
    }
    Ok(Entity::insert(row).on_conflict(present).exec_without_returning(db).await? == 1)
}

/// Uses the token up; true for exactly one caller.
pub(crate) async fn redeem<C: ConnectionTrait>(db: &C, token: &Secret, now: DateTime<Utc>) -> Result<bool, Problem> {
    let update = Entity::update_many()
        .col_expr(Column::UsedAt, Expr::value(now))
        .filter(Column::Id.eq(ROW))
        .filter(Column::Digest.eq(token.digest().to_vec()))
        .filter(Column::UsedAt.is_null());
    Ok(update.exec(db).await?.rows_affected == 1)
}

/// True when this is the token that was issued.
pub(crate) async fn is_right<C: ConnectionTrait>(db: &C, token: &Secret) -> Result<bool, Problem> {
    Ok(Entity::find_by_id(ROW).one(db).await?.is_some_and(|row| token.matches(&row.digest)))
}
