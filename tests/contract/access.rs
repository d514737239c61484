//! Who is refused: callers without a token and callers without the permission, at every operation that asks for one.

use reqwest::RequestBuilder;
use reqwest::header::{CONTENT_TYPE, IF_MATCH};
use testkit::Client;

use super::Bench;
use super::document::{Api, Operation};
use super::findings::Findings;

/// Operations that answer without a token, each with its reason.
const PUBLIC: [(&str, &str); 10] = [
    ("signing-keys.jwks", "verifiers fetch it before they know anybody"),
    ("signing-keys.metadata", "clients discover the issuer by it"),
    ("oauth.token", "it is where tokens come from; it asks for the client's secret"),
    ("oauth.revoke", "holding the token is the right to revoke it"),
    ("bootstrap.redeem", "the first administrator has nothing but the one-time token"),
    ("sessions.start", "it is where people sign in"),
    ("public-surveys.show", "holding the link is the right to see what it asks"),
    ("public-surveys.answer", "holding the link is the right to answer"),
    ("public-pages.show", "holding the link is the right to see what is the matter"),
    ("public-pages.acknowledge", "holding the link is the right to take charge"),
];

/// What everyone who is signed in may do for themselves.
const OWN: [&str; 2] = ["me:read", "me:update"];

/// A request that is right in form, to something that does not exist.
pub(super) fn request(api: &Api, operation: &Operation, client: &Client) -> RequestBuilder {
    let mut request = client.request(operation.method.clone(), &operation.random_path());
    if operation.versioned() {
        request = request.header(IF_MATCH, "\"1\"");
    }
    match &operation.body {
        Some((media, schema)) if media == "application/json" => request.json(&api.sample(schema)),
        Some((media, _)) => request.header(CONTENT_TYPE, media).body("sample"),
        None => request,
    }
}

pub(super) async fn check(bench: &Bench) {
    let mut findings = Findings::default();
    let anonymous = bench.deployment.anonymous();
    let forged = Client::new(&bench.deployment.url, Some("not.a.token".to_owned()));
    for operation in &bench.api.operations {
        let name = operation.name();
        let Some(permission) = &operation.permission else {
            let known = PUBLIC.iter().any(|(id, _)| *id == operation.id);
            findings.demand(known, &name, "has no permission and is not in the list of public operations");
            continue;
        };
        for client in [&anonymous, &forged] {
            let answer = client.send(request(&bench.api, operation, client)).await;
            findings.status(&format!("{name} without a token"), &answer, &[401]);
            findings.demand(answer.headers.contains_key("www-authenticate"), &name, "401 without WWW-Authenticate");
        }
        if !OWN.contains(&permission.as_str()) {
            let answer = bench.nobody.send(request(&bench.api, operation, &bench.nobody)).await;
            findings.refusal(&format!("{name} without {permission}"), &answer, 403, "missing_permission");
        }
        let scopes = &operation.document["security"][0]["bearer"];
        findings.demand(scopes[0] == permission.as_str(), &name, "the document's scope is not the permission");
    }
    findings.settle("access");
}
