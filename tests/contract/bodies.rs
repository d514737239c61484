//! How bodies are read: unknown members, repeated keys, wrong media types, numbers for amounts and too much of anything.

use reqwest::RequestBuilder;
use reqwest::header::{CONTENT_TYPE, IF_MATCH};
use serde_json::{Value, json};

use super::Bench;
use super::document::Operation;
use super::findings::Findings;

/// Operations whose body is not JSON that a schema describes in full, each with its reason.
const FREE: [(&str, &str); 0] = [];

fn request(bench: &Bench, operation: &Operation) -> RequestBuilder {
    let request = bench.operator.request(operation.method.clone(), &operation.random_path());
    if operation.versioned() { request.header(IF_MATCH, "\"1\"") } else { request }
}

pub(super) async fn check(bench: &Bench) {
    let mut findings = Findings::default();
    for operation in &bench.api.operations {
        let Some(schema) = operation.json_body() else { continue };
        if FREE.iter().any(|(id, _)| *id == operation.id) {
            continue;
        }
        strict(bench, operation, schema, &mut findings).await;
        amounts(bench, operation, schema, &mut findings).await;
    }
    oversized(bench, &mut findings).await;
    findings.settle("bodies");
}

async fn strict(bench: &Bench, operation: &Operation, schema: &Value, findings: &mut Findings) {
    let (name, ask) = (operation.name(), async |body: String, media: &str| {
        bench.operator.send(request(bench, operation).header(CONTENT_TYPE, media).body(body)).await
    });
    let mut body = bench.api.sample(schema);
    let plain = body.to_string();
    body["zzz"] = json!(1);
    let answer = ask(body.to_string(), "application/json").await;
    findings.pointer(&format!("{name} with an unknown member"), &answer, "/zzz");
    let answer = ask(r#"{"zzz":1,"zzz":2}"#.to_owned(), "application/json").await;
    findings.status(&format!("{name} with a repeated key"), &answer, &[400]);
    let answer = ask(plain[..plain.len() - 1].to_owned(), "application/json").await;
    findings.status(&format!("{name} with half a body"), &answer, &[400]);
    let answer = ask(plain.clone(), "text/plain").await;
    findings.status(&format!("{name} with plain text"), &answer, &[415]);
    let answer = ask("[]".to_owned(), "application/json").await;
    findings.status(&format!("{name} with an array"), &answer, &[422]);
    let answer = ask(format!("{}{}", "[".repeat(40), "]".repeat(40)), "application/json").await;
    findings.status(&format!("{name} with a deep body"), &answer, &[400]);
}

/// Amounts are text; a JSON number has lost digits before anyone could look at it.
async fn amounts(bench: &Bench, operation: &Operation, schema: &Value, findings: &mut Findings) {
    for (member, _) in bench.api.properties(schema).into_iter().filter(|(_, schema)| bench.api.is_decimal(schema)) {
        let mut body = bench.api.sample(schema);
        body[member] = json!(12.5);
        let answer = bench.operator.send(request(bench, operation).json(&body)).await;
        findings.pointer(&format!("{} with a number as {member}", operation.name()), &answer, &format!("/{member}"));
    }
}

/// The limit is the edge's and the same everywhere, so a few operations stand for all.
async fn oversized(bench: &Bench, findings: &mut Findings) {
    let body = format!("{{\"zzz\":\"{}\"}}", "a".repeat(2 * 1024 * 1024));
    for operation in bench.api.operations.iter().filter(|operation| operation.json_body().is_some()).step_by(9) {
        let answer = bench.operator.send(request(bench, operation).header(CONTENT_TYPE, "application/json").body(body.clone())).await;
        findings.status(&format!("{} with two megabytes", operation.name()), &answer, &[413]);
    }
}
