//! Rows of the table `site`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "site")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub created_by: Option<Uuid>,
    pub updated_by: Option<Uuid>,
    pub external_ref: Option<String>,
    pub account_id: Uuid,
    pub code: String,
    pub name: String,
    #[sea_orm(column_type = "JsonBinary")]
    pub address: Json,
    /// Copied from the address, for filters.
    pub state: Option<String>,
    /// Copied from the address, for filters.
    pub postal_code: Option<String>,
    pub latitude: Option<i64>,
    pub longitude: Option<i64>,
    pub time_zone: String,
    pub branch_id: Option<Uuid>,
    pub calendar_id: Option<Uuid>,
    #[sea_orm(column_type = "Text", nullable)]
    pub access_notes: Option<String>,
    pub status: String,
    pub generator_status: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
