//! The tables of versions, entries and removals.

/// Versions of pricebooks.
pub mod version {
    use sea_orm::entity::prelude::*;

    /// One row.
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "book_version")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub version: i64,
        pub created_at: DateTimeUtc,
        pub updated_at: DateTimeUtc,
        pub created_by: Option<Uuid>,
        pub updated_by: Option<Uuid>,
        pub book_id: Uuid,
        pub no: i32,
        pub base_id: Option<Uuid>,
        pub state: String,
        pub effective_from: Date,
        pub reason: String,
        pub note: Option<String>,
        pub published_at: Option<DateTimeUtc>,
        pub withdrawn_at: Option<DateTimeUtc>,
        pub content_hash: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Entries, each brought in by one version.
pub mod entry {
    use sea_orm::entity::prelude::*;

    /// One row.
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "price_entry")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub book_id: Uuid,
        pub version_id: Uuid,
        pub entry_key: String,
        pub selector_kind: String,
        pub item_id: Option<Uuid>,
        pub selector_path: Option<String>,
        pub uom: String,
        pub currency: String,
        pub site_id: Option<Uuid>,
        pub profile_id: Option<Uuid>,
        #[sea_orm(column_type = "JsonBinary")]
        pub terms: Json,
        pub starts_on: Date,
        pub ends_on: Option<Date>,
        pub min_charge: Option<i64>,
        pub free: bool,
        pub rebate: bool,
        pub tier_scope: Option<String>,
        pub start_gate: Option<Uuid>,
        pub end_gate: Option<Uuid>,
        pub lapses_on: Option<Date>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Entries that a version takes out.
pub mod removal {
    use sea_orm::entity::prelude::*;

    /// One row.
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "price_removal")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub version_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub entry_id: Uuid,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
