//! Rows of the table `contract`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "contract")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub created_by: Option<Uuid>,
    pub updated_by: Option<Uuid>,
    pub external_ref: Option<String>,
    pub number: i64,
    pub account_id: Uuid,
    pub kind: String,
    pub parent_id: Option<Uuid>,
    pub title: String,
    pub status: String,
    pub coverage: String,
    #[sea_orm(column_type = "JsonBinary")]
    pub coverage_sites: Json,
    #[sea_orm(column_type = "JsonBinary")]
    pub service_lines: Json,
    pub current_version_id: Uuid,
    pub submitted_fingerprint: Option<String>,
    pub approved_by: Option<Uuid>,
    pub reason: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
