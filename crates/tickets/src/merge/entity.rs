//! Rows of the table `ticket_merge`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "ticket_merge")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub created_by: Option<Uuid>,
    pub updated_by: Option<Uuid>,
    pub source_id: Uuid,
    pub target_id: Uuid,
    pub reason: Option<String>,
    pub status_before: String,
    pub undone_at: Option<DateTimeUtc>,
    /// What the target got by it: participants, tags, references, promises.
    #[sea_orm(column_type = "JsonBinary")]
    pub gained: Json,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
