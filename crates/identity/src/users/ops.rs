//! What several handlers do with users: making one, changing one with all that follows from it.

use chrono::{DateTime, Utc};
use kernel::Fault;
use kernel::id::UserId;
use platform::db::Tx;
use platform::outbox::Change;
use platform::problem::Problem;
use uuid::Uuid;

use super::http::UserView;
use super::model::{ExternalIdentity, User, UserState};
use super::store;
use crate::directory::{Directory, hashing};
use crate::email::Email;
use crate::entitlement::{Access, Entitlement};
use crate::password;
use crate::revocations::store::{self as revocations, Revoked};
use crate::sessions::store as sessions;

/// A user to make.
pub(crate) struct NewUser {
    pub(crate) external_ref: Option<String>,
    pub(crate) external_identity: Option<ExternalIdentity>,
    pub(crate) email: Email,
    pub(crate) name: String,
    pub(crate) roles: Vec<String>,
    pub(crate) access: Access,
    pub(crate) password: Option<String>,
}

/// Who makes it.
#[derive(Clone, Copy)]
pub(crate) enum Creation<'a> {
    /// Someone who may not give more than this.
    By(Uuid, &'a Entitlement),
    /// Nobody yet: the first administrator.
    First,
}

/// Checks and hashes a password; before the transaction, because it takes long.
pub(crate) async fn hashed(app: &Directory, password: &str, email: &Email, name: &str, pointer: &str) -> Result<String, Problem> {
    password::check(password, email, name, pointer)?;
    app.hasher.hash(password).await.map_err(hashing)
}

impl NewUser {
    /// The user, with a hashed password.
    pub(crate) async fn prepared(self, app: &Directory, now: DateTime<Utc>) -> Result<User, Problem> {
        let password_hash = match &self.password {
            None => None,
            Some(password) => Some(hashed(app, password, &self.email, &self.name, "/password").await?),
        };
        let user = User {
            id: UserId::generate(),
            version: 1,
            external_ref: self.external_ref,
            external_identity: self.external_identity,
            email: self.email,
            name: self.name,
            roles: self.roles,
            access: self.access,
            state: UserState::Active,
            password_hash,
            created_at: now,
            updated_at: now,
        };
        Ok(user.checked()?)
    }
}

/// Writes a new user.
pub(crate) async fn create(tx: &Tx, user: &User, creation: Creation<'_>) -> Result<(), Problem> {
    let permissions = store::permissions_of(tx, &user.roles).await?;
    let by = match creation {
        Creation::By(by, own) => {
            own.demand_cover(&Entitlement { permissions, access: user.access.clone() })?;
            Some(by)
        }
        Creation::First => None,
    };
    store::insert(tx, user, by).await?;
    tx.record(Change::new("user.created", "user", user.id, user.version).after(&UserView::from(user)));
    Ok(())
}

/// Writes a changed user and what follows: tokens of the old rights end, sessions of a disabled user too.
pub(crate) async fn save(tx: &Tx, app: &Directory, before: &User, next: &User, own: &Entitlement) -> Result<(), Problem> {
    own.demand_cover(&store::entitlement(tx, before).await?)?;
    if before.roles != next.roles || before.access != next.access {
        let permissions = store::permissions_of(tx, &next.roles).await?;
        own.demand_cover(&Entitlement { permissions, access: next.access.clone() })?;
    }
    store::save(tx, next, tx.actor().id).await?;
    if before.governs() && !next.governs() {
        store::demand_administrator(tx).await?;
    }
    if before.rights_differ(next) {
        end_tokens(tx, before, next, app.wall.now()).await?;
    }
    Ok(())
}

async fn end_tokens(tx: &Tx, before: &User, next: &User, now: DateTime<Utc>) -> Result<(), Problem> {
    match (before.state, next.state) {
        (UserState::Active, UserState::Disabled) => {
            end_sessions(tx, next.id, None, "user_disabled", now).await?;
            revocations::add(tx, Revoked::User, [next.id.uuid()], now).await
        }
        (UserState::Disabled, UserState::Active) => revocations::lift(tx, next.id.uuid()).await,
        _ => sessions::renew_chains(tx, &[next.id.uuid()], now).await,
    }
}

/// Ends a user's sessions, apart from the one that carries `keep` as its token chain.
pub(crate) async fn end_sessions(tx: &Tx, user: UserId, keep: Option<Uuid>, because: &str, now: DateTime<Utc>) -> Result<(), Problem> {
    let mut live = sessions::live(tx, user, now).await?;
    live.retain(|session| Some(session.token_chain) != keep);
    sessions::end(tx, &live, because, now).await
}

/// A display name without space around it.
///
/// # Errors
/// 422 when nothing is left.
pub(crate) fn name(text: &str, pointer: &str) -> Result<String, Fault> {
    let name = text.trim();
    if name.is_empty() || name.chars().any(char::is_control) {
        return Err(Fault::field(pointer, "blank", "A name has visible characters and no control characters."));
    }
    Ok(name.to_owned())
}
