//! Rows of the table `outgoing_text`.
#![expect(unreachable_pub, reason = "the derive makes public types of these")]

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outgoing_text")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub created_by: Option<Uuid>,
    pub updated_by: Option<Uuid>,
    pub kind: String,
    pub medium: String,
    pub ticket_id: Uuid,
    pub branch_id: Option<Uuid>,
    /// The message or the page.
    pub carried_id: Uuid,
    pub user_id: Option<Uuid>,
    pub provider: Option<String>,
    pub address: Option<String>,
    pub body: String,
    pub state: String,
    pub error: Option<String>,
    pub provider_ref: Option<String>,
    pub sent_at: Option<DateTimeUtc>,
    pub claims: i32,
    pub next_at: DateTimeUtc,
    pub withdrawn: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
