//! What holds for the service as a whole: its document, its upkeep.

use chrono::TimeDelta;
use platform::worker::{Outcome, Worker as _};
use serde_json::json;

use crate::service;
use crate::testing::{Harness, PASSWORD};
use crate::upkeep::Upkeep;

#[test]
fn only_signing_in_and_public_keys_need_no_permission() {
    let mut public: Vec<String> = service()
        .all_operations()
        .list
        .iter()
        .filter(|one| one.permission.is_none())
        .map(|one| format!("{} {}", one.id(), one.path))
        .collect();
    public.sort();
    let expected = [
        "bootstrap.redeem /v1/bootstrap",
        "oauth.revoke /oauth/revoke",
        "oauth.token /oauth/token",
        "sessions.start /v1/sessions",
        "signing-keys.jwks /.well-known/jwks.json",
        "signing-keys.metadata /.well-known/openid-configuration",
    ];
    assert_eq!(public, expected);
}

#[test]
fn every_operation_is_described() {
    for operation in (service().operations)().list {
        let id = operation.id().to_owned();
        assert!(operation.document.summary.as_ref().is_some_and(|text| !text.is_empty()), "{id}");
        assert!(operation.document.description.as_ref().is_some_and(|text| !text.is_empty()), "{id}");
    }
    let text = platform::openapi::text(&service().document());
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for reference in text.split("#/components/schemas/").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(schemas.contains_key(reference), "{reference} is referred to and not there");
    }
}

#[actix_web::test]
async fn upkeep_removes_what_no_longer_matters_and_nothing_else() {
    let app = Harness::start().await;
    app.user("ada@example.com", &["coordinator"]).await;
    let first = app.sign_in("ada@example.com", PASSWORD).await.expect(201);
    let _ = app.sign_in("nobody@example.com", "wrong").await.expect(401);
    let me = app.client(&first.text("/access_token"));
    let _ = me.post(&format!("{}/revoke", first.header("location")), json!({})).await.expect(200);
    let _ = app.sign_in("ada@example.com", PASSWORD).await.expect(201);
    let upkeep = Upkeep(app.directory.clone());
    assert_eq!(upkeep.step().await.unwrap(), Outcome::Idle);
    app.advance(TimeDelta::minutes(61));
    // The revocation, and the attempts of the strange name and of this address.
    assert_eq!(upkeep.step().await.unwrap(), Outcome::Worked(3));
    app.advance(TimeDelta::days(45));
    assert_eq!(upkeep.step().await.unwrap(), Outcome::Worked(2));
    assert_eq!(upkeep.step().await.unwrap(), Outcome::Idle);
    app.stop().await;
}

#[actix_web::test]
async fn every_look_up_on_the_way_of_a_request_is_served_by_an_index() {
    use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
    let app = Harness::start().await;
    let db = app.directory.db.read();
    if app.directory.db.backend() != DbBackend::Sqlite {
        println!("skipped: the plans of an empty PostgreSQL table say nothing");
        return app.stop().await;
    }
    for (query, index) in [
        ("SELECT * FROM user_account WHERE email = 'a'", "user_account_email"),
        ("SELECT * FROM user_account WHERE external_ref = 'a'", "user_account_external_ref"),
        ("SELECT * FROM user_account ORDER BY name, id LIMIT 51", "user_account_name"),
        ("SELECT * FROM role WHERE name IN ('a', 'b')", "role_name"),
        ("SELECT * FROM api_key WHERE id = x'00'", "sqlite_autoindex_api_key"),
        ("SELECT * FROM refresh_token WHERE digest = x'00'", "refresh_token_digest"),
        ("SELECT * FROM session WHERE user_id = x'00' ORDER BY id DESC LIMIT 51", "session_user_id"),
        ("SELECT * FROM sign_in_attempt WHERE subject = x'00'", "sqlite_autoindex_sign_in_attempt"),
        ("SELECT id FROM revocation WHERE revoked_at > 'a' ORDER BY revoked_at", "revocation_revoked_at"),
        ("DELETE FROM session WHERE expires_at <= 'a'", "session_expiry"),
        ("DELETE FROM sign_in_attempt WHERE last_at <= 'a'", "sign_in_attempt_last_at"),
    ] {
        let plan = db.query_all_raw(Statement::from_string(DbBackend::Sqlite, format!("EXPLAIN QUERY PLAN {query}"))).await.unwrap();
        let steps: Vec<String> = plan.iter().map(|row| row.try_get("", "detail").unwrap()).collect();
        assert!(steps.iter().any(|step| step.contains(index)), "{query}: {steps:?}");
        assert!(!steps.iter().any(|step| step.contains("TEMP B-TREE")), "{query}: {steps:?}");
    }
    app.stop().await;
}
