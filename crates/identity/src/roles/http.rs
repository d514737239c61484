//! Wire types and handlers of roles.

use actix_web::web::{Data, Path};
use chrono::{DateTime, Utc};
use kernel::Fault;
use kernel::id::RoleId;
use platform::caller::Caller;
use platform::db::Tx;
use platform::etag::IfMatch;
use platform::outbox::Change;
use platform::page::{Field, ListSpec, Listing, Page};
use platform::permissions;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::valid::Valid;
use sea_orm::EntityTrait as _;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::model::{Role, RolePatch};
use super::{entity, store};
use crate::directory::Directory;
use crate::entitlement::{Access, Entitlement};
use crate::permission::Permissions;
use crate::sessions::store as sessions;
use crate::users::store as users;

permissions! {
    /// See roles and their permissions.
    pub(crate) ReadRoles = "roles:read";
    /// Make roles that hold no more than oneself.
    pub(crate) CreateRoles = "roles:create";
    /// Change roles.
    pub(crate) UpdateRoles = "roles:update";
    /// Delete roles that nobody has.
    pub(crate) DeleteRoles = "roles:delete";
}

/// A role to make.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateRole {
    /// By which users name it; never changes.
    #[schema(min_length = 2, max_length = 40, pattern = "^[a-z][a-z0-9_]*$", example = "night_shift")]
    name: String,
    #[serde(default)]
    #[schema(max_length = 1_000)]
    description: String,
    /// Patterns `resource:action`; `*` on either side means any.
    #[schema(min_items = 1, max_items = 200, example = json!(["tickets:*", "accounts:read"]))]
    permissions: Vec<String>,
}

/// A change of a role.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct PatchRole {
    #[schema(max_length = 1_000)]
    description: Option<String>,
    #[schema(min_items = 1, max_items = 200)]
    permissions: Option<Vec<String>>,
}

/// A role.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RoleView {
    id: RoleId,
    version: i64,
    #[schema(max_length = 40)]
    name: String,
    #[schema(max_length = 1_000)]
    description: String,
    #[schema(max_items = 200)]
    permissions: Vec<String>,
    /// True for roles that ship with Liaison and never change.
    built_in: bool,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// The path of one role.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct RolePath {
    #[param(inline)]
    role_id: RoleId,
}

impl From<&Role> for RoleView {
    fn from(role: &Role) -> Self {
        Self {
            id: role.id,
            version: role.version,
            name: role.name.clone(),
            description: role.description.clone(),
            permissions: role.permissions.texts(),
            built_in: role.built_in,
            created_at: role.created_at,
            updated_at: role.updated_at,
        }
    }
}

/// What the list of roles can be asked for.
pub(crate) struct RoleList;

impl ListSpec for RoleList {
    type Entity = entity::Entity;
    type View = RoleView;
    const FIELDS: &'static [Field<entity::Column>] =
        &[Field::text("name", entity::Column::Name).containing().sortable(), Field::boolean("built_in", entity::Column::BuiltIn)];
    const DEFAULT_SORT: &'static str = "name";
}

/// A role is a matter of permissions only: rows are limited per user.
fn held(permissions: &Permissions) -> Entitlement {
    Entitlement { permissions: permissions.clone(), access: Access::default() }
}

/// Refuses roles that reach beyond the caller, whose own rows do not matter here.
fn demand_held<P>(caller: &Caller<P>, permissions: &Permissions) -> Result<(), Fault> {
    held(&Entitlement::of(caller.claims()).permissions).demand_cover(&held(permissions))
}

/// List roles.
///
/// The built-in ones and those made here, by name.
#[utoipa::path(get, path = "/v1/roles", params(Listing<RoleList>), responses((status = 200, description = "One page.", body = Page<RoleView>)))]
pub(crate) async fn list(_caller: Caller<ReadRoles>, listing: Listing<RoleList>, app: Data<Directory>) -> Result<Reply, Problem> {
    let page = listing.page(app.db.read(), entity::Entity::find()).await?;
    listing.reply(&page.map(|row| RoleView::from(&Role::from(row))))
}

/// Read a role.
///
/// Its permissions and whether it is built in.
#[utoipa::path(get, path = "/v1/roles/{role_id}", params(RolePath), responses((status = 200, description = "The role.", body = RoleView)))]
pub(crate) async fn fetch(_caller: Caller<ReadRoles>, path: Path<RolePath>, app: Data<Directory>) -> Result<Reply, Problem> {
    let role = store::find(app.db.read(), path.role_id).await?;
    Ok(Reply::ok(&RoleView::from(&role))?.tagged(role.version))
}

/// Make a role.
///
/// It may hold no more than the caller does.
#[utoipa::path(post, path = "/v1/roles", request_body = CreateRole, responses((status = 201, description = "The role.", body = RoleView)))]
pub(crate) async fn create(caller: Caller<CreateRoles>, command: Valid<CreateRole>, app: Data<Directory>) -> Result<Reply, Problem> {
    let now = app.clock.now();
    let role = Role {
        id: RoleId::generate(),
        version: 1,
        name: command.name.clone(),
        description: command.description.clone(),
        permissions: Permissions::parse(&command.permissions, "/permissions")?,
        built_in: false,
        created_at: now,
        updated_at: now,
    };
    demand_held(&caller, &role.permissions)?;
    app.db
        .command(&caller, "role.create", async |tx| {
            store::insert(tx, &role, caller.actor().id).await?;
            tx.record(Change::new("role.created", "role", role.id, role.version).after(&RoleView::from(&role)));
            Ok(Reply::created(format!("/v1/roles/{}", role.id), &RoleView::from(&role))?.tagged(role.version))
        })
        .await
}

/// Change a role.
///
/// Access tokens of its holders end within a minute, and the next refresh brings the new permissions. Built-in roles
/// cannot be changed.
#[utoipa::path(patch, path = "/v1/roles/{role_id}", params(RolePath), request_body = PatchRole, responses((status = 200, description = "The role.", body = RoleView)))]
pub(crate) async fn patch(
    caller: Caller<UpdateRoles>,
    path: Path<RolePath>,
    expected: IfMatch,
    command: Valid<PatchRole>,
    app: Data<Directory>,
) -> Result<Reply, Problem> {
    let permissions = command.permissions.as_ref().map(|texts| Permissions::parse(texts, "/permissions")).transpose()?;
    let patch = RolePatch { description: command.description.clone(), permissions };
    app.db
        .command(&caller, "role.update", async |tx| {
            let current = store::find(tx, path.role_id).await?;
            expected.check(current.version)?;
            demand_held(&caller, &current.permissions)?;
            let next = current.clone().patched(patch.clone(), tx.now())?;
            demand_held(&caller, &next.permissions)?;
            save(tx, &app, &current, &next).await
        })
        .await
}

/// Writes a changed role; access tokens of everyone who has it end when its permissions changed.
async fn save(tx: &Tx, app: &Directory, before: &Role, next: &Role) -> Result<Reply, Problem> {
    store::save(tx, next, tx.actor().id).await?;
    if next.permissions != before.permissions {
        let holders = users::holders(tx, &next.name).await?;
        sessions::renew_chains(tx, &holders, app.wall.now()).await?;
    }
    let change = Change::new("role.updated", "role", next.id, next.version);
    tx.record(change.before(&RoleView::from(before)).after(&RoleView::from(next)));
    Ok(Reply::ok(&RoleView::from(next))?.tagged(next.version))
}

/// Delete a role.
///
/// Only when nobody has it. Built-in roles cannot be deleted.
#[utoipa::path(delete, path = "/v1/roles/{role_id}", params(RolePath), responses((status = 204, description = "The role is gone.")))]
pub(crate) async fn remove(
    caller: Caller<DeleteRoles>,
    path: Path<RolePath>,
    expected: IfMatch,
    app: Data<Directory>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "role.delete", async |tx| {
            let role = store::find(tx, path.role_id).await?;
            expected.check(role.version)?;
            role.demand_custom()?;
            store::delete(tx, &role).await?;
            let holders = users::holders(tx, &role.name).await?;
            if !holders.is_empty() {
                return Err(Fault::conflict("role_in_use", "Users have this role.").with_conflicts(holders).into());
            }
            let version = role.version.saturating_add(1);
            tx.record(Change::new("role.deleted", "role", role.id, version).before(&RoleView::from(&role)).deleted());
            Ok(Reply::no_content())
        })
        .await
}
