//! Signing in: throttle, verify, start the session. Each step takes as long for a stranger as for a user.

use actix_web::http::StatusCode;
use chrono::TimeDelta;
use platform::audit;
use platform::authority::Denial;
use platform::caller::{Actor, ActorKind};
use platform::db::Tx;
use platform::outbox::Change;
use platform::problem::Problem;

use super::http::SessionView;
use super::store::{self, Origin, Session};
use crate::directory::{AccessToken, Directory, hashing};
use crate::email;
use crate::secret::Secret;
use crate::throttle::model::Subject;
use crate::throttle::store as throttle;
use crate::tokens::Grant;
use crate::users;
use crate::users::model::{User, UserState};

/// What a sign-in or a renewal gives.
pub(crate) struct SignedIn {
    pub(crate) session: Session,
    pub(crate) access: AccessToken,
    pub(crate) refresh: Secret,
}

/// The grant of a person's session.
pub(crate) async fn grant<C: sea_orm::ConnectionTrait>(db: &C, user: &User, session: &Session) -> Result<Grant, Problem> {
    Ok(Grant {
        kind: if user.access.is_customer() { ActorKind::Customer } else { ActorKind::User },
        subject: user.id.uuid(),
        chain: session.token_chain,
        name: user.name.clone(),
        entitlement: users::store::entitlement(db, user).await?,
    })
}

/// Signs a person in.
///
/// # Errors
/// 401 `invalid_credentials`, the same for every reason; 429 with `Retry-After` when throttled.
pub(crate) async fn sign_in(
    app: &Directory,
    address: &str,
    password: &str,
    origin: &Origin,
    request_id: &str,
) -> Result<SignedIn, Problem> {
    let name = email::normalise(address);
    reserve(app, &name, origin.address.as_deref()).await?;
    let user = users::store::by_email(app.db.read(), &name).await?.filter(|user| user.state == UserState::Active);
    let stored = user.as_ref().and_then(|user| user.password_hash.as_deref());
    let admitted = app.hasher.verify(password, stored).await.map_err(hashing)?;
    let Some(user) = user.filter(|_| admitted) else {
        note_refusal(app, "POST /v1/sessions", request_id).await?;
        return Err(refused());
    };
    let refresh = Secret::generate().map_err(Problem::internal)?;
    let session = app
        .db
        .write("session.start", async |tx| {
            throttle::clear(tx, Subject::Account, &name).await?;
            if let Some(address) = &origin.address {
                throttle::forgive(tx, Subject::Address, address).await?;
            }
            start(app, tx, &user, origin, &refresh).await
        })
        .await?;
    let access = app.issue(&grant(app.db.read(), &user, &session).await?).await?;
    Ok(SignedIn { session, access, refresh })
}

/// Puts a refused attempt into the audit trail. Neither the name nor the password that was tried is recorded: either may be
/// a password in the wrong field. The throttle bounds how many there can be.
pub(crate) async fn note_refusal(app: &Directory, target: &str, request_id: &str) -> Result<(), Problem> {
    let denial = Denial {
        actor: Actor::system("unknown"),
        permission: "sessions:create",
        target: target.to_owned(),
        request_id: Some(request_id.to_owned()),
        at: app.clock.now(),
    };
    app.db.write("session.refuse", async |tx| audit::deny(tx, &denial).await).await
}

async fn start(app: &Directory, tx: &Tx, user: &User, origin: &Origin, refresh: &Secret) -> Result<Session, Problem> {
    // Checked again inside the transaction: the user may have been disabled, or the password changed, meanwhile.
    let current = users::store::find(tx, user.id).await?;
    if current.state != UserState::Active || current.password_hash != user.password_hash {
        return Err(refused());
    }
    let now = app.wall.now();
    let session = store::start(tx, user.id, origin, store::LIFETIME, now).await?;
    store::add_token(tx, session.id, refresh, now).await?;
    tx.record(Change::new("session.started", "session", session.id, session.version).after(&SessionView::recorded(&session)));
    Ok(session)
}

fn refused() -> Problem {
    Problem::unauthorized("invalid_credentials", "The e-mail address and the password do not belong together.")
}

/// Counts an attempt for the sign-in name and the client address.
///
/// # Errors
/// 429 `too_many_attempts` with `Retry-After`.
pub(crate) async fn reserve(app: &Directory, name: &str, address: Option<&str>) -> Result<(), Problem> {
    let now = app.wall.now();
    app.db
        .write("session.throttle", async |tx| {
            let by_address = match address {
                Some(address) => throttle::reserve(tx, Subject::Address, address, now).await?,
                None => None,
            };
            let by_name = throttle::reserve(tx, Subject::Account, name, now).await?;
            // An error undoes the count of the other one: waiting is never prolonged by asking.
            by_name.max(by_address).map_or(Ok(()), |left| Err(wait(left)))
        })
        .await
}

fn wait(left: TimeDelta) -> Problem {
    let seconds = u32::try_from(left.num_seconds().saturating_add(1)).unwrap_or(u32::MAX);
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts", "Too many attempts to sign in; wait before the next one.")
        .with_retry_after(seconds)
}
