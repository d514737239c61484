//! Rows of the table `automation_task`: something happened to a ticket, and rules are to be tried.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "automation_task")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub ticket_id: Uuid,
    pub trigger: String,
    /// How many runs of rules led to it.
    pub depth: i32,
    /// Of a rule that waits for hours: that rule, and since when it counts.
    pub automation_id: Option<Uuid>,
    pub anchor_at: Option<DateTimeUtc>,
    pub due_at: DateTimeUtc,
    pub done_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
