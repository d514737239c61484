//! One group of a run: the billables that become one invoice.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "bill_run_group")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub run_id: Uuid,
    pub position: i32,
    pub state: String,
    #[sea_orm(column_type = "JsonBinary")]
    pub group_key: Json,
    #[sea_orm(column_type = "JsonBinary")]
    pub billable_ids: Json,
    pub currency: String,
    pub net: i64,
    pub tax: i64,
    pub invoice_id: Option<Uuid>,
    pub failure_code: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub failure_detail: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
