//! Sheets of items, costs and index values over HTTP.

use reqwest::Method;
use serde_json::{Value, json};
use testkit::Answer;

use crate::tests::scene::Scene;

async fn import(scene: &Scene, path: &str, sheet: &str) -> Answer {
    let request = scene.ada.request(Method::POST, path).header("content-type", "text/csv");
    let request = request.header("idempotency-key", kernel::id::new_uuid().to_string());
    scene.ada.send(request.body(sheet.to_owned())).await
}

fn outcomes(report: &Answer) -> Vec<&str> {
    report.body["rows"].as_array().unwrap().iter().map(|row| row["outcome"].as_str().unwrap()).collect()
}

async fn undo(scene: &Scene, report: &Answer) -> Answer {
    let path = format!("/v1/data-imports/{}", report.text("/import_id"));
    let etag = scene.ada.get(&path).await.expect(200).etag();
    scene.ada.act(&format!("{path}/undo"), &etag, Value::Null).await
}

const ITEMS: &str = "code,name,service_line,category,charge_group,base_uom,conversions,external_ref\n\
    DRUM55,\"Drum, 55 gal\",waste,disposal/drums,service,each,tote=5/1;gal=1/55,D-55\n\
    LIFT,=Lift,waste,,equipment,each,,\n";

#[actix_web::test]
async fn items_are_made_changed_and_taken_back() {
    let scene = Scene::start().await;
    let dry = import(&scene, "/v1/items/import?dry_run=true", ITEMS).await.expect(200);
    assert_eq!((outcomes(&dry), &dry.body["import_id"]), (vec!["added", "added"], &Value::Null));
    assert!(scene.ada.get("/v1/items").await.rows().is_empty());
    let made = import(&scene, "/v1/items/import", ITEMS).await.expect(200);
    assert_eq!((made.text("/added"), made.text("/refused")), ("2".into(), "0".into()));
    let again = import(&scene, "/v1/items/import", ITEMS).await.expect(200);
    assert_eq!(outcomes(&again), ["unchanged", "unchanged"]);
    let exported = scene.ada.get("/v1/items/export").await.expect(200);
    let exported = String::from_utf8(exported.bytes.to_vec()).unwrap();
    assert_eq!(exported, ITEMS.replace("=Lift", "'=Lift"));
    assert_eq!(outcomes(&import(&scene, "/v1/items/import", &exported).await.expect(200)), ["unchanged", "unchanged"]);
    let renamed = import(&scene, "/v1/items/import", &ITEMS.replace("=Lift", "Lift gate")).await.expect(200);
    assert_eq!(outcomes(&renamed), ["unchanged", "replaced"]);
    undo(&scene, &made).await.expect_problem(409, "changed_since");
    assert_eq!(undo(&scene, &renamed).await.expect(200).text("/state"), "undone");
    undo(&scene, &renamed).await.expect_problem(409, "illegal_transition");
    let lift = scene.ada.get("/v1/items?filter[code]=LIFT").await.expect(200);
    assert_eq!((lift.text("/data/0/name"), lift.text("/data/0/active")), ("=Lift".into(), "true".into()));
    let fresh =
        import(&scene, "/v1/items/import", "code,name,service_line,charge_group,base_uom\nNEW,New,waste,fee,each\n").await.expect(200);
    let _ = undo(&scene, &fresh).await.expect(200);
    assert_eq!(scene.ada.get("/v1/items?filter[code]=NEW").await.text("/data/0/active"), "false");
    assert_eq!(scene.ada.get("/v1/data-imports?filter[state]=undone").await.expect(200).rows().len(), 2);
    scene.app.stop().await;
}

#[actix_web::test]
async fn every_fault_of_a_file_is_named_and_nothing_is_written() {
    let scene = Scene::start().await;
    let sheet = "code,name,service_line,charge_group,base_uom,conversions,external_ref\n\
        A,A,waste,fee,each,,R\nB,B,waste,toll,each,tote,\nA,A,waste,fee,each,,\nC,C,waste,fee,each,,R\n";
    let refused = import(&scene, "/v1/items/import", sheet).await.expect(422);
    let pointers: Vec<&str> = refused.body["errors"].as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect();
    assert_eq!(pointers, ["/3/conversions", "/4/code", "/5/external_ref"]);
    assert!(scene.ada.get("/v1/items").await.rows().is_empty());
    let skipped = import(&scene, "/v1/items/import?skip_refused=true", sheet).await.expect(200);
    assert_eq!(outcomes(&skipped), ["added", "refused", "refused", "refused"]);
    import(&scene, "/v1/items/import", "code,nam\nA,A\n").await.expect_problem(422, "unknown_column");
    scene.app.stop().await;
}

#[actix_web::test]
async fn costs_that_are_taken_back_stay_known_for_the_time_before() {
    let scene = Scene::start().await;
    scene.app.set_time("2026-03-02T12:00:00Z");
    let _ = scene.item("DRUM55", "each").await;
    let plus = json!([{"item_code": "DRUM55", "terms": {"model": "cost_plus", "on": "markup", "percent": "0.5"}}]);
    let _ = scene.published("STD", "standard", plus).await;
    let first =
        import(&scene, "/v1/item-costs/import", "item_code,currency,cost,effective_on\nDRUM55,USD,80.00,2026-01-01\n").await.expect(200);
    assert_eq!(outcomes(&first), ["added"]);
    scene.app.set_time("2026-03-03T12:00:00Z");
    let sheet = "item_code,currency,cost,effective_on\nDRUM55,USD,90.00,2026-01-01\nNONE,USD,1,2026-01-01\n";
    let second = import(&scene, "/v1/item-costs/import?skip_refused=true", sheet).await.expect(200);
    assert_eq!(outcomes(&second), ["replaced", "refused"]);
    assert_eq!(scene.price("DRUM55", "1", json!({})).await.expect(200).text("/total"), "135.00");
    scene.app.set_time("2026-03-04T12:00:00Z");
    let _ = undo(&scene, &second).await.expect(200);
    assert_eq!(scene.price("DRUM55", "1", json!({})).await.expect(200).text("/total"), "120.00");
    let then = scene.price("DRUM55", "1", json!({"known_at": "2026-03-03T13:00:00Z"})).await.expect(200);
    assert_eq!(then.text("/total"), "135.00");
    let exported = String::from_utf8(scene.ada.get("/v1/item-costs/export").await.expect(200).bytes.to_vec()).unwrap();
    assert_eq!(exported, "item_code,uom,currency,cost,effective_on\nDRUM55,each,USD,80.00,2026-01-01\n");
    scene.app.stop().await;
}

#[actix_web::test]
async fn index_values_come_and_go() {
    let scene = Scene::start().await;
    let sheet = "index,value,published_on\nDOE,3.857,2026-03-16\nDOE,3.9,2026-03-23\n";
    let made = import(&scene, "/v1/index-values/import", sheet).await.expect(200);
    assert_eq!(outcomes(&made), ["added", "added"]);
    let more = import(&scene, "/v1/index-values/import", &sheet.replace("3.9,", "3.95,")).await.expect(200);
    assert_eq!(outcomes(&more), ["unchanged", "replaced"]);
    let _ = undo(&scene, &more).await.expect(200);
    assert_eq!(outcomes(&import(&scene, "/v1/index-values/import", sheet).await.expect(200)), ["unchanged", "unchanged"]);
    let withdrawn = scene.ada.get("/v1/index-values").await.expect(200);
    assert_eq!(withdrawn.rows().iter().filter(|row| !row["withdrawn_at"].is_null()).count(), 1);
    scene.app.stop().await;
}
