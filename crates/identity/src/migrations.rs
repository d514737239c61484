//! The tables of identity, in order of their history.

use platform::migration::{Migration, Migrations, stamped, table};
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, binary, binary_null, boolean, json_binary, json_binary_null, string, string_null, text, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid,
};

/// Every migration.
#[must_use]
pub(crate) fn all() -> Migrations {
    vec![M0001]
}

const M0001: Migration = Migration {
    name: "m0001_create_identity",
    tables: || {
        vec![user_account(), role(), api_key(), session(), refresh_token(), signing_key(), sign_in_attempt(), bootstrap(), revocation()]
    },
    statements: |_| {
        [
            "CREATE UNIQUE INDEX user_account_email ON user_account (email)",
            "CREATE UNIQUE INDEX user_account_external_ref ON user_account (external_ref)",
            "CREATE UNIQUE INDEX user_account_external_subject ON user_account (external_subject, external_issuer)",
            "CREATE INDEX user_account_name ON user_account (name, id)",
            "CREATE UNIQUE INDEX role_name ON role (name)",
            "CREATE UNIQUE INDEX api_key_external_ref ON api_key (external_ref)",
            "CREATE INDEX session_user_id ON session (user_id, id)",
            "CREATE INDEX session_expiry ON session (expires_at)",
            "CREATE UNIQUE INDEX refresh_token_digest ON refresh_token (digest)",
            "CREATE INDEX refresh_token_session_id ON refresh_token (session_id)",
            "CREATE UNIQUE INDEX signing_key_generation ON signing_key (generation)",
            "CREATE UNIQUE INDEX signing_key_kid ON signing_key (kid)",
            "CREATE INDEX sign_in_attempt_last_at ON sign_in_attempt (last_at)",
            "CREATE INDEX revocation_revoked_at ON revocation (revoked_at)",
        ]
        .map(str::to_owned)
        .to_vec()
    },
};

fn user_account() -> TableCreateStatement {
    stamped("user_account")
        .col(string_null("external_ref"))
        .col(string_null("external_issuer"))
        .col(string_null("external_subject"))
        .col(string("email"))
        .col(string("name"))
        .col(json_binary("roles"))
        .col(json_binary_null("branches"))
        .col(json_binary_null("accounts"))
        .col(json_binary_null("sites"))
        .col(string("state").check(Expr::col("state").is_in(["active", "disabled"])))
        .col(string_null("password_hash"))
        .take()
}

fn role() -> TableCreateStatement {
    stamped("role").col(string("name")).col(text("description")).col(json_binary("permissions")).col(boolean("built_in")).take()
}

fn api_key() -> TableCreateStatement {
    stamped("api_key")
        .col(string_null("external_ref"))
        .col(string("name"))
        .col(binary("secret_digest"))
        .col(json_binary("permissions"))
        .col(json_binary_null("branches"))
        .col(json_binary_null("accounts"))
        .col(json_binary_null("sites"))
        .col(timestamp_with_time_zone_null("expires_at"))
        .col(timestamp_with_time_zone_null("revoked_at"))
        .col(timestamp_with_time_zone_null("last_used_at"))
        .take()
}

fn session() -> TableCreateStatement {
    table("session")
        .col(uuid("id").primary_key())
        .col(big_integer("version"))
        .col(uuid("user_id"))
        .col(uuid("token_chain"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .col(timestamp_with_time_zone("expires_at"))
        .col(timestamp_with_time_zone("last_used_at"))
        .col(timestamp_with_time_zone_null("ended_at"))
        .col(string_null("ended_because"))
        .col(string_null("client"))
        .col(string_null("address"))
        .foreign_key(ForeignKey::create().from("session", "user_id").to("user_account", "id"))
        .take()
}

fn refresh_token() -> TableCreateStatement {
    table("refresh_token")
        .col(uuid("id").primary_key())
        .col(uuid("session_id"))
        .col(binary("digest"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("rotated_at"))
        .col(binary_null("salt"))
        .foreign_key(ForeignKey::create().from("refresh_token", "session_id").to("session", "id").on_delete(ForeignKeyAction::Cascade))
        .take()
}

fn signing_key() -> TableCreateStatement {
    stamped("signing_key")
        .col(big_integer("generation"))
        .col(string("kid"))
        .col(binary("public_key"))
        .col(binary("sealed_private_key"))
        .col(timestamp_with_time_zone("signs_from"))
        .col(timestamp_with_time_zone_null("signs_until"))
        .col(timestamp_with_time_zone_null("published_until"))
        .take()
}

fn sign_in_attempt() -> TableCreateStatement {
    table("sign_in_attempt").col(binary("subject").primary_key()).col(big_integer("count")).col(timestamp_with_time_zone("last_at")).take()
}

fn bootstrap() -> TableCreateStatement {
    table("bootstrap")
        .col(big_integer("id").primary_key().check(Expr::col("id").eq(1)))
        .col(binary("digest"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("used_at"))
        .take()
}

fn revocation() -> TableCreateStatement {
    table("revocation").col(uuid("id").primary_key()).col(string("kind")).col(timestamp_with_time_zone("revoked_at")).take()
}
