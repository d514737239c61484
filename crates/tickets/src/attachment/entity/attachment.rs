//! Rows of the table `attachment`: a file of a mail or a message, or one that waits for its message.
#![expect(unreachable_pub, reason = "the derive makes public types of these")]

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "attachment")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The delivery it came with.
    pub record_id: Option<Uuid>,
    pub ticket_id: Option<Uuid>,
    pub message_id: Option<Uuid>,
    pub position: i32,
    pub name: String,
    pub media_type: String,
    pub size: i64,
    pub sha256: String,
    pub state: String,
    /// Whoever sent it here for a message of theirs.
    pub uploaded_by: Option<Uuid>,
    /// What has it that is no message: a corrective action.
    pub holder_id: Option<Uuid>,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
