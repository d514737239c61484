//! What every principal may do: read who they are and change their own password.

use actix_web::web::Data;
use kernel::Fault;
use kernel::id::UserId;
use platform::caller::{ActorKind, Caller};
use platform::db::Tx;
use platform::operation::Operations;
use platform::operations;
use platform::outbox::Change;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::valid::Valid;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::http::UserView;
use super::model::User;
use super::{ops, store};
use crate::directory::{Directory, hashing};
use crate::entitlement::Entitlement;
use crate::sessions::http::{ReadOwn, UpdateOwn};
use crate::sessions::sign_in::reserve;
use crate::throttle::model::Subject;
use crate::throttle::store as throttle;

pub(super) fn operations() -> Operations {
    operations!["me"; me, change_password]
}

/// The bearer of an access token.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MeView {
    id: Uuid,
    /// `user`, `customer`, `key` or `service`.
    #[schema(max_length = 20)]
    kind: &'static str,
    #[schema(max_length = 200)]
    name: String,
    #[schema(max_items = 1000)]
    permissions: Vec<String>,
    /// Null means all.
    #[schema(max_items = 500)]
    branches: Option<Vec<Uuid>>,
    /// Null for staff.
    #[schema(max_items = 500)]
    accounts: Option<Vec<Uuid>>,
    #[schema(max_items = 500)]
    sites: Option<Vec<Uuid>>,
    /// For people: the user.
    user: Option<UserView>,
}

/// One's own password, old and new.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangePassword {
    #[schema(min_length = 1, max_length = 1024, format = Password)]
    current_password: String,
    /// At least twelve characters.
    #[schema(min_length = 1, max_length = 128, format = Password)]
    new_password: String,
}

fn is_person<P>(caller: &Caller<P>) -> bool {
    matches!(caller.actor().kind, ActorKind::User | ActorKind::Customer)
}

/// Who am I?
///
/// The bearer of the token: name, permissions and rows; for people the user too.
#[utoipa::path(get, path = "/v1/me", operation_id = "me.fetch", responses((status = 200, description = "The bearer.", body = MeView)))]
pub(crate) async fn me(caller: Caller<ReadOwn>, app: Data<Directory>) -> Result<Reply, Problem> {
    let own = Entitlement::of(caller.claims());
    let user = if is_person(&caller) { store::by_id(app.db.read(), UserId::from_uuid(caller.actor().id)).await? } else { None };
    Reply::ok(&MeView {
        id: caller.actor().id,
        kind: caller.actor().kind.as_str(),
        name: caller.actor().name.clone(),
        permissions: own.permissions.texts(),
        branches: own.access.branches,
        accounts: own.access.accounts,
        sites: own.access.sites,
        user: user.as_ref().map(UserView::from),
    })
}

/// Change one's own password.
///
/// Needs the present one. Ends all other sessions of the user.
#[utoipa::path(post, path = "/v1/me/password", request_body = ChangePassword, responses((status = 200, description = "The user.", body = UserView)))]
pub(crate) async fn change_password(
    caller: Caller<UpdateOwn>,
    command: Valid<ChangePassword>,
    app: Data<Directory>,
) -> Result<Reply, Problem> {
    app.conceal(caller.context())?;
    let user = verified(&caller, &command.current_password, &app).await?;
    let hash = ops::hashed(&app, &command.new_password, &user.email, &user.name, "/new_password").await?;
    app.db
        .command(&caller, "user.change_password", async |tx| {
            let current = store::find(tx, user.id).await?;
            if current.password_hash != user.password_hash {
                return Err(wrong().into());
            }
            replace_password(tx, &app, &current, &hash, caller.claims().sid).await
        })
        .await
}

/// Writes the new password and ends every session but the one that `chain` belongs to.
async fn replace_password(tx: &Tx, app: &Directory, current: &User, hash: &str, chain: Uuid) -> Result<Reply, Problem> {
    let next = current.clone().with_password(hash.to_owned(), tx.now());
    store::save(tx, &next, tx.actor().id).await?;
    ops::end_sessions(tx, next.id, Some(chain), "password_changed", app.wall.now()).await?;
    throttle::clear(tx, Subject::Account, next.email.as_str()).await?;
    let change = Change::new("user.password_changed", "user", next.id, next.version);
    tx.record(change.before(&UserView::from(current)).after(&UserView::from(&next)));
    Ok(Reply::ok(&UserView::from(&next))?.tagged(next.version))
}

/// The caller, who has shown to know the present password; guesses count like those at signing in.
async fn verified(caller: &Caller<UpdateOwn>, password: &str, app: &Directory) -> Result<User, Problem> {
    if !is_person(caller) {
        return Err(Fault::conflict("no_password", "Only people have passwords.").into());
    }
    let user = store::find(app.db.read(), UserId::from_uuid(caller.actor().id)).await?;
    reserve(app, user.email.as_str(), None).await?;
    if app.hasher.verify(password, user.password_hash.as_deref()).await.map_err(hashing)? { Ok(user) } else { Err(wrong().into()) }
}

fn wrong() -> Fault {
    Fault::field("/current_password", "wrong_password", "This is not the present password.")
}
