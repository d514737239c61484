//! Queries of contracts, their versions and price lines. Portal customers see a contract once it has been signed.

use kernel::Fault;
use kernel::id::{AccountId, ContractId, ContractVersionId};
use platform::problem::Problem;
use platform::rows;
use platform::scope::RowScope;
use sea_orm::sea_query::{LockType, Query};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, Select};
use uuid::Uuid;

use super::entity::{Column, Entity};
use super::model::{Contract, ContractStatus};
use super::price_entity as price;
use super::price_term::PriceTerm;
use super::row;
use super::version::{ContractVersion, ContractVersionState};
use super::version_entity as version;
use crate::reach::{self, through_account};

/// A contract with the version that is being negotiated or in force, and that version's price lines.
#[derive(Clone, Debug)]
pub(crate) struct Agreement {
    pub contract: Contract,
    pub version: ContractVersion,
    pub prices: Vec<PriceTerm>,
}

/// What a customer may know of: whatever has been signed.
const SIGNED: [ContractStatus; 3] = [ContractStatus::Active, ContractStatus::Expired, ContractStatus::Terminated];

fn within(scope: &RowScope) -> Condition {
    let reached = through_account(scope, Column::AccountId);
    if scope.is_customer() { reached.add(Column::Status.is_in(SIGNED.map(ContractStatus::as_str))) } else { reached }
}

/// All contracts inside `scope`.
pub(crate) fn visible(scope: &RowScope) -> Select<Entity> {
    Entity::find().filter(within(scope))
}

/// # Errors
/// 404 when there is none inside `scope`.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, scope: &RowScope, id: ContractId) -> Result<Contract, Problem> {
    let found = visible(scope).filter(Column::Id.eq(id.uuid())).one(db).await?;
    row::contract(found.ok_or_else(|| Fault::not_found(ContractId::NOUN))?)
}

/// The contract with its current version.
///
/// # Errors
/// 404 when there is none inside `scope`.
pub(crate) async fn find_current<C: ConnectionTrait>(
    db: &C,
    scope: &RowScope,
    id: ContractId,
) -> Result<(Contract, ContractVersion), Problem> {
    let contract = find(db, scope, id).await?;
    let found = version::Entity::find_by_id(contract.current_version_id.uuid()).one(db).await?;
    let version = row::version(found.ok_or_else(|| Problem::internal("a contract has no current version"))?)?;
    Ok((contract, version))
}

/// The contract with its current version and price lines, locked against other writers until the transaction ends.
///
/// # Errors
/// 404 when there is none inside `scope`.
pub(crate) async fn find_for_change<C: ConnectionTrait>(db: &C, scope: &RowScope, id: ContractId) -> Result<Agreement, Problem> {
    let mut select = Query::select();
    select.column(Column::Id).from(Entity).and_where(Column::Id.eq(id.uuid())).lock(LockType::Update);
    db.query_one(&select).await?;
    let (contract, version) = find_current(db, scope, id).await?;
    let prices = prices(db, &[version.id]).await?;
    Ok(Agreement { contract, version, prices })
}

/// A master agreement that a body refers to: of the same account or of one above it.
///
/// # Errors
/// A field fault at `/parent_id`.
pub(crate) async fn find_parent<C: ConnectionTrait>(db: &C, id: ContractId, accounts: &[AccountId]) -> Result<Contract, Problem> {
    let found = Entity::find()
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::AccountId.is_in(accounts.iter().map(|account| account.uuid())))
        .one(db)
        .await?;
    row::contract(found.ok_or_else(|| reach::unknown("/parent_id", "master agreement"))?)
}

/// The versions of a contract, newest first.
pub(crate) async fn versions<C: ConnectionTrait>(db: &C, contract: ContractId) -> Result<Vec<ContractVersion>, Problem> {
    let found =
        version::Entity::find().filter(version::Column::ContractId.eq(contract.uuid())).order_by_desc(version::Column::No).all(db).await?;
    found.into_iter().map(row::version).collect()
}

/// The price lines of some versions, in one query.
pub(crate) async fn prices<C: ConnectionTrait>(db: &C, versions: &[ContractVersionId]) -> Result<Vec<PriceTerm>, Problem> {
    if versions.is_empty() {
        return Ok(Vec::new());
    }
    let found = price::Entity::find()
        .filter(price::Column::VersionId.is_in(versions.iter().map(|version| version.uuid())))
        .order_by_asc(price::Column::Id)
        .all(db)
        .await?;
    found.into_iter().map(row::price_term).collect()
}

/// The price lines of a contract's current version, for a list.
pub(crate) fn visible_prices(scope: &RowScope, contract: &Contract) -> Select<price::Entity> {
    let lines = price::Entity::find().filter(price::Column::VersionId.eq(contract.current_version_id.uuid()));
    match scope {
        RowScope::Accounts { sites: Some(sites), .. } => {
            let own = Condition::any().add(price::Column::SiteId.is_in(sites.iter().copied())).add(price::Column::SiteId.is_null());
            lines.filter(own)
        }
        RowScope::All | RowScope::Branches(_) | RowScope::Accounts { sites: None, .. } => lines,
    }
}

/// Contracts of some accounts whose header is active, whoever asks: an invariant does not end at a caller's scope.
pub(crate) async fn active_of<C: ConnectionTrait>(db: &C, accounts: &[AccountId]) -> Result<Vec<Contract>, Problem> {
    let found = Entity::find()
        .filter(Column::AccountId.is_in(accounts.iter().map(|account| account.uuid())))
        .filter(Column::Status.eq(ContractStatus::Active.as_str()))
        .order_by_asc(Column::Id)
        .all(db)
        .await?;
    found.into_iter().map(row::contract).collect()
}

/// The signed contracts of some accounts, whatever became of them since: active, expired and terminated ones.
pub(crate) async fn signed_of<C: ConnectionTrait>(db: &C, accounts: &[AccountId]) -> Result<Vec<Contract>, Problem> {
    let found = Entity::find()
        .filter(Column::AccountId.is_in(accounts.iter().map(|account| account.uuid())))
        .filter(Column::Status.is_in(SIGNED.map(ContractStatus::as_str)))
        .order_by_asc(Column::Id)
        .all(db)
        .await?;
    found.into_iter().map(row::contract).collect()
}

/// The signed and superseded versions of some contracts, in one query, oldest first.
pub(crate) async fn signed_versions<C: ConnectionTrait>(db: &C, contracts: &[Contract]) -> Result<Vec<ContractVersion>, Problem> {
    if contracts.is_empty() {
        return Ok(Vec::new());
    }
    let signed = [ContractVersionState::Signed, ContractVersionState::SupersededByAmendment, ContractVersionState::SupersededByRenewal];
    let found = version::Entity::find()
        .filter(version::Column::ContractId.is_in(contracts.iter().map(|contract| contract.id.uuid())))
        .filter(version::Column::State.is_in(signed.map(ContractVersionState::as_str)))
        .order_by_asc(version::Column::Id)
        .all(db)
        .await?;
    found.into_iter().map(row::version).collect()
}

/// The contract and its first version.
pub(crate) async fn insert<C: ConnectionTrait>(db: &C, contract: &Contract, version: &ContractVersion) -> Result<(), Problem> {
    Entity::insert(row::of_contract(contract)?.into_active_model())
        .exec_without_returning(db)
        .await
        .map_err(|error| taken(error.into()))?;
    version::Entity::insert(row::of_version(version)?.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// # Errors
/// 412 when the contract has changed since it was read.
pub(crate) async fn save<C: ConnectionTrait>(db: &C, contract: &Contract) -> Result<(), Problem> {
    rows::save(db, row::of_contract(contract)?, contract.id.uuid(), contract.stamp.version).await.map_err(taken)
}

/// Replaces a version; the contract's version guards it.
pub(crate) async fn save_version<C: ConnectionTrait>(db: &C, version: &ContractVersion) -> Result<(), Problem> {
    use sea_orm::ActiveModelTrait;
    version::Entity::update(row::of_version(version)?.into_active_model().reset_all()).exec(db).await?;
    Ok(())
}

/// All lines in one statement.
pub(crate) async fn insert_prices<C: ConnectionTrait>(db: &C, lines: &[PriceTerm]) -> Result<(), Problem> {
    if lines.is_empty() {
        return Ok(());
    }
    let rows: Vec<price::ActiveModel> =
        lines.iter().map(|line| row::of_price_term(line).map(IntoActiveModel::into_active_model)).collect::<Result<_, _>>()?;
    price::Entity::insert_many(rows).exec_without_returning(db).await?;
    Ok(())
}

pub(crate) async fn delete_price<C: ConnectionTrait>(db: &C, id: Uuid) -> Result<(), Problem> {
    price::Entity::delete_by_id(id).exec(db).await?;
    Ok(())
}

fn taken(problem: Problem) -> Problem {
    problem.on_unique("external_ref", || Fault::conflict("external_ref_taken", "Another contract has this external reference."))
}
