//! Token exchange (RFC 8693): a token of the trusted OpenID provider for one of ours.
//!
//! A user is found by the provider's issuer and subject that an administrator linked to them, never by e-mail address: an
//! address can be given to somebody else, and at some providers be claimed. Each exchange is a session without a refresh
//! token, so that whoever leaves the provider is out within the life of one access token, and a change of rights ends it.

use platform::outbox::Change;
use platform::problem::Problem;

use super::model::OAuthError;
use crate::directory::Directory;
use crate::sessions::http::SessionView;
use crate::sessions::sign_in;
use crate::sessions::store::{self as sessions, Origin};
use crate::tokens::{Grant, LIFETIME};
use crate::users;
use crate::users::model::{ExternalIdentity, UserState};

/// The grant of the user whom a token of the provider is about.
///
/// # Errors
/// `unsupported_grant_type` without a provider; `invalid_request` for a token that is not good; `invalid_grant` for somebody
/// who is no active user; 503 `temporarily_unavailable` when the provider's keys cannot be had.
pub(super) async fn grant(app: &Directory, token: &str, origin: &Origin, request_id: &str) -> Result<Grant, Problem> {
    let provider = app.provider.as_ref().ok_or(OAuthError::UnsupportedGrantType)?;
    let subject = provider.subject(token, &app.wall).await.map_err(unavailable)?.ok_or(OAuthError::InvalidSubjectToken)?;
    let identity = ExternalIdentity { issuer: provider.issuer().to_owned(), subject };
    let begun = begin(app, &identity, origin).await?;
    if begun.is_none() {
        sign_in::note_refusal(app, "POST /oauth/token", request_id).await?;
    }
    Ok(begun.ok_or(OAuthError::UnknownSubject)?)
}

async fn begin(app: &Directory, identity: &ExternalIdentity, origin: &Origin) -> Result<Option<Grant>, Problem> {
    app.db
        .write("session.exchange", async |tx| {
            let found = users::store::by_external_identity(tx, identity).await?;
            let Some(user) = found.filter(|user| user.state == UserState::Active) else { return Ok(None) };
            let session = sessions::start(tx, user.id, origin, LIFETIME, app.wall.now()).await?;
            tx.record(Change::new("session.started", "session", session.id, session.version).after(&SessionView::recorded(&session)));
            sign_in::grant(tx, &user, &session).await.map(Some)
        })
        .await
}

/// RFC 6749 has this code for the authorisation endpoint; clients of the token endpoint understand it as well.
fn unavailable(problem: Problem) -> Problem {
    problem.with_fact("error", "\"temporarily_unavailable\"")
}
