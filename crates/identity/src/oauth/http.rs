//! Handlers of the token and revocation endpoints.

use actix_web::HttpRequest;
use actix_web::http::header;
use actix_web::web::{Data, Form};
use kernel::id::{ApiKeyId, SessionId};
use platform::caller::{ActorKind, Public};
use platform::outbox::Change;
use platform::problem::Problem;
use platform::reply::Reply;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::exchange;
use super::model::{self, ClientCredentials, OAuthError, RevocationForm, TokenForm, TokenRequest};
use crate::api_keys;
use crate::api_keys::format::{KeyText, PREFIX as KEY_PREFIX};
use crate::api_keys::http::ApiKeyView;
use crate::directory::{AccessToken, Directory};
use crate::permission::Permissions;
use crate::revocations::store::{self as revocations, Revoked};
use crate::secret::Secret;
use crate::service_clients;
use crate::sessions::http::{SessionView, origin};
use crate::sessions::store::{self as sessions, Whose};
use crate::sessions::{refresh, renewal, sign_in};
use crate::tokens::Grant;
use crate::uncached::Uncached;

/// What an endpoint with a form gets when the form cannot be read.
type MaybeForm<T> = Result<Form<T>, actix_web::Error>;

/// A token response (RFC 6749 section 5.1).
#[derive(Serialize, ToSchema)]
pub(crate) struct TokenView {
    #[schema(max_length = 65_536)]
    access_token: String,
    #[schema(max_length = 10, example = "Bearer")]
    token_type: &'static str,
    /// Seconds.
    #[schema(minimum = 0, maximum = 86_400)]
    expires_in: i64,
    #[schema(max_length = 32_768)]
    scope: String,
    /// The next refresh token; the one that was sent is used up.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100)]
    refresh_token: Option<String>,
    /// After a token exchange: what kind of token it is (RFC 8693).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 64)]
    issued_token_type: Option<&'static str>,
}

impl TokenView {
    fn of(access: &AccessToken, refresh: Option<&Secret>) -> Self {
        Self {
            access_token: access.text.to_string(),
            token_type: "Bearer",
            expires_in: access.expires_in.num_seconds(),
            scope: access.scope.clone(),
            refresh_token: refresh.map(refresh::text),
            issued_token_type: None,
        }
    }
}

/// Get an access token.
///
/// `client_credentials` for API keys and services, by form members or HTTP Basic; `refresh_token` for people's sessions:
/// each refresh token works once, and one that comes back later than half a minute after its use ends its session. Token exchange
/// (RFC 8693), where a trusted OpenID provider is configured: its token for the linked user's, without a refresh token.
#[utoipa::path(post, path = "/oauth/token", request_body(content = TokenForm, content_type = "application/x-www-form-urlencoded"), responses((status = 200, description = "The token.", body = TokenView), (status = 400, description = "Refused; `error` has the standard's code.", content_type = "application/problem+json"), (status = 401, description = "The client is not admitted.", content_type = "application/problem+json"), (status = 503, description = "Busy, or the trusted provider cannot be asked: `error` is then `temporarily_unavailable`.", content_type = "application/problem+json")))]
pub(crate) async fn token(
    public: Public,
    request: HttpRequest,
    form: MaybeForm<TokenForm>,
    app: Data<Directory>,
) -> Result<Uncached, Problem> {
    let form = form.map_err(|_| OAuthError::InvalidRequest)?.into_inner();
    let wanted = model::scope(form.scope.as_deref())?;
    let authorization = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let (grant, next, issued_token_type) = match model::read(form, authorization)? {
        TokenRequest::ClientCredentials(client) => (admit(&app, client).await?.ok_or(OAuthError::InvalidClient)?, None, None),
        TokenRequest::Refresh(text) => {
            let (grant, next) = renew(&app, &text).await?;
            (grant, Some(next), None)
        }
        TokenRequest::Exchange(subject) => {
            let grant = exchange::grant(&app, &subject, &origin(&request), &public.context().request_id).await?;
            (grant, None, Some(model::ACCESS_TOKEN))
        }
    };
    let access = app.issue(&narrowed(grant, wanted)?).await?;
    let view = TokenView { issued_token_type, ..TokenView::of(&access, next.as_ref()) };
    Ok(Uncached(Reply::ok(&view)?))
}

/// The grant of a session and its next refresh token, for the one presented.
async fn renew(app: &Directory, text: &str) -> Result<(Grant, Secret), Problem> {
    let token = refresh::parse(text).ok_or(OAuthError::InvalidGrant)?;
    let renewed = renewal::renew(app, &token).await?.ok_or(OAuthError::InvalidGrant)?;
    Ok((sign_in::grant(app.db.read(), &renewed.user, &renewed.session).await?, renewed.refresh))
}

fn narrowed(grant: Grant, wanted: Option<Permissions>) -> Result<Grant, OAuthError> {
    match wanted {
        None => Ok(grant),
        Some(wanted) => grant.narrowed(wanted).map_err(|_| OAuthError::InvalidScope),
    }
}

/// The grant of a client: one of the services, or an API key.
async fn admit(app: &Directory, client: ClientCredentials) -> Result<Option<Grant>, Problem> {
    if let Some(id) = client.id.as_deref().filter(|id| id.starts_with(service_clients::PREFIX)) {
        return Ok(app.clients.admit(id, &client.secret));
    }
    match presented_key(&client) {
        None => Ok(None),
        Some(key) => admit_key(app, &key).await,
    }
}

/// The API key in a client's credentials: whole, or as id and secret.
fn presented_key(client: &ClientCredentials) -> Option<KeyText> {
    let id = match client.id.as_deref() {
        None => None,
        Some(id) => Some(Uuid::try_parse(id.strip_prefix(KEY_PREFIX).unwrap_or(id).trim_end_matches('_')).ok()?),
    };
    let whole = KeyText::parse(&client.secret).filter(|key| id.is_none_or(|id| id == key.id.uuid()));
    whole.or_else(|| Some(KeyText { id: ApiKeyId::from_uuid(id?), secret: Secret::from_hexadecimal(&client.secret)? }))
}

async fn admit_key(app: &Directory, presented: &KeyText) -> Result<Option<Grant>, Problem> {
    let now = app.wall.now();
    let found = api_keys::store::by_id(app.db.read(), presented.id).await?;
    let Some(key) = found.filter(|key| key.admits(&presented.secret, now)) else { return Ok(None) };
    if key.needs_use_noted(now) {
        app.db.write("api_key.note_use", async |tx| api_keys::store::note_use(tx, key.id, now).await).await?;
    }
    let id = key.id.uuid();
    Ok(Some(Grant { kind: ActorKind::Key, subject: id, chain: id, name: key.name, entitlement: key.entitlement }))
}

/// Revoke a token.
///
/// A refresh token ends its session; a whole API key revokes itself, so that whoever finds a leaked one can stop it. An
/// unknown token is answered like a revoked one (RFC 7009).
#[utoipa::path(post, path = "/oauth/revoke", request_body(content = RevocationForm, content_type = "application/x-www-form-urlencoded"), responses((status = 200, description = "The token is of no more use."), (status = 400, description = "Refused; `error` has the standard's code.", content_type = "application/problem+json")))]
pub(crate) async fn revoke(_public: Public, form: MaybeForm<RevocationForm>, app: Data<Directory>) -> Result<Uncached, Problem> {
    let form = form.map_err(|_| OAuthError::InvalidRequest)?.into_inner();
    let token = form.token.filter(|token| !token.is_empty()).ok_or(OAuthError::InvalidRequest)?;
    if let Some(secret) = refresh::parse(&token) {
        revoke_session(&app, &secret).await?;
    } else if let Some(key) = KeyText::parse(&token) {
        revoke_key(&app, &key).await?;
    } else if token.split('.').count() == 3 {
        return Err(OAuthError::UnsupportedTokenType.into());
    }
    Ok(Uncached(Reply::ok(&serde_json::json!({}))?))
}

async fn revoke_session(app: &Directory, token: &Secret) -> Result<(), Problem> {
    let now = app.wall.now();
    app.db
        .write("session.sign_out", async |tx| {
            let Some((_, session)) = sessions::by_token(tx, token).await? else { return Ok(()) };
            if session.ended_at.is_some() {
                return Ok(());
            }
            sessions::end(tx, std::slice::from_ref(&session), "signed_out", now).await?;
            let ended = sessions::find(tx, Whose::Anyones, SessionId::from_uuid(session.id)).await?;
            let change = Change::new("session.ended", "session", ended.id, ended.version);
            tx.record(change.before(&SessionView::recorded(&session)).after(&SessionView::recorded(&ended)));
            Ok(())
        })
        .await
}

async fn revoke_key(app: &Directory, presented: &KeyText) -> Result<(), Problem> {
    let now = app.wall.now();
    app.db
        .write("api_key.revoke_by_secret", async |tx| {
            let found = api_keys::store::by_id(tx, presented.id).await?;
            let Some(key) = found.filter(|key| key.admits(&presented.secret, now)) else { return Ok(()) };
            let revoked = key.clone().revoked(now)?;
            api_keys::store::save(tx, &revoked, revoked.id.uuid()).await?;
            revocations::add(tx, Revoked::ApiKey, [revoked.id.uuid()], now).await?;
            let change = Change::new("api_key.revoked", "api_key", revoked.id, revoked.version).reason(Some("presented for revocation"));
            tx.record(change.before(&ApiKeyView::of(&key, now)).after(&ApiKeyView::of(&revoked, now)));
            Ok(())
        })
        .await
}
