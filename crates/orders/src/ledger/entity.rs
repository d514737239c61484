//! An entry; its lines are rows of `ledger_line`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "ledger_entry")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub seq: i64,
    pub id: Uuid,
    pub event: String,
    pub document_id: Uuid,
    pub party_id: Uuid,
    pub branch_id: Option<Uuid>,
    pub currency: String,
    pub effective_on: Date,
    pub period: String,
    pub recorded_at: DateTimeUtc,
    pub reverses: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
