//! The table of jobs.

use sea_orm::entity::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, integer, json_binary, json_binary_null, string, timestamp_with_time_zone, timestamp_with_time_zone_null,
    uuid,
};

use crate::migration::{Migration, table};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "operation")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub kind: String,
    pub state: String,
    pub done: i64,
    pub total: Option<i64>,
    #[sea_orm(column_type = "JsonBinary")]
    pub input: Json,
    #[sea_orm(column_type = "JsonBinary")]
    pub position: Json,
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub result: Option<Json>,
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub problem: Option<Json>,
    pub attempts: i32,
    pub next_at: DateTimeUtc,
    pub requested_by: Uuid,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub finished_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The migration of a service that has jobs; put it first in the service's list.
pub const MIGRATION: Migration = Migration {
    name: "m0000_platform_operations",
    tables: || {
        vec![
            table("operation")
                .col(uuid("id").primary_key())
                .col(string("kind"))
                .col(string("state"))
                .col(big_integer("done"))
                .col(big_integer_null("total"))
                .col(json_binary("input"))
                .col(json_binary("position"))
                .col(json_binary_null("result"))
                .col(json_binary_null("problem"))
                .col(integer("attempts"))
                .col(timestamp_with_time_zone("next_at"))
                .col(uuid("requested_by"))
                .col(big_integer("version"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone("updated_at"))
                .col(timestamp_with_time_zone_null("finished_at"))
                .take(),
        ]
    },
    statements: |_| {
        vec![
            "CREATE INDEX operation_due ON operation (next_at, version) WHERE state IN ('queued', 'running')".to_owned(),
            "CREATE INDEX operation_finished ON operation (finished_at) WHERE finished_at IS NOT NULL".to_owned(),
        ]
    },
};
