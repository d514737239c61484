use futures_util::future::join_all;
use serde_json::json;

use crate::bootstrap;
use crate::testing::{Harness, PASSWORD};

#[actix_web::test]
async fn the_first_administrator_is_made_once_by_the_printed_token() {
    let app = Harness::start().await;
    let token = bootstrap::token(&app.directory.db, false).await.unwrap().unwrap();
    assert!(bootstrap::token(&app.directory.db, false).await.unwrap().is_none(), "it is printed once");
    let body = |token: &str, email: &str| json!({"token": token, "email": email, "name": "First", "password": PASSWORD});
    let anyone = app.anonymous();
    let guess = format!("lsn_bootstrap_{}", crate::secret::Secret::generate().unwrap().base64());
    anyone.post("/v1/bootstrap", body(&guess, "eve@example.com")).await.expect_problem(401, "invalid_bootstrap_token");
    anyone.post("/v1/bootstrap", body("nonsense", "eve@example.com")).await.expect_problem(401, "invalid_bootstrap_token");
    let weak = json!({"token": token.as_str(), "email": "ada@example.com", "name": "First", "password": "short"});
    let _ = anyone.post("/v1/bootstrap", weak).await.expect(422);

    let attempts = (0..6).map(|number| anyone.post("/v1/bootstrap", body(&token, &format!("admin{number}@example.com"))));
    let mut statuses: Vec<u16> = join_all(attempts).await.iter().map(|answer| answer.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409, 409, 409]);
    assert_eq!(app.administrator().await.get("/v1/users").await.expect(200).rows().len(), 1);
    assert!(bootstrap::token(&app.directory.db, true).await.unwrap().is_none(), "used up for good");
    app.stop().await;
}

#[actix_web::test]
async fn a_lost_token_can_be_replaced_until_it_is_used() {
    let app = Harness::start().await;
    let lost = bootstrap::token(&app.directory.db, false).await.unwrap().unwrap();
    let found = bootstrap::token(&app.directory.db, true).await.unwrap().unwrap();
    let body = |token: &str| json!({"token": token, "email": "ada@example.com", "name": "First", "password": PASSWORD});
    app.anonymous().post("/v1/bootstrap", body(&lost)).await.expect_problem(401, "invalid_bootstrap_token");
    let _ = app.anonymous().post("/v1/bootstrap", body(&found)).await.expect(201);
    let signed_in = app.sign_in("ada@example.com", PASSWORD).await.expect(201);
    assert_eq!(signed_in.text("/scope"), "*:*");
    let _ = app.client(&signed_in.text("/access_token")).get("/v1/users").await.expect(200);
    app.stop().await;
}
