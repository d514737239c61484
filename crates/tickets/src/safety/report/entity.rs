//! Rows of the table `safety_report`. Nothing in them says who reported.
#![expect(unreachable_pub, reason = "the derive makes public types of these")]

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "safety_report")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub created_by: Option<Uuid>,
    pub updated_by: Option<Uuid>,
    pub ticket_id: Option<Uuid>,
    pub account_id: Option<Uuid>,
    pub site_id: Option<Uuid>,
    pub branch_id: Option<Uuid>,
    pub time_zone: String,
    pub anonymous: bool,
    pub kind: String,
    pub state: String,
    pub occurred_at: DateTimeUtc,
    pub learned_at: DateTimeUtc,
    pub description: String,
    pub injury_class: String,
    pub environmental_release: bool,
    pub lead_id: Option<Uuid>,
    pub regulator_due_at: Option<DateTimeUtc>,
    /// When somebody is reminded next; kept by the worker, no part of the version.
    pub remind_at: Option<DateTimeUtc>,
    #[sea_orm(column_type = "JsonBinary")]
    pub progress: Json,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
