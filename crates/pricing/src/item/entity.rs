//! The table of items.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "item")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub created_by: Option<Uuid>,
    pub updated_by: Option<Uuid>,
    pub external_ref: Option<String>,
    pub code: String,
    pub name: String,
    pub service_line: String,
    pub category: String,
    pub charge_group: String,
    pub base_uom: String,
    #[sea_orm(column_type = "JsonBinary")]
    pub conversions: Json,
    pub active: bool,
    /// Of the price data, when the item was written last: an index is brought up to date by what is newer than it.
    pub generation: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
