//! Queries of mailboxes. Staff of some branches see theirs and those of no branch; portal customers see none.

use kernel::Fault;
use kernel::id::{BranchId, MailboxId};
use platform::problem::Problem;
use platform::rows::{self, word};
use platform::scope::RowScope;
use platform::stamp_of;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Select};

use super::entity::{Column, Entity, Model};
use super::model::Mailbox;

/// Rows of staff with a branch column: those of the caller's branches and of none.
pub(crate) fn of_staff<C: ColumnTrait>(scope: &RowScope, branch: C) -> Condition {
    match scope {
        RowScope::All => Condition::all(),
        RowScope::Branches(branches) => Condition::any().add(branch.is_in(branches.iter().copied())).add(branch.is_null()),
        RowScope::Accounts { .. } => scope.staff_only(),
    }
}

pub(crate) fn visible(scope: &RowScope) -> Select<Entity> {
    Entity::find().filter(of_staff(scope, Column::BranchId))
}

/// # Errors
/// 404 when there is none inside `scope`.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, scope: &RowScope, id: MailboxId) -> Result<Mailbox, Problem> {
    let row = visible(scope).filter(Column::Id.eq(id.uuid())).one(db).await?;
    mailbox(row.ok_or_else(|| Fault::not_found(MailboxId::NOUN))?)
}

/// The mailbox of an address, whoever asks: mail is delivered by address.
pub(crate) async fn by_address<C: ConnectionTrait>(db: &C, addresses: &[String]) -> Result<Option<Mailbox>, Problem> {
    let rows = Entity::find().filter(Column::Address.is_in(addresses)).all(db).await?;
    let first = addresses.iter().find_map(|address| rows.iter().find(|row| row.address == *address && row.active));
    first.cloned().map(mailbox).transpose()
}

/// A mailbox to write from: one of the branch, else of none, else any.
pub(crate) async fn of_branch<C: ConnectionTrait>(db: &C, branch: Option<BranchId>) -> Result<Option<Mailbox>, Problem> {
    let rows = Entity::find().filter(Column::Active.eq(true)).order_by_asc(Column::Id).all(db).await?;
    let branch = branch.map(BranchId::uuid);
    let own = rows.iter().find(|row| row.branch_id.is_some() && row.branch_id == branch);
    let shared = || rows.iter().find(|row| row.branch_id.is_none());
    own.or_else(shared).or_else(|| rows.first()).cloned().map(mailbox).transpose()
}

/// Every address of ours.
pub(crate) async fn addresses<C: ConnectionTrait>(db: &C) -> Result<Vec<String>, Problem> {
    Ok(Entity::find().select_only().column(Column::Address).into_tuple().all(db).await?)
}

pub(crate) async fn insert<C: ConnectionTrait>(db: &C, mailbox: &Mailbox) -> Result<(), Problem> {
    Entity::insert(row(mailbox).into_active_model()).exec_without_returning(db).await.map_err(|error| taken(error.into()))?;
    Ok(())
}

/// # Errors
/// 412 when the row has changed since it was read.
pub(crate) async fn save<C: ConnectionTrait>(db: &C, mailbox: &Mailbox) -> Result<(), Problem> {
    rows::save(db, row(mailbox), mailbox.id.uuid(), mailbox.stamp.version).await.map_err(taken)
}

fn taken(problem: Problem) -> Problem {
    problem
        .on_unique("address", || Fault::conflict("address_taken", "Another mailbox has this address."))
        .on_unique("external_ref", || Fault::conflict("external_ref_taken", "Another mailbox has this external reference."))
}

fn row(mailbox: &Mailbox) -> Model {
    Model {
        id: mailbox.id.uuid(),
        version: mailbox.stamp.version,
        created_at: mailbox.stamp.created_at,
        updated_at: mailbox.stamp.updated_at,
        created_by: mailbox.stamp.created_by,
        updated_by: mailbox.stamp.updated_by,
        external_ref: mailbox.external_ref.clone(),
        address: mailbox.address.clone(),
        name: mailbox.name.clone(),
        branch_id: mailbox.branch_id.map(BranchId::uuid),
        group_id: mailbox.group_id,
        ticket_type: mailbox.ticket_type.to_string(),
        priority: mailbox.priority.to_string(),
        acknowledges: mailbox.acknowledges,
        active: mailbox.active,
    }
}

/// The mailbox of a row.
///
/// # Errors
/// `internal` for a row that cannot be read.
pub(crate) fn mailbox(row: Model) -> Result<Mailbox, Problem> {
    let stamp = stamp_of!(row);
    Ok(Mailbox {
        id: row.id.into(),
        stamp,
        address: row.address,
        name: row.name,
        branch_id: row.branch_id.map(Into::into),
        group_id: row.group_id,
        ticket_type: word(&row.ticket_type)?,
        priority: word(&row.priority)?,
        acknowledges: row.acknowledges,
        active: row.active,
        external_ref: row.external_ref,
    })
}
