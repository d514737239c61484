//! Queries on revocations; every service reads all of them.

use chrono::{DateTime, TimeDelta, Utc};
use platform::problem::Problem;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, QueryOrder as _, QuerySelect as _};

use super::entity::{ActiveModel, Column, Entity};

/// How long an entry matters: an access token's life and the allowed clock difference.
pub(crate) const KEEP: TimeDelta = TimeDelta::minutes(20);

/// What kind of thing an entry names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Revoked {
    TokenChain,
    ApiKey,
    User,
}

impl Revoked {
    const fn as_str(self) -> &'static str {
        match self {
            Self::TokenChain => "token_chain",
            Self::ApiKey => "api_key",
            Self::User => "user",
        }
    }
}

/// Adds entries.
pub(crate) async fn add<C: ConnectionTrait>(
    db: &C,
    kind: Revoked,
    ids: impl IntoIterator<Item = Uuid>,
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    let rows: Vec<ActiveModel> =
        ids.into_iter().map(|id| ActiveModel { id: Set(id), kind: Set(kind.as_str().to_owned()), revoked_at: Set(now) }).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let mut again = OnConflict::column(Column::Id);
    again.update_column(Column::RevokedAt);
    Entity::insert_many(rows).on_conflict(again).exec_without_returning(db).await?;
    Ok(())
}

/// Takes an entry back: a user was enabled again.
pub(crate) async fn lift<C: ConnectionTrait>(db: &C, id: Uuid) -> Result<(), Problem> {
    Entity::delete_by_id(id).exec(db).await?;
    Ok(())
}

/// The ids revoked after `since`, oldest first.
pub(crate) async fn since<C: ConnectionTrait>(db: &C, since: DateTime<Utc>) -> Result<Vec<Uuid>, Problem> {
    let query = Entity::find().select_only().column(Column::Id).filter(Column::RevokedAt.gt(since)).order_by_asc(Column::RevokedAt);
    Ok(query.into_tuple().all(db).await?)
}

/// Removes entries that no longer matter; a worker's step.
pub(crate) async fn prune<C: ConnectionTrait>(db: &C, now: DateTime<Utc>) -> Result<u64, Problem> {
    Ok(Entity::delete_many().filter(Column::RevokedAt.lte(now - KEEP)).exec(db).await?.rows_affected)
}
