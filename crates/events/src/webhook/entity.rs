//! The table of endpoints.

#![expect(unreachable_pub, reason = "the derive makes public types of these")]

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub created_by: Option<Uuid>,
    pub updated_by: Option<Uuid>,
    #[sea_orm(column_type = "Text")]
    pub url: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub description: Option<String>,
    #[sea_orm(column_type = "JsonBinary")]
    pub types: Json,
    pub account_id: Option<Uuid>,
    pub state: String,
    pub disabled_reason: Option<String>,
    pub owner_id: Uuid,
    #[sea_orm(column_type = "JsonBinary")]
    pub reader: Json,
    pub secret_no: i32,
    pub old_secret_until: Option<DateTimeUtc>,
    /// Of the feed; moved by the worker without a new version of the row.
    pub position: i64,
    pub failing_since: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
