use serde_json::json;

use crate::entitlement::Access;
use crate::testing::{Harness, PASSWORD};

#[actix_web::test]
async fn a_user_is_made_read_changed_and_listed() {
    let app = Harness::start().await;
    let admin = app.administrator().await;
    let body =
        json!({"email": "Ada@Example.com", "name": " Ada ", "roles": ["dispatcher", "coordinator", "coordinator"], "external_ref": "hr-7"});
    let created = admin.post("/v1/users", body).await.expect(201);
    assert_eq!(created.text("/email"), "ada@example.com");
    assert_eq!(created.body["roles"], json!(["coordinator", "dispatcher"]));
    assert_eq!(created.body["has_password"], false);
    let path = created.header("location").to_owned();
    let read = admin.get(&path).await.expect(200);
    assert_eq!((read.body.clone(), read.etag()), (created.body.clone(), created.etag()));

    let branch = kernel::id::new_uuid();
    let changed = admin.patch(&path, &read.etag(), json!({"branches": [branch], "external_ref": null})).await.expect(200);
    assert_eq!((&changed.body["branches"], &changed.body["external_ref"]), (&json!([branch]), &json!(null)));
    admin.patch(&path, &read.etag(), json!({"name": "Late"})).await.expect_problem(412, "stale_version");

    app.user("bo@example.com", &["billing"]).await;
    assert_eq!(admin.get("/v1/users").await.expect(200).rows().len(), 2);
    let found = admin.get("/v1/users?filter[role][eq]=dispatcher").await.expect(200);
    assert_eq!(found.rows()[0]["id"], created.body["id"]);
    assert_eq!(found.rows().len(), 1);
    assert_eq!(admin.get("/v1/users?filter[email][contains]=BO@").await.expect(200).rows().len(), 1);
    app.stop().await;
}

#[actix_web::test]
async fn every_fault_of_a_new_user_names_its_field() {
    let app = Harness::start().await;
    let admin = app.administrator().await;
    app.user("ada@example.com", &["coordinator"]).await;
    let user = |change: serde_json::Value| {
        let mut body = json!({"email": "bo@example.com", "name": "Bo", "roles": ["coordinator"]});
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        body
    };
    let id = kernel::id::new_uuid();
    for (change, status, pointer, code) in [
        (json!({"email": "ADA@example.com"}), 409, "/email", "taken"),
        (json!({"email": "nobody"}), 422, "/email", "email"),
        (json!({"name": " \t"}), 422, "/name", "blank"),
        (json!({"roles": ["no_such_role"]}), 422, "/roles", "unknown_role"),
        (json!({"roles": ["customer"]}), 422, "/accounts", "customer_accounts"),
        (json!({"accounts": [id]}), 422, "/accounts", "customer_accounts"),
        (json!({"sites": [id]}), 422, "/sites", "sites_without_accounts"),
        (json!({"branches": []}), 422, "/branches", "empty_list"),
        (json!({"password": "short"}), 422, "/password", "password_too_short"),
    ] {
        let refused = admin.post("/v1/users", user(change.clone())).await.expect(status);
        let error = &refused.body["errors"][0];
        assert_eq!((error["pointer"].as_str(), error["code"].as_str()), (Some(pointer), Some(code)), "{change}: {}", refused.body);
    }
    admin.post("/v1/users", user(json!({"admin": true}))).await.expect_problem(422, "validation_failed");
    app.stop().await;
}

#[actix_web::test]
async fn nobody_hands_out_or_acts_upon_more_than_they_hold() {
    let app = Harness::start().await;
    let branch = kernel::id::new_uuid();
    let manager = app.holder("users:* tickets:* accounts:read", Access { branches: Some(vec![branch]), ..Access::default() }).await;
    let admin = app.administrator().await;
    let role = json!({"name": "agent", "permissions": ["tickets:*"]});
    let _ = admin.post("/v1/roles", role).await.expect(201);
    let body = |roles: &[&str], branches: serde_json::Value| json!({"email": "bo@example.com", "name": "Bo", "roles": roles, "branches": branches});
    manager.post("/v1/users", body(&["admin"], json!([branch]))).await.expect_problem(403, "exceeds_own_rights");
    manager.post("/v1/users", body(&["agent"], json!(null))).await.expect_problem(403, "exceeds_own_rights");
    manager.post("/v1/users", body(&["agent"], json!([kernel::id::new_uuid()]))).await.expect_problem(403, "exceeds_own_rights");
    let agent = manager.post("/v1/users", body(&["agent"], json!([branch]))).await.expect(201);
    let path = format!("/v1/users/{}", agent.id());
    manager.patch(&path, &agent.etag(), json!({"roles": ["admin"]})).await.expect_problem(403, "exceeds_own_rights");
    manager.patch(&path, &agent.etag(), json!({"branches": null})).await.expect_problem(403, "exceeds_own_rights");

    let boss = app.user("boss@example.com", &["admin"]).await;
    let password = json!({"password": "a long one of my own choosing"});
    let path = format!("/v1/users/{}", boss.id());
    manager.act(&format!("{path}/password"), &boss.etag(), password).await.expect_problem(403, "exceeds_own_rights");
    manager.act(&format!("{path}/disable"), &boss.etag(), json!({})).await.expect_problem(403, "exceeds_own_rights");
    app.stop().await;
}

#[actix_web::test]
async fn an_active_administrator_always_remains() {
    let app = Harness::start().await;
    let admin = app.administrator().await;
    let one = app.user("one@example.com", &["admin"]).await;
    let two = app.user("two@example.com", &["admin"]).await;
    let path = |user: &testkit::Answer| format!("/v1/users/{}", user.id());
    let _ = admin.act(&format!("{}/disable", path(&one)), &one.etag(), json!({})).await.expect(200);
    let last = path(&two);
    admin.act(&format!("{last}/disable"), &two.etag(), json!({})).await.expect_problem(409, "last_administrator");
    admin.patch(&last, &two.etag(), json!({"roles": ["billing"]})).await.expect_problem(409, "last_administrator");
    let branch = kernel::id::new_uuid();
    admin.patch(&last, &two.etag(), json!({"branches": [branch]})).await.expect_problem(409, "last_administrator");
    assert_eq!(admin.get(&last).await.expect(200).text("/state"), "active");
    app.stop().await;
}

#[actix_web::test]
async fn two_administrators_who_disable_each_other_do_not_both_succeed() {
    let app = Harness::start().await;
    let admin = app.administrator().await;
    let one = app.user("one@example.com", &["admin"]).await;
    let two = app.user("two@example.com", &["admin"]).await;
    let disable = |user: &testkit::Answer| {
        let (client, path, tag) = (admin.clone(), format!("/v1/users/{}/disable", user.id()), user.etag());
        async move { client.act(&path, &tag, json!({})).await.status.as_u16() }
    };
    let mut statuses: Vec<u16> = futures_util::future::join_all([disable(&one), disable(&two)]).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    app.stop().await;
}

#[actix_web::test]
async fn a_change_of_rights_ends_access_tokens_and_the_next_refresh_brings_the_new_ones() {
    let app = Harness::start().await;
    let admin = app.administrator().await;
    let user = app.user("ada@example.com", &["coordinator"]).await;
    let signed_in = app.sign_in("ada@example.com", PASSWORD).await.expect(201);
    let path = format!("/v1/users/{}", user.id());
    let changed = admin.patch(&path, &user.etag(), json!({"roles": ["auditor"]})).await.expect(200);
    app.poll().await;
    app.client(&signed_in.text("/access_token")).get("/v1/me").await.expect_problem(401, "invalid_token");
    let renewed = app.refresh(&signed_in.text("/refresh_token")).await.expect(200);
    assert_eq!(renewed.text("/scope"), "*:read me:*");
    let _ = app.client(&renewed.text("/access_token")).get("/v1/users").await.expect(200);

    let disabled = admin.act(&format!("{path}/disable"), &changed.etag(), json!({})).await.expect(200);
    app.poll().await;
    app.client(&renewed.text("/access_token")).get("/v1/me").await.expect_problem(401, "invalid_token");
    app.refresh(&renewed.text("/refresh_token")).await.expect_problem(400, "invalid_grant");
    admin.act(&format!("{path}/disable"), &disabled.etag(), json!({})).await.expect_problem(409, "illegal_transition");
    let _ = admin.act(&format!("{path}/enable"), &disabled.etag(), json!({})).await.expect(200);
    app.poll().await;
    let again = app.sign_in("ada@example.com", PASSWORD).await.expect(201);
    let _ = app.client(&again.text("/access_token")).get("/v1/me").await.expect(200);
    app.stop().await;
}

#[actix_web::test]
async fn a_person_changes_the_password_and_keeps_only_the_session_it_was_done_in() {
    let app = Harness::start().await;
    app.user("ada@example.com", &["coordinator"]).await;
    let here = app.sign_in("ada@example.com", PASSWORD).await.expect(201);
    let there = app.sign_in("ada@example.com", PASSWORD).await.expect(201);
    let me = app.client(&here.text("/access_token"));
    let new = "an entirely different one";
    let change = |current: &str, new: &str| json!({"current_password": current, "new_password": new});
    let wrong = me.post("/v1/me/password", change("wrong", new)).await.expect(422);
    assert_eq!(wrong.body["errors"][0]["code"], "wrong_password");
    let weak = me.post("/v1/me/password", change(PASSWORD, "short")).await.expect(422);
    assert_eq!(weak.body["errors"][0]["pointer"], "/new_password");
    let _ = me.post("/v1/me/password", change(PASSWORD, new)).await.expect(200);
    app.refresh(&there.text("/refresh_token")).await.expect_problem(400, "invalid_grant");
    let _ = app.refresh(&here.text("/refresh_token")).await.expect(200);
    app.sign_in("ada@example.com", PASSWORD).await.expect_problem(401, "invalid_credentials");
    let _ = app.sign_in("ada@example.com", new).await.expect(201);
    app.stop().await;
}

#[actix_web::test]
async fn another_system_keeps_users_in_step_by_its_own_reference() {
    let app = Harness::start().await;
    let admin = app.administrator().await;
    let path = "/v1/users/by-external-ref/hr-7";
    let body = |name: &str| json!({"email": "ada@example.com", "name": name, "roles": ["coordinator"]});
    let made = admin.put(path, body("Ada")).await.expect(201);
    assert_eq!(made.text("/external_ref"), "hr-7");
    let same = admin.put(path, body("Ada")).await.expect(200);
    assert_eq!((same.id(), same.etag()), (made.id(), made.etag()));
    let renamed = admin.put(path, body("Ada Lovelace")).await.expect(200);
    assert_eq!((renamed.id(), renamed.body["version"].as_i64()), (made.id(), Some(2)));
    let other = admin.put("/v1/users/by-external-ref/hr-8", body("Else")).await.expect(409);
    assert_eq!(other.body["errors"][0]["pointer"], "/email");
    app.stop().await;
}

#[actix_web::test]
async fn a_replayed_creation_makes_one_user_and_stores_nothing_to_guess_the_password_by() {
    use sea_orm::EntityTrait as _;
    use sha2::{Digest as _, Sha256};
    let app = Harness::start().await;
    let admin = app.administrator().await;
    let body = |password: &str| json!({"email": "ada@example.com", "name": "Ada", "password": password, "roles": ["coordinator"]});
    let first = admin.post_keyed("/v1/users", "once", body(PASSWORD)).await.expect(201);
    let again = admin.post_keyed("/v1/users", "once", body(PASSWORD)).await.expect(201);
    assert_eq!((first.bytes, again.header("idempotent-replayed")), (again.bytes.clone(), "true"));
    admin.post_keyed("/v1/users", "once", body("another password here")).await.expect_problem(422, "idempotency_mismatch");
    let stored = platform::idempotency::entity::Entity::find().one(app.directory.db.read()).await.unwrap().unwrap();
    let document = format!(r#"{{"email":"ada@example.com","name":"Ada","password":"{PASSWORD}","roles":["coordinator",],}}"#);
    assert_ne!(stored.fingerprint, Sha256::digest(format!("POST /v1/users{document}")).to_vec());
    app.stop().await;
}
