//! Wire types and handlers of users.

use actix_web::web::{Data, Path};
use chrono::{DateTime, Utc};
use kernel::Fault;
use kernel::id::UserId;
use platform::caller::Caller;
use platform::etag::IfMatch;
use platform::outbox::Change;
use platform::page::{Field, Kind, ListSpec, Listing, Page};
use platform::permissions;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::valid::Valid;
use sea_orm::EntityTrait as _;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::entity;
use super::model::{ExternalIdentity, Step, User, UserPatch, UserState};
use super::ops::{self, Creation, NewUser};
use super::store;
use crate::directory::Directory;
use crate::email::Email;
use crate::entitlement::{Access, Entitlement};

permissions! {
    /// See users.
    pub(crate) ReadUsers = "users:read";
    /// Make users.
    pub(crate) CreateUsers = "users:create";
    /// Change, disable and enable users and set their passwords.
    pub(crate) UpdateUsers = "users:update";
}

/// A user to make.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateUser {
    /// The sign-in name; case does not matter.
    #[schema(min_length = 3, max_length = 254, example = "ada@example.com")]
    email: String,
    #[schema(min_length = 1, max_length = 200, example = "Ada Lovelace")]
    name: String,
    /// Names of roles.
    #[schema(min_items = 1, max_items = 20, example = json!(["coordinator"]))]
    roles: Vec<String>,
    /// Staff: the branches whose rows are seen; absent means all.
    #[schema(max_items = 500)]
    branches: Option<Vec<Uuid>>,
    /// Portal customers: the accounts that are seen, with those below them.
    #[schema(max_items = 500)]
    accounts: Option<Vec<Uuid>>,
    /// Portal customers: only these sites of the accounts; absent means all.
    #[schema(max_items = 500)]
    sites: Option<Vec<Uuid>>,
    /// At least twelve characters. Without one, the user cannot sign in until an administrator sets it.
    #[schema(min_length = 1, max_length = 128, format = Password)]
    password: Option<String>,
    #[schema(min_length = 1, max_length = 200)]
    external_ref: Option<String>,
    /// Lets the user come in by token exchange with a trusted provider.
    external_identity: Option<ExternalIdentity>,
}

/// A change of a user (RFC 7396): absent keeps, null clears.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct PatchUser {
    #[schema(min_length = 3, max_length = 254)]
    email: Option<String>,
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
    #[schema(min_items = 1, max_items = 20)]
    roles: Option<Vec<String>>,
    #[serde(default, deserialize_with = "platform::patch::present")]
    #[schema(max_items = 500)]
    branches: Option<Option<Vec<Uuid>>>,
    #[serde(default, deserialize_with = "platform::patch::present")]
    #[schema(max_items = 500)]
    accounts: Option<Option<Vec<Uuid>>>,
    #[serde(default, deserialize_with = "platform::patch::present")]
    #[schema(max_items = 500)]
    sites: Option<Option<Vec<Uuid>>>,
    #[serde(default, deserialize_with = "platform::patch::present")]
    #[schema(min_length = 1, max_length = 200)]
    external_ref: Option<Option<String>>,
    #[serde(default, deserialize_with = "platform::patch::present")]
    external_identity: Option<Option<ExternalIdentity>>,
}

/// A password that an administrator gives to a user.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetPassword {
    #[schema(min_length = 1, max_length = 128, format = Password)]
    password: String,
}

/// A user.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserView {
    id: UserId,
    version: i64,
    #[schema(max_length = 254)]
    email: String,
    #[schema(max_length = 200)]
    name: String,
    #[schema(max_items = 20)]
    roles: Vec<String>,
    /// Null means all.
    #[schema(max_items = 500)]
    branches: Option<Vec<Uuid>>,
    /// Null for staff.
    #[schema(max_items = 500)]
    accounts: Option<Vec<Uuid>>,
    /// Null means all of the accounts.
    #[schema(max_items = 500)]
    sites: Option<Vec<Uuid>>,
    state: UserState,
    has_password: bool,
    #[schema(max_length = 200)]
    external_ref: Option<String>,
    external_identity: Option<ExternalIdentity>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// The path of one user.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct UserPath {
    #[param(inline)]
    user_id: UserId,
}

impl From<&User> for UserView {
    fn from(user: &User) -> Self {
        let access = user.access.clone();
        Self {
            id: user.id,
            version: user.version,
            email: user.email.as_str().to_owned(),
            name: user.name.clone(),
            roles: user.roles.clone(),
            branches: access.branches,
            accounts: access.accounts,
            sites: access.sites,
            state: user.state,
            has_password: user.password_hash.is_some(),
            external_ref: user.external_ref.clone(),
            external_identity: user.external_identity.clone(),
            created_at: user.created_at,
            updated_at: user.updated_at,
        }
    }
}

impl CreateUser {
    fn new_user(&self) -> Result<NewUser, Fault> {
        Ok(NewUser {
            external_ref: self.external_ref.clone(),
            external_identity: self.external_identity.clone(),
            email: Email::parse(&self.email, "/email")?,
            name: ops::name(&self.name, "/name")?,
            roles: self.roles.clone(),
            access: Access { branches: self.branches.clone(), accounts: self.accounts.clone(), sites: self.sites.clone() },
            password: self.password.clone(),
        })
    }
}

impl PatchUser {
    fn patch(&self) -> Result<UserPatch, Fault> {
        Ok(UserPatch {
            external_ref: self.external_ref.clone(),
            external_identity: self.external_identity.clone(),
            email: self.email.as_deref().map(|email| Email::parse(email, "/email")).transpose()?,
            name: self.name.as_deref().map(|name| ops::name(name, "/name")).transpose()?,
            roles: self.roles.clone(),
            branches: self.branches.clone(),
            accounts: self.accounts.clone(),
            sites: self.sites.clone(),
        })
    }
}

/// Make a user.
///
/// With roles and rows that do not go beyond the caller's own.
#[utoipa::path(post, path = "/v1/users", request_body = CreateUser, responses((status = 201, description = "The user.", body = UserView)))]
pub(crate) async fn create(caller: Caller<CreateUsers>, command: Valid<CreateUser>, app: Data<Directory>) -> Result<Reply, Problem> {
    app.conceal(caller.context())?;
    let own = Entitlement::of(caller.claims());
    let user = command.new_user()?.prepared(&app, app.clock.now()).await?;
    app.db
        .command(&caller, "user.create", async |tx| {
            ops::create(tx, &user, Creation::By(caller.actor().id, &own)).await?;
            Ok(Reply::created(format!("/v1/users/{}", user.id), &UserView::from(&user))?.tagged(user.version))
        })
        .await
}

/// What the list of users can be asked for.
pub(crate) struct UserList;

impl ListSpec for UserList {
    type Entity = entity::Entity;
    type View = UserView;
    const FIELDS: &'static [Field<entity::Column>] = &[
        Field::text("email", entity::Column::Email).containing().sortable(),
        Field::text("name", entity::Column::Name).containing().sortable(),
        Field::choice("state", entity::Column::State, &["active", "disabled"]),
        Field::text("external_ref", entity::Column::ExternalRef).nullable(),
        Field::text("external_subject", entity::Column::ExternalSubject).nullable(),
        Field::external("role", Kind::Text),
        Field::instant("created_at", entity::Column::CreatedAt),
        Field::instant("updated_at", entity::Column::UpdatedAt),
    ];
    const DEFAULT_SORT: &'static str = "name";
}

/// List users.
///
/// Filter by `role` to find everyone who has it.
#[utoipa::path(get, path = "/v1/users", params(Listing<UserList>), responses((status = 200, description = "One page.", body = Page<UserView>)))]
pub(crate) async fn list(_caller: Caller<ReadUsers>, listing: Listing<UserList>, app: Data<Directory>) -> Result<Reply, Problem> {
    let db = app.db.read();
    let select = store::with_roles(entity::Entity::find(), app.db.backend(), listing.filters_on("role"));
    let page = listing.page(db, select).await?;
    listing.reply(&page.map(|row| UserView::from(&User::from(row))))
}

/// Read a user.
///
/// Who it is, roles, rows and state.
#[utoipa::path(get, path = "/v1/users/{user_id}", params(UserPath), responses((status = 200, description = "The user.", body = UserView)))]
pub(crate) async fn fetch(_caller: Caller<ReadUsers>, path: Path<UserPath>, app: Data<Directory>) -> Result<Reply, Problem> {
    let user = store::find(app.db.read(), path.user_id).await?;
    Ok(Reply::ok(&UserView::from(&user))?.tagged(user.version))
}

/// Change a user.
///
/// When roles or rows change, the user's access tokens end within a minute and the next refresh brings the new rights.
#[utoipa::path(patch, path = "/v1/users/{user_id}", params(UserPath), request_body = PatchUser, responses((status = 200, description = "The user.", body = UserView)))]
pub(crate) async fn patch(
    caller: Caller<UpdateUsers>,
    path: Path<UserPath>,
    expected: IfMatch,
    command: Valid<PatchUser>,
    app: Data<Directory>,
) -> Result<Reply, Problem> {
    let patch = command.patch()?;
    change(&caller, &app, path.user_id, expected, "user.updated", |user, now| user.patched(patch.clone(), now)).await
}

/// Disable a user.
///
/// Ends the user's sessions; access tokens are refused within a minute. The last active administrator cannot be disabled.
#[utoipa::path(post, path = "/v1/users/{user_id}/disable", params(UserPath), responses((status = 200, description = "The user.", body = UserView)))]
pub(crate) async fn disable(
    caller: Caller<UpdateUsers>,
    path: Path<UserPath>,
    expected: IfMatch,
    app: Data<Directory>,
) -> Result<Reply, Problem> {
    change(&caller, &app, path.user_id, expected, "user.disabled", |user, now| user.moved(Step::Disable, now)).await
}

/// Enable a user.
///
/// Lets a disabled user sign in again.
#[utoipa::path(post, path = "/v1/users/{user_id}/enable", params(UserPath), responses((status = 200, description = "The user.", body = UserView)))]
pub(crate) async fn enable(
    caller: Caller<UpdateUsers>,
    path: Path<UserPath>,
    expected: IfMatch,
    app: Data<Directory>,
) -> Result<Reply, Problem> {
    change(&caller, &app, path.user_id, expected, "user.enabled", |user, now| user.moved(Step::Enable, now)).await
}

/// Set a user's password.
///
/// Ends all of the user's sessions.
#[utoipa::path(post, path = "/v1/users/{user_id}/password", params(UserPath), request_body = SetPassword, responses((status = 200, description = "The user.", body = UserView)))]
pub(crate) async fn set_password(
    caller: Caller<UpdateUsers>,
    path: Path<UserPath>,
    expected: IfMatch,
    command: Valid<SetPassword>,
    app: Data<Directory>,
) -> Result<Reply, Problem> {
    app.conceal(caller.context())?;
    let user = store::find(app.db.read(), path.user_id).await?;
    let hash = ops::hashed(&app, &command.password, &user.email, &user.name, "/password").await?;
    change(&caller, &app, path.user_id, expected, "user.password_set", |user, now| Ok(user.with_password(hash.clone(), now))).await
}

/// Changes a user by a step of its model.
async fn change(
    caller: &Caller<UpdateUsers>,
    app: &Directory,
    id: UserId,
    expected: IfMatch,
    event: &'static str,
    step: impl Fn(User, DateTime<Utc>) -> Result<User, Fault>,
) -> Result<Reply, Problem> {
    let own = Entitlement::of(caller.claims());
    app.db
        .command(caller, event, async |tx| {
            let current = store::find(tx, id).await?;
            expected.check(current.version)?;
            let next = step(current.clone(), tx.now())?;
            ops::save(tx, app, &current, &next, &own).await?;
            if current.password_hash != next.password_hash {
                ops::end_sessions(tx, next.id, None, "password_changed", app.wall.now()).await?;
            }
            tx.record(Change::new(event, "user", next.id, next.version).before(&UserView::from(&current)).after(&UserView::from(&next)));
            Ok(Reply::ok(&UserView::from(&next))?.tagged(next.version))
        })
        .await
}
