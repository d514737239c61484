//! Wire types and handlers of sessions.

use actix_web::HttpRequest;
use actix_web::http::header;
use actix_web::web::{Data, Path};
use chrono::{DateTime, Utc};
use kernel::Fault;
use kernel::id::{SessionId, UserId};
use platform::caller::{Caller, Public};
use platform::outbox::Change;
use platform::page::{Field, ListSpec, Listing, Page};
use platform::permissions;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::valid::Valid;
use sea_orm::{EntityTrait as _, QueryFilter as _};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::entity::session;
use super::refresh;
use super::sign_in::{self as signing_in, SignedIn};
use super::store::{self, Origin, Session, Whose};
use crate::directory::Directory;
use crate::throttle::address;
use crate::uncached::Uncached;

permissions! {
    /// See the sessions of others.
    pub(crate) ReadSessions = "sessions:read";
    /// End the sessions of others.
    pub(crate) RevokeSessions = "sessions:revoke";
    /// See one's own; every principal may.
    pub(crate) ReadOwn = "me:read";
    /// Change one's own password and sessions; every principal may.
    pub(crate) UpdateOwn = "me:update";
}

/// Name and password of a person.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignIn {
    #[schema(min_length = 1, max_length = 254, example = "ada@example.com")]
    email: String,
    #[schema(min_length = 1, max_length = 1024, format = Password)]
    password: String,
}

/// One sign-in of one person.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionView {
    pub(crate) id: Uuid,
    pub(crate) version: i64,
    pub(crate) user_id: Uuid,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
    /// When the session was last renewed.
    pub(crate) last_used_at: DateTime<Utc>,
    pub(crate) ended_at: Option<DateTime<Utc>>,
    /// `signed_out`, `password_changed`, `user_disabled` or `refresh_token_reused`.
    #[schema(max_length = 64)]
    pub(crate) ended_because: Option<String>,
    /// What the client called itself.
    #[schema(max_length = 200)]
    pub(crate) client: Option<String>,
    #[schema(max_length = 64)]
    pub(crate) address: Option<String>,
}

/// The credentials of a new session.
#[derive(Serialize, ToSchema)]
pub(crate) struct SignedInView {
    /// Send it as `Authorization: Bearer`; valid for fifteen minutes.
    #[schema(max_length = 65_536)]
    access_token: String,
    #[schema(max_length = 10, example = "Bearer")]
    token_type: &'static str,
    /// Seconds until the access token expires.
    #[schema(minimum = 0, maximum = 86_400)]
    expires_in: i64,
    /// Exchange it once at `/oauth/token` for the next pair.
    #[schema(max_length = 100)]
    refresh_token: String,
    /// The permissions, separated by spaces.
    #[schema(max_length = 32_768)]
    scope: String,
    session: SessionView,
}

/// The path of one session.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct SessionPath {
    #[param(inline)]
    session_id: SessionId,
}

impl From<&Session> for SessionView {
    fn from(session: &Session) -> Self {
        Self {
            id: session.id,
            version: session.version,
            user_id: session.user_id,
            created_at: session.created_at,
            expires_at: session.expires_at,
            last_used_at: session.last_used_at,
            ended_at: session.ended_at,
            ended_because: session.ended_because.clone(),
            client: session.client.clone(),
            address: session.address.clone(),
        }
    }
}

impl SessionView {
    /// What events and the audit trail hold of a session: not where the person was.
    pub(crate) fn recorded(session: &Session) -> Self {
        Self { client: None, address: None, ..Self::from(session) }
    }
}

impl From<&SignedIn> for SignedInView {
    fn from(signed_in: &SignedIn) -> Self {
        Self {
            access_token: signed_in.access.text.to_string(),
            token_type: "Bearer",
            expires_in: signed_in.access.expires_in.num_seconds(),
            refresh_token: refresh::text(&signed_in.refresh),
            scope: signed_in.access.scope.clone(),
            session: SessionView::from(&signed_in.session),
        }
    }
}

/// Where a request came from, for the list of sessions.
pub(crate) fn origin(request: &HttpRequest) -> Origin {
    let agent = request.headers().get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    Origin { client: agent.map(|agent| agent.chars().take(200).collect()), address: Some(address::of(request)) }
}

/// Sign in.
///
/// Starts a session for a person. The answer to wrong credentials is the same whether or not the address is known; after
/// several failures the next attempt must wait (429 with `Retry-After`), and nobody is locked out for good.
#[utoipa::path(post, path = "/v1/sessions", request_body = SignIn, responses((status = 201, description = "The session and its tokens.", body = SignedInView), (status = 401, description = "The address and the password do not belong together.", content_type = "application/problem+json")))]
pub(crate) async fn start(public: Public, request: HttpRequest, command: Valid<SignIn>, app: Data<Directory>) -> Result<Uncached, Problem> {
    let signed_in = signing_in::sign_in(&app, &command.email, &command.password, &origin(&request), &public.context().request_id).await?;
    let reply = Reply::created(format!("/v1/sessions/{}", signed_in.session.id), &SignedInView::from(&signed_in))?;
    Ok(Uncached(reply.tagged(signed_in.session.version)))
}

/// Whose sessions the caller may see or end.
pub(crate) fn whose<P, Q: platform::caller::Permission>(caller: &Caller<P>) -> Whose {
    if caller.may::<Q>() { Whose::Anyones } else { Whose::Only(UserId::from_uuid(caller.actor().id)) }
}

/// What the list of sessions can be asked for.
pub(crate) struct SessionList;

impl ListSpec for SessionList {
    type Entity = session::Entity;
    type View = SessionView;
    const FIELDS: &'static [Field<session::Column>] = &[
        Field::uuid("user_id", session::Column::UserId),
        Field::instant("created_at", session::Column::CreatedAt),
        Field::instant("expires_at", session::Column::ExpiresAt),
        Field::instant("ended_at", session::Column::EndedAt).nullable(),
    ];
    const DEFAULT_SORT: &'static str = "-id";
}

/// List sessions.
///
/// One's own, or with `sessions:read` everyone's; newest first.
#[utoipa::path(get, path = "/v1/sessions", params(Listing<SessionList>), responses((status = 200, description = "One page.", body = Page<SessionView>)))]
pub(crate) async fn list(caller: Caller<ReadOwn>, listing: Listing<SessionList>, app: Data<Directory>) -> Result<Reply, Problem> {
    let select = session::Entity::find().filter(whose::<_, ReadSessions>(&caller).condition());
    let page = listing.page(app.db.read(), select).await?;
    listing.reply(&page.map(|row| SessionView::from(&row)))
}

/// Read a session.
///
/// One's own, or with `sessions:read` anyone's.
#[utoipa::path(get, path = "/v1/sessions/{session_id}", params(SessionPath), responses((status = 200, description = "The session.", body = SessionView)))]
pub(crate) async fn fetch(caller: Caller<ReadOwn>, path: Path<SessionPath>, app: Data<Directory>) -> Result<Reply, Problem> {
    let session = store::find(app.db.read(), whose::<_, ReadSessions>(&caller), path.session_id).await?;
    Ok(Reply::ok(&SessionView::from(&session))?.tagged(session.version))
}

/// End a session.
///
/// Ends one's own session, or with `sessions:revoke` anyone's: its refresh token at once, its access tokens within a
/// minute.
#[utoipa::path(post, path = "/v1/sessions/{session_id}/revoke", params(SessionPath), responses((status = 200, description = "The ended session.", body = SessionView)))]
pub(crate) async fn revoke(caller: Caller<UpdateOwn>, path: Path<SessionPath>, app: Data<Directory>) -> Result<Reply, Problem> {
    let now = app.wall.now();
    let whose = whose::<_, RevokeSessions>(&caller);
    app.db
        .command(&caller, "session.revoke", async |tx| {
            let current = store::find(tx, whose, path.session_id).await?;
            if current.ended_at.is_some() {
                return Err(Fault::illegal_transition("revoke", "ended", std::iter::empty::<String>()).into());
            }
            store::end(tx, std::slice::from_ref(&current), "signed_out", now).await?;
            let ended = store::find(tx, whose, path.session_id).await?;
            let change = Change::new("session.ended", "session", ended.id, ended.version);
            tx.record(change.before(&SessionView::recorded(&current)).after(&SessionView::recorded(&ended)));
            Ok(Reply::ok(&SessionView::from(&ended))?.tagged(ended.version))
        })
        .await
}
