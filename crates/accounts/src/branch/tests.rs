use serde_json::json;
use testkit::{App, Persona};

#[actix_web::test]
async fn a_branch_has_a_cut_off_of_five_and_keeps_its_zone() {
    let app = App::start(crate::service()).await;
    let staff = app.administrator();
    let body = json!({"code": "chi", "name": "Chicago", "time_zone": "America/Chicago"});
    let created = staff.post("/v1/branches", body.clone()).await.expect(201);
    assert_eq!((created.text("/code"), created.text("/cut_off")), ("CHI".to_owned(), "17:00".to_owned()));
    staff.post("/v1/branches", body).await.expect_problem(409, "branch_code_taken");
    let path = format!("/v1/branches/{}", created.id());
    let patched = staff.patch(&path, &created.etag(), json!({"cut_off": "16:30", "time_zone": "America/Denver"})).await.expect(200);
    assert_eq!(patched.text("/cut_off"), "16:30");
    staff.patch(&path, &created.etag(), json!({"name": "x"})).await.expect_problem(412, "stale_version");
    let read = staff.get(&path).await.expect(200);
    assert_eq!(read.body, patched.body);
    assert_eq!(staff.get("/v1/branches?filter[code]=CHI").await.expect(200).rows().len(), 1);
    app.stop().await;
}

#[actix_web::test]
async fn every_fault_of_a_branch_is_named() {
    let app = App::start(crate::service()).await;
    let body = json!({"code": "c h i", "name": " ", "time_zone": "Mars/Olympus", "cut_off": "17:00"});
    let answer = app.administrator().post("/v1/branches", body).await;
    answer.clone().expect_problem(422, "validation_failed");
    let pointers: Vec<&str> = answer.body["errors"].as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect();
    assert_eq!(pointers, ["/code", "/name", "/time_zone"]);
    app.stop().await;
}

#[actix_web::test]
async fn staff_see_their_branches_and_customers_none() {
    let app = App::start(crate::service()).await;
    let admin = app.administrator();
    let mut ids = Vec::new();
    for code in ["CHI", "DEN"] {
        let body = json!({"code": code, "name": code, "time_zone": "America/Chicago"});
        ids.push(admin.post("/v1/branches", body).await.expect(201).id());
    }
    let staff = app.client(&Persona::of_branches(&ids[..1]));
    assert_eq!(staff.get("/v1/branches").await.expect(200).rows().len(), 1);
    staff.get(&format!("/v1/branches/{}", ids[1])).await.expect_problem(404, "not_found");
    let customer = app.client(&Persona::customer(&[ids[0]], "*:*"));
    assert!(customer.get("/v1/branches").await.expect(200).rows().is_empty());
    app.anonymous().get("/v1/branches").await.expect_problem(401, "unauthenticated");
    app.stop().await;
}
