//! Queries on sessions and their refresh tokens. A person reads and ends their own; whoever holds `sessions:*`, anyone's.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::Fault;
use kernel::id::{SessionId, UserId, new_uuid};
use platform::problem::Problem;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait as _, SimpleExpr};
use sea_orm::{ConnectionTrait, QuerySelect as _};

use super::entity::{refresh_token, session};
use crate::revocations::store::{self as revocations, Revoked};
use crate::secret::Secret;

pub(crate) use session::Model as Session;

/// How long a person stays signed in without the password.
pub(crate) const LIFETIME: TimeDelta = TimeDelta::days(14);

/// Whose sessions a caller may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    Anyones,
    Only(UserId),
}

impl Whose {
    /// The condition on the table.
    pub(crate) fn condition(self) -> SimpleExpr {
        match self {
            Self::Anyones => Expr::value(true),
            Self::Only(user) => session::Column::UserId.eq(user.uuid()),
        }
    }
}

/// Where a sign-in came from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origin {
    pub(crate) client: Option<String>,
    pub(crate) address: Option<String>,
}

/// Starts a session that ends by itself after `lifetime`; it is renewed only when a refresh token is added.
pub(crate) async fn start<C: ConnectionTrait>(
    db: &C,
    user: UserId,
    origin: &Origin,
    lifetime: TimeDelta,
    now: DateTime<Utc>,
) -> Result<Session, Problem> {
    let started = Session {
        id: SessionId::generate().uuid(),
        version: 1,
        user_id: user.uuid(),
        token_chain: new_uuid(),
        created_at: now,
        updated_at: now,
        expires_at: now + lifetime,
        last_used_at: now,
        ended_at: None,
        ended_because: None,
        client: origin.client.clone(),
        address: origin.address.clone(),
    };
    let row: session::ActiveModel = started.clone().into();
    session::Entity::insert(row.reset_all()).exec_without_returning(db).await?;
    Ok(started)
}

/// Adds a refresh token to a session.
pub(crate) async fn add_token<C: ConnectionTrait>(db: &C, session: Uuid, token: &Secret, now: DateTime<Utc>) -> Result<(), Problem> {
    let row = refresh_token::ActiveModel {
        id: Set(new_uuid()),
        session_id: Set(session),
        digest: Set(token.digest().to_vec()),
        created_at: Set(now),
        rotated_at: Set(None),
        salt: Set(None),
    };
    refresh_token::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// A presented refresh token and its session, if it is one of ours.
pub(crate) async fn by_token<C: ConnectionTrait>(db: &C, token: &Secret) -> Result<Option<(refresh_token::Model, Session)>, Problem> {
    let found = refresh_token::Entity::find().filter(refresh_token::Column::Digest.eq(token.digest().to_vec())).one(db).await?;
    let Some(found) = found else { return Ok(None) };
    let session = session::Entity::find_by_id(found.session_id).one(db).await?;
    Ok(session.map(|session| (found, session)))
}

/// Marks a token as replaced; false when another request did it first.
pub(crate) async fn mark_rotated<C: ConnectionTrait>(db: &C, token: Uuid, salt: &[u8], now: DateTime<Utc>) -> Result<bool, Problem> {
    let update = refresh_token::Entity::update_many()
        .col_expr(refresh_token::Column::RotatedAt, Expr::value(now))
        .col_expr(refresh_token::Column::Salt, Expr::value(salt.to_vec()))
        .filter(refresh_token::Column::Id.eq(token))
        .filter(refresh_token::Column::RotatedAt.is_null());
    Ok(update.exec(db).await?.rows_affected == 1)
}

/// Notes that a session was used. Not a change of the session: no version, no event.
pub(crate) async fn note_use<C: ConnectionTrait>(db: &C, session: Uuid, now: DateTime<Utc>) -> Result<(), Problem> {
    session::Entity::update_many()
        .col_expr(session::Column::LastUsedAt, Expr::value(now))
        .filter(session::Column::Id.eq(session))
        .exec(db)
        .await?;
    Ok(())
}

/// One session that the caller may see.
///
/// # Errors
/// 404.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, whose: Whose, id: SessionId) -> Result<Session, Problem> {
    let row = session::Entity::find_by_id(id.uuid()).filter(whose.condition()).one(db).await?;
    Ok(row.ok_or_else(|| Fault::not_found("session"))?)
}

/// The sessions of a user that have not ended.
pub(crate) async fn live<C: ConnectionTrait>(db: &C, user: UserId, now: DateTime<Utc>) -> Result<Vec<Session>, Problem> {
    let query = session::Entity::find()
        .filter(session::Column::UserId.eq(user.uuid()))
        .filter(session::Column::EndedAt.is_null())
        .filter(session::Column::ExpiresAt.gt(now))
        .lock_exclusive();
    Ok(query.all(db).await?)
}

/// Ends sessions and the access tokens that were issued for them.
pub(crate) async fn end<C: ConnectionTrait>(db: &C, sessions: &[Session], because: &str, now: DateTime<Utc>) -> Result<(), Problem> {
    if sessions.is_empty() {
        return Ok(());
    }
    session::Entity::update_many()
        .col_expr(session::Column::Version, Expr::col(session::Column::Version).add(1))
        .col_expr(session::Column::EndedAt, Expr::value(now))
        .col_expr(session::Column::EndedBecause, Expr::value(because))
        .col_expr(session::Column::UpdatedAt, Expr::value(now))
        .filter(session::Column::Id.is_in(sessions.iter().map(|session| session.id)))
        .filter(session::Column::EndedAt.is_null())
        .exec(db)
        .await?;
    revocations::add(db, Revoked::TokenChain, sessions.iter().map(|session| session.token_chain), now).await
}

/// Ends the access tokens of users while their sessions go on: rights have changed, the next refresh brings the new ones.
pub(crate) async fn renew_chains<C: ConnectionTrait>(db: &C, users: &[Uuid], now: DateTime<Utc>) -> Result<(), Problem> {
    let live = session::Entity::find()
        .filter(session::Column::UserId.is_in(users.iter().copied()))
        .filter(session::Column::EndedAt.is_null())
        .filter(session::Column::ExpiresAt.gt(now))
        .all(db)
        .await?;
    for one in &live {
        session::Entity::update_many()
            .col_expr(session::Column::TokenChain, Expr::value(new_uuid()))
            .filter(session::Column::Id.eq(one.id))
            .exec(db)
            .await?;
    }
    revocations::add(db, Revoked::TokenChain, live.iter().map(|session| session.token_chain), now).await
}

/// Removes sessions that expired a month ago, with their tokens; a worker's step.
pub(crate) async fn prune<C: ConnectionTrait>(db: &C, now: DateTime<Utc>) -> Result<u64, Problem> {
    let old = session::Column::ExpiresAt.lte(now - TimeDelta::days(30));
    Ok(session::Entity::delete_many().filter(old).exec(db).await?.rows_affected)
}
