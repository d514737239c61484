//! One thing to be invoiced.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "billable")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub created_by: Option<Uuid>,
    pub updated_by: Option<Uuid>,
    pub external_ref: Option<String>,
    pub source_type: String,
    pub source_id: Uuid,
    pub source_seq: i32,
    pub kind: String,
    pub state: String,
    pub account_id: Uuid,
    pub bill_to_id: Uuid,
    pub branch_id: Option<Uuid>,
    pub site_id: Option<Uuid>,
    pub order_id: Option<Uuid>,
    pub po_number: Option<String>,
    pub service_line: Option<String>,
    pub cost_center: Option<String>,
    pub payment_terms: Option<String>,
    pub service_date: Date,
    #[sea_orm(column_type = "Text")]
    pub description: String,
    pub item_id: Option<Uuid>,
    pub quantity: i64,
    pub uom: Option<String>,
    pub unit_price: i64,
    pub discount_rate: i64,
    pub amount: i64,
    pub currency: String,
    pub tax_code: Option<String>,
    pub tax_rate: Option<i64>,
    pub tax_exemption: Option<String>,
    pub invoice_id: Option<Uuid>,
    pub superseded_by: Option<Uuid>,
    #[sea_orm(column_type = "Text", nullable)]
    pub reason: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
