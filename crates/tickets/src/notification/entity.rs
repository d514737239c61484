//! Rows of the table `notification`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "notification")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub version: i64,
    pub user_id: Option<Uuid>,
    pub group_id: Option<Uuid>,
    pub role: Option<String>,
    pub class: String,
    pub channel: String,
    /// None for what stands in the desk only.
    pub handover: Option<String>,
    pub text: String,
    pub link: Option<String>,
    pub ticket_id: Option<Uuid>,
    pub subject_type: Option<String>,
    pub subject_id: Option<Uuid>,
    pub account_id: Option<Uuid>,
    pub branch_id: Option<Uuid>,
    pub created_at: DateTimeUtc,
    pub deliver_at: DateTimeUtc,
    pub read_at: Option<DateTimeUtc>,
    pub read_by: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
