//! Writes name the version they were decided on, and a repeated request answers as it did.

use reqwest::{Method, RequestBuilder};

use super::Bench;
use super::document::Operation;
use super::findings::Findings;
use super::fixtures::{Fixtures, Made, complete};

pub(super) async fn check(bench: &Bench) {
    let mut findings = Findings::default();
    complete(bench, &mut findings);
    let fixtures = Fixtures::make(bench, "writes").await;
    fixtures.settle(&mut findings);
    for made in &fixtures.made {
        repeated(bench, made, &mut findings).await;
    }
    for operation in bench.api.operations.iter().filter(|operation| operation.versioned()) {
        if let Some(path) = fixtures.path(operation) {
            versioned(bench, operation, &path, &mut findings).await;
        }
    }
    unversioned(bench, &mut findings);
    findings.settle("writes");
}

async fn repeated(bench: &Bench, made: &Made, findings: &mut Findings) {
    let name = format!("POST {}", made.path);
    let again = bench.operator.post_keyed(&made.path, &made.key, made.body.clone()).await;
    if findings.status(&format!("{name} again"), &again, &[made.answer.status.as_u16()]) {
        findings.demand(again.bytes == made.answer.bytes, &name, "answers otherwise when repeated");
        findings.demand(again.header("location") == made.answer.header("location"), &name, "gives another Location when repeated");
        findings.demand(again.header("idempotent-replayed") == "true", &name, "does not say that it is a replay");
    }
    if made.other != made.body {
        let other = bench.operator.post_keyed(&made.path, &made.key, made.other.clone()).await;
        findings.refusal(&format!("{name} with another body"), &other, 422, "idempotency_mismatch");
    }
    let single = made.operation.ends_with(".create") || made.operation.ends_with(".record");
    if single {
        let location = made.answer.header("location").to_owned();
        findings.demand(!location.is_empty(), &name, "answers 201 without Location");
        let path = location.strip_prefix(&bench.deployment.url).unwrap_or(&location);
        let found = bench.operator.get(path).await;
        findings.status(&format!("{name}: its Location {path}"), &found, &[200]);
        findings.demand(!found.etag().is_empty() || made.operation.starts_with("intake"), &name, "what it makes has no ETag");
    }
}

fn request(bench: &Bench, operation: &Operation, path: &str) -> RequestBuilder {
    let request = bench.operator.request(operation.method.clone(), path);
    match operation.json_body() {
        Some(schema) => request.json(&bench.api.sample(schema)),
        None => request,
    }
}

async fn versioned(bench: &Bench, operation: &Operation, path: &str, findings: &mut Findings) {
    let name = operation.name();
    // A body made from the schema alone may be refused by the rules of its resource before its version is looked at.
    let wanted: &[u16] = if operation.method == Method::PATCH || operation.body.is_none() { &[412] } else { &[412, 422] };
    let answer = bench.operator.send(request(bench, operation, path)).await;
    findings.status(&format!("{name} without If-Match"), &answer, &[428]);
    let answer = bench.operator.send(request(bench, operation, path).header("If-Match", "nonsense")).await;
    findings.status(&format!("{name} with nonsense as If-Match"), &answer, if wanted.len() == 1 { &[400, 412] } else { &[400, 412, 422] });
    let answer = bench.operator.send(request(bench, operation, path).header("If-Match", "\"999999\"")).await;
    findings.status(&format!("{name} with a stale version"), &answer, wanted);
}

/// Updates and deletions without a version, each with its reason.
const UNVERSIONED: [(&str, &str); 5] = [
    ("pricebook-entries.remove_entry", "an entry never changes, so there is no newer one to overwrite; only a draft loses entries"),
    ("links.remove", "a link never changes, it only ends"),
    ("oncall-schedules.remove_override", "an override never changes, it is only taken away"),
    ("watchers.remove", "watching never changes, it only ends"),
    ("presence.renew", "each caller writes only what the caller does, and the latest word counts"),
];

fn unversioned(bench: &Bench, findings: &mut Findings) {
    for operation in &bench.api.operations {
        let upsert = operation.path.contains("/by-external");
        let changes = [Method::PATCH, Method::PUT, Method::DELETE].contains(&operation.method) && !upsert;
        let clock = operation.path.starts_with("/v1/clock/");
        let known = UNVERSIONED.iter().any(|(id, _): &(&str, &str)| *id == operation.id);
        findings.demand(!changes || clock || known || operation.versioned(), &operation.name(), "changes a row without If-Match");
    }
}
