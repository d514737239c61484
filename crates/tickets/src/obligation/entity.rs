//! Rows of the table `obligation`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "obligation")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub version: i64,
    /// None for a promise whose subject hangs on no ticket.
    pub ticket_id: Option<Uuid>,
    /// None for a ticket's own conversation.
    pub subject_type: Option<String>,
    pub subject_id: Option<Uuid>,
    /// Whose it is, or was when it was decided: what staff see of it and what figures count it under.
    pub account_id: Option<Uuid>,
    pub site_id: Option<Uuid>,
    pub branch_id: Option<Uuid>,
    pub group_id: Option<Uuid>,
    pub assignee_id: Option<Uuid>,
    pub kind: String,
    pub cycle: i32,
    pub start_at: DateTimeUtc,
    pub state: String,
    pub due_at: Option<DateTimeUtc>,
    pub satisfied_at: Option<DateTimeUtc>,
    pub satisfied_by: Option<Uuid>,
    pub breached_at: Option<DateTimeUtc>,
    pub excused_at: Option<DateTimeUtc>,
    /// Clock seconds until it was done.
    pub taken_s: Option<i64>,
    /// Of the present segment.
    pub policy_version_id: Uuid,
    pub calendar_version_id: Uuid,
    pub generation: i32,
    pub updated_at: DateTimeUtc,
    /// Segments, pauses, cause, excuse.
    #[sea_orm(column_type = "JsonBinary")]
    pub details: Json,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
