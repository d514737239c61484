//! Rows of the table `automation_run`, which the database lets nobody change: a rule that was for a ticket, and what came of it.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "automation_run")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub task_id: Uuid,
    pub automation_id: Uuid,
    pub automation_version: i64,
    pub ticket_id: Uuid,
    pub branch_id: Option<Uuid>,
    pub depth: i32,
    /// None when it was done; else the code of what refused it.
    pub refused: Option<String>,
    pub ran_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
