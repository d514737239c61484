//! Importing and exporting prices as CSV over HTTP.

use reqwest::Method;
use testkit::Answer;

use super::scene::{Draft, Scene};

const HEADER: &str = "item_code,model,unit_price,start,end,offer,offer_from,offer_to,discount,tiers\n";

async fn import(scene: &Scene, draft: &Draft, query: &str, rows: &str) -> Answer {
    let request = scene.ada.request(Method::POST, &format!("{}/import{query}", draft.path)).header("content-type", "text/csv");
    scene.ada.send(request.body(format!("{HEADER}{rows}"))).await
}

#[actix_web::test]
async fn a_price_history_and_an_offer_table_are_imported_and_priced() {
    let scene = Scene::start().await;
    let _ = scene.item("HL-707", "each").await;
    let book = scene.book("LIST", "standard").await;
    let draft = scene.draft(book, "2011-05-31").await;
    let rows = "HL-707,flat,33.6442,2011-05-31,2013-05-30,,,,,\nHL-707,flat,34.99,2013-05-30,,,,,,\n\
        HL-707,offer,,2011-05-31,2014-05-31,11 to 14,11,15,0.02,\nHL-707,offer,,2011-05-31,2014-05-31,15 to 24,15,25,0.05,\n";
    let dry = import(&scene, &draft, "?dry_run=true", rows).await.expect(200);
    assert_eq!((dry.text("/added"), dry.text("/dry_run")), ("4".into(), "true".into()));
    assert!(scene.ada.get(&format!("{}/entries", draft.path)).await.expect(200).rows().is_empty());
    assert_eq!(import(&scene, &draft, "", rows).await.expect(200).text("/added"), "4");
    assert_eq!(import(&scene, &draft, "", rows).await.expect(200).text("/unchanged"), "4");
    scene.publish(&draft).await;
    let priced = scene.price("HL-707", "12", serde_json::json!({"price_date": "2013-05-29"})).await.expect(200);
    assert_eq!((priced.text("/total"), priced.text("/discount")), ("395.66".into(), "0.02".into()));
    let sheet = scene.ada.get(&format!("{}/export", draft.path)).await.expect(200);
    assert_eq!((sheet.header("content-type"), String::from_utf8_lossy(&sheet.bytes).lines().count()), ("text/csv; charset=utf-8", 5));
    scene.app.stop().await;
}

#[actix_web::test]
async fn refused_rows_are_named_and_nothing_is_imported_unless_they_may_be_skipped() {
    let scene = Scene::start().await;
    let _ = scene.item("A", "each").await;
    let book = scene.book("LIST", "standard").await;
    let draft = scene.draft(book, "2026-01-01").await;
    let rows = "A,flat,1.00,2026-01-01,,,,,,\nGONE,flat,1.00,,,,,,,\nA,flat,2.00,2026-05-01,,,,,,\n";
    let refused = import(&scene, &draft, "", rows).await;
    let pointers: Vec<&str> = refused.body["errors"].as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect();
    assert_eq!(pointers, ["/3/item_code", "/4/start"]);
    refused.expect_problem(422, "import_refused");
    let skipped = import(&scene, &draft, "?skip_refused=true&on_overlap=end_previous", rows).await.expect(200);
    assert_eq!((skipped.text("/added"), skipped.text("/refused")), ("2".into(), "1".into()));
    let _ = import(&scene, &draft, "?colour=red", rows).await.expect(400);
    scene.app.stop().await;
}

#[actix_web::test]
async fn a_large_file_is_imported_in_the_background() {
    let scene = Scene::start().await;
    let _ = scene.item("A", "each").await;
    let book = scene.book("LIST", "standard").await;
    let draft = scene.draft(book, "2026-01-01").await;
    let rows: String = (0..12_000).map(|n| format!("A,offer,,,,Offer {n},{n},,0.01,\n")).collect();
    let rows = format!("A,flat,11.50,,,,,,,\n{rows}");
    let accepted = import(&scene, &draft, "", &format!("{rows}GONE,flat,1,,,,,,,\n")).await.expect(202);
    let began = std::time::Instant::now();
    scene.app.work().await;
    println!("imported 12,000 rows in {:?}", began.elapsed());
    let done = scene.ada.get(accepted.header("location")).await.expect(200);
    assert_eq!(
        (done.text("/state"), done.text("/result/added"), done.text("/result/refused")),
        ("done".into(), "12001".into(), "1".into())
    );
    assert_eq!(done.text("/result/rows/0/line"), "12003");
    scene.publish(&draft).await;
    let priced = scene.price("A", "1", serde_json::json!({})).await.expect(200);
    assert_eq!((priced.text("/total"), priced.text("/discount")), ("11.39".into(), "0.01".into()), "offers 0 and 1 hold one unit");
    scene.app.stop().await;
}
