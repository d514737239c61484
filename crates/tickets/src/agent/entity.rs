//! Rows of the table `agent`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "agent")]
pub struct Model {
    /// The user's.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub created_by: Option<Uuid>,
    pub updated_by: Option<Uuid>,
    pub name: String,
    pub email: Option<String>,
    pub phone: Option<String>,
    #[sea_orm(column_type = "JsonBinary")]
    pub told_as: Json,
    pub time_zone: String,
    pub calendar_id: Option<Uuid>,
    #[sea_orm(column_type = "JsonBinary")]
    pub branch_ids: Json,
    #[sea_orm(column_type = "JsonBinary")]
    pub territory_ids: Json,
    #[sea_orm(column_type = "JsonBinary")]
    pub skills: Json,
    pub capacity_points: i32,
    pub availability: String,
    pub out_from: Option<DateTimeUtc>,
    pub out_to: Option<DateTimeUtc>,
    pub cover_agent_id: Option<Uuid>,
    pub active: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
