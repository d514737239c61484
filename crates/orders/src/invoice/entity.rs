//! An invoice; amounts in minor units of its currency.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "invoice")]
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
    pub open: bool,
    pub bill_to_id: Uuid,
    pub bill_to_name: Option<String>,
    pub branch_id: Option<Uuid>,
    pub order_id: Option<Uuid>,
    pub bill_run_id: Option<Uuid>,
    pub currency: String,
    pub po_number: Option<String>,
    pub terms: String,
    pub issue_date: Option<Date>,
    pub due_date: Option<Date>,
    pub posted_at: Option<DateTimeUtc>,
    pub voided_on: Option<Date>,
    pub voided_at: Option<DateTimeUtc>,
    pub net: i64,
    pub tax: i64,
    pub total: i64,
    pub balance: i64,
    #[sea_orm(column_type = "JsonBinary")]
    pub taxes: Json,
    pub content_hash: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub memo: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub void_reason: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
