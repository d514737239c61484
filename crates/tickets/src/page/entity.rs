//! Rows of the table `page`.
#![expect(unreachable_pub, reason = "the derive makes public types of these")]

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "page")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub created_by: Option<Uuid>,
    pub updated_by: Option<Uuid>,
    pub emergency_id: Uuid,
    pub ticket_id: Uuid,
    pub level: i16,
    pub round: i16,
    pub user_id: Option<Uuid>,
    pub channel: String,
    pub state: String,
    pub sent_at: DateTimeUtc,
    pub times_out_at: Option<DateTimeUtc>,
    pub late_by_s: i64,
    pub ack_at: Option<DateTimeUtc>,
    pub ack_by: Option<Uuid>,
    pub fail_reason: Option<String>,
    pub token_hash: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
