//! Rows of the table `mail_thread`: every id under which a mail of a ticket is known.
#![expect(unreachable_pub, reason = "the derive makes public types of these")]

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "mail_thread")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub mail_id: String,
    pub ticket_id: Uuid,
    pub message_id: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
