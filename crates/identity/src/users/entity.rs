//! Rows of `user_account`; no logic.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "user_account")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub created_by: Option<Uuid>,
    pub updated_by: Option<Uuid>,
    #[sea_orm(unique)]
    pub external_ref: Option<String>,
    pub external_issuer: Option<String>,
    /// Unique with its issuer.
    pub external_subject: Option<String>,
    /// In normal form.
    #[sea_orm(unique)]
    pub email: String,
    pub name: String,
    /// Names of roles.
    #[sea_orm(column_type = "JsonBinary")]
    pub roles: Json,
    /// Ids, or null for every branch.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub branches: Option<Json>,
    /// Ids, or null for staff.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub accounts: Option<Json>,
    /// Ids, or null for every site of the accounts.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub sites: Option<Json>,
    pub state: String,
    /// PHC string, or null when no password was set yet.
    pub password_hash: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
