//! Rows of the table `ticket_move`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ticket_move")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub ticket_id: Uuid,
    /// The version of the ticket that the move made.
    pub ticket_version: i64,
    /// When the ticket was opened.
    pub opened_at: DateTimeUtc,
    /// Since when it had stood as it did before.
    pub since: DateTimeUtc,
    pub at: DateTimeUtc,
    pub step: String,
    pub was_status: String,
    pub was_open: bool,
    pub was_kind: String,
    pub was_account_id: Option<Uuid>,
    pub was_branch_id: Option<Uuid>,
    pub was_group_id: Option<Uuid>,
    pub was_assignee_id: Option<Uuid>,
    pub status: String,
    pub open: bool,
    pub kind: String,
    pub channel: String,
    pub account_id: Option<Uuid>,
    pub branch_id: Option<Uuid>,
    pub group_id: Option<Uuid>,
    pub assignee_id: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
