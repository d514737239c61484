//! A credit memo; amounts in minor units of its currency.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "credit_memo")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub created_by: Option<Uuid>,
    pub updated_by: Option<Uuid>,
    pub external_ref: Option<String>,
    pub number: Option<String>,
    pub state: String,
    pub reason: String,
    pub bill_to_id: Uuid,
    pub branch_id: Option<Uuid>,
    pub invoice_id: Uuid,
    pub currency: String,
    pub issue_date: Option<Date>,
    pub posted_at: Option<DateTimeUtc>,
    pub net: i64,
    pub tax: i64,
    pub total: i64,
    pub unapplied: i64,
    #[sea_orm(column_type = "JsonBinary")]
    pub taxes: Json,
    pub rebill: bool,
    #[sea_orm(column_type = "Text", nullable)]
    pub memo: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
