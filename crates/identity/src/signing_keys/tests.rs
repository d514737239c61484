use chrono::TimeDelta;
use serde_json::json;

use crate::entitlement::Access;
use crate::testing::{Harness, PASSWORD};

fn kids(set: &testkit::Answer) -> Vec<String> {
    set.body["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

#[actix_web::test]
async fn the_key_set_and_the_metadata_are_public() {
    let app = Harness::start().await;
    let set = app.anonymous().get("/.well-known/jwks.json").await.expect(200);
    let key = &set.body["keys"][0];
    assert_eq!(
        (key["kty"].as_str(), key["crv"].as_str(), key["alg"].as_str(), key["use"].as_str()),
        (Some("OKP"), Some("Ed25519"), Some("EdDSA"), Some("sig"))
    );
    assert!(key.get("d").is_none());
    assert_eq!(set.header("cache-control"), "public, max-age=60");
    let metadata = app.anonymous().get("/.well-known/openid-configuration").await.expect(200);
    assert_eq!(metadata.text("/issuer"), "http://identity.test");
    assert_eq!(metadata.text("/token_endpoint"), "http://identity.test/oauth/token");
    app.stop().await;
}

#[actix_web::test]
async fn a_rotation_publishes_the_new_key_first_and_keeps_the_old_one_until_its_tokens_expire() {
    let app = Harness::start().await;
    app.user("ada@example.com", &["coordinator"]).await;
    let old = kids(&app.anonymous().get("/.well-known/jwks.json").await);
    let rotated = app.administrator().await.post("/v1/signing-keys/rotate", json!({})).await.expect(200);
    let states: Vec<&str> = rotated.rows().iter().map(|row| row["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["signing", "pending"]);
    let both = kids(&app.anonymous().get("/.well-known/jwks.json").await);
    assert_eq!((both.len(), &both[0]), (2, &old[0]));

    let kid = |token: String| jsonwebtoken::decode_header(token).unwrap().kid.unwrap();
    let signed_in = app.sign_in("ada@example.com", PASSWORD).await.expect(201);
    assert_eq!(kid(signed_in.text("/access_token")), both[0]);
    app.advance(TimeDelta::minutes(5));
    let renewed = app.refresh(&signed_in.text("/refresh_token")).await.expect(200);
    assert_eq!(kid(renewed.text("/access_token")), both[1]);
    app.advance(TimeDelta::minutes(20));
    assert_eq!(kids(&app.anonymous().get("/.well-known/jwks.json").await), [both[1].clone()]);
    app.stop().await;
}

#[actix_web::test]
async fn a_compromised_key_is_withdrawn_at_once() {
    let app = Harness::start().await;
    let admin = app.administrator().await;
    let other = app.holder("tickets:*", Access::default()).await;
    other.post("/v1/signing-keys/rotate", json!({})).await.expect_problem(403, "missing_permission");
    let old = kids(&app.anonymous().get("/.well-known/jwks.json").await);
    let _ = admin.post("/v1/signing-keys/rotate", json!({"compromised": true})).await.expect(200);
    let now = kids(&app.anonymous().get("/.well-known/jwks.json").await);
    assert_eq!(now.len(), 1);
    assert_ne!(now, old);
    app.stop().await;
}

#[actix_web::test]
async fn private_keys_are_stored_sealed_and_open_only_with_the_deployment_secret() {
    use sea_orm::EntityTrait as _;
    let app = Harness::start().await;
    let rows = super::entity::Entity::find().all(app.directory.db.read()).await.unwrap();
    assert_eq!((rows.len(), rows[0].sealed_private_key.len()), (1, 32 + 24 + 16));
    let other = crate::seal::Seal::new(b"another deployment").unwrap();
    let problem = super::Keyring::new(other).load(&rows, app.wall.now()).unwrap_err();
    assert!(problem.cause().unwrap().contains("does not open"));
    app.stop().await;
}
