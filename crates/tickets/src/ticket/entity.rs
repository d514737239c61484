//! Rows of the table `ticket`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "ticket")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub created_by: Option<Uuid>,
    pub updated_by: Option<Uuid>,
    pub number: i64,
    pub subject: String,
    pub kind: String,
    pub requester_kind: String,
    pub requester_contact_id: Option<Uuid>,
    pub requester_name: Option<String>,
    pub requester_email: Option<String>,
    pub requester_phone: Option<String>,
    pub account_id: Option<Uuid>,
    pub site_id: Option<Uuid>,
    pub branch_id: Option<Uuid>,
    pub group_id: Option<Uuid>,
    pub assignee_id: Option<Uuid>,
    pub territory_id: Option<Uuid>,
    /// The agent who is away and for whom the assignee stands in.
    pub cover_for_id: Option<Uuid>,
    pub priority: String,
    pub severity: Option<i32>,
    pub status: String,
    pub status_reason: Option<String>,
    /// Someone still has to do something: not resolved, spam or deleted.
    pub open: bool,
    pub wake_at: Option<DateTimeUtc>,
    pub channel: String,
    pub direction: String,
    pub source_system: Option<String>,
    pub source_id: Option<String>,
    pub spam: bool,
    pub confidential: bool,
    pub merged_into_id: Option<Uuid>,
    pub follow_up_of_id: Option<Uuid>,
    /// The emergency that is open on it.
    pub emergency_id: Option<Uuid>,
    pub clock_start_at: DateTimeUtc,
    pub resolved_at: Option<DateTimeUtc>,
    pub closed_at: Option<DateTimeUtc>,
    pub deleted_at: Option<DateTimeUtc>,
    pub reopen_count: i32,
    pub last_customer_message_at: Option<DateTimeUtc>,
    pub last_public_reply_at: Option<DateTimeUtc>,
    pub last_human_touch_at: Option<DateTimeUtc>,
    pub calendar_id: Option<Uuid>,
    pub sla_policy_version_id: Option<Uuid>,
    pub message_count: i32,
    pub moved_at: DateTimeUtc,
    pub watched: bool,
    pub due_at: Option<DateTimeUtc>,
    /// Of the daily touch that can still be made in time.
    pub touch_due_at: Option<DateTimeUtc>,
    /// What nobody searches for by itself: participants, references, tags, custom fields, language, resolution.
    #[sea_orm(column_type = "JsonBinary")]
    pub details: Json,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
