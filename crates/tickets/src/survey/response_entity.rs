//! Rows of the table `survey_response`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "survey_response")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub created_by: Option<Uuid>,
    pub updated_by: Option<Uuid>,
    pub survey_id: Uuid,
    pub ticket_id: Uuid,
    pub account_id: Option<Uuid>,
    pub site_id: Option<Uuid>,
    pub branch_id: Option<Uuid>,
    pub group_id: Option<Uuid>,
    pub assignee_id: Option<Uuid>,
    pub sent_at: DateTimeUtc,
    pub answered_at: DateTimeUtc,
    pub score: i16,
    pub comment: Option<String>,
    #[sea_orm(column_type = "JsonBinary")]
    pub history: Json,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
