//! One of each main resource, made through the API from a table.
//!
//! A resource that the document does not have is left out, so that the table may be ahead of the deployment. The other
//! direction is checked: an operation that makes something stands in the table or in the list of exceptions.

use std::collections::BTreeMap;

use chrono::SecondsFormat;
use kernel::Clock;
use kernel::id::new_uuid;
use serde_json::{Value, json};
use testkit::Answer;

use super::Bench;
use super::document::Operation;
use super::findings::Findings;

/// How one resource is made: `$tag` is fresh text, `$accounts` the id of the account made before.
struct Fixture {
    operation: &'static str,
    body: &'static str,
    /// Where the answer has the id.
    id: &'static str,
    /// Steps taken with the resource at once, so that others can be made from it.
    steps: &'static [&'static str],
}

const fn row(operation: &'static str, body: &'static str) -> Fixture {
    Fixture { operation, body, id: "/id", steps: &[] }
}

const fn stepped(operation: &'static str, steps: &'static [&'static str], body: &'static str) -> Fixture {
    Fixture { operation, body, id: "/id", steps }
}

const TABLE: &[Fixture] = &[
    row("roles.create", r#"{"name":"role_$tag","permissions":["items:read"]}"#),
    row("users.create", r#"{"email":"$tag@liaison.example","name":"User $tag","roles":["coordinator"]}"#),
    row("api-keys.create", r#"{"name":"Key $tag","permissions":["items:read"]}"#),
    row("branches.create", r#"{"code":"$tag","name":"Branch $tag","time_zone":"America/Chicago"}"#),
    row(
        "calendars.create",
        r#"{"name":"Hours $tag","branch_id":"$branches","hours":{"time_zone":"America/Chicago","weekly":[{"day":"mon","start_min":480,"end_min":1020}]}}"#,
    ),
    stepped(
        "accounts.create",
        &["onboard", "activate"],
        r#"{"name":"Account $tag","type":"customer","currency":"USD","branch_id":"$branches","payment_terms":"net30"}"#,
    ),
    row(
        "sites.create",
        r#"{"account_id":"$accounts","code":"S$tag","name":"Site $tag","time_zone":"America/Chicago","branch_id":"$branches",
            "address":{"line1":"1 Main Street","city":"Joliet","state":"IL","postal_code":"60431","country":"US"}}"#,
    ),
    row(
        "contacts.create",
        r#"{"name":"Contact $tag","email":"contact-$tag@customer.example","roles":[{"account_id":"$accounts","function":"environmental","authorities":["order"],"valid_from":"2026-01-01"}]}"#,
    ),
    row(
        "assignments.create",
        r#"{"account_id":"$accounts","role":"csr","user_id":"$users","valid_from":"2026-01-01","external_ref":"$tag"}"#,
    ),
    row(
        "contracts.create",
        r#"{"account_id":"$accounts","kind":"service","title":"Contract $tag","service_lines":["transport"],"coverage":{"mode":"all"},
            "terms":{"currency":"USD","term":{"starts_on":"fixed","fixed_start":"2026-01-01","initial_months":12},"prices":{"mode":"override","price_date_basis":"service_date"}}}"#,
    ),
    row(
        "items.create",
        r#"{"code":"I$tag","name":"Item $tag","service_line":"hazardous","category":"hazardous","charge_group":"disposal","base_uom":"each"}"#,
    ),
    row("pricebooks.create", r#"{"code":"B$tag","name":"Book $tag","currency":"USD","kind":"account"}"#),
    row("pricebook-versions.draft", r#"{"effective_from":"2026-01-01","note":"$tag"}"#),
    Fixture {
        operation: "pricebook-entries.add_entries",
        body: r#"{"entries":[{"item_id":"$items","terms":{"model":"flat","unit_price":"12.50"}}]}"#,
        id: "/entries/0/id",
        steps: &[
            "/v1/pricebooks/$pricebooks/versions/1/submit",
            "/v1/pricebooks/$pricebooks/versions/1/approve",
            "/v1/pricebooks/$pricebooks/versions/1/publish",
        ],
    },
    row("exchange-rates.create", r#"{"from":"USD","to":"CAD","rate":"1.3625","effective_on":"2026-01-01"}"#),
    row("item-costs.create", r#"{"item_id":"$items","currency":"USD","cost":"8.00","effective_on":"2026-01-01"}"#),
    row("webhooks.create", r#"{"url":"https://203.0.114.1/$tag","types":["ticket.*"]}"#),
    row("index-values.create", r#"{"index":"I$tag","value":"3.857","published_on":"2026-01-01"}"#),
    row(
        "charge-rules.create",
        r#"{"code":"C$tag","name":"Charge $tag","currency":"JPY","charge":{"kind":"percent","percent":"0.01"},"effective_on":"2026-01-01"}"#,
    ),
    row("quote-approval-rules.create", r#"{"code":"R$tag","name":"Rule $tag","rank":1,"cause":{"kind":"term_over","months":1200}}"#),
    row(
        "change-sets.create",
        r#"{"name":"Change $tag","external_ref":"$tag","terms":{"operation":{"kind":"pct","percent":"0.05"},"effective_on":"2099-01-01"}}"#,
    ),
    row("price-assignments.create", r#"{"book_id":"$pricebooks","subject":{"kind":"account","id":"$accounts"},"start":"2026-01-01"}"#),
    row(
        "quotes.create",
        r#"{"account_id":"$accounts","site_id":"$sites","currency":"USD","external_ref":"$tag","content":{"lines":[{"item_id":"$items","quantity":"2"}],"valid_until":"2099-12-31"}}"#,
    ),
    row(
        "orders.create",
        r#"{"account_id":"$accounts","site_id":"$sites","kind":"service","currency":"USD","service_date":"2026-12-01","external_ref":"$tag","lines":[{"item_id":"$items","quantity":"2"}]}"#,
    ),
    row(
        "billables.create",
        r#"{"account_id":"$accounts","branch_id":"$branches","description":"Billable $tag","quantity":"2","unit_price":"12.50","currency":"USD","service_date":"2026-10-01"}"#,
    ),
    row(
        "invoices.create",
        r#"{"bill_to_id":"$accounts","branch_id":"$branches","currency":"USD","post":true,"terms":"net30","memo":"$tag",
            "lines":[{"description":"Service","quantity":"2","unit_price":"12.50"}]}"#,
    ),
    row("credit-memos.create", r#"{"invoice_id":"$invoices","reason":"goodwill","memo":"$tag","lines":[{"line_no":1,"amount":"1.00"}]}"#),
    row(
        "payments.record",
        r#"{"account_id":"$accounts","branch_id":"$branches","currency":"USD","method":"ach","reference":"$tag","received_on":"2026-11-01","amount":"5.00","application":{"mode":"none"}}"#,
    ),
    row("bill-runs.create", r#"{"period_start":"2026-09-01","period_end":"2026-11-01","bill_to_ids":["$accounts"],"max_lines":40}"#),
    row("escalation-policies.create", r#"{"name":"Escalation $tag","steps":[{"at":{"percent":50},"action":"notify","to":"assignee"}]}"#),
    row(
        "macros.create",
        r#"{"name":"Macro $tag","branch_id":"$branches","actions":{"priority":"high","note":"Looked at {{reference}}."}}"#,
    ),
    row(
        "automations.create",
        r#"{"name":"Automation $tag","position":100,"terms":{"trigger":"ticket_created","all":[{"field":"tag","op":"is","values":["$tag"]}],"actions":{"priority":"high"}}}"#,
    ),
    row(
        "sla-policies.create",
        r#"{"name":"Policy $tag","position":100,"terms":{"targets":[{"metric":"first_response","clock":"elapsed","target_s":7200}]}}"#,
    ),
    row("mailboxes.create", r#"{"name":"Mailbox $tag","address":"box-$tag@liaison.example","branch_id":"$branches"}"#),
    row("agents.create", r#"{"user_id":"$users","name":"Agent $tag","time_zone":"America/Chicago","capacity_points":20}"#),
    row("groups.create", r#"{"name":"Group $tag","branch_id":"$branches","members":["$users"]}"#),
    row("territories.create", r#"{"name":"Territory $tag","branch_id":"$branches","effective_from":"2026-01-01"}"#),
    row("routing-rules.create", r#"{"name":"Rule $tag","group_id":"$groups","conditions":{"any_tags":["$tag"]}}"#),
    row(
        "tickets.create",
        r#"{"subject":"Ticket $tag","description":"What is asked.","account_id":"$accounts","site_id":"$sites","branch_id":"$branches","priority":"normal","requester":{"kind":"customer","email":"contact-$tag@customer.example"}}"#,
    ),
    row(
        "scheduling-requests.create",
        r#"{"ticket_id":"$tickets","kind":"skip","reason":"Closed $tag","service_stop_ref":{"type":"occurrence","id":"$tag"},"original_window":{"start_at":"2027-03-05T14:00:00Z","end_at":"2027-03-05T18:00:00Z"}}"#,
    ),
    row("notice-templates.create", r#"{"kind":"general","language":"$tag","subject":"{{subject}}","body":"{{text}}"}"#),
    row(
        "notices.create",
        r#"{"account_id":"$accounts","branch_id":"$branches","payload":{"kind":"general","subject":"Notice $tag","text":"What is told."},"recipients":[{"channel":"letter","address":"1 Main Street, $tag"}]}"#,
    ),
    row(
        "oncall-schedules.create",
        r#"{"name":"On call $tag","branch_id":"$branches","plan":{"time_zone":"America/Chicago","layers":[{"name":"Primary","handoff":{"day":"mon","time_min":480},"starts_on":"2026-01-05","members":["$users"]}]}}"#,
    ),
    row(
        "oncall-schedules.add_override",
        r#"{"user_id":"$users","start_at":"2099-03-05T14:00:00Z","end_at":"2099-03-06T14:00:00Z","reason":"$tag"}"#,
    ),
    stepped(
        "safety-reports.file",
        &["triage"],
        r#"{"kind":"near_miss","description":"A drum rolled, $tag","occurred_at":"2026-11-01T15:00:00Z","account_id":"$accounts","branch_id":"$branches"}"#,
    ),
    row(
        "corrective-actions.plan",
        r#"{"safety_report_id":"$safety-reports","description":"Chock the drums, $tag","owner_id":"$users","due_on":"2099-01-31","hierarchy":"engineering"}"#,
    ),
    row("messages.add", r#"{"body":"Message $tag","kind":"public_reply"}"#),
    row("watchers.add", r#"{"type":"user","id":"$users"}"#),
    row("checklists.add", r#"{"text":"Item $tag"}"#),
    row(
        "survey-templates.create",
        r#"{"name":"Words $tag","language":"$tag","subject":"How did we do?","body":"{link}","question":"How did we do?","thanks":"Thank you!"}"#,
    ),
    row("saved-views.create", r#"{"name":"View $tag","filters":[{"field":"open","value":"true"}],"sort":"due_at"}"#),
    row("time-entries.create", r#"{"minutes":15,"note":"$tag","work_date":"2026-11-02"}"#),
    Fixture {
        operation: "intake.phone",
        body: r#"{"provider":"desk","call_id":"$tag","occurred_at":"$now","caller":{"phone":"+13125550142"},"notes":"Call $tag","account_id":"$accounts","branch_id":"$branches"}"#,
        id: "/record_id",
        steps: &[],
    },
    Fixture {
        operation: "intake.phone_event",
        body: r#"{"provider":"desk","call_id":"$tag-e","event":"ringing","occurred_at":"$now","caller":{"phone":"+13125550142"},"account_id":"$accounts","branch_id":"$branches"}"#,
        id: "/record_id",
        steps: &[],
    },
    Fixture {
        operation: "intake.sms",
        body: r#"{"provider":"desk","message_id":"$tag","from":"+1312$tag","body":"Text $tag","account_id":"$accounts","branch_id":"$branches"}"#,
        id: "/record_id",
        steps: &[],
    },
    Fixture {
        operation: "intake.chat",
        body: r#"{"provider":"desk","message_id":"$tag","session_id":"$tag","body":"Chat $tag","account_id":"$accounts","branch_id":"$branches"}"#,
        id: "/record_id",
        steps: &[],
    },
    Fixture {
        operation: "intake.portal",
        body: r#"{"provider":"desk","message_id":"$tag","subject":"Form $tag","body":"Form $tag","account_id":"$accounts","branch_id":"$branches"}"#,
        id: "/record_id",
        steps: &[],
    },
    Fixture {
        operation: "intake.answering_service",
        body: r#"{"provider":"night","message_id":"$tag","occurred_at":"$now","caller":{"phone":"+13125550142"},"message":"Call $tag","account_id":"$accounts","branch_id":"$branches"}"#,
        id: "/record_id",
        steps: &[],
    },
    row("emergencies.raise", r#"{"ticket_id":"$tickets","hazard_code":"spill"}"#),
];

/// Operations that answer 201 and are not in the table, each with its reason.
const EXCEPTIONS: [(&str, &str); 23] = [
    ("bootstrap.redeem", "works once in the life of a deployment; identity's tests redeem it"),
    ("sessions.start", "signing in is how this test gets its callers"),
    ("accounts.create_many", "bulk: many of what accounts.create makes"),
    ("sites.create_many", "bulk: many of what sites.create makes"),
    ("contacts.create_many", "bulk: many of what contacts.create makes"),
    ("items.create_many", "bulk: many of what items.create makes"),
    ("orders.import", "bulk: many of what orders.create makes"),
    ("calendars.publish", "a version of what calendars.create makes"),
    ("oncall-schedules.publish", "a plan of what oncall-schedules.create makes"),
    ("sla-policies.publish", "a version of what sla-policies.create makes"),
    ("escalation-policies.publish", "a version of what escalation-policies.create makes"),
    ("contracts.add_prices", "lines of what contracts.create makes"),
    ("change-sets.reverse", "what change-sets.create makes, possible after one was published"),
    ("quotes.begin_version", "a version of what quotes.create makes, possible after it was sent"),
    ("quotes.convert", "made by an order of the orders service, which has its own test"),
    ("attachments.upload", "its body is a file; the tests of tickets send some"),
    ("attachments.deliver", "its body is a file; the tests of tickets send some"),
    ("transfers.propose", "needs a ticket that somebody has; tickets' tests flip some"),
    ("tickets.split", "needs a ticket with two messages, one of them the customer's; tickets' tests split some"),
    ("links.create", "needs two tickets; tickets' tests link some"),
    ("notices.revise", "a revision of what notices.create makes, possible after it reached nobody"),
    ("intake.email", "its body is a mail; journey and real mails test it"),
    ("pricebook-versions.import", "its body is a CSV file; pricing's tests import one"),
];

/// What was made from one row of the table.
pub(super) struct Made {
    pub(super) operation: &'static str,
    pub(super) path: String,
    pub(super) key: String,
    pub(super) body: Value,
    /// The same with another tag.
    pub(super) other: Value,
    pub(super) answer: Answer,
}

/// One of each resource.
pub(super) struct Fixtures {
    pub(super) made: Vec<Made>,
    /// Ids by the path of their collection.
    ids: BTreeMap<String, String>,
    tag: String,
    /// When it was made: what happens on the telephone has happened just now.
    now: String,
    failures: Vec<(String, String)>,
}

impl Fixtures {
    pub(super) async fn make(bench: &Bench, label: &str) -> Self {
        let tag = new_uuid().simple().to_string();
        let tag = format!("t{}", &tag[tag.len() - 9..]);
        let now = Clock::default().now().to_rfc3339_opts(SecondsFormat::Secs, true);
        let mut fixtures = Self { made: Vec::new(), ids: BTreeMap::new(), tag, now, failures: Vec::new() };
        for fixture in TABLE {
            if let Some(operation) = bench.api.find(fixture.operation) {
                fixtures.add(bench, operation, fixture, label).await;
            }
        }
        fixtures
    }

    async fn add(&mut self, bench: &Bench, operation: &Operation, fixture: &Fixture, label: &str) {
        let Some(path) = self.path(operation) else {
            return self.failures.push((operation.name(), "its path has no fixture".to_owned()));
        };
        let body = self.fill(fixture.body, &self.tag);
        let key = format!("{label}-{}-{}", self.tag, fixture.operation);
        let answer = bench.operator.post_keyed(&path, &key, body.clone()).await;
        if answer.status.as_u16() != 201 {
            return self.failures.push((operation.name(), format!("{}: {}", answer.status, String::from_utf8_lossy(&answer.bytes))));
        }
        let id = answer.body.pointer(fixture.id).and_then(Value::as_str).map(str::to_owned);
        let collection = if operation.path.starts_with("/v1/intake/") { "/v1/intake/records" } else { &operation.path };
        if let Some(id) = &id {
            self.ids.insert(collection.to_owned(), id.clone());
        }
        for step in fixture.steps {
            let resource = format!("{path}/{}", id.as_deref().unwrap_or_default());
            self.step(bench, &operation.name(), &resource, step).await;
        }
        let other = self.fill(fixture.body.replace("12.50", "13.50").replace("40", "41").as_str(), &format!("{}x", self.tag));
        self.made.push(Made { operation: fixture.operation, path, key, body, other, answer });
    }

    async fn step(&mut self, bench: &Bench, name: &str, resource: &str, step: &str) {
        let path = if step.starts_with('/') { self.fill_text(step, "") } else { format!("{resource}/{step}") };
        let current = bench.operator.get(path.rsplit_once('/').unwrap().0).await;
        // A step says all that it needs by its name; one that could say more is given nothing.
        let request = bench.operator.request(reqwest::Method::POST, &path).header("If-Match", current.etag()).json(&json!({}));
        let answer = bench.operator.send(request).await;
        if !answer.status.is_success() {
            self.failures.push((name.to_owned(), format!("step {path}: {} {}", answer.status, answer.body)));
        }
    }

    fn fill(&self, body: &str, tag: &str) -> Value {
        let text = self.fill_text(body, tag);
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} in {text}"))
    }

    fn fill_text(&self, text: &str, tag: &str) -> String {
        let mut text = text.replace("$tag", tag).replace("$now", &self.now);
        for (collection, id) in &self.ids {
            text = text.replace(&format!("${}\"", collection.rsplit('/').next().unwrap()), &format!("{id}\""));
            text = text.replace(&format!("${}/", collection.rsplit('/').next().unwrap()), &format!("{id}/"));
        }
        text
    }

    /// The path of an operation with what was made in its places; none when something in it was not made.
    pub(super) fn path(&self, operation: &Operation) -> Option<String> {
        let mut filled: Vec<&str> = Vec::new();
        let mut template = String::new();
        for segment in operation.path.split('/').skip(1) {
            let value = match segment {
                "{no}" | "{line}" => "1",
                segment if segment.starts_with('{') => self.ids.get(&template)?,
                segment => segment,
            };
            filled.push(value);
            template = format!("{template}/{segment}");
        }
        let required = operation.parameters().iter().filter(|parameter| parameter["in"] == "query" && parameter["required"] == true);
        let query: Vec<String> = required.filter_map(|parameter| Some(format!("{}=USD", parameter["name"].as_str()?))).collect();
        let path = format!("/{}", filled.join("/"));
        Some(if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) })
    }

    /// The id in the collection of this path, where one was made.
    pub(super) fn id_in(&self, collection: &str) -> Option<&String> {
        self.ids.get(collection)
    }

    /// Adds what could not be made to the findings.
    pub(super) fn settle(&self, findings: &mut Findings) {
        for (name, text) in &self.failures {
            findings.add(&format!("fixture {name}"), text.clone());
        }
    }
}

/// Demands that every operation that makes something is in the table or excepted.
pub(super) fn complete(bench: &Bench, findings: &mut Findings) {
    for operation in bench.api.operations.iter().filter(|operation| operation.method == reqwest::Method::POST) {
        let makes = operation.document["responses"].get("201").is_some();
        let known = TABLE.iter().any(|fixture| fixture.operation == operation.id) || EXCEPTIONS.iter().any(|(id, _)| *id == operation.id);
        findings.demand(!makes || known, &operation.name(), &format!("{} makes something and has no fixture", operation.id));
    }
}
