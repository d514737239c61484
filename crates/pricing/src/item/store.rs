//! Reading and writing items.

use std::collections::HashSet;

use kernel::Fault;
use kernel::id::ItemId;
use platform::problem::Problem;
use platform::rows::{self, word};
use platform::scope::RowScope;
use platform::stamp_of;
use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, IntoActiveModel, QueryFilter, QuerySelect, Select};

use super::entity::{Column, Entity, Model};
use super::model::CatalogItem;
use crate::engine::item::Item;

/// Keys of one look-up.
const LOOKUP_KEYS: usize = 1_000;

pub(crate) fn from_row(row: Model) -> Result<CatalogItem, Problem> {
    let item = Item {
        id: ItemId::from_uuid(row.id),
        charge_group: word(&row.charge_group)?,
        conversions: serde_json::from_value(row.conversions)?,
        code: row.code,
        name: row.name,
        service_line: row.service_line,
        category: row.category,
        base_uom: row.base_uom,
    };
    let stamp = stamp_of!(row);
    Ok(CatalogItem { item, active: row.active, external_ref: row.external_ref, stamp })
}

fn to_row(catalog: &CatalogItem, generation: i64) -> Result<Model, Problem> {
    let CatalogItem { item, active, external_ref, stamp } = catalog;
    Ok(Model {
        id: item.id.uuid(),
        version: stamp.version,
        created_at: stamp.created_at,
        updated_at: stamp.updated_at,
        created_by: stamp.created_by,
        updated_by: stamp.updated_by,
        external_ref: external_ref.clone(),
        code: item.code.clone(),
        name: item.name.clone(),
        service_line: item.service_line.clone(),
        category: item.category.clone(),
        charge_group: item.charge_group.as_str().to_owned(),
        base_uom: item.base_uom.clone(),
        conversions: serde_json::to_value(&item.conversions)?,
        active: *active,
        generation,
    })
}

/// The rows that the scope may list.
pub(crate) fn visible(scope: &RowScope) -> Select<Entity> {
    Entity::find().filter(scope.staff_only())
}

/// One item.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, scope: &RowScope, id: ItemId) -> Result<CatalogItem, Problem> {
    let row = Entity::find_by_id(id.uuid()).filter(scope.staff_only()).one(db).await?;
    from_row(row.ok_or_else(|| Fault::not_found(ItemId::NOUN))?)
}

/// The item with this external reference, if there is one.
pub(crate) async fn by_external_ref<C: ConnectionTrait>(db: &C, scope: &RowScope, text: &str) -> Result<Option<CatalogItem>, Problem> {
    let row = Entity::find().filter(Column::ExternalRef.eq(text)).filter(scope.staff_only()).one(db).await?;
    row.map(from_row).transpose()
}

/// The items that have one of these codes or external references, whoever may see them: both are taken everywhere.
pub(crate) async fn named<C: ConnectionTrait>(db: &C, codes: &[&str], references: &[&str]) -> Result<Vec<CatalogItem>, Problem> {
    let mut found = Vec::new();
    for codes in codes.chunks(LOOKUP_KEYS) {
        found.extend(Entity::find().filter(Column::Code.is_in(codes.iter().copied())).all(db).await?);
    }
    let known: HashSet<Uuid> = found.iter().map(|row| row.id).collect();
    for references in references.chunks(LOOKUP_KEYS) {
        let holders = Entity::find().filter(Column::ExternalRef.is_in(references.iter().copied())).all(db).await?;
        found.extend(holders.into_iter().filter(|row| !known.contains(&row.id)));
    }
    found.into_iter().map(from_row).collect()
}

/// The items written after a generation, for the price index.
pub(crate) async fn since<C: ConnectionTrait>(db: &C, generation: i64) -> Result<Vec<Item>, Problem> {
    // Only what an item is, because a service that starts reads them all.
    let columns = [
        Column::Id,
        Column::Code,
        Column::Name,
        Column::ServiceLine,
        Column::Category,
        Column::ChargeGroup,
        Column::BaseUom,
        Column::Conversions,
    ];
    type Row = (Uuid, String, String, String, String, String, String, Json);
    let rows: Vec<Row> =
        Entity::find().select_only().columns(columns).filter(Column::Generation.gt(generation)).into_tuple().all(db).await?;
    let item = |(id, code, name, service_line, category, charge_group, base_uom, conversions): Row| {
        let (id, charge_group) = (ItemId::from_uuid(id), word(&charge_group)?);
        Ok(Item { id, charge_group, conversions: serde_json::from_value(conversions)?, code, name, service_line, category, base_uom })
    };
    rows.into_iter().map(item).collect()
}

/// Adds items in one statement, under the generation that their transaction has raised.
pub(crate) async fn insert<C: ConnectionTrait>(db: &C, items: &[CatalogItem], generation: i64) -> Result<(), Problem> {
    let rows: Vec<_> =
        items.iter().map(|item| to_row(item, generation).map(IntoActiveModel::into_active_model)).collect::<Result<_, _>>()?;
    Entity::insert_many(rows).exec_without_returning(db).await.map_err(taken)?;
    Ok(())
}

/// Writes a changed item over the version it was read at.
pub(crate) async fn save<C: ConnectionTrait>(db: &C, item: &CatalogItem, generation: i64) -> Result<(), Problem> {
    rows::save(db, to_row(item, generation)?, item.item.id.uuid(), item.stamp.version).await
}

fn taken(error: DbErr) -> Problem {
    Problem::from(error).on_unique("code", || Fault::field("/code", "code_taken", "Another item has this code."))
}
