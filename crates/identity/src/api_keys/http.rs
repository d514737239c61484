//! Wire types and handlers of API keys.

use actix_web::web::{Data, Path};
use chrono::{DateTime, Utc};
use kernel::id::ApiKeyId;
use platform::caller::Caller;
use platform::etag::IfMatch;
use platform::outbox::Change;
use platform::page::{Field, ListSpec, Listing, Page};
use platform::permissions;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::valid::Valid;
use sea_orm::EntityTrait as _;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::entity;
use super::format::{KeyText, shown_prefix};
use super::model::{ApiKey, ApiKeyState};
use super::store;
use crate::directory::Directory;
use crate::entitlement::{Access, Entitlement};
use crate::permission::Permissions;
use crate::revocations::store::{self as revocations, Revoked};
use crate::secret::Secret;
use crate::uncached::ShownOnce;

permissions! {
    /// See API keys, never their secrets.
    pub(crate) ReadApiKeys = "api-keys:read";
    /// Make API keys that hold no more than oneself.
    pub(crate) CreateApiKeys = "api-keys:create";
    /// Rename API keys.
    pub(crate) UpdateApiKeys = "api-keys:update";
    /// Revoke API keys.
    pub(crate) RevokeApiKeys = "api-keys:revoke";
}

/// A key to make.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateApiKey {
    #[schema(min_length = 1, max_length = 200, example = "nightly export")]
    name: String,
    /// Patterns `resource:action`; `*` on either side means any. None may go beyond the caller's own.
    #[schema(min_items = 1, max_items = 100, example = json!(["tickets:read"]))]
    permissions: Vec<String>,
    /// Only rows of these branches; absent means all that the caller sees.
    #[schema(max_items = 500)]
    branches: Option<Vec<Uuid>>,
    /// Only these accounts and what is below them, as for a portal customer.
    #[schema(max_items = 500)]
    accounts: Option<Vec<Uuid>>,
    /// Within the accounts, only these sites.
    #[schema(max_items = 500)]
    sites: Option<Vec<Uuid>>,
    /// At most two years ahead; absent means until revoked.
    expires_at: Option<DateTime<Utc>>,
    #[schema(min_length = 1, max_length = 200)]
    external_ref: Option<String>,
}

/// A change of a key. Rights cannot be changed: make another key.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct PatchApiKey {
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
}

/// An API key without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApiKeyView {
    id: ApiKeyId,
    version: i64,
    #[schema(max_length = 200)]
    name: String,
    /// What the key's text starts with, to recognise it by.
    #[schema(max_length = 64)]
    prefix: String,
    state: ApiKeyState,
    #[schema(max_items = 100)]
    permissions: Vec<String>,
    #[schema(max_items = 500)]
    branches: Option<Vec<Uuid>>,
    #[schema(max_items = 500)]
    accounts: Option<Vec<Uuid>>,
    #[schema(max_items = 500)]
    sites: Option<Vec<Uuid>>,
    expires_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
    /// To the hour.
    last_used_at: Option<DateTime<Utc>>,
    #[schema(max_length = 200)]
    external_ref: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// A new key with its text, which is shown this once.
#[derive(Serialize, ToSchema)]
pub(crate) struct CreatedApiKeyView {
    /// The whole key. Keep it now: it is not stored and cannot be shown again.
    #[schema(max_length = 200, example = "lsn_live_01999c3e5c1c7a3f9d386f0f5d1c2b4a_...")]
    key: String,
    #[serde(flatten)]
    api_key: ApiKeyView,
}

/// The path of one key.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct ApiKeyPath {
    #[param(inline)]
    api_key_id: ApiKeyId,
}

impl ApiKeyView {
    pub(crate) fn of(key: &ApiKey, now: DateTime<Utc>) -> Self {
        let access = key.entitlement.access.clone();
        Self {
            id: key.id,
            version: key.version,
            name: key.name.clone(),
            prefix: shown_prefix(key.id),
            state: key.state(now),
            permissions: key.entitlement.permissions.texts(),
            branches: access.branches,
            accounts: access.accounts,
            sites: access.sites,
            expires_at: key.expires_at,
            revoked_at: key.revoked_at,
            last_used_at: key.last_used_at,
            external_ref: key.external_ref.clone(),
            created_at: key.created_at,
            updated_at: key.updated_at,
        }
    }
}

impl CreateApiKey {
    /// The key to store. What the caller left open is what the caller sees.
    fn key(&self, own: &Entitlement, id: ApiKeyId, secret: &Secret, now: DateTime<Utc>) -> Result<ApiKey, Problem> {
        let access = if self.branches.is_none() && self.accounts.is_none() && self.sites.is_none() {
            own.access.clone()
        } else {
            Access { branches: self.branches.clone(), accounts: self.accounts.clone(), sites: self.sites.clone() }
        };
        let key = ApiKey {
            id,
            version: 1,
            external_ref: self.external_ref.clone(),
            name: self.name.trim().to_owned(),
            secret_digest: secret.digest().to_vec(),
            entitlement: Entitlement { permissions: Permissions::parse(&self.permissions, "/permissions")?, access },
            expires_at: self.expires_at,
            revoked_at: None,
            last_used_at: None,
            created_at: now,
            updated_at: now,
        };
        let key = key.checked(now)?;
        own.demand_cover(&key.entitlement)?;
        Ok(key)
    }
}

/// The secret of a key: random, or, under an idempotency key, one that a replay of the request can compute again without
/// the secret having been stored.
fn secret_for(app: &Directory, caller: &Caller<CreateApiKeys>, id: ApiKeyId) -> Result<Secret, Problem> {
    match &caller.context().idempotency_key {
        None => Secret::generate().map_err(Problem::internal),
        Some(key) => app.derived(&format!("api-key:{id}:{}:{key}", caller.actor().id)),
    }
}

/// Make an API key.
///
/// The answer holds the key's text, this once. The key may hold no more than its maker.
#[utoipa::path(post, path = "/v1/api-keys", request_body = CreateApiKey, responses((status = 201, description = "The key, with its text.", body = CreatedApiKeyView)))]
pub(crate) async fn create(
    caller: Caller<CreateApiKeys>,
    command: Valid<CreateApiKey>,
    app: Data<Directory>,
) -> Result<ShownOnce, Problem> {
    let own = Entitlement::of(caller.claims());
    let now = app.wall.now();
    let id = ApiKeyId::generate();
    let secret = secret_for(&app, &caller, id)?;
    let key = command.key(&own, id, &secret, now)?;
    let view = ApiKeyView::of(&key, now);
    let reply = app
        .db
        .command(&caller, "api_key.create", async |tx| {
            store::insert(tx, &key, caller.actor().id).await?;
            tx.record(Change::new("api_key.created", "api_key", key.id, key.version).after(&view));
            Ok(Reply::created(format!("/v1/api-keys/{id}"), &view)?.tagged(key.version))
        })
        .await?;
    shown(&app, &caller, reply, KeyText { id, secret })
}

/// The answer with the key's text put in front. A replay describes the key that the first request made; its secret is
/// computed again.
fn shown(app: &Directory, caller: &Caller<CreateApiKeys>, reply: Reply, made: KeyText) -> Result<ShownOnce, Problem> {
    let view: Map<String, Value> = serde_json::from_slice(reply.body())?;
    let stored = view.get("id").and_then(Value::as_str).and_then(|id| id.parse::<ApiKeyId>().ok());
    let key = match stored {
        Some(id) if id != made.id => KeyText { id, secret: secret_for(app, caller, id)? },
        _ => made,
    };
    let mut document = Map::from_iter([("key".to_owned(), Value::from(key.text().as_str()))]);
    document.extend(view);
    let body = serde_json::to_vec(&document)?;
    Ok(ShownOnce { reply, body })
}

/// What the list of keys can be asked for.
pub(crate) struct ApiKeyList;

impl ListSpec for ApiKeyList {
    type Entity = entity::Entity;
    type View = ApiKeyView;
    const FIELDS: &'static [Field<entity::Column>] = &[
        Field::text("name", entity::Column::Name).containing(),
        Field::text("external_ref", entity::Column::ExternalRef).nullable(),
        Field::instant("expires_at", entity::Column::ExpiresAt).nullable(),
        Field::instant("revoked_at", entity::Column::RevokedAt).nullable(),
        Field::instant("last_used_at", entity::Column::LastUsedAt).nullable(),
        Field::instant("created_at", entity::Column::CreatedAt),
    ];
    const DEFAULT_SORT: &'static str = "-id";
}

/// List API keys.
///
/// Newest first; never their secrets.
#[utoipa::path(get, path = "/v1/api-keys", params(Listing<ApiKeyList>), responses((status = 200, description = "One page.", body = Page<ApiKeyView>)))]
pub(crate) async fn list(_caller: Caller<ReadApiKeys>, listing: Listing<ApiKeyList>, app: Data<Directory>) -> Result<Reply, Problem> {
    let now = app.wall.now();
    let page = listing.page(app.db.read(), entity::Entity::find()).await?;
    listing.reply(&page.map(|row| ApiKeyView::of(&ApiKey::from(row), now)))
}

/// Read an API key.
///
/// Its name, rights and state; never its secret.
#[utoipa::path(get, path = "/v1/api-keys/{api_key_id}", params(ApiKeyPath), responses((status = 200, description = "The key.", body = ApiKeyView)))]
pub(crate) async fn fetch(_caller: Caller<ReadApiKeys>, path: Path<ApiKeyPath>, app: Data<Directory>) -> Result<Reply, Problem> {
    let key = store::find(app.db.read(), path.api_key_id).await?;
    Ok(Reply::ok(&ApiKeyView::of(&key, app.wall.now()))?.tagged(key.version))
}

/// Rename an API key.
///
/// Rights cannot be changed: make another key and revoke this one.
#[utoipa::path(patch, path = "/v1/api-keys/{api_key_id}", params(ApiKeyPath), request_body = PatchApiKey, responses((status = 200, description = "The key.", body = ApiKeyView)))]
pub(crate) async fn patch(
    caller: Caller<UpdateApiKeys>,
    path: Path<ApiKeyPath>,
    expected: IfMatch,
    command: Valid<PatchApiKey>,
    app: Data<Directory>,
) -> Result<Reply, Problem> {
    change(&caller, &app, path.api_key_id, expected, "api_key.updated", |key, now| {
        let name = command.name.clone().unwrap_or_else(|| key.name.clone());
        key.renamed(name, now)
    })
    .await
}

/// Revoke an API key.
///
/// For good: it gets no more tokens, and those it has are refused within a minute.
#[utoipa::path(post, path = "/v1/api-keys/{api_key_id}/revoke", params(ApiKeyPath), responses((status = 200, description = "The revoked key.", body = ApiKeyView)))]
pub(crate) async fn revoke(
    caller: Caller<RevokeApiKeys>,
    path: Path<ApiKeyPath>,
    expected: IfMatch,
    app: Data<Directory>,
) -> Result<Reply, Problem> {
    change(&caller, &app, path.api_key_id, expected, "api_key.revoked", ApiKey::revoked).await
}

/// Changes a key by a step of its model.
async fn change<P>(
    caller: &Caller<P>,
    app: &Directory,
    id: ApiKeyId,
    expected: IfMatch,
    event: &'static str,
    step: impl Fn(ApiKey, DateTime<Utc>) -> Result<ApiKey, kernel::Fault>,
) -> Result<Reply, Problem> {
    let own = Entitlement::of(caller.claims());
    app.db
        .command(caller, event, async |tx| {
            let now = app.wall.now();
            let current = store::find(tx, id).await?;
            expected.check(current.version)?;
            own.demand_cover(&current.entitlement)?;
            let next = step(current.clone(), now)?;
            store::save(tx, &next, caller.actor().id).await?;
            if next.revoked_at.is_some() {
                revocations::add(tx, Revoked::ApiKey, [next.id.uuid()], now).await?;
            }
            let view = ApiKeyView::of(&next, now);
            tx.record(Change::new(event, "api_key", next.id, next.version).before(&ApiKeyView::of(&current, now)).after(&view));
            Ok(Reply::ok(&view)?.tagged(next.version))
        })
        .await
}
