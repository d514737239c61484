//! A thousand items and a published standard book with a price for each.

use reqwest::Method;
use serde_json::{Value, json};

use super::{BULK, item, text};
use crate::progress::each;
use crate::server::Server;

/// Items, and lines of the book.
pub(super) const ITEMS: u64 = 1_000;

/// The first day of the prices.
const BEGIN: &str = "2026-01-01";

pub(super) async fn seed(server: &Server) {
    let codes: Vec<String> = (0..ITEMS).map(item).collect();
    let chunks: Vec<Vec<String>> = codes.chunks(BULK).map(<[String]>::to_vec).collect();
    each("items", chunks.clone(), async |chunk: Vec<String>| {
        let items: Vec<Value> = chunk.iter().map(|code| goods(code)).collect();
        server.post("/v1/items/bulk", &json!({ "items": items })).await
    })
    .await;
    let entries = chunks.iter().map(|chunk| chunk.iter().enumerate().map(|(place, code)| entry(place, code)).collect()).collect();
    let _ = book(server, ("BENCH", "standard"), entries).await;
}

fn goods(code: &str) -> Value {
    json!({"code": code, "name": format!("Item {code}"), "service_line": "field", "category": "bench", "charge_group": "service", "base_uom": "each"})
}

/// Publishes a book of entries that come in chunks, and says which it is.
pub(super) async fn book(server: &Server, (code, kind): (&str, &str), chunks: Vec<Vec<Value>>) -> String {
    let book = json!({"code": code, "name": code, "currency": "USD", "kind": kind});
    let book = text(&server.post("/v1/pricebooks", &book).await["id"]);
    server.post(&format!("/v1/pricebooks/{book}/versions"), &json!({"effective_from": BEGIN})).await;
    let version = format!("/v1/pricebooks/{book}/versions/1");
    for entries in chunks {
        server.post(&format!("{version}/entries"), &json!({ "entries": entries })).await;
    }
    for step in ["submit", "approve", "publish"] {
        server.call(Method::POST, &format!("{version}/{step}"), None).await;
    }
    book
}

/// One in ten has volume prices and a minimum.
fn entry(place: usize, code: &str) -> Value {
    let price = |cents: usize| format!("{}.{:02}", cents / 100, cents % 100);
    let list = 1_000 + place * 37;
    if !place.is_multiple_of(10) {
        return json!({"item_code": code, "terms": {"model": "flat", "unit_price": price(list)}});
    }
    let tiers = json!([{"from": "0", "to": "10", "unit_price": price(list)}, {"from": "10", "unit_price": price(list * 9 / 10)}]);
    json!({"item_code": code, "terms": {"model": "volume", "tiers": tiers}, "min_charge": "50.00"})
}
