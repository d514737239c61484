//! Queries of sites and their regulatory identifiers.

use kernel::id::{AccountId, BranchId, CalendarId, SiteId};
use kernel::{Fault, Period};
use platform::problem::Problem;
use platform::rows::{self, from_json, to_json, word, word_or_none};
use platform::scope::RowScope;
use platform::stamp_of;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, Select};
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use super::model::{MicroDegrees, Site};
use super::regulatory::RegulatoryId;
use super::regulatory_entity as regulatory;
use crate::reach::through_account;

/// A site without a branch is where its account is.
fn within(scope: &RowScope) -> Condition {
    match scope {
        RowScope::All | RowScope::Accounts { .. } => scope.condition(Column::BranchId, Column::AccountId, Some(Column::Id)),
        RowScope::Branches(branches) => {
            let with_account = through_account(scope, Column::AccountId).add(Column::BranchId.is_null());
            Condition::any().add(Column::BranchId.is_in(branches.iter().copied())).add(with_account)
        }
    }
}

/// All sites inside `scope`.
pub(crate) fn visible(scope: &RowScope) -> Select<Entity> {
    Entity::find().filter(within(scope))
}

/// # Errors
/// 404 when there is none inside `scope`.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, scope: &RowScope, id: SiteId) -> Result<Site, Problem> {
    let row = visible(scope).filter(Column::Id.eq(id.uuid())).one(db).await?;
    site(row.ok_or_else(|| Fault::not_found(SiteId::NOUN))?)
}

/// The site with an external reference, whether or not the caller may see it: the reference is taken either way.
pub(crate) async fn by_external_ref<C: ConnectionTrait>(db: &C, external_ref: &str) -> Result<Option<Site>, Problem> {
    Entity::find().filter(Column::ExternalRef.eq(external_ref)).one(db).await?.map(site).transpose()
}

/// Checks the sites that a body refers to: each must be one of the account's and inside `scope`.
///
/// # Errors
/// A field fault at `pointer`, naming the identifiers that lead nowhere.
pub(crate) async fn check_named<C: ConnectionTrait>(
    db: &C,
    scope: &RowScope,
    account: AccountId,
    sites: &[SiteId],
    pointer: &'static str,
) -> Result<(), Problem> {
    if sites.is_empty() {
        return Ok(());
    }
    let wanted: Vec<Uuid> = sites.iter().map(|site| site.uuid()).collect();
    let found =
        visible(scope).filter(Column::AccountId.eq(account.uuid())).filter(Column::Id.is_in(wanted.iter().copied())).all(db).await?;
    let missing: Vec<Uuid> = wanted.into_iter().filter(|id| found.iter().all(|row| row.id != *id)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Fault::field(pointer, "unknown_reference", "The account has no such site.").with_conflicts(missing).into())
}

pub(crate) async fn insert<C: ConnectionTrait>(db: &C, site: &Site) -> Result<(), Problem> {
    Entity::insert(row(site)?.into_active_model()).exec_without_returning(db).await.map_err(|error| taken(error.into(), site))?;
    Ok(())
}

/// # Errors
/// 412 when the row has changed since it was read.
pub(crate) async fn save<C: ConnectionTrait>(db: &C, site: &Site) -> Result<(), Problem> {
    rows::save(db, row(site)?, site.id.uuid(), site.stamp.version).await.map_err(|problem| taken(problem, site))
}

fn taken(problem: Problem, site: &Site) -> Problem {
    problem
        .on_unique("external_ref", || Fault::conflict("external_ref_taken", "Another site has this external reference."))
        .on_unique("code", || Fault::conflict("site_code_taken", format!("The account has a site {} already.", site.code)))
}

/// The regulatory identifiers of some sites, in one query, oldest first.
pub(crate) async fn regulatory_ids<C: ConnectionTrait>(db: &C, sites: &[SiteId]) -> Result<Vec<RegulatoryId>, Problem> {
    if sites.is_empty() {
        return Ok(Vec::new());
    }
    let rows = regulatory::Entity::find()
        .filter(regulatory::Column::SiteId.is_in(sites.iter().map(|site| site.uuid())))
        .order_by_asc(regulatory::Column::Id)
        .all(db)
        .await?;
    rows.into_iter().map(regulatory_id).collect()
}

pub(crate) async fn insert_regulatory_id<C: ConnectionTrait>(db: &C, id: &RegulatoryId) -> Result<(), Problem> {
    regulatory::Entity::insert(regulatory_row(id).into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// Replaces a regulatory identifier; the site's version guards it.
pub(crate) async fn save_regulatory_id<C: ConnectionTrait>(db: &C, id: &RegulatoryId) -> Result<(), Problem> {
    use sea_orm::ActiveModelTrait;
    regulatory::Entity::update(regulatory_row(id).into_active_model().reset_all()).exec(db).await?;
    Ok(())
}

fn regulatory_row(id: &RegulatoryId) -> regulatory::Model {
    regulatory::Model {
        id: id.id,
        site_id: id.site_id.uuid(),
        kind: id.kind.to_string(),
        value: id.value.clone(),
        status: id.status.to_string(),
        valid_from: id.period.start,
        valid_until: id.period.end,
    }
}

fn regulatory_id(row: regulatory::Model) -> Result<RegulatoryId, Problem> {
    Ok(RegulatoryId {
        id: row.id,
        site_id: row.site_id.into(),
        kind: word(&row.kind)?,
        value: row.value,
        status: word(&row.status)?,
        period: Period { start: row.valid_from, end: row.valid_until },
    })
}

fn row(site: &Site) -> Result<Model, Problem> {
    Ok(Model {
        id: site.id.uuid(),
        version: site.stamp.version,
        created_at: site.stamp.created_at,
        updated_at: site.stamp.updated_at,
        created_by: site.stamp.created_by,
        updated_by: site.stamp.updated_by,
        external_ref: site.external_ref.clone(),
        account_id: site.account_id.uuid(),
        code: site.code.clone(),
        name: site.name.clone(),
        address: to_json(&site.address)?,
        state: site.address.state.clone(),
        postal_code: site.address.postal_code.clone(),
        latitude: site.position.map(|position| position.latitude),
        longitude: site.position.map(|position| position.longitude),
        time_zone: site.time_zone.name().to_owned(),
        branch_id: site.branch_id.map(BranchId::uuid),
        calendar_id: site.calendar_id.map(CalendarId::uuid),
        access_notes: site.access_notes.clone(),
        status: site.status.to_string(),
        generator_status: site.generator_status.map(|status| status.to_string()),
    })
}

/// The site of a row.
///
/// # Errors
/// `internal` for a row that cannot be read.
pub(crate) fn site(row: Model) -> Result<Site, Problem> {
    let stamp = stamp_of!(row);
    Ok(Site {
        id: row.id.into(),
        stamp,
        account_id: row.account_id.into(),
        code: row.code,
        name: row.name,
        address: from_json(row.address)?,
        position: row.latitude.zip(row.longitude).map(|(latitude, longitude)| MicroDegrees { latitude, longitude }),
        time_zone: word(&row.time_zone)?,
        branch_id: row.branch_id.map(Into::into),
        calendar_id: row.calendar_id.map(Into::into),
        access_notes: row.access_notes,
        status: word(&row.status)?,
        generator_status: word_or_none(row.generator_status.as_deref())?,
        external_ref: row.external_ref,
    })
}
