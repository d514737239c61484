//! Queries of contacts and their roles. A contact is visible where one of its roles is; one without any role is every
//! member of staff's.

use kernel::id::{ContactId, ContactRoleId, SiteId};
use kernel::{Fault, Period};
use platform::problem::Problem;
use platform::rows::{self, from_json, to_json, word, word_or_none};
use platform::scope::RowScope;
use platform::stamp_of;
use sea_orm::sea_query::Query;
use sea_orm::{ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, Select};
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use super::model::{Contact, ContactRole};
use super::role_entity as role;
use crate::reach::through_account;

/// Roles on accounts and sites inside `scope`.
fn roles_within(scope: &RowScope) -> Condition {
    let accounts = through_account(scope, role::Column::AccountId);
    match scope {
        RowScope::Accounts { sites: Some(sites), .. } => {
            let own = Condition::any().add(role::Column::SiteId.is_in(sites.iter().copied())).add(role::Column::SiteId.is_null());
            accounts.add(own)
        }
        RowScope::All | RowScope::Branches(_) | RowScope::Accounts { sites: None, .. } => accounts,
    }
}

fn within(scope: &RowScope) -> Condition {
    let reached = Column::Id.in_subquery(holders(roles_within(scope)));
    match scope {
        RowScope::All => Condition::all(),
        RowScope::Accounts { .. } => Condition::all().add(reached),
        RowScope::Branches(_) => {
            let roles = Query::select().column(role::Column::ContactId).from(role::Entity).take();
            Condition::any().add(reached).add(Column::Id.not_in_subquery(roles))
        }
    }
}

/// The contacts that hold a role with `condition`.
fn holders(condition: Condition) -> sea_orm::sea_query::SelectStatement {
    Query::select().column(role::Column::ContactId).from(role::Entity).cond_where(condition).take()
}

/// All contacts inside `scope`.
pub(crate) fn visible(scope: &RowScope) -> Select<Entity> {
    Entity::find().filter(within(scope))
}

/// Contacts with a role on the account.
pub(crate) fn at_account(account: Uuid) -> Condition {
    Condition::all().add(Column::Id.in_subquery(holders(Condition::all().add(role::Column::AccountId.eq(account)))))
}

/// Contacts with a role on the site.
pub(crate) fn at_site(site: Uuid) -> Condition {
    Condition::all().add(Column::Id.in_subquery(holders(Condition::all().add(role::Column::SiteId.eq(site)))))
}

/// # Errors
/// 404 when there is none inside `scope`.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, scope: &RowScope, id: ContactId) -> Result<Contact, Problem> {
    let row = visible(scope).filter(Column::Id.eq(id.uuid())).one(db).await?;
    contact(row.ok_or_else(|| Fault::not_found(ContactId::NOUN))?)
}

/// The contact with an external reference, whether or not the caller may see it: the reference is taken either way.
pub(crate) async fn by_external_ref<C: ConnectionTrait>(db: &C, external_ref: &str) -> Result<Option<Contact>, Problem> {
    Entity::find().filter(Column::ExternalRef.eq(external_ref)).one(db).await?.map(contact).transpose()
}

/// The roles inside `scope` of some contacts, in one query, oldest first.
pub(crate) async fn roles<C: ConnectionTrait>(db: &C, scope: &RowScope, contacts: &[Uuid]) -> Result<Vec<ContactRole>, Problem> {
    if contacts.is_empty() {
        return Ok(Vec::new());
    }
    let rows = role::Entity::find()
        .filter(role::Column::ContactId.is_in(contacts.iter().copied()))
        .filter(roles_within(scope))
        .order_by_asc(role::Column::Id)
        .all(db)
        .await?;
    rows.into_iter().map(contact_role).collect()
}

pub(crate) async fn insert<C: ConnectionTrait>(db: &C, contact: &Contact) -> Result<(), Problem> {
    Entity::insert(row(contact)?.into_active_model()).exec_without_returning(db).await.map_err(|error| taken(error.into()))?;
    Ok(())
}

/// # Errors
/// 412 when the row has changed since it was read.
pub(crate) async fn save<C: ConnectionTrait>(db: &C, contact: &Contact) -> Result<(), Problem> {
    rows::save(db, row(contact)?, contact.id.uuid(), contact.stamp.version).await.map_err(taken)
}

pub(crate) async fn insert_roles<C: ConnectionTrait>(db: &C, roles: &[ContactRole]) -> Result<(), Problem> {
    if roles.is_empty() {
        return Ok(());
    }
    let rows: Vec<role::ActiveModel> =
        roles.iter().map(|role| role_row(role).map(IntoActiveModel::into_active_model)).collect::<Result<_, _>>()?;
    role::Entity::insert_many(rows).exec_without_returning(db).await?;
    Ok(())
}

/// Replaces a role; the contact's version guards it.
pub(crate) async fn save_role<C: ConnectionTrait>(db: &C, role: &ContactRole) -> Result<(), Problem> {
    role::Entity::update(role_row(role)?.into_active_model().reset_all()).exec(db).await?;
    Ok(())
}

fn taken(problem: Problem) -> Problem {
    problem.on_unique("external_ref", || Fault::conflict("external_ref_taken", "Another contact has this external reference."))
}

fn row(contact: &Contact) -> Result<Model, Problem> {
    Ok(Model {
        id: contact.id.uuid(),
        version: contact.stamp.version,
        created_at: contact.stamp.created_at,
        updated_at: contact.stamp.updated_at,
        created_by: contact.stamp.created_by,
        updated_by: contact.stamp.updated_by,
        external_ref: contact.external_ref.clone(),
        name: contact.name.clone(),
        title: contact.title.clone(),
        email: contact.email.clone(),
        phone: contact.phone.clone(),
        mobile: contact.mobile.clone(),
        preferred: contact.preferred.map(|channel| channel.to_string()),
        consent: to_json(&contact.consent)?,
        language: contact.language.clone(),
        active: contact.active,
    })
}

/// The contact of a row.
///
/// # Errors
/// `internal` for a row that cannot be read.
pub(crate) fn contact(row: Model) -> Result<Contact, Problem> {
    let stamp = stamp_of!(row);
    Ok(Contact {
        id: row.id.into(),
        stamp,
        name: row.name,
        title: row.title,
        email: row.email,
        phone: row.phone,
        mobile: row.mobile,
        preferred: word_or_none(row.preferred.as_deref())?,
        consent: from_json(row.consent)?,
        language: row.language,
        active: row.active,
        external_ref: row.external_ref,
    })
}

fn role_row(role: &ContactRole) -> Result<role::Model, Problem> {
    Ok(role::Model {
        id: role.id.uuid(),
        contact_id: role.contact_id.uuid(),
        account_id: role.account_id.uuid(),
        site_id: role.site_id.map(SiteId::uuid),
        function: role.function.to_string(),
        authorities: to_json(&role.authorities)?,
        valid_from: role.period.start,
        valid_until: role.period.end,
    })
}

fn contact_role(row: role::Model) -> Result<ContactRole, Problem> {
    Ok(ContactRole {
        id: ContactRoleId::from_uuid(row.id),
        contact_id: row.contact_id.into(),
        account_id: row.account_id.into(),
        site_id: row.site_id.map(Into::into),
        function: word(&row.function)?,
        authorities: from_json(row.authorities)?,
        period: Period { start: row.valid_from, end: row.valid_until },
    })
}
