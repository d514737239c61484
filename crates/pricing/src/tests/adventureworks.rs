//! Real price history and offers of the sample company, imported and asked for over HTTP. Skipped where the data is absent.

use std::collections::HashMap;
use std::path::PathBuf;

use reqwest::Method;
use serde_json::json;

use super::scene::Scene;

fn data(name: &str) -> Option<Vec<u8>> {
    #[expect(clippy::disallowed_methods, reason = "tests find the shared folder by this variable")]
    let shared =
        std::env::var("LIAISON_SHARED").map_or_else(|_| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let path = shared.join("data/adventureworks").join(name);
    let found = std::fs::read(&path).ok();
    if found.is_none() {
        println!("skipped: {} is absent", path.display());
    }
    found
}

fn table(bytes: &[u8], delimiter: u8, headers: bool) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).has_headers(headers).flexible(true).from_reader(bytes);
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// The first day after an inclusive end.
fn after(day: &str) -> String {
    if day.is_empty() {
        return String::new();
    }
    let last: chrono::NaiveDate = day[..10].parse().unwrap();
    last.succ_opt().unwrap().to_string()
}

/// The sheet of list prices and offers, as the import reads it.
fn sheet(codes: &HashMap<String, String>, history: &[u8], offers: &[u8], offered: &[u8]) -> String {
    let mut sheet = "item_code,model,unit_price,offer,offer_from,offer_to,discount,start,end\n".to_owned();
    for row in table(history, b'\t', false) {
        sheet += &format!("{},flat,{},,,,,{},{}\n", codes[&row[0]], row[3], &row[1][..10], after(&row[2]));
    }
    let offers: HashMap<String, Vec<String>> = table(offers, b'\t', false).into_iter().map(|row| (row[0].clone(), row)).collect();
    for row in table(offered, b'\t', false) {
        let Some(code) = codes.get(&row[1]) else { continue };
        let offer = &offers[&row[0]];
        let until = offer[8].parse::<i64>().map_or_else(|_| String::new(), |most| (most + 1).to_string());
        let range = format!("{},{until},{}", offer[7], offer[2]);
        sheet += &format!("{code},offer,,Offer {:0>2},{range},{},{}\n", offer[0], &offer[5][..10], after(&offer[6]));
    }
    sheet
}

#[actix_web::test]
async fn real_online_orders_come_out_at_the_list_price_of_their_day() {
    let files = ["product.csv", "tsv_2014/ProductListPriceHistory.csv", "tsv_2014/SpecialOffer.csv", "tsv_2014/SpecialOfferProduct.csv"];
    let Some(files) = files.into_iter().map(data).collect::<Option<Vec<_>>>() else { return };
    let (Some(headers), Some(details)) = (data("salesorderheader_first300.csv"), data("salesorderdetail_first300.csv")) else { return };
    let scene = Scene::start().await;
    let products = table(&files[0], b',', true);
    let codes: HashMap<String, String> = products.iter().map(|row| (row[0].clone(), row[6].clone())).collect();
    for some in products.chunks(500) {
        let item = |row: &Vec<String>| json!({"code": row[6], "name": row[1], "service_line": "goods", "charge_group": "service", "base_uom": "each"});
        let _ = scene.ada.post("/v1/items/bulk", json!({"items": some.iter().map(item).collect::<Vec<_>>()})).await.expect(201);
    }
    let draft = scene.draft(scene.book("LIST", "standard").await, "2011-05-31").await;
    let request = scene.ada.request(Method::POST, &format!("{}/import", draft.path)).header("content-type", "text/csv");
    let report = scene.ada.send(request.body(sheet(&codes, &files[1], &files[2], &files[3]))).await.expect(200);
    println!("imported {} prices and offers", report.text("/added"));
    scene.publish(&draft).await;
    let online: HashMap<String, String> =
        table(&headers, b',', true).into_iter().filter(|row| row[7] == "t").map(|row| (row[0].clone(), row[10][..10].to_owned())).collect();
    let mut checked = 0;
    for row in table(&details, b',', true) {
        let Some(day) = online.get(&row[0]) else { continue };
        let priced = scene.price(&codes[&row[7]], &row[1], json!({"price_date": day})).await.expect(200);
        let decimal = |text: &str| text.parse::<kernel::UnitPrice>().unwrap();
        assert_eq!(decimal(&priced.text("/unit_price")), decimal(&row[3]), "{row:?}");
        checked += 1;
    }
    println!("{checked} online lines carry the list price of their day");
    assert!(checked > 0);
    scene.app.stop().await;
}
