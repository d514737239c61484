//! Rows of the table `sla_policy_version`, which the database lets nobody change.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "sla_policy_version")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub policy_id: Uuid,
    pub number: i32,
    pub effective_from: DateTimeUtc,
    pub published_at: DateTimeUtc,
    pub published_by: Uuid,
    #[sea_orm(column_type = "JsonBinary")]
    pub terms: Json,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
