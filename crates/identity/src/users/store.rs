//! Queries on users. Only principals who hold `users:*` come here, and users belong to no branch: there is no row rule.

use kernel::Fault;
use kernel::id::UserId;
use platform::page::{Filter, Op, Scalar};
use platform::problem::Problem;
use platform::rows;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, SimpleExpr};
use sea_orm::{Condition, ConnectionTrait, DbBackend, QuerySelect as _};

use super::entity::{ActiveModel, Column, Entity, Model};
use super::model::{ExternalIdentity, User, UserState};
use crate::columns;
use crate::email::Email;
use crate::entitlement::{Access, Entitlement};
use crate::permission::Permissions;
use crate::roles;
use crate::roles::model::ADMIN;

impl From<Model> for User {
    fn from(row: Model) -> Self {
        Self {
            id: row.id.into(),
            version: row.version,
            external_ref: row.external_ref,
            external_identity: row.external_issuer.zip(row.external_subject).map(|(issuer, subject)| ExternalIdentity { issuer, subject }),
            email: Email::stored(row.email),
            name: row.name,
            roles: columns::read_texts(&row.roles),
            access: Access {
                branches: columns::read_ids(row.branches.as_ref()),
                accounts: columns::read_ids(row.accounts.as_ref()),
                sites: columns::read_ids(row.sites.as_ref()),
            },
            state: UserState::stored(&row.state),
            password_hash: row.password_hash,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// The columns of a user apart from who wrote it.
fn row(user: &User) -> ActiveModel {
    ActiveModel {
        id: Set(user.id.uuid()),
        version: Set(user.version),
        created_at: Set(user.created_at),
        updated_at: Set(user.updated_at),
        external_ref: Set(user.external_ref.clone()),
        external_issuer: Set(user.external_identity.as_ref().map(|identity| identity.issuer.clone())),
        external_subject: Set(user.external_identity.as_ref().map(|identity| identity.subject.clone())),
        email: Set(user.email.as_str().to_owned()),
        name: Set(user.name.clone()),
        roles: Set(columns::texts(&user.roles)),
        branches: Set(columns::ids(user.access.branches.as_ref())),
        accounts: Set(columns::ids(user.access.accounts.as_ref())),
        sites: Set(columns::ids(user.access.sites.as_ref())),
        state: Set(user.state.as_str().to_owned()),
        password_hash: Set(user.password_hash.clone()),
        ..Default::default()
    }
}

/// One user.
///
/// # Errors
/// 404.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, id: UserId) -> Result<User, Problem> {
    Ok(by_id(db, id).await?.ok_or_else(|| Fault::not_found("user"))?)
}

/// One user, if there is such a one.
pub(crate) async fn by_id<C: ConnectionTrait>(db: &C, id: UserId) -> Result<Option<User>, Problem> {
    Ok(Entity::find_by_id(id.uuid()).one(db).await?.map(Into::into))
}

/// The user with this sign-in name, if there is one.
pub(crate) async fn by_email<C: ConnectionTrait>(db: &C, email: &str) -> Result<Option<User>, Problem> {
    Ok(Entity::find().filter(Column::Email.eq(email)).one(db).await?.map(Into::into))
}

/// The user whom another system knows by this reference, if there is one.
pub(crate) async fn by_external_ref<C: ConnectionTrait>(db: &C, external_ref: &str) -> Result<Option<User>, Problem> {
    Ok(Entity::find().filter(Column::ExternalRef.eq(external_ref)).one(db).await?.map(Into::into))
}

/// The user to whom this identity at a trusted provider is linked, if there is one.
pub(crate) async fn by_external_identity<C: ConnectionTrait>(db: &C, identity: &ExternalIdentity) -> Result<Option<User>, Problem> {
    let query = Entity::find().filter(Column::ExternalSubject.eq(&identity.subject)).filter(Column::ExternalIssuer.eq(&identity.issuer));
    Ok(query.one(db).await?.map(Into::into))
}

/// Adds a user.
///
/// # Errors
/// 409 with the pointer of the value that is taken.
pub(crate) async fn insert<C: ConnectionTrait>(db: &C, user: &User, by: Option<Uuid>) -> Result<(), Problem> {
    let row = ActiveModel { created_by: Set(by), updated_by: Set(by), ..row(user) };
    Entity::insert(row).exec_without_returning(db).await.map_err(|error| taken(error.into()))?;
    Ok(())
}

/// Writes a user whose version was raised by one.
///
/// # Errors
/// 412 when it was changed meanwhile; 409 when a unique value is taken.
pub(crate) async fn save<C: ConnectionTrait>(db: &C, user: &User, by: Uuid) -> Result<(), Problem> {
    let changed = ActiveModel { updated_by: Set(Some(by)), ..row(user) };
    rows::save_members(db, changed, user.id.uuid(), user.version).await.map_err(taken)
}

fn taken(problem: Problem) -> Problem {
    let conflict = |pointer, what| {
        move || {
            Fault::conflict("already_exists", format!("Another user has this {what}.")).and_field(pointer, "taken", "This value is taken.")
        }
    };
    problem
        .on_unique("external_ref", conflict("/external_ref", "external reference"))
        .on_unique("external_subject", conflict("/external_identity", "external identity"))
        .on_unique("email", conflict("/email", "address"))
}

/// What a user holds: the sum of the roles, on the user's rows.
pub(crate) async fn entitlement<C: ConnectionTrait>(db: &C, user: &User) -> Result<Entitlement, Problem> {
    let permissions = roles::store::permissions(db, &user.roles).await?.unwrap_or_default();
    Ok(Entitlement { permissions, access: user.access.clone() })
}

/// What the named roles add up to.
///
/// # Errors
/// 422 at `/roles` when one does not exist.
pub(crate) async fn permissions_of<C: ConnectionTrait>(db: &C, names: &[String]) -> Result<Permissions, Problem> {
    let found = roles::store::permissions(db, names).await?;
    Ok(found.ok_or_else(|| Fault::field("/roles", "unknown_role", "One of these roles does not exist."))?)
}

/// The condition that a user has a role.
pub(crate) fn has_role(backend: DbBackend, role: &str) -> SimpleExpr {
    match backend {
        DbBackend::Postgres => Expr::cust_with_values("roles @> jsonb_build_array($1::text)", [role]),
        _ => Expr::cust_with_values("EXISTS (SELECT 1 FROM json_each(roles) WHERE value = ?)", [role]),
    }
}

/// Refuses to leave the deployment without someone who can repair it; call after the write that could.
///
/// # Errors
/// 409 `last_administrator`.
pub(crate) async fn demand_administrator<C: ConnectionTrait>(db: &C) -> Result<(), Problem> {
    // Two administrators who remove each other must queue: the role's row is the lock.
    roles::store::touch(db, ADMIN).await?;
    let rows = Entity::find()
        .filter(has_role(db.get_database_backend(), ADMIN))
        .filter(Column::State.eq(UserState::Active.as_str()))
        .limit(1_000)
        .all(db)
        .await?;
    if rows.into_iter().any(|row| User::from(row).governs()) {
        return Ok(());
    }
    Err(Fault::conflict("last_administrator", "There would be no active administrator left.").into())
}

/// The active users who have a role, for ending their tokens when the role changes.
pub(crate) async fn holders<C: ConnectionTrait>(db: &C, role: &str) -> Result<Vec<Uuid>, Problem> {
    let query = Entity::find().select_only().column(Column::Id).filter(has_role(db.get_database_backend(), role));
    Ok(query.into_tuple().all(db).await?)
}

/// Limits a query to users with the roles that are asked for.
pub(crate) fn with_roles<'f>(select: Select<Entity>, backend: DbBackend, filters: impl Iterator<Item = &'f Filter>) -> Select<Entity> {
    filters.fold(select, |select, filter| {
        let any = filter.values.iter().filter_map(|value| match value {
            Scalar::Text(role) => Some(has_role(backend, role)),
            _ => None,
        });
        let condition = any.fold(Condition::any(), Condition::add);
        select.filter(if matches!(filter.op, Op::Ne | Op::Nin) { condition.not() } else { condition })
    })
}
