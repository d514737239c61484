//! Rows of the table `timer`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "timer")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub obligation_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub generation: i32,
    /// `50%`, `breach`, `#1 50% x2`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub step: String,
    pub fire_at: DateTimeUtc,
    pub fired_at: Option<DateTimeUtc>,
    /// Of a step of an escalation policy: the version that it was planned by, and its place there.
    pub escalation_version_id: Option<Uuid>,
    pub escalation_step: Option<i32>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
