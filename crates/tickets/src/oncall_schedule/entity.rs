//! Rows of on-call schedules, their published plans and their overrides.

pub(crate) mod schedule {
    //! Rows of the table `oncall_schedule`.
    #![expect(unreachable_pub, reason = "the derive makes public types of these")]

    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "oncall_schedule")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub version: i64,
        pub created_at: DateTimeUtc,
        pub updated_at: DateTimeUtc,
        pub created_by: Option<Uuid>,
        pub updated_by: Option<Uuid>,
        pub name: String,
        pub branch_id: Option<Uuid>,
        pub is_default: bool,
        pub active: bool,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod version {
    //! Rows of the table `oncall_version`, which are only added.
    #![expect(unreachable_pub, reason = "the derive makes public types of these")]

    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "oncall_version")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub schedule_id: Uuid,
        pub number: i32,
        pub effective_from: DateTimeUtc,
        pub published_at: DateTimeUtc,
        pub published_by: Uuid,
        #[sea_orm(column_type = "JsonBinary")]
        pub plan: Json,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod standing_in {
    //! Rows of the table `oncall_override`, which are added and taken away.
    #![expect(unreachable_pub, reason = "the derive makes public types of these")]

    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "oncall_override")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub schedule_id: Uuid,
        pub level: i16,
        pub user_id: Uuid,
        pub start_at: DateTimeUtc,
        pub end_at: DateTimeUtc,
        pub reason: Option<String>,
        pub created_at: DateTimeUtc,
        pub created_by: Uuid,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
