//! What a preview chooses, works out and leaves out; and prices that come back in a sheet.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Bench, flat, pct};

#[actix_web::test]
async fn a_preview_shows_each_price_and_why_one_stays() {
    let bench = Bench::with(&["A", "B", "C"]).await;
    let book = bench.scene.book("MORE", "standard").await;
    let draft = bench.scene.draft(book, "2026-01-01").await;
    let frozen = json!({"item_code": "C", "uom": "each", "start": "2026-06-01", "terms": {"model": "flat", "unit_price": "10.00"}});
    let coming = json!({"item_code": "B", "start": "2027-02-01", "terms": {"model": "flat", "unit_price": "12.00"}});
    let before = json!({"item_code": "B", "end": "2027-02-01", "terms": {"model": "flat", "unit_price": "11.00"}});
    let adjusted = json!({"service_line": "waste", "terms": {"model": "adjust_percent", "percent": "0.02"}});
    let past = json!({"item_code": "A", "end": "2026-12-31", "terms": {"model": "flat", "unit_price": "9.00"}});
    let _ = bench.scene.add(&draft, json!([frozen, coming, before, adjusted, past])).await.expect(201);
    bench.scene.publish(&draft).await;
    let item = bench.read("/v1/items?filter[code]=C").await.text("/data/0/id");
    let account = bench.scene.account();
    bench.bought(account, "A", "120").await;
    let a = bench.read("/v1/items?filter[code]=A").await.text("/data/0/id");
    let cost = json!({"item_id": a, "currency": "USD", "cost": "80.00", "effective_on": "2026-01-01"});
    let _ = bench.scene.ada.post("/v1/item-costs", cost).await.expect(201);
    let mut terms = json!({"operation": {"kind": "pct", "percent": "0.10"}, "effective_on": "2027-01-01",
        "exclusions": [{"subject": {"kind": "item", "id": item}, "reason": "frozen"}],
        "cap": {"max_increase": "0.05", "mode": "clip"}});
    let path = bench.previewed(terms.clone()).await;
    let set = bench.read(&path).await;
    assert_eq!(
        (set.text("/preview/rows"), set.text("/preview/excluded"), set.text("/preview/clipped")),
        ("6".into(), "4".into(), "2".into())
    );
    let rows = bench.rows(&path).await;
    let count = |reason: &str| rows.iter().filter(|row| row["excluded"] == reason).count();
    assert_eq!((count("frozen"), count("future_change_exists"), count("no_price")), (2, 1, 1));
    let raised = rows.iter().find(|row| row["item_id"] == json!(a)).unwrap();
    assert_eq!(
        (&raised["old_price"], &raised["requested_price"], &raised["new_price"]),
        (&json!("100.00"), &json!("110.00"), &json!("105.00"))
    );
    assert_eq!((&raised["clipped"], &raised["direction"]), (&json!("max_increase"), &json!("raise")));
    assert_eq!((&raised["annual_quantity"], &raised["annual_effect"]), (&json!("120"), &json!("600.00")));
    assert_eq!((&raised["margin_before"], &raised["margin_after"]), (&json!("0.2"), &json!("0.238095")));
    let clipped = bench.read(&format!("{path}/rows?filter[clipped]=max_increase&filter[direction]=raise")).await;
    assert_eq!(clipped.rows().len(), 2);
    let of_book = bench.read(&format!("{path}/rows?filter[book_id]={book}&filter[excluded]=no_price")).await;
    assert_eq!((of_book.rows().len(), of_book.text("/data/0/service_line")), (1, "waste".into()));
    terms["cap"]["mode"] = json!("exclude");
    terms["price_ending"] = json!({"digits": "99", "mode": "up"});
    let capped = bench.previewed(terms.clone()).await;
    assert_eq!(bench.read(&format!("{capped}/rows?filter[excluded]=cap")).await.rows().len(), 2);
    terms["cap"] = Value::Null;
    let ended = bench.previewed(terms).await;
    assert_eq!(bench.read(&format!("{ended}/rows?filter[item_id]={a}")).await.text("/data/0/new_price"), "110.99");
    bench.scene.app.stop().await;
}

#[actix_web::test]
async fn a_filter_narrows_the_choice_and_contracts_are_named() {
    let bench = Bench::with(&["A", "B"]).await;
    let contract = bench.scene.published("C-1", "contract", json!([flat("A", "70.00")])).await;
    let chosen = async |filter: Value| {
        let mut terms = pct("0.10");
        terms["filter"] = filter;
        let path = bench.previewed(terms).await;
        bench.rows(&path).await.iter().map(|row| row["old_price"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(chosen(json!({})).await, ["100.00", "100.00"]);
    assert_eq!(chosen(json!({"book_ids": [contract]})).await, ["70.00"]);
    assert_eq!(chosen(json!({"book_kinds": ["contract"], "service_line": "waste"})).await, ["70.00"]);
    assert!(chosen(json!({"charge_group": "fee"})).await.is_empty());
    assert!(chosen(json!({"category": "drums"})).await.is_empty());
    let index = json!({"operation": {"kind": "index", "index": "DOE", "from": "2026-01-05", "to": "2026-11-02", "share": "1"}, "effective_on": "2027-01-01"});
    let path = bench.draft(index).await;
    bench.step(&bench.scene.ada, &path, "preview").await.expect_problem(422, "missing_index");
    for (value, day) in [("3.80", "2026-01-05"), ("3.99", "2026-11-02")] {
        let _ = bench.scene.ada.post("/v1/index-values", json!({"index": "DOE", "value": value, "published_on": day})).await.expect(201);
    }
    let _ = bench.step(&bench.scene.ada, &path, "preview").await.expect(200);
    assert_eq!(bench.rows(&path).await[0]["new_price"], "105.00");
    bench.scene.app.stop().await;
}

async fn import(bench: &Bench, path: &str, sheet: String) -> testkit::Answer {
    let etag = bench.read(path).await.etag();
    let request = bench.scene.ada.request(Method::POST, &format!("{path}/rows/import")).header("content-type", "text/csv");
    bench.scene.ada.send(request.header("If-Match", etag).body(sheet)).await
}

async fn export(bench: &Bench, path: &str) -> String {
    let request = bench.scene.ada.request(Method::GET, &format!("{path}/rows")).header("accept", "text/csv");
    String::from_utf8(bench.scene.ada.send(request).await.expect(200).bytes).unwrap()
}

#[actix_web::test]
async fn prices_go_out_in_a_sheet_and_come_back_by_their_tags() {
    let bench = Bench::with(&["A", "B"]).await;
    let path = bench.previewed(json!({"operation": {"kind": "csv"}, "effective_on": "2027-01-01"})).await;
    let sheet = export(&bench, &path).await;
    assert_eq!(sheet.lines().count(), 3);
    let other = sheet.replacen(",flat,100.00", ",flat,104.50", 1);
    let broken = other.replacen("1.", "7.", 1);
    let refused = import(&bench, &path, broken).await;
    assert_eq!((refused.text("/errors/0/code"), refused.text("/errors/0/pointer")), ("stale_tag".into(), "/2/tag".into()));
    refused.expect_problem(422, "import_refused");
    let unknown = format!("tag,model,unit_price\n1.{},flat,5\n", kernel::id::new_uuid().simple());
    assert_eq!(import(&bench, &path, unknown).await.text("/errors/0/code"), "unknown_tag");
    let _ = import(&bench, &path, other).await.expect(200);
    let _ = bench.step(&bench.scene.ada, &path, "preview").await.expect(200);
    let rows = bench.rows(&path).await;
    let mut ends: Vec<(&Value, &Value)> = rows.iter().map(|row| (&row["new_price"], &row["excluded"])).collect();
    ends.sort_by_key(|(price, _)| price.to_string());
    assert_eq!(ends, [(&json!("104.50"), &Value::Null), (&Value::Null, &json!("unchanged"))]);
    import(&bench, &path, sheet).await.expect_problem(422, "import_refused");
    bench.scene.app.stop().await;
}

#[actix_web::test]
async fn many_rows_are_worked_out_in_the_background() {
    let bench = Bench::with(&["A"]).await;
    let book = bench.scene.book("MANY", "branch").await;
    let draft = bench.scene.draft(book, "2026-01-01").await;
    let rows: String = (0..5_200).map(|n| format!("A,flat,10.00,{}\n", uuid::Uuid::from_u128(n))).collect();
    let request = bench.scene.ada.request(Method::POST, &format!("{}/import", draft.path)).header("content-type", "text/csv");
    let _ = bench.scene.ada.send(request.body(format!("item_code,model,unit_price,site_id\n{rows}"))).await.expect(202);
    bench.scene.app.work().await;
    bench.scene.publish(&draft).await;
    let path = bench.draft(pct("0.05")).await;
    let accepted = bench.step(&bench.scene.ada, &path, "preview").await.expect(202);
    bench.scene.app.work().await;
    assert_eq!(bench.read(accepted.header("location")).await.text("/state"), "done");
    let set = bench.read(&path).await;
    assert_eq!(
        (set.text("/state"), set.text("/preview/rows"), set.text("/preview/raised")),
        ("previewed".into(), "5201".into(), "5201".into())
    );
    bench.publish(&path).await;
    assert_eq!(bench.read(&path).await.text("/state"), "published");
    bench.scene.app.stop().await;
}
