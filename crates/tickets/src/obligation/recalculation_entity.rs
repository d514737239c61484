//! Rows of the table `recalculation`: changes of the rules that running promises must follow.
#![expect(unreachable_pub, reason = "the derive makes public types of these")]

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "recalculation")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub cause: String,
    /// The instant of the change, from which on other rules hold.
    pub at: DateTimeUtc,
    pub calendar_id: Option<Uuid>,
    /// The last ticket done.
    pub after_ticket_id: Option<Uuid>,
    /// The last subject done, of those that hang on no ticket.
    pub after_subject_id: Option<Uuid>,
    pub created_at: DateTimeUtc,
    pub done_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
