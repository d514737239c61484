//! Paths that lead nowhere, methods that are not answered, versions that are not named, and what the document tells.

use reqwest::Method;

use super::Bench;
use super::access::request;
use super::document::{Api, Operation};
use super::findings::Findings;

/// Operations that do not look for the id first, each with its reason.
const OPEN: [(&str, &str); 2] = [
    ("quotes.reject", "who is no contact of any account is refused before the quote is looked for"),
    ("tickets.upsert", "makes what is not there; the id is the other system's"),
];

pub(super) async fn check(bench: &Bench) {
    let mut findings = Findings::default();
    for operation in &bench.api.operations {
        told(&bench.api, operation, &mut findings);
        if operation.path.contains("_id}") && !OPEN.iter().any(|(id, _)| *id == operation.id) {
            nowhere(bench, operation, &mut findings).await;
        }
        wrong_method(bench, operation, &mut findings).await;
    }
    let answer = bench.operator.get("/v1/no-such-noun").await;
    findings.status("GET /v1/no-such-noun", &answer, &[404]);
    let answer = bench.operator.get("/nowhere").await;
    findings.status("GET /nowhere", &answer, &[404]);
    findings.settle("paths");
}

/// An unknown id and a text that is no id are both not there. A body that is no good may be refused first.
async fn nowhere(bench: &Bench, operation: &Operation, findings: &mut Findings) {
    let wanted: &[u16] = if operation.body.is_some() { &[404, 422] } else { &[404] };
    let answer = bench.operator.send(request(&bench.api, operation, &bench.operator)).await;
    findings.status(&format!("{} of an unknown id", operation.name()), &answer, wanted);
    let path = operation.path_with(|_, _| "no-id".to_owned());
    let mut unread = bench.operator.request(operation.method.clone(), &path).header("If-Match", "\"1\"");
    if let Some(schema) = operation.json_body() {
        unread = unread.json(&bench.api.sample(schema));
    } else if let Some((media, _)) = &operation.body {
        unread = unread.header("content-type", media).body("sample");
    }
    let answer = bench.operator.send(unread).await;
    let wanted: &[u16] = if operation.path.contains("_ref}") { wanted } else { &[404] };
    findings.status(&format!("{} of no id", operation.name()), &answer, wanted);
}

async fn wrong_method(bench: &Bench, operation: &Operation, findings: &mut Findings) {
    let answered = bench.api.methods(&operation.path);
    let Some(wrong) = [Method::DELETE, Method::PUT, Method::PATCH, Method::POST].into_iter().find(|method| !answered.contains(method))
    else {
        return;
    };
    let path = operation.random_path();
    let answer = bench.operator.send(bench.operator.request(wrong.clone(), &path)).await;
    let about = format!("{wrong} {}", operation.path);
    if shadowed(&bench.api, operation, &wrong) {
        return;
    }
    findings.status(&about, &answer, &[405]);
    for method in answered {
        let allow = answer.header("allow").split(", ").any(|allowed| allowed == method.as_str());
        findings.demand(allow, &about, &format!("Allow does not name {method}: {:?}", answer.header("allow")));
    }
}

/// True when another path with a parameter in this place answers the method.
fn shadowed(api: &Api, operation: &Operation, method: &Method) -> bool {
    let segments: Vec<&str> = operation.path.split('/').collect();
    api.operations.iter().filter(|other| other.path != operation.path && other.method == *method).any(|other| {
        let theirs: Vec<&str> = other.path.split('/').collect();
        theirs.len() == segments.len() && theirs.iter().zip(&segments).all(|(theirs, ours)| theirs.starts_with('{') || theirs == ours)
    })
}

/// What a reader of the document needs of an operation.
fn told(api: &Api, operation: &Operation, findings: &mut Findings) {
    let name = operation.name();
    let filled = |value: &serde_json::Value| value.as_str().is_some_and(|text| !text.trim().is_empty());
    findings.demand(filled(&operation.document["summary"]), &name, "has no summary");
    findings.demand(filled(&operation.document["operationId"]), &name, "has no operationId");
    let same = api.operations.iter().filter(|other| other.id == operation.id).count();
    findings.demand(same == 1, &name, "shares its operationId");
    for parameter in operation.parameters() {
        let about = format!("parameter {} has no description", parameter["name"]);
        findings.demand(filled(&parameter["description"]), &name, &about);
    }
    let responses = operation.document["responses"].as_object().unwrap();
    findings.demand(responses.keys().any(|status| status.starts_with('2')), &name, "documents no success");
    for (status, response) in responses {
        let response = api.resolve(response);
        findings.demand(filled(&response["description"]), &name, &format!("response {status} has no description"));
    }
}
