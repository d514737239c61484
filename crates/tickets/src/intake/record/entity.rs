//! Rows of the table `intake_record`: one delivery of something from outside, and what became of it.
#![expect(unreachable_pub, reason = "the derive makes public types of these")]

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "intake_record")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub channel: String,
    pub dedupe_key: String,
    pub content_hash: String,
    pub outcome: String,
    pub reason: Option<String>,
    pub auto_class: String,
    pub rule: String,
    #[sea_orm(column_type = "JsonBinary")]
    pub trace: Json,
    pub subject_changed: bool,
    pub ticket_id: Option<Uuid>,
    pub message_id: Option<Uuid>,
    /// Nil when the address is no mailbox.
    pub mailbox_id: Uuid,
    pub branch_id: Option<Uuid>,
    pub sender: String,
    pub subject: String,
    pub raw_sha256: String,
    pub received_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
