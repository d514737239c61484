//! The tables of change sets, their rows, books and sheet prices.

/// Change sets.
pub mod set {
    use sea_orm::entity::prelude::*;

    /// One row.
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "change_set")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub version: i64,
        pub created_at: DateTimeUtc,
        pub updated_at: DateTimeUtc,
        pub created_by: Option<Uuid>,
        pub updated_by: Option<Uuid>,
        pub external_ref: Option<String>,
        pub name: String,
        #[sea_orm(column_type = "JsonBinary")]
        pub terms: Json,
        pub operation: String,
        pub effective_on: Date,
        pub reverses_id: Option<Uuid>,
        /// Which accounts are owed a notice has been noted.
        pub noticed: bool,
        pub requested_by: Option<Uuid>,
        pub state: String,
        pub preview_no: i32,
        #[sea_orm(column_type = "JsonBinary", nullable)]
        pub preview: Option<Json>,
        pub previewed_at: Option<DateTimeUtc>,
        pub approved_by: Option<Uuid>,
        pub approved_at: Option<DateTimeUtc>,
        pub attempts: i32,
        pub published_at: Option<DateTimeUtc>,
        /// When its notices are looked after next; none when all are decided.
        pub follow_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Rows of the latest preview.
pub mod row {
    use sea_orm::entity::prelude::*;

    /// One row.
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "change_set_row")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub change_set_id: Uuid,
        pub preview_no: i32,
        pub book_id: Uuid,
        pub entry_id: Uuid,
        pub selector_kind: String,
        pub item_id: Option<Uuid>,
        pub selector_path: Option<String>,
        pub uom: String,
        pub currency: String,
        pub site_id: Option<Uuid>,
        pub starts_on: Date,
        pub ends_on: Option<Date>,
        #[sea_orm(column_type = "JsonBinary")]
        pub old_terms: Json,
        #[sea_orm(column_type = "JsonBinary", nullable)]
        pub requested_terms: Option<Json>,
        #[sea_orm(column_type = "JsonBinary", nullable)]
        pub new_terms: Option<Json>,
        pub clipped: Option<String>,
        pub direction: String,
        pub excluded: Option<String>,
        pub annual_quantity: Option<i64>,
        /// In the currency's minor units.
        pub annual_effect: Option<i64>,
        pub margin_before: Option<i64>,
        pub margin_after: Option<i64>,
        /// The id of the entry that publication makes of it.
        pub made_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Books of the latest preview.
pub mod book {
    use sea_orm::entity::prelude::*;

    /// One row.
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "change_set_book")]
    pub struct Model {
        // First, so that lists go on by it.
        #[sea_orm(primary_key, auto_increment = false)]
        pub book_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub change_set_id: Uuid,
        /// The version that the rows were worked out on.
        pub base_id: Option<Uuid>,
        pub state: String,
        pub reason: Option<String>,
        pub detail: Option<String>,
        pub version_id: Option<Uuid>,
        pub version_no: Option<i32>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Prices from a sheet.
pub mod given {
    use sea_orm::entity::prelude::*;

    /// One row.
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "change_set_given")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub change_set_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub entry_id: Uuid,
        #[sea_orm(column_type = "JsonBinary")]
        pub terms: Json,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
