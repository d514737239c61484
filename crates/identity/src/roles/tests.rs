use serde_json::json;

use crate::entitlement::Access;
use crate::testing::{Harness, PASSWORD};

#[actix_web::test]
async fn built_in_roles_are_there_and_cannot_be_changed() {
    let app = Harness::start().await;
    let admin = app.administrator().await;
    let listed = admin.get("/v1/roles").await.expect(200);
    let names: Vec<&str> = listed.rows().iter().map(|row| row["name"].as_str().unwrap()).collect();
    let expected = [
        "account_manager",
        "admin",
        "auditor",
        "automation",
        "billing",
        "coordinator",
        "customer",
        "dispatcher",
        "retention_specialist",
        "safety",
    ];
    assert_eq!(names, expected);
    let path = format!("/v1/roles/{}", listed.rows()[0]["id"].as_str().unwrap());
    let role = admin.get(&path).await.expect(200);
    admin.patch(&path, &role.etag(), json!({"permissions": ["*:*"]})).await.expect_problem(409, "built_in_role");
    admin.delete(&path, &role.etag()).await.expect_problem(409, "built_in_role");
    admin.patch(&path, "\"v99\"", json!({})).await.expect_problem(412, "stale_version");
    app.stop().await;
}

#[actix_web::test]
async fn a_role_of_ones_own_is_made_given_changed_and_deleted() {
    let app = Harness::start().await;
    let admin = app.administrator().await;
    let body = json!({"name": "night_shift", "permissions": ["tickets:read", "tickets:*"]});
    let role = admin.post("/v1/roles", body.clone()).await.expect(201);
    assert_eq!(role.body["permissions"], json!(["tickets:*"]));
    admin.post("/v1/roles", body).await.expect_problem(409, "already_exists");
    let path = role.header("location").to_owned();
    let user = app.user("ada@example.com", &["night_shift"]).await;
    let signed_in = app.sign_in("ada@example.com", PASSWORD).await.expect(201);
    assert_eq!(signed_in.text("/scope"), "me:* tickets:*");

    let changed = admin.patch(&path, &role.etag(), json!({"permissions": ["orders:read"]})).await.expect(200);
    app.poll().await;
    app.client(&signed_in.text("/access_token")).get("/v1/me").await.expect_problem(401, "invalid_token");
    assert_eq!(app.refresh(&signed_in.text("/refresh_token")).await.expect(200).text("/scope"), "me:* orders:read");

    let in_use = admin.delete(&path, &changed.etag()).await.expect(409);
    assert_eq!((in_use.text("/code"), &in_use.body["conflicts"]), ("role_in_use".to_owned(), &json!([user.id()])));
    let _ = admin.patch(&format!("/v1/users/{}", user.id()), &user.etag(), json!({"roles": ["billing"]})).await.expect(200);
    let _ = admin.delete(&path, &changed.etag()).await.expect(204);
    admin.get(&path).await.expect_problem(404, "not_found");
    app.stop().await;
}

#[actix_web::test]
async fn a_role_holds_no_more_than_its_maker() {
    let app = Harness::start().await;
    let limited = app.holder("roles:* tickets:*", Access::default()).await;
    let role = |permissions: &[&str]| json!({"name": "more", "permissions": permissions});
    limited.post("/v1/roles", role(&["orders:read"])).await.expect_problem(403, "exceeds_own_rights");
    limited.post("/v1/roles", role(&["*:*"])).await.expect_problem(403, "exceeds_own_rights");
    let made = limited.post("/v1/roles", role(&["tickets:read"])).await.expect(201);
    let path = made.header("location").to_owned();
    limited.patch(&path, &made.etag(), json!({"permissions": ["users:*"]})).await.expect_problem(403, "exceeds_own_rights");
    let bad = limited.post("/v1/roles", role(&["tickets:read", "nonsense"])).await.expect(422);
    assert_eq!(bad.body["errors"][0]["pointer"], "/permissions/1");
    app.holder("tickets:*", Access::default()).await.get("/v1/roles").await.expect_problem(403, "missing_permission");
    app.stop().await;
}
