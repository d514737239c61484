//! Rows of the table `contract_version`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "contract_version")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub contract_id: Uuid,
    pub no: i32,
    pub state: String,
    #[sea_orm(column_type = "JsonBinary")]
    pub terms: Json,
    pub signed_on: Option<Date>,
    #[sea_orm(column_type = "JsonBinary")]
    pub signers: Json,
    pub document: Option<String>,
    pub first_service_on: Option<Date>,
    pub valid_from: Option<Date>,
    pub valid_until: Option<Date>,
    pub fingerprint: String,
    pub created_at: DateTimeUtc,
    pub created_by: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
