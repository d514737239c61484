//! One order; its lines are rows of their own.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "service_order")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub created_by: Option<Uuid>,
    pub updated_by: Option<Uuid>,
    pub external_ref: Option<String>,
    pub number: String,
    pub account_id: Uuid,
    pub bill_to_id: Uuid,
    pub site_id: Option<Uuid>,
    pub branch_id: Option<Uuid>,
    pub time_zone: String,
    pub kind: String,
    pub priority: String,
    pub requested_at: DateTimeUtc,
    pub service_date: Option<Date>,
    pub customer_po: Option<String>,
    pub service_line: Option<String>,
    pub cost_center: Option<String>,
    pub payment_terms: String,
    pub currency: String,
    pub price_date: Date,
    pub quote_id: Option<Uuid>,
    pub quote_version: Option<i32>,
    /// The sum of the lines.
    pub total: i64,
    pub freight: i64,
    pub tax_given: Option<i64>,
    pub prep_due_at: DateTimeUtc,
    pub prepared_at: Option<DateTimeUtc>,
    pub completed_at: Option<DateTimeUtc>,
    pub fulfilment: String,
    pub billing: String,
    #[sea_orm(column_type = "JsonBinary")]
    pub holds: Json,
    #[sea_orm(column_type = "Text", nullable)]
    pub reason: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
