//! Keeping users in step with another system, such as a personnel directory, by that system's own reference.

use actix_web::web::{Data, Path};
use kernel::Fault;
use platform::caller::Caller;
use platform::db::Tx;
use platform::outbox::Change;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::valid::Valid;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::http::{UpdateUsers, UserView};
use super::model::{ExternalIdentity, User, UserPatch};
use super::ops::{self, Creation, NewUser};
use super::store;
use crate::directory::Directory;
use crate::email::Email;
use crate::entitlement::{Access, Entitlement};

/// A user as another system knows them. What is absent is cleared; passwords are not synchronised.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpsertUser {
    #[schema(min_length = 3, max_length = 254)]
    email: String,
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    #[schema(min_items = 1, max_items = 20)]
    roles: Vec<String>,
    /// Absent means all.
    #[schema(max_items = 500)]
    branches: Option<Vec<Uuid>>,
    /// Absent for staff.
    #[schema(max_items = 500)]
    accounts: Option<Vec<Uuid>>,
    /// Absent means all of the accounts.
    #[schema(max_items = 500)]
    sites: Option<Vec<Uuid>>,
    /// Absent keeps the link that there is: most directories do not know it.
    external_identity: Option<ExternalIdentity>,
}

/// The reference of another system.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct ExternalRefPath {
    #[param(min_length = 1, max_length = 200)]
    external_ref: String,
}

impl UpsertUser {
    fn new_user(&self, external_ref: &str) -> Result<NewUser, Fault> {
        Ok(NewUser {
            external_ref: Some(external_ref.to_owned()),
            external_identity: self.external_identity.clone(),
            email: Email::parse(&self.email, "/email")?,
            name: ops::name(&self.name, "/name")?,
            roles: self.roles.clone(),
            access: Access { branches: self.branches.clone(), accounts: self.accounts.clone(), sites: self.sites.clone() },
            password: None,
        })
    }

    fn patch(&self) -> Result<UserPatch, Fault> {
        Ok(UserPatch {
            external_ref: None,
            external_identity: self.external_identity.clone().map(Some),
            email: Some(Email::parse(&self.email, "/email")?),
            name: Some(ops::name(&self.name, "/name")?),
            roles: Some(self.roles.clone()),
            branches: Some(self.branches.clone()),
            accounts: Some(self.accounts.clone()),
            sites: Some(self.sites.clone()),
        })
    }
}

/// Make or change a user by external reference.
///
/// Makes the user when the reference is new (201), else brings it to this state (200).
#[utoipa::path(put, path = "/v1/users/by-external-ref/{external_ref}", params(ExternalRefPath), request_body = UpsertUser, responses((status = 200, description = "The user was there.", body = UserView), (status = 201, description = "The user was made.", body = UserView)))]
pub(crate) async fn upsert(
    caller: Caller<UpdateUsers>,
    path: Path<ExternalRefPath>,
    command: Valid<UpsertUser>,
    app: Data<Directory>,
) -> Result<Reply, Problem> {
    let own = Entitlement::of(caller.claims());
    let new = command.new_user(&path.external_ref)?.prepared(&app, app.clock.now()).await?;
    let patch = command.patch()?;
    app.db
        .command(&caller, "user.upsert", async |tx| match store::by_external_ref(tx, &path.external_ref).await? {
            Some(current) => synchronise(tx, &app, current, patch.clone(), &own).await,
            None => {
                ops::create(tx, &new, Creation::By(caller.actor().id, &own)).await?;
                Ok(Reply::created(format!("/v1/users/{}", new.id), &UserView::from(&new))?.tagged(new.version))
            }
        })
        .await
}

async fn synchronise(tx: &Tx, app: &Directory, current: User, patch: UserPatch, own: &Entitlement) -> Result<Reply, Problem> {
    let next = current.clone().patched(patch, tx.now())?;
    if !current.differs(&next) {
        return Ok(Reply::ok(&UserView::from(&current))?.tagged(current.version));
    }
    ops::save(tx, app, &current, &next, own).await?;
    tx.record(Change::new("user.updated", "user", next.id, next.version).before(&UserView::from(&current)).after(&UserView::from(&next)));
    Ok(Reply::ok(&UserView::from(&next))?.tagged(next.version))
}
