//! Three hundred real orders: priced or taken over, completed, invoiced, paid, and balanced to the cent.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use chrono::{Days, NaiveDate};
use futures_util::StreamExt;
use serde_json::{Value, json};
use testkit::{Answer, Client};

use super::sheet::{Row, cents, csv, date, dollars, tsv};
use crate::harness::Deployment;

const AT_ONCE: usize = 8;

/// The source's orders with their lines.
struct Source {
    headers: Vec<Row>,
    lines: HashMap<String, Vec<Row>>,
}

impl Source {
    fn read(folder: &Path) -> Self {
        let mut lines: HashMap<String, Vec<Row>> = HashMap::new();
        for line in csv(&folder.join("salesorderdetail_first300.csv")) {
            lines.entry(line["salesorderid"].clone()).or_default().push(line);
        }
        Self { headers: csv(&folder.join("salesorderheader_first300.csv")), lines }
    }
}

/// What came of one order.
struct Outcome {
    online: bool,
    /// Liaison's subtotal, tax, freight and total in cents, and the source's.
    ours: [i64; 4],
    theirs: [i64; 4],
    prices_equal: bool,
}

#[tokio::test]
async fn three_hundred_real_orders_are_invoiced_and_paid_to_the_cent() {
    let Some(folder) = super::data("adventureworks") else { return };
    let deployment = Deployment::embedded().await;
    let operator = deployment.operator();
    let source = Source::read(&folder);
    let (items, prices) = catalogue(&operator, &folder).await;
    let accounts = accounts(&operator, &source).await;
    let replays = source.headers.iter().map(|header| replay(&operator, &accounts, header, &source.lines[&header["salesorderid"]]));
    let outcomes: Vec<Outcome> = futures_util::stream::iter(replays).buffer_unordered(AT_ONCE).collect().await;
    report(&outcomes, items, prices);
    let integrity = operator.get("/v1/integrity").await.expect(200);
    assert_eq!(integrity.body["sound"], true, "{}", integrity.body);
    let aging = operator.get("/v1/reports/aging?as_of=2099-01-01&currency=USD").await.expect(200);
    assert_eq!(aging.body.pointer("/totals/total").or_else(|| aging.body.pointer("/total")).unwrap(), "0.00", "{}", aging.body);
    deployment.stop().await;
}

/// Items, list prices with their dates and volume offers, through the import.
async fn catalogue(operator: &Client, folder: &Path) -> (usize, usize) {
    let history = tsv(&folder.join("tsv_2014/ProductListPriceHistory.csv"));
    let names: HashMap<String, String> =
        csv(&folder.join("product.csv")).into_iter().map(|row| (row["productid"].clone(), row["name"].clone())).collect();
    let products: BTreeSet<&str> = history.iter().map(|row| row[0].as_str()).collect();
    let items: Vec<Value> = products
        .iter()
        .map(|id| {
            let name = names.get(*id).cloned().unwrap_or_else(|| format!("Product {id}"));
            json!({"code": format!("AW-{id}"), "name": name, "service_line": "goods", "charge_group": "equipment", "base_uom": "each"})
        })
        .collect();
    let _ = operator.post("/v1/items/bulk", json!({ "items": items })).await.expect(201);
    let book = json!({"code": "AW", "name": "List", "currency": "USD", "kind": "standard"});
    let book = operator.post("/v1/pricebooks", book).await.expect(201);
    let version = format!("/v1/pricebooks/{}/versions", book.id());
    let _ = operator.post(&version, json!({"effective_from": "2011-05-01"})).await.expect(201);
    let sheet = sheet(folder, &history, &products);
    let import =
        operator.request(reqwest::Method::POST, &format!("{version}/1/import")).header("content-type", "text/csv").body(sheet.clone());
    let report = operator.send(import).await.expect(200);
    assert_eq!(report.body["refused"], 0, "{}", report.body);
    let again = operator.request(reqwest::Method::POST, &format!("{version}/1/import")).header("content-type", "text/csv").body(sheet);
    assert_eq!(operator.send(again).await.expect(200).body["added"], 0, "the same file again adds nothing");
    for step in ["submit", "approve", "publish"] {
        let request = operator.request(reqwest::Method::POST, &format!("{version}/1/{step}")).header("If-Match", "*");
        let _ = operator.send(request).await.expect(200);
    }
    (items.len(), usize::try_from(report.body["added"].as_u64().unwrap()).unwrap())
}

fn after(text: &str) -> String {
    let last: NaiveDate = date(text).parse().unwrap();
    last.checked_add_days(Days::new(1)).unwrap().to_string()
}

/// The price history, and each offer of a product as a discount by quantity.
fn sheet(folder: &Path, history: &[Vec<String>], products: &BTreeSet<&str>) -> String {
    let mut sheet = "item_code,model,unit_price,offer,offer_from,offer_to,discount,start,end\n".to_owned();
    for row in history {
        let end = if row[2].is_empty() { String::new() } else { after(&row[2]) };
        sheet.push_str(&format!("AW-{},flat,{},,,,,{},{end}\n", row[0], row[3], date(&row[1])));
    }
    let offers: BTreeMap<String, Vec<String>> =
        tsv(&folder.join("tsv_2014/SpecialOffer.csv")).into_iter().map(|row| (row[0].clone(), row)).collect();
    for link in tsv(&folder.join("tsv_2014/SpecialOfferProduct.csv")) {
        let offer = &offers[&link[0]];
        if offer[2] == "0" || !products.contains(link[1].as_str()) {
            continue;
        }
        let most = if offer[8].is_empty() { String::new() } else { (offer[8].parse::<u32>().unwrap() + 1).to_string() };
        let row = format!("AW-{},offer,,{},{},{most},{},{},{}\n", link[1], offer[1], offer[7], offer[2], date(&offer[5]), after(&offer[6]));
        sheet.push_str(&row);
    }
    sheet
}

async fn accounts(operator: &Client, source: &Source) -> HashMap<String, String> {
    let customers: BTreeSet<&String> = source.headers.iter().map(|header| &header["customerid"]).collect();
    let makes = customers.into_iter().map(|customer| async move {
        let account = json!({"name": format!("Customer {customer}"), "type": "customer", "currency": "USD", "external_ref": format!("AW-{customer}")});
        let id = operator.post("/v1/accounts", account).await.expect(201).id();
        for step in ["onboard", "activate"] {
            let request = operator.request(reqwest::Method::POST, &format!("/v1/accounts/{id}/{step}")).header("If-Match", "*");
            let _ = operator.send(request).await.expect(200);
        }
        (customer.clone(), id.to_string())
    });
    futures_util::stream::iter(makes).buffer_unordered(AT_ONCE).collect().await
}

/// One order from intake to payment.
async fn replay(operator: &Client, accounts: &HashMap<String, String>, header: &Row, lines: &[Row]) -> Outcome {
    let online = header["onlineorderflag"] == "t";
    let account = &accounts[&header["customerid"]];
    let order = order(operator, account, online, header, lines).await;
    let prices_equal = order.body["lines"].as_array().unwrap().iter().zip(lines).all(|(ours, theirs)| {
        let (ours, theirs): (kernel::UnitPrice, kernel::UnitPrice) =
            (ours["unit_price"].as_str().unwrap().parse().unwrap(), theirs["unitprice"].parse().unwrap());
        ours == theirs
    });
    let invoice = invoice(operator, account, header, &order).await;
    let theirs = ["subtotal", "taxamt", "freight", "totaldue"].map(|column| cents(&header[column]));
    let lines = invoice.body["lines"].as_array().unwrap().iter();
    let freight = lines.filter(|line| line["kind"] == "freight").map(|line| cents(line["net"].as_str().unwrap())).sum();
    let ours = [cents(&invoice.text("/net")) - freight, cents(&invoice.text("/tax")), freight, cents(&invoice.text("/total"))];
    Outcome { online, ours, theirs, prices_equal }
}

async fn order(operator: &Client, account: &str, online: bool, header: &Row, lines: &[Row]) -> Answer {
    let lines: Vec<Value> = lines
        .iter()
        .map(|line| {
            let mut body = json!({"item_code": format!("AW-{}", line["productid"]), "quantity": line["orderqty"], "tax_code": "standard"});
            if online {
                body["tax_rate"] = json!("0.08");
            } else {
                body["given"] =
                    json!({"unit_price": line["unitprice"], "discount_rate": line["unitpricediscount"], "reason": "imported history"});
            }
            body
        })
        .collect();
    let day = date(&header["orderdate"]);
    let mut body = json!({
        "account_id": account, "kind": "product", "requested_at": format!("{day}T12:00:00Z"), "price_date": day,
        "service_date": date(&header["shipdate"]), "currency": "USD",
        "external_ref": format!("AW-{}", header["salesorderid"]), "lines": lines, "freight": {"amount": dollars(cents(&header["freight"]))},
    });
    if !online {
        body["tax"] = json!({"total": dollars(cents(&header["taxamt"]))});
    }
    let order = operator.post_keyed("/v1/orders", &format!("aw-{}", header["salesorderid"]), body).await.expect(201);
    let path = format!("/v1/orders/{}", order.id());
    for step in ["prepare", "confirm", "schedule", "dispatch", "start", "complete"] {
        let request = operator.request(reqwest::Method::POST, &format!("{path}/{step}")).header("If-Match", "*");
        let request = if step == "complete" { request.json(&json!({})) } else { request };
        let _ = operator.send(request).await.expect(200);
    }
    order
}

async fn invoice(operator: &Client, account: &str, header: &Row, order: &Answer) -> Answer {
    let reference = &header["salesorderid"];
    let body = json!({
        "bill_to_id": account, "currency": "USD", "order_id": order.id(), "post": true,
        "issue_date": date(&header["shipdate"]), "due_date": date(&header["duedate"]),
    });
    let invoice = operator.post_keyed("/v1/invoices", &format!("aw-invoice-{reference}"), body).await.expect(201);
    let payment = json!({
        "account_id": account, "currency": "USD", "method": "card", "reference": format!("AW-{reference}"), "received_on": date(&header["duedate"]),
        "amount": invoice.text("/total"),
        "application": {"mode": "explicit", "applications": [{"invoice_id": invoice.id(), "amount": invoice.text("/total")}]},
    });
    let _ = operator.post_keyed("/v1/payments", &format!("aw-payment-{reference}"), payment).await.expect(201);
    invoice
}

fn report(outcomes: &[Outcome], items: usize, prices: usize) {
    let (online, resellers): (Vec<_>, Vec<_>) = outcomes.iter().partition(|outcome| outcome.online);
    let part = |outcomes: &[&Outcome], index: usize| outcomes.iter().filter(|outcome| outcome.ours[index] == outcome.theirs[index]).count();
    // Where the source rounds only its total, the rounded parts can sum to a cent more or less.
    let sum = |parts: [i64; 4]| parts[0] + parts[1] + parts[2];
    let as_parts = online.iter().filter(|outcome| outcome.ours[3] == sum(outcome.theirs)).count();
    let as_total = part(&online, 3);
    let differences: Vec<i64> = resellers.iter().map(|outcome| (outcome.ours[0] - outcome.theirs[0]).abs()).collect();
    let same = differences.iter().filter(|difference| **difference == 0).count();
    println!("adventureworks: {items} items, {prices} prices and offers imported; {} orders, invoices and payments", outcomes.len());
    println!(
        "online: {} orders; unit prices equal in {}, subtotals in {}, taxes in {}, freights in {}; totals equal the rounded parts in {as_parts}, the source's rounded total in {as_total}",
        online.len(),
        online.iter().filter(|outcome| outcome.prices_equal).count(),
        part(&online, 0),
        part(&online, 1),
        part(&online, 2),
    );
    println!(
        "resellers: {} orders; subtotals equal in {same}, different in {} by at most {} cents",
        resellers.len(),
        resellers.len() - same,
        differences.iter().max().unwrap()
    );
    assert_eq!((online.len(), resellers.len()), (187, 113));
    assert!(outcomes.iter().all(|outcome| outcome.prices_equal));
    for index in 0..3 {
        assert_eq!(part(&online, index), 187);
    }
    assert_eq!(as_parts, 187);
    assert_eq!((same, differences.len() - same), (60, 53));
    assert!(differences.iter().all(|difference| *difference <= 4));
    assert!(resellers.iter().all(|outcome| outcome.ours[1..3] == outcome.theirs[1..3]));
}
