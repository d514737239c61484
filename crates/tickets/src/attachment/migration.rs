//! The tables of files.

use platform::migration::{Migration, table};
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, binary, integer, string, timestamp_with_time_zone, uuid, uuid_null};

pub(crate) const MIGRATION: Migration = Migration {
    name: "m0051_create_files",
    tables: || vec![file(), chunk(), upload(), attachment()],
    statements: |_| INDEXES.iter().map(|statement| (*statement).to_owned()).collect(),
};

const INDEXES: &[&str] = &[
    "CREATE INDEX file_upload_begun ON file_upload (begun_at)",
    "CREATE INDEX attachment_message ON attachment (message_id, position)",
    "CREATE INDEX attachment_record ON attachment (record_id, position) WHERE record_id IS NOT NULL",
    "CREATE INDEX attachment_content ON attachment (sha256)",
    "CREATE INDEX attachment_state ON attachment (state, id)",
    "CREATE INDEX attachment_waiting ON attachment (created_at) WHERE message_id IS NULL AND record_id IS NULL AND holder_id IS NULL",
];

fn file() -> TableCreateStatement {
    table("stored_file")
        .col(string("sha256").primary_key())
        .col(big_integer("size"))
        .col(uuid("content_id"))
        .col(string("state"))
        .col(timestamp_with_time_zone("created_at"))
        .take()
}

fn chunk() -> TableCreateStatement {
    table("file_chunk")
        .col(uuid("content_id"))
        .col(integer("position"))
        .col(binary("bytes"))
        .primary_key(Index::create().col(Alias::new("content_id")).col(Alias::new("position")))
        .take()
}

fn upload() -> TableCreateStatement {
    table("file_upload").col(uuid("content_id").primary_key()).col(timestamp_with_time_zone("begun_at")).take()
}

fn attachment() -> TableCreateStatement {
    table("attachment")
        .col(uuid("id").primary_key())
        .col(uuid_null("record_id"))
        .col(uuid_null("ticket_id"))
        .col(uuid_null("message_id"))
        .col(integer("position"))
        .col(string("name"))
        .col(string("media_type"))
        .col(big_integer("size"))
        .col(string("sha256"))
        .col(string("state"))
        .col(uuid_null("uploaded_by"))
        .col(uuid_null("holder_id"))
        .col(timestamp_with_time_zone("created_at"))
        .take()
}
