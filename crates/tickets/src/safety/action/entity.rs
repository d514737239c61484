//! Rows of the table `corrective_action`.
#![expect(unreachable_pub, reason = "the derive makes public types of these")]

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "corrective_action")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub created_by: Option<Uuid>,
    pub updated_by: Option<Uuid>,
    pub report_id: Uuid,
    pub ticket_id: Option<Uuid>,
    pub account_id: Option<Uuid>,
    pub site_id: Option<Uuid>,
    pub branch_id: Option<Uuid>,
    pub time_zone: String,
    pub description: String,
    pub owner_id: Uuid,
    pub due_on: Date,
    pub hierarchy: String,
    pub state: String,
    pub effectiveness_check_on: Option<Date>,
    /// When somebody is reminded next; kept by the worker, no part of the version.
    pub remind_at: Option<DateTimeUtc>,
    #[sea_orm(column_type = "JsonBinary")]
    pub history: Json,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
