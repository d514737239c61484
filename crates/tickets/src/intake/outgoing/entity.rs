//! Rows of the table `outgoing_mail`.
#![expect(unreachable_pub, reason = "the derive makes public types of these")]

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outgoing_mail")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub created_by: Option<Uuid>,
    pub updated_by: Option<Uuid>,
    pub ticket_id: Option<Uuid>,
    pub message_id: Uuid,
    pub notice_id: Option<Uuid>,
    pub kind: String,
    /// Nil when there is no mailbox to send from.
    pub mailbox_id: Uuid,
    pub branch_id: Option<Uuid>,
    pub address: String,
    /// The Message-ID, without brackets.
    pub mail_id: String,
    #[sea_orm(column_type = "JsonBinary")]
    pub head: Json,
    pub body: String,
    pub state: String,
    pub error: Option<String>,
    pub sent_at: Option<DateTimeUtc>,
    #[sea_orm(column_type = "JsonBinary")]
    pub recipients: Json,
    pub attempts: i32,
    pub queued_at: DateTimeUtc,
    pub next_at: DateTimeUtc,
    pub withdrawn: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
