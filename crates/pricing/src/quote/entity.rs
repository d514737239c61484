//! The tables of quotes, their versions, lines and conversions.

/// Quotes.
pub mod quote {
    use sea_orm::entity::prelude::*;

    /// One row.
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "quote")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub version: i64,
        pub created_at: DateTimeUtc,
        pub updated_at: DateTimeUtc,
        pub created_by: Option<Uuid>,
        pub updated_by: Option<Uuid>,
        pub external_ref: Option<String>,
        pub number: String,
        pub kind: String,
        pub account_id: Uuid,
        pub site_id: Option<Uuid>,
        pub branch_id: Option<Uuid>,
        pub currency: String,
        pub time_zone: String,
        pub current_no: i32,
        pub draft_no: Option<i32>,
        pub state: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Versions of quotes.
pub mod version {
    use sea_orm::entity::prelude::*;

    /// One row.
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "quote_version")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub version: i64,
        pub created_at: DateTimeUtc,
        pub updated_at: DateTimeUtc,
        pub created_by: Option<Uuid>,
        pub updated_by: Option<Uuid>,
        pub quote_id: Uuid,
        pub no: i32,
        pub state: String,
        pub valid_until: Date,
        pub price_date: Date,
        pub conversion: bool,
        pub terms: Option<String>,
        pub total: i64,
        pub document_total: i64,
        #[sea_orm(column_type = "JsonBinary")]
        pub top_ups: Json,
        #[sea_orm(column_type = "JsonBinary")]
        pub surcharges: Json,
        pub charges_trace: Option<String>,
        pub priced_at: DateTimeUtc,
        pub term_months: Option<i32>,
        pub non_standard_terms: bool,
        #[sea_orm(column_type = "JsonBinary")]
        pub option_groups: Json,
        pub not_to_exceed: Option<i64>,
        #[sea_orm(column_type = "JsonBinary")]
        pub approvals: Json,
        pub approved_at: Option<DateTimeUtc>,
        #[sea_orm(column_type = "JsonBinary")]
        pub agreed: Option<Json>,
        pub contract_id: Option<Uuid>,
        pub content_hash: Option<String>,
        pub submitted_at: Option<DateTimeUtc>,
        pub sent_at: Option<DateTimeUtc>,
        pub decided_at: Option<DateTimeUtc>,
        pub submitted_by: Option<Uuid>,
        pub decided_by: Option<Uuid>,
        pub signer: Option<String>,
        pub decision_note: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Lines of a version.
pub mod line {
    use sea_orm::entity::prelude::*;

    /// One row; source and trace are kept as the text they were made as.
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "quote_line")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub version_id: Uuid,
        pub no: i32,
        pub item_id: Uuid,
        pub item_code: String,
        pub description: String,
        pub charge_group: String,
        pub site_id: Option<Uuid>,
        pub quantity: i64,
        pub uom: String,
        pub unit_price: Option<i64>,
        pub discount: i64,
        pub amount: i64,
        #[sea_orm(column_type = "JsonBinary")]
        pub components: Json,
        pub override_reason: Option<String>,
        pub list_amount: Option<i64>,
        pub trace: String,
        pub converted: i64,
        pub source: Option<String>,
        pub cost: Option<i64>,
        pub option_group: Option<String>,
        pub preselected: bool,
        pub least: Option<i64>,
        pub most: Option<i64>,
        pub agreed: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Quantities taken by orders.
pub mod conversion {
    use sea_orm::entity::prelude::*;

    /// One row.
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "quote_conversion")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub quote_id: Uuid,
        pub version_id: Uuid,
        pub reference: String,
        pub order_id: Uuid,
        #[sea_orm(column_type = "JsonBinary")]
        pub part: Json,
        pub total: i64,
        pub created_at: DateTimeUtc,
        pub created_by: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
