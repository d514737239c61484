//! Rows of `session` and `refresh_token`; no logic.

/// One sign-in of one person, and the family of its refresh tokens.
pub mod session {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "session")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub version: i64,
        pub user_id: Uuid,
        /// What access tokens carry as `sid`; replaced when the user's rights change, so that older tokens end.
        pub token_chain: Uuid,
        pub created_at: DateTimeUtc,
        pub updated_at: DateTimeUtc,
        pub expires_at: DateTimeUtc,
        pub last_used_at: DateTimeUtc,
        pub ended_at: Option<DateTimeUtc>,
        pub ended_because: Option<String>,
        /// What the client called itself, shortened.
        pub client: Option<String>,
        pub address: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// One link of a session's chain of refresh tokens.
pub mod refresh_token {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "refresh_token")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub session_id: Uuid,
        /// SHA-256 of the token's secret.
        #[sea_orm(unique)]
        pub digest: Vec<u8>,
        pub created_at: DateTimeUtc,
        pub rotated_at: Option<DateTimeUtc>,
        /// With the token's secret it gives the successor.
        pub salt: Option<Vec<u8>>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
