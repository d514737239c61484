//! Rows of `signing_key`; no logic.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "signing_key")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub created_by: Option<Uuid>,
    pub updated_by: Option<Uuid>,
    /// 1, 2, 3, ...: unique, so that two rotations at once cannot both succeed.
    #[sea_orm(unique)]
    pub generation: i64,
    #[sea_orm(unique)]
    pub kid: String,
    pub public_key: Vec<u8>,
    /// Sealed under the deployment's key; empty once retired.
    pub sealed_private_key: Vec<u8>,
    pub signs_from: DateTimeUtc,
    pub signs_until: Option<DateTimeUtc>,
    pub published_until: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
