//! The tables of what accounts are owed, and of what is known of it.

/// What each account is owed.
pub mod notice {
    use sea_orm::entity::prelude::*;

    /// One row.
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "change_notice")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub version: i64,
        pub created_at: DateTimeUtc,
        pub updated_at: DateTimeUtc,
        pub created_by: Option<Uuid>,
        pub updated_by: Option<Uuid>,
        pub change_set_id: Uuid,
        pub account_id: Uuid,
        pub lead_days: i32,
        pub state: String,
        pub reason: Option<String>,
        pub contact_id: Option<Uuid>,
        pub notice_id: Option<Uuid>,
        pub sent_at: Option<DateTimeUtc>,
        pub proved_on: Option<Date>,
        pub release_on: Option<Date>,
        /// Something may still become known of it.
        pub waiting: bool,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// From when a raise holds for an account, as it became known.
pub mod release {
    use sea_orm::entity::prelude::*;

    /// One row.
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "price_release")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub change_set_id: Uuid,
        pub account_id: Uuid,
        pub releases_on: Option<Date>,
        pub recorded_at: DateTimeUtc,
        pub generation: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
