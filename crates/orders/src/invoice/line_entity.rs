//! A line; amounts in minor units, quantity and price scaled.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "invoice_line")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub invoice_id: Uuid,
    pub line_no: i32,
    pub kind: String,
    #[sea_orm(column_type = "Text")]
    pub description: String,
    pub billable_id: Option<Uuid>,
    pub order_id: Option<Uuid>,
    pub site_id: Option<Uuid>,
    pub item_id: Option<Uuid>,
    pub service_date: Option<Date>,
    pub quantity: i64,
    pub uom: Option<String>,
    pub unit_price: i64,
    pub discount_rate: i64,
    pub tax_code: Option<String>,
    pub tax_exemption: Option<String>,
    pub net: i64,
    pub tax: i64,
    pub credited_quantity: i64,
    pub credited_net: i64,
    pub credited_tax: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
