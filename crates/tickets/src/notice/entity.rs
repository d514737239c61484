//! Rows of the table `notice`.
#![expect(unreachable_pub, reason = "the derive makes public types of these")]

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "notice")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub created_by: Option<Uuid>,
    pub updated_by: Option<Uuid>,
    pub external_ref: Option<String>,
    pub change_set_ref: Option<String>,
    pub agreement_ref: Option<String>,
    pub revision: i32,
    pub revises_id: Option<Uuid>,
    pub ticket_id: Option<Uuid>,
    pub account_id: Option<Uuid>,
    pub site_id: Option<Uuid>,
    pub branch_id: Option<Uuid>,
    pub time_zone: String,
    pub kind: String,
    pub state: String,
    pub language: Option<String>,
    pub effective_on: Option<Date>,
    pub latest_send_on: Option<Date>,
    pub sent_at: Option<DateTimeUtc>,
    pub delivered_at: Option<DateTimeUtc>,
    pub expires_on: Option<Date>,
    /// When it expires; only while an answer is waited for.
    pub lapses_at: Option<DateTimeUtc>,
    #[sea_orm(column_type = "JsonBinary")]
    pub payload: Json,
    #[sea_orm(column_type = "JsonBinary")]
    pub recipients: Json,
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub text: Option<Json>,
    #[sea_orm(column_type = "JsonBinary")]
    pub history: Json,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
