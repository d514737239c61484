//! Rows of the table `account`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub created_by: Option<Uuid>,
    pub updated_by: Option<Uuid>,
    pub external_ref: Option<String>,
    pub number: i64,
    pub name: String,
    pub legal_name: Option<String>,
    pub parent_id: Option<Uuid>,
    pub path: String,
    pub depth: i32,
    pub kind: String,
    pub segment: Option<String>,
    pub currency: String,
    pub payment_terms: String,
    #[sea_orm(column_type = "JsonBinary")]
    pub tax: Json,
    pub status: String,
    #[sea_orm(column_type = "JsonBinary")]
    pub holds: Json,
    pub branch_id: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
