//! A payment received; amounts in minor units.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "payment")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub created_by: Option<Uuid>,
    pub updated_by: Option<Uuid>,
    pub external_ref: Option<String>,
    pub state: String,
    pub account_id: Uuid,
    pub branch_id: Option<Uuid>,
    pub currency: String,
    pub method: String,
    pub reference: String,
    pub received_on: Date,
    pub deposit_batch: Option<String>,
    pub amount: i64,
    pub unapplied: i64,
    pub distinguished_by: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub duplicate_reason: Option<String>,
    pub reversal_reason: Option<String>,
    pub reversed_on: Option<Date>,
    pub reversed_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
