//! Queries on signing keys. Managing them needs `signing-keys:*`; the public halves are public.

use chrono::{DateTime, Utc};
use kernel::Fault;
use kernel::id::new_uuid;
use platform::problem::Problem;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{ConnectionTrait, QueryOrder as _};

use super::entity::{ActiveModel, Column, Entity, Model};
use super::keyring::Fresh;
use super::model::Life;

/// Every key that was not pruned, oldest first.
pub(crate) async fn all<C: ConnectionTrait>(db: &C) -> Result<Vec<Model>, Problem> {
    Ok(Entity::find().order_by_asc(Column::Generation).all(db).await?)
}

/// Adds a key.
///
/// # Errors
/// 409 when another rotation was first.
pub(crate) async fn insert<C: ConnectionTrait>(
    db: &C,
    fresh: &Fresh,
    generation: i64,
    life: Life,
    (by, now): (Option<Uuid>, DateTime<Utc>),
) -> Result<(), Problem> {
    let row = ActiveModel {
        id: Set(new_uuid()),
        version: Set(1),
        created_at: Set(now),
        updated_at: Set(now),
        created_by: Set(by),
        updated_by: Set(by),
        generation: Set(generation),
        kid: Set(fresh.kid.clone()),
        public_key: Set(fresh.public_key.clone()),
        sealed_private_key: Set(fresh.sealed_private_key.clone()),
        signs_from: Set(life.signs_from),
        signs_until: Set(life.signs_until),
        published_until: Set(life.published_until),
    };
    Entity::insert(row).exec_without_returning(db).await.map_err(|error| Problem::from(error).on_unique("generation", in_progress))?;
    Ok(())
}

fn in_progress() -> Fault {
    Fault::conflict("rotation_in_progress", "Another rotation was carried out at the same time.")
}

/// Writes a key's changed life.
///
/// # Errors
/// 409 when another rotation changed it meanwhile.
pub(crate) async fn save_life<C: ConnectionTrait>(db: &C, row: &Model, life: Life, by: Uuid, now: DateTime<Utc>) -> Result<(), Problem> {
    let update = Entity::update_many()
        .col_expr(Column::Version, Expr::value(row.version.saturating_add(1)))
        .col_expr(Column::SignsUntil, Expr::value(life.signs_until))
        .col_expr(Column::PublishedUntil, Expr::value(life.published_until))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .col_expr(Column::UpdatedBy, Expr::value(by))
        .filter(Column::Id.eq(row.id))
        .filter(Column::Version.eq(row.version));
    if update.exec(db).await?.rows_affected == 0 { Err(in_progress().into()) } else { Ok(()) }
}

/// Forgets the private halves of retired keys; a worker's step.
pub(crate) async fn erase_retired<C: ConnectionTrait>(db: &C, now: DateTime<Utc>) -> Result<u64, Problem> {
    let update = Entity::update_many()
        .col_expr(Column::SealedPrivateKey, Expr::value(Vec::<u8>::new()))
        .filter(Column::PublishedUntil.lte(now))
        .filter(Column::SealedPrivateKey.ne(Vec::<u8>::new()));
    Ok(update.exec(db).await?.rows_affected)
}
