//! Rows of the table `contract_price`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "contract_price")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub contract_id: Uuid,
    pub version_id: Uuid,
    pub key_kind: String,
    pub key_code: String,
    pub site_id: Option<Uuid>,
    pub profile_id: Option<Uuid>,
    /// The site, or nil where the line names none.
    pub site_slot: Uuid,
    /// The profile, or nil where the line names none.
    pub profile_slot: Uuid,
    pub uom: String,
    pub currency: String,
    #[sea_orm(column_type = "JsonBinary")]
    pub price: Json,
    pub min_charge: Option<i64>,
    pub free: bool,
    pub valid_from: Date,
    pub valid_until: Option<Date>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
