//! One line of an order, with its price as it was when the order was made.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "service_order_line")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub order_id: Uuid,
    pub line_no: i32,
    pub item_id: Option<Uuid>,
    pub item_code: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub description: String,
    pub charge_group: Option<String>,
    pub site_id: Option<Uuid>,
    pub quantity: i64,
    pub quantity_done: i64,
    pub uom: Option<String>,
    /// Absent where units differ in price.
    pub unit_price: Option<i64>,
    pub discount_rate: i64,
    pub amount: i64,
    #[sea_orm(column_type = "JsonBinary")]
    pub components: Json,
    pub priced_by: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub given_reason: Option<String>,
    pub quote_line: Option<i32>,
    /// Where the price comes from, as the text it was sent as.
    #[sea_orm(column_type = "Text", nullable)]
    pub price_source: Option<String>,
    /// The explanation of the price, as the text it was sent as, so that its hash stays true.
    #[sea_orm(column_type = "Text", nullable)]
    pub trace: Option<String>,
    /// What it falls on, when it is a charge on the whole order.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub charge: Option<Json>,
    pub tax_code: Option<String>,
    pub tax_rate: Option<i64>,
    pub tax_exemption: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
