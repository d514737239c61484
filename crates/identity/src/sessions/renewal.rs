//! Renewing a session by its refresh token, and what happens when a token comes twice.

use kernel::id::UserId;
use platform::db::Tx;
use platform::outbox::Change;
use platform::problem::Problem;

use super::http::SessionView;
use super::refresh::{self, Decision, Standing};
use super::store::{self, Session};
use crate::directory::Directory;
use crate::secret::Secret;
use crate::users;
use crate::users::model::{User, UserState};

/// Why a session ended when a copied token appeared.
pub(crate) const REUSED: &str = "refresh_token_reused";

/// A renewed session with its next refresh token.
pub(crate) struct Renewed {
    pub(crate) session: Session,
    pub(crate) user: User,
    pub(crate) refresh: Secret,
}

/// Exchanges a refresh token for its successor; none when it is not, or no longer, good.
pub(crate) async fn renew(app: &Directory, token: &Secret) -> Result<Option<Box<Renewed>>, Problem> {
    let salt = Secret::generate().map_err(Problem::internal)?;
    app.db
        .write("session.renew", async |tx| {
            // Once more when another request rotated the same token in between: then there is a successor to repeat.
            match step(app, tx, token, &salt).await? {
                Step::Done(renewed) => Ok(renewed),
                Step::Again => match step(app, tx, token, &salt).await? {
                    Step::Done(renewed) => Ok(renewed),
                    Step::Again => Err(Problem::unavailable("a refresh token changed twice at once")),
                },
            }
        })
        .await
}

enum Step {
    Done(Option<Box<Renewed>>),
    Again,
}

async fn step(app: &Directory, tx: &Tx, token: &Secret, salt: &Secret) -> Result<Step, Problem> {
    let now = app.wall.now();
    let Some((link, session)) = store::by_token(tx, token).await? else { return Ok(Step::Done(None)) };
    let standing = Standing { expires_at: session.expires_at, ended: session.ended_at.is_some() };
    let successor = match refresh::decide(standing, link.rotated_at, now) {
        Decision::Refuse => return Ok(Step::Done(None)),
        Decision::Reuse => {
            end(tx, session, now).await?;
            return Ok(Step::Done(None));
        }
        Decision::Repeat => refresh::successor(token, link.salt.as_deref().unwrap_or_default())?,
        Decision::Rotate => {
            if !store::mark_rotated(tx, link.id, salt.bytes(), now).await? {
                return Ok(Step::Again);
            }
            let successor = refresh::successor(token, salt.bytes())?;
            store::add_token(tx, session.id, &successor, now).await?;
            store::note_use(tx, session.id, now).await?;
            successor
        }
    };
    let user = users::store::find(tx, UserId::from_uuid(session.user_id)).await?;
    let renewed = (user.state == UserState::Active).then(|| Box::new(Renewed { session, user, refresh: successor }));
    Ok(Step::Done(renewed))
}

/// Ends a session whose token was used by two parties.
async fn end(tx: &Tx, session: Session, now: chrono::DateTime<chrono::Utc>) -> Result<(), Problem> {
    store::end(tx, std::slice::from_ref(&session), REUSED, now).await?;
    tracing::warn!(session = %session.id, "a refresh token was used twice; its session was ended");
    let version = session.version.saturating_add(1);
    let ended = Session { version, ended_at: Some(now), ended_because: Some(REUSED.to_owned()), ..session.clone() };
    let change = Change::new("session.ended", "session", session.id, version);
    tx.record(change.before(&SessionView::recorded(&session)).after(&SessionView::recorded(&ended)).reason(Some(REUSED)));
    Ok(())
}
