//! Rows of the table `assignment`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "assignment")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub created_by: Option<Uuid>,
    pub updated_by: Option<Uuid>,
    pub external_ref: Option<String>,
    pub account_id: Uuid,
    pub site_id: Option<Uuid>,
    pub role: String,
    pub user_id: Option<Uuid>,
    pub team_id: Option<Uuid>,
    pub valid_from: Date,
    pub valid_until: Option<Date>,
    pub is_primary: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
