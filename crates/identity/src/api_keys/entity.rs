//! Rows of `api_key`; no logic.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "api_key")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub created_by: Option<Uuid>,
    pub updated_by: Option<Uuid>,
    #[sea_orm(unique)]
    pub external_ref: Option<String>,
    pub name: String,
    /// SHA-256 of the secret.
    pub secret_digest: Vec<u8>,
    #[sea_orm(column_type = "JsonBinary")]
    pub permissions: Json,
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub branches: Option<Json>,
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub accounts: Option<Json>,
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub sites: Option<Json>,
    pub expires_at: Option<DateTimeUtc>,
    pub revoked_at: Option<DateTimeUtc>,
    /// To the hour.
    pub last_used_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
