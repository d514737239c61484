//! Rows of the table `message`. They are never deleted, and nothing of them changes but the courtesy mark, what becomes known of a call,
//! the ticket by a split, and the words by a redaction.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "message")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub ticket_id: Uuid,
    pub seq: i32,
    pub kind: String,
    pub public: bool,
    pub channel: String,
    pub author_kind: String,
    pub author_id: Option<Uuid>,
    pub author_name: String,
    pub body: String,
    pub occurred_at: DateTimeUtc,
    pub recorded_at: DateTimeUtc,
    pub automatic: bool,
    pub courtesy: bool,
    pub bulk: bool,
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub call: Option<Json>,
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub mail: Option<Json>,
    pub mail_message_id: Option<String>,
    pub dedupe_key: Option<String>,
    /// The ticket it was taken from by a split.
    pub split_from: Option<Uuid>,
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub redaction: Option<Json>,
    /// The ticket's number and `seq` as one number: the key of the full-text table.
    pub words_key: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
