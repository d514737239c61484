//! A part of a payment or credit that pays an invoice; a reversal is a row with negative amounts.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "application")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub source_type: String,
    pub source_id: Uuid,
    pub invoice_id: Uuid,
    pub account_id: Uuid,
    pub currency: String,
    pub amount: i64,
    pub discount: i64,
    pub effective_on: Date,
    pub recorded_at: DateTimeUtc,
    pub recorded_by: Option<Uuid>,
    pub reverses: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
