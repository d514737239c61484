//! Rows of the table `escalation_run`, which the database lets nobody change: each moment of a plan is carried out once.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "escalation_run")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub policy_id: Uuid,
    pub version_id: Uuid,
    pub obligation_id: Uuid,
    pub generation: i32,
    pub step: String,
    pub ticket_id: Option<Uuid>,
    pub branch_id: Option<Uuid>,
    pub action: String,
    pub outcome: String,
    pub planned_at: DateTimeUtc,
    pub ran_at: DateTimeUtc,
    pub late_by_s: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
