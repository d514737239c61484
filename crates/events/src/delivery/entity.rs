//! The tables of deliveries and attempts.

/// Deliveries.
#[expect(unreachable_pub, reason = "the derive makes public types of these")]
pub(crate) mod delivery {
    use sea_orm::entity::prelude::*;

    /// One row.
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "webhook_delivery")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub webhook_id: Uuid,
        pub event_id: Uuid,
        pub event: String,
        pub subject_id: Uuid,
        /// Of the feed, which gives the order.
        pub position: i64,
        pub state: String,
        /// How often it was tried.
        pub attempts: i32,
        /// How often it had been tried when it was last sent again by hand.
        pub round: i32,
        pub next_at: DateTimeUtc,
        pub created_at: DateTimeUtc,
        pub delivered_at: Option<DateTimeUtc>,
        /// Of what is not in the feed.
        #[sea_orm(column_type = "Text", nullable)]
        pub payload: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Attempts.
#[expect(unreachable_pub, reason = "the derive makes public types of these")]
pub(crate) mod attempt {
    use sea_orm::entity::prelude::*;

    /// One row.
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "webhook_attempt")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub delivery_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub no: i32,
        pub at: DateTimeUtc,
        pub status: Option<i32>,
        pub duration_ms: i32,
        #[sea_orm(column_type = "Text", nullable)]
        pub error: Option<String>,
        #[sea_orm(column_type = "Text", nullable)]
        pub answer: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
