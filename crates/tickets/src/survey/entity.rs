//! Rows of the table `survey`: invitations.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "survey")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub created_by: Option<Uuid>,
    pub updated_by: Option<Uuid>,
    pub ticket_id: Uuid,
    pub cycle: i32,
    pub template_id: Option<Uuid>,
    pub contact_id: Option<Uuid>,
    pub name: Option<String>,
    pub email: String,
    pub account_id: Option<Uuid>,
    pub site_id: Option<Uuid>,
    pub branch_id: Option<Uuid>,
    pub group_id: Option<Uuid>,
    pub assignee_id: Option<Uuid>,
    pub state: String,
    pub cancelled_because: Option<String>,
    pub send_at: DateTimeUtc,
    pub sent_at: Option<DateTimeUtc>,
    pub expires_at: Option<DateTimeUtc>,
    pub token_hash: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
