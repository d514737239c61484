//! Rows of `sign_in_attempt`; no logic.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sign_in_attempt")]
pub struct Model {
    /// Digest of what is counted: names and addresses of strangers are not kept in clear.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject: Vec<u8>,
    pub count: i64,
    pub last_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
