//! Rows of the table `attachment`.
#![expect(unreachable_pub, reason = "the derive makes public types of these")]

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "attachment")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub record_id: Uuid,
    pub ticket_id: Option<Uuid>,
    pub message_id: Option<Uuid>,
    pub position: i32,
    pub name: String,
    pub media_type: String,
    pub size: i64,
    pub sha256: String,
    pub state: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
