//! Wire types and handlers of signing keys, and the documents that verifiers read.

use actix_web::http::header::{self, HeaderValue};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, Responder};
use chrono::{DateTime, Utc};
use platform::caller::{Caller, Public};
use platform::db::Tx;
use platform::outbox::Change;
use platform::permissions;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::valid::Valid;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::entity::Model;
use super::keyring::Fresh;
use super::model::{KeyState, Life};
use super::{refresh, reload, store};
use crate::directory::Directory;
use crate::oauth::model::TOKEN_EXCHANGE;

permissions! {
    /// See which keys sign and verify.
    pub(crate) ReadSigningKeys = "signing-keys:read";
    /// Replace the signing key.
    pub(crate) RotateSigningKeys = "signing-keys:rotate";
}

/// One signing key; its private half is never shown.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SigningKeyView {
    id: Uuid,
    /// The `kid` of tokens signed with it (RFC 7638 thumbprint).
    #[schema(max_length = 64)]
    kid: String,
    state: KeyState,
    signs_from: DateTime<Utc>,
    signs_until: Option<DateTime<Utc>>,
    published_until: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
}

/// All signing keys.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SigningKeyList {
    #[schema(max_items = 1000)]
    data: Vec<SigningKeyView>,
}

/// How to rotate.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct RotateSigningKey {
    /// True withdraws the present keys at once, which ends every token: for a key that is no longer secret. Otherwise the
    /// new key is published now and signs in five minutes, and the old one stays until its tokens have expired.
    #[serde(default)]
    compromised: bool,
}

impl SigningKeyView {
    fn of(row: &Model, now: DateTime<Utc>) -> Self {
        Self {
            id: row.id,
            kid: row.kid.clone(),
            state: life(row).state(now),
            signs_from: row.signs_from,
            signs_until: row.signs_until,
            published_until: row.published_until,
            created_at: row.created_at,
        }
    }
}

fn life(row: &Model) -> Life {
    Life { signs_from: row.signs_from, signs_until: row.signs_until, published_until: row.published_until }
}

fn views(rows: &[Model], now: DateTime<Utc>) -> SigningKeyList {
    SigningKeyList { data: rows.iter().map(|row| SigningKeyView::of(row, now)).collect() }
}

/// List signing keys.
///
/// Every key with what it does now: pending, signing, verifying or retired.
#[utoipa::path(get, path = "/v1/signing-keys", responses((status = 200, description = "The keys, oldest first.", body = SigningKeyList)))]
pub(crate) async fn list(_caller: Caller<ReadSigningKeys>, app: Data<Directory>) -> Result<Reply, Problem> {
    Reply::ok(&views(&store::all(app.db.read()).await?, app.wall.now()))
}

/// Rotate the signing key.
///
/// Publishes a new key and retires the present one, overlapping so that no valid token is refused.
#[utoipa::path(post, path = "/v1/signing-keys/rotate", request_body = RotateSigningKey, responses((status = 200, description = "The keys after the rotation.", body = SigningKeyList)))]
pub(crate) async fn rotate(
    caller: Caller<RotateSigningKeys>,
    command: Valid<RotateSigningKey>,
    app: Data<Directory>,
) -> Result<Reply, Problem> {
    let fresh = Fresh::generate(app.keyring.seal())?;
    let now = app.wall.now();
    let reply = app
        .db
        .command(&caller, "signing_key.rotate", async |tx| {
            replace(tx, &fresh, command.compromised, now).await?;
            let rows = store::all(tx).await?;
            note(tx, &rows, command.compromised, now);
            Reply::ok(&views(&rows, now))
        })
        .await?;
    reload(&app).await?;
    Ok(reply)
}

/// Records a rotation as a change of the key that was added.
fn note(tx: &Tx, rows: &[Model], compromised: bool, now: DateTime<Utc>) {
    if let Some(added) = rows.last() {
        let change = Change::new("signing_key.rotated", "signing_key", added.id, added.version);
        tx.record(change.after(&SigningKeyView::of(added, now)).reason(compromised.then_some("compromised")));
    }
}

/// Adds the next key and gives every earlier one its end.
async fn replace(tx: &Tx, fresh: &Fresh, compromised: bool, now: DateTime<Utc>) -> Result<(), Problem> {
    let rows = store::all(tx).await?;
    let next = if compromised { Life::first(now) } else { Life::next(now) };
    let by = tx.actor().id;
    for row in rows.iter().filter(|row| life(row).is_published(now)) {
        let ended = if compromised { life(row).withdrawn(now) } else { life(row).succeeded_by(&next) };
        if life(row).signs_until.is_none() || ended.published_until != life(row).published_until {
            store::save_life(tx, row, ended, by, now).await?;
        }
    }
    let generation = rows.last().map_or(1, |row| row.generation.saturating_add(1));
    store::insert(tx, fresh, generation, next, (Some(by), now)).await
}

/// A public document that may be kept for a minute.
pub(crate) struct Published(Reply);

impl Responder for Published {
    type Body = actix_web::body::BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let mut response = self.0.respond_to(request);
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=60"));
        response
    }
}

/// Public keys for verifying access tokens.
///
/// The JSON Web Key Set (RFC 7517) of the keys whose tokens may still be valid, and of the one that signs next.
#[utoipa::path(get, path = "/.well-known/jwks.json", responses((status = 200, description = "The key set.", body = Object)))]
pub(crate) async fn jwks(_public: Public, app: Data<Directory>) -> Result<Published, Problem> {
    refresh(&app).await?;
    Ok(Published(Reply::ok(&app.keyring.published(app.wall.now()))?))
}

/// Authorisation server metadata.
///
/// Where tokens are issued and how they are signed (RFC 8414, OpenID Connect Discovery).
#[utoipa::path(get, path = "/.well-known/openid-configuration", responses((status = 200, description = "The metadata.", body = Object)))]
pub(crate) async fn metadata(_public: Public, app: Data<Directory>) -> Result<Published, Problem> {
    let issuer = &app.issuer;
    let exchange = app.provider.as_ref().map(|_| TOKEN_EXCHANGE);
    let grants: Vec<&str> = ["client_credentials", "refresh_token"].into_iter().chain(exchange).collect();
    let document = json!({
        "issuer": issuer,
        "jwks_uri": format!("{issuer}/.well-known/jwks.json"),
        "token_endpoint": format!("{issuer}/oauth/token"),
        "revocation_endpoint": format!("{issuer}/oauth/revoke"),
        "grant_types_supported": grants,
        "response_types_supported": ["token"],
        "subject_types_supported": ["public"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "id_token_signing_alg_values_supported": ["EdDSA"],
    });
    Ok(Published(Reply::ok(&document)?))
}
