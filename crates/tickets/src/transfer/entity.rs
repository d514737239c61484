//! Rows of the table `ticket_transfer`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "ticket_transfer")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub created_by: Option<Uuid>,
    pub updated_by: Option<Uuid>,
    pub ticket_id: Uuid,
    pub from_id: Uuid,
    pub to_group_id: Option<Uuid>,
    pub reason: String,
    pub state: String,
    pub due_at: Option<DateTimeUtc>,
    pub taken_by: Option<Uuid>,
    pub decided_at: Option<DateTimeUtc>,
    /// To whom it was offered, and who declined.
    #[sea_orm(column_type = "JsonBinary")]
    pub offers: Json,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
