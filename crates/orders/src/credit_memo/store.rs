//! Reading credit memos within the caller's scope, and writing them.

use kernel::Fault;
use platform::problem::Problem;
use platform::rows;
use platform::scope::RowScope;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, EntityTrait, IntoActiveModel, QueryOrder, Select};

use super::entity::{ActiveModel, Column, Entity, Model};
use super::line_entity::{self, Model as LineModel};
use crate::external_ref;
use crate::invoice::line_entity as invoice_line;

/// The credit memos a caller may see.
#[must_use]
pub fn visible(scope: &RowScope) -> Select<Entity> {
    Entity::find().filter(scope.condition(Column::BranchId, Column::BillToId, None))
}

/// # Errors
/// 404 when there is none in the caller's scope.
pub async fn find<C: ConnectionTrait>(db: &C, scope: &RowScope, id: Uuid) -> Result<Model, Problem> {
    Ok(visible(scope).filter(Column::Id.eq(id)).one(db).await?.ok_or_else(|| Fault::not_found("credit memo"))?)
}

/// A credit memo's lines in their order.
///
/// # Errors
/// Those of the database.
pub async fn lines<C: ConnectionTrait>(db: &C, memo: Uuid) -> Result<Vec<LineModel>, Problem> {
    let select = line_entity::Entity::find().filter(line_entity::Column::CreditMemoId.eq(memo));
    Ok(select.order_by_asc(line_entity::Column::LineNo).all(db).await?)
}

/// Writes a new credit memo with its lines.
///
/// # Errors
/// 409 `external_ref_taken`.
pub async fn insert<C: ConnectionTrait>(db: &C, memo: &Model, lines: &[LineModel]) -> Result<(), Problem> {
    external_ref::ensure_free::<Entity, C>(db, (Column::Id, Column::ExternalRef), memo.external_ref.as_deref()).await?;
    let written = Entity::insert(memo.clone().into_active_model()).exec_without_returning(db).await;
    written.map_err(|error| Problem::from(error).on_unique("external_ref", external_ref::taken))?;
    line_entity::Entity::insert_many(lines.iter().map(|line| line.clone().into_active_model())).exec_without_returning(db).await?;
    Ok(())
}

/// Writes what has been credited of an invoice's line. The caller holds the account's lock.
///
/// # Errors
/// Those of the database.
pub async fn credited<C: ConnectionTrait>(db: &C, line: &invoice_line::Model) -> Result<(), Problem> {
    let change = invoice_line::ActiveModel {
        credited_quantity: Set(line.credited_quantity),
        credited_net: Set(line.credited_net),
        credited_tax: Set(line.credited_tax),
        ..Default::default()
    };
    invoice_line::Entity::update_many().set(change).filter(invoice_line::Column::Id.eq(line.id)).exec(db).await?;
    Ok(())
}

/// Writes what is unapplied of a credit memo if the row still has the version before `next`'s.
///
/// # Errors
/// 412 when it has changed meanwhile.
pub async fn save<C: ConnectionTrait>(db: &C, next: &Model) -> Result<(), Problem> {
    let change = ActiveModel {
        version: Set(next.version),
        updated_at: Set(next.updated_at),
        updated_by: Set(next.updated_by),
        unapplied: Set(next.unapplied),
        ..Default::default()
    };
    rows::save_members(db, change, next.id, next.version).await
}
