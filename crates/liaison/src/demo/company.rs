//! The company's own data: a branch, a customer with a site, a contact and a contract, a catalogue and a price book.

use awc::http::Method;
use serde_json::{Value, json};

use crate::api::{Api, text};
use crate::compose::Failure;

/// The first day of the demonstration's prices and contract.
const BEGIN: &str = "2026-01-01";

/// What the day needs to know.
pub(crate) struct Company {
    pub(crate) branch: String,
    pub(crate) account: String,
    pub(crate) site: String,
    pub(crate) contact_email: &'static str,
    pub(crate) mailbox: &'static str,
}

/// Item code, name, service line, charge group, unit, list price.
const CATALOGUE: [(&str, &str, &str, &str, &str, &str); 12] = [
    ("DRUM55", "55-gallon drum disposal", "hazardous", "disposal", "drum", "185.00"),
    ("TOTE275", "275-gallon tote disposal", "hazardous", "disposal", "tote", "640.00"),
    ("LABPACK", "Lab pack, per pail", "hazardous", "disposal", "pail", "95.00"),
    ("TRIP", "Transport, per trip", "transport", "transport", "trip", "431.00"),
    ("TECHHR", "Field technician, per hour", "field", "service", "hour", "78.50"),
    ("PROFILE", "Waste profile review", "hazardous", "fee", "each", "125.00"),
    ("MANIFEST", "Manifest preparation", "hazardous", "fee", "each", "35.00"),
    ("DRUMNEW", "New 55-gallon drum", "supplies", "equipment", "each", "68.25"),
    ("ABSORB", "Absorbent, per bag", "supplies", "equipment", "bag", "14.8050"),
    ("PESTMO", "Pest control, monthly visit", "pest", "service", "visit", "129.00"),
    ("ROLLOFF30", "30-yard roll-off haul", "solid", "service", "haul", "395.00"),
    ("TON", "Landfill disposal, per ton", "solid", "disposal", "ton", "62.4375"),
];

pub(super) async fn load(api: &Api) -> Result<Company, Failure> {
    let branch = branch(api).await?;
    let account = account(api, &branch).await?;
    let site = site(api, &account, &branch).await?;
    let company =
        Company { branch, account, site, contact_email: "dana.reyes@northlake-plating.example", mailbox: "service@liaison.example" };
    contact(api, &company).await?;
    hours(api, &company.branch).await?;
    mailbox(api, &company).await?;
    catalogue(api).await?;
    price_book(api).await?;
    contract(api, &company).await?;
    Ok(company)
}

async fn branch(api: &Api) -> Result<String, Failure> {
    if let Some(row) = api.first("/v1/branches?filter[code]=CHI").await? {
        return text(&row, "id");
    }
    let branch = json!({"code": "CHI", "name": "Chicago", "time_zone": "America/Chicago", "cut_off": "17:00"});
    api.post("/v1/branches", &branch).await?.text("id")
}

async fn account(api: &Api, branch: &str) -> Result<String, Failure> {
    if let Some(row) = api.first("/v1/accounts?filter[external_ref]=demo-northlake").await? {
        return text(&row, "id");
    }
    let account = json!({
        "name": "Northlake Plating", "legal_name": "Northlake Plating Company, Inc.", "type": "customer", "segment": "manufacturing",
        "currency": "USD", "payment_terms": "net30", "branch_id": branch, "external_ref": "demo-northlake",
    });
    let id = api.post("/v1/accounts", &account).await?.text("id")?;
    for step in ["onboard", "activate"] {
        api.step(&format!("/v1/accounts/{id}/{step}")).await?;
    }
    Ok(id)
}

async fn site(api: &Api, account: &str, branch: &str) -> Result<String, Failure> {
    if let Some(row) = api.first("/v1/sites?filter[external_ref]=demo-northlake-main").await? {
        return text(&row, "id");
    }
    let site = json!({
        "account_id": account, "code": "MAIN", "name": "Main plant", "time_zone": "America/Chicago", "branch_id": branch,
        "address": {"line1": "2400 Lake Street", "city": "Melrose Park", "state": "IL", "postal_code": "60160", "country": "US"},
        "access_notes": "Gate B; safety glasses.", "external_ref": "demo-northlake-main",
    });
    api.post("/v1/sites", &site).await?.text("id")
}

async fn contact(api: &Api, company: &Company) -> Result<(), Failure> {
    if api.first("/v1/contacts?filter[external_ref]=demo-dana").await?.is_some() {
        return Ok(());
    }
    let contact = json!({
        "name": "Dana Reyes", "title": "Environmental manager", "email": company.contact_email, "phone": "+13125550142",
        "external_ref": "demo-dana",
        "roles": [{"account_id": company.account, "function": "environmental", "authorities": ["sign", "approve_price", "order", "cancel"], "valid_from": BEGIN}],
    });
    api.post("/v1/contacts", &contact).await?;
    Ok(())
}

/// The branch's business hours, by which its promises are counted.
async fn hours(api: &Api, branch: &str) -> Result<(), Failure> {
    if api.first("/v1/calendars?filter[external_ref]=demo-chicago").await?.is_some() {
        return Ok(());
    }
    let weekly: Vec<Value> =
        ["mon", "tue", "wed", "thu", "fri"].iter().map(|day| json!({"day": day, "start_min": 480, "end_min": 1020})).collect();
    let hours = json!({"time_zone": "America/Chicago", "weekly": weekly});
    let calendar = json!({"name": "Chicago", "branch_id": branch, "hours": hours, "external_ref": "demo-chicago"});
    let id = api.post("/v1/calendars", &calendar).await?.text("id")?;
    api.call(Method::PATCH, &format!("/v1/branches/{branch}"), Some(&json!({"business_hours_id": id}))).await?;
    Ok(())
}

/// Where customers write to.
async fn mailbox(api: &Api, company: &Company) -> Result<(), Failure> {
    if api.first("/v1/mailboxes?filter[external_ref]=demo-service").await?.is_some() {
        return Ok(());
    }
    let mailbox = json!({
        "name": "Service", "address": company.mailbox, "branch_id": company.branch, "acknowledges": true, "external_ref": "demo-service",
    });
    api.post("/v1/mailboxes", &mailbox).await?;
    Ok(())
}

async fn catalogue(api: &Api) -> Result<(), Failure> {
    if api.first("/v1/items?filter[code]=DRUM55").await?.is_some() {
        return Ok(());
    }
    let items: Vec<Value> = CATALOGUE
        .iter()
        .map(|(code, name, line, group, unit, _)| {
            json!({"code": code, "name": name, "service_line": line, "category": line, "charge_group": group, "base_uom": unit})
        })
        .collect();
    api.post("/v1/items/bulk", &json!({ "items": items })).await?;
    Ok(())
}

async fn price_book(api: &Api) -> Result<(), Failure> {
    if api.first("/v1/pricebooks?filter[code]=STD").await?.is_some() {
        return Ok(());
    }
    let book = json!({"code": "STD", "name": "Standard list", "currency": "USD", "kind": "standard"});
    let book = api.post("/v1/pricebooks", &book).await?.text("id")?;
    api.post(&format!("/v1/pricebooks/{book}/versions"), &json!({"effective_from": BEGIN})).await?;
    let version = format!("/v1/pricebooks/{book}/versions/1");
    let entries: Vec<Value> = CATALOGUE.iter().map(|(code, .., price)| entry(code, price)).collect();
    api.post(&format!("{version}/entries"), &json!({ "entries": entries })).await?;
    for step in ["submit", "approve", "publish"] {
        api.step(&format!("{version}/{step}")).await?;
    }
    Ok(())
}

/// Drums have volume prices and a line minimum; everything else one price.
fn entry(code: &str, price: &str) -> Value {
    if code != "DRUM55" {
        return json!({"item_code": code, "terms": {"model": "flat", "unit_price": price}});
    }
    let tiers = json!([
        {"from": "0", "to": "5", "unit_price": "185.00"}, {"from": "5", "to": "10", "unit_price": "172.50"}, {"from": "10", "unit_price": "160.00"},
    ]);
    json!({"item_code": code, "terms": {"model": "volume", "tiers": tiers}, "min_charge": "2000.00"})
}

/// A signed service contract that prices transport below the list.
async fn contract(api: &Api, company: &Company) -> Result<(), Failure> {
    if api.first("/v1/contracts?filter[external_ref]=demo-northlake-service").await?.is_some() {
        return Ok(());
    }
    let terms = json!({
        "currency": "USD", "term": {"starts_on": "fixed", "fixed_start": BEGIN, "initial_months": 36},
        "prices": {"mode": "override", "price_date_basis": "service_date"},
    });
    let contract = json!({
        "account_id": company.account, "kind": "service", "title": "Hazardous waste service", "terms": terms,
        "service_lines": ["transport"], "coverage": {"mode": "all"}, "external_ref": "demo-northlake-service",
    });
    let id = api.post("/v1/contracts", &contract).await?.text("id")?;
    let line = json!({
        "key": {"kind": "item", "code": "TRIP"}, "uom": "trip", "price": {"model": "flat", "unit_price": "398.00"}, "valid_from": BEGIN,
    });
    api.post(&format!("/v1/contracts/{id}/prices"), &json!({"lines": [line]})).await?;
    for step in ["negotiate", "submit", "approve", "send"] {
        api.step(&format!("/v1/contracts/{id}/{step}")).await?;
    }
    let signature = json!({"signed_on": BEGIN, "signers": [{"name": "Dana Reyes"}]});
    api.post(&format!("/v1/contracts/{id}/sign"), &signature).await?;
    Ok(())
}
