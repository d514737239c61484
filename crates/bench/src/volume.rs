//! Work that is measured by rows a second: a bill run, and imports.

use std::time::Instant;

use kernel::id::new_uuid;
use reqwest::Method;
use serde_json::{Value, json};

use crate::Arguments;
use crate::progress::{each, say};
use crate::seed::{Seeded, account, item, pick, text, today};
use crate::server::Server;
use crate::target::{Figure, per_second};

/// Rows of an import; the largest file that is imported within the request.
const ROWS: usize = 5_000;

/// Lines of an invoice of the run.
const LINES: usize = 5;

/// The prices of an item that an import brings, one after the other.
const PERIODS: [(&str, &str); 5] = [
    ("2026-01-01", "2026-03-01"),
    ("2026-03-01", "2026-05-01"),
    ("2026-05-01", "2026-07-01"),
    ("2026-07-01", "2026-09-01"),
    ("2026-09-01", "2026-11-01"),
];

/// Every kind of it that is wanted.
pub(crate) async fn measure(server: &Server, seeded: &Seeded, arguments: &Arguments) -> Vec<Figure> {
    let mut figures = Vec::new();
    if arguments.wants("l") {
        figures.push(bill_run(server, seeded, arguments.base() / 5).await);
    }
    if arguments.wants("m") {
        figures.push(prices(server).await);
    }
    if arguments.wants("n") {
        figures.push(accounts(server, seeded).await);
    }
    for figure in &figures {
        say(format_args!("{}: {}", figure.what, figure.measured));
    }
    figures
}

/// From the commit of a previewed run to its answer, when every invoice is posted.
async fn bill_run(server: &Server, seeded: &Seeded, invoices: usize) -> Figure {
    let lines: Vec<usize> = (0..invoices * LINES).collect();
    let service_date = today();
    each("billables", lines, async |line: usize| {
        let invoice = line / LINES;
        let billable = json!({
            "account_id": pick(&seeded.active, u64::try_from(invoice).unwrap()), "po_number": format!("PO-{invoice}"),
            "service_date": service_date, "description": item(u64::try_from(line).unwrap()), "quantity": "3", "unit_price": "12.3400",
            "currency": "USD", "tax_code": "sales", "tax_rate": "0.0825",
        });
        server.post("/v1/billables", &billable).await
    })
    .await;
    let run = json!({"period_start": service_date, "period_end": "9999-01-01", "consolidate_by": ["po"]});
    let run = server.post("/v1/bill-runs", &run).await;
    let began = Instant::now();
    let done = server.post(&format!("/v1/bill-runs/{}/commit", text(&run["id"])), &json!({"preview_hash": run["preview_hash"]})).await;
    let rate = per_second(invoices, began.elapsed());
    assert_eq!(done["invoiced"], invoices, "{} failed", done["failed"]);
    Figure::at_least(format!("l bill run, {invoices} invoices of {LINES} lines posted"), rate, 3_000, "/s")
}

/// A sheet of prices into a draft.
async fn prices(server: &Server) -> Figure {
    let book = json!({"code": format!("IMPORT-{}", new_uuid().simple()), "name": "Imported", "currency": "USD", "kind": "standard"});
    let book = text(&server.post("/v1/pricebooks", &book).await["id"]);
    server.post(&format!("/v1/pricebooks/{book}/versions"), &json!({"effective_from": "2026-01-01"})).await;
    let mut sheet = "item_code,model,unit_price,start,end\n".to_owned();
    for row in 0..ROWS {
        let (start, end) = PERIODS[row % PERIODS.len()];
        let code = item(u64::try_from(row / PERIODS.len()).unwrap());
        sheet.push_str(&format!("{code},flat,{}.50,{start},{end}\n", row + 1));
    }
    let began = Instant::now();
    let request = server.request(Method::POST, &format!("/v1/pricebooks/{book}/versions/1/import"));
    let request = request.header("Content-Type", "text/csv").header("Idempotency-Key", new_uuid().to_string()).header("If-Match", "*");
    let report = server.answer(request.body(sheet)).await;
    let rate = per_second(ROWS, began.elapsed());
    assert_eq!(report["added"], ROWS, "{}", report["refused"]);
    Figure::at_least(format!("m import of {ROWS} prices as CSV"), rate, 5_000, " rows/s")
}

/// As many accounts, in the largest bulk requests, one after the other.
async fn accounts(server: &Server, seeded: &Seeded) -> Figure {
    let names: Vec<String> = (0..ROWS).map(|row| format!("Imported account {row:05}")).collect();
    let began = Instant::now();
    for chunk in names.chunks(crate::seed::BULK) {
        let items: Vec<Value> = chunk.iter().map(|name| account(name, &seeded.branch)).collect();
        server.post("/v1/accounts/bulk", &json!({"atomic": true, "items": items})).await;
    }
    let rate = per_second(ROWS, began.elapsed());
    Figure::at_least(format!("n import of {ROWS} accounts in bulk"), rate, 5_000, " rows/s")
}
