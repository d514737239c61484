//! The feed's table.

#![expect(unreachable_pub, reason = "the derive makes public types of these")]

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "feed")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i64,
    pub event_id: Uuid,
    pub event: String,
    pub subject_type: String,
    pub subject_id: Uuid,
    pub sequence: i64,
    pub account_id: Option<Uuid>,
    pub site_id: Option<Uuid>,
    pub branch_id: Option<Uuid>,
    pub portal: bool,
    pub deleted: bool,
    pub recorded_at: DateTimeUtc,
    pub payload: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
