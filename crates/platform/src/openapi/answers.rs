//! What every answer of an operation says: its description, its headers and, for problems, an example.
//!
//! All of it follows from the status, the method and whether the operation has a version or pages, so that no handler
//! repeats it. A refusal is the same whatever refused it: it is a component, to which operations refer. The headers are
//! components too, added where the document becomes text; here they are named.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use utoipa::openapi::path::{HttpMethod, Operation as Document, PathItem};
use utoipa::openapi::{ContentBuilder, Header, Ref, RefOr, Response, ResponseBuilder, Schema};

use crate::operation::Operation;

const COMPONENT: &str = "#/components/responses/";

/// Every header that an answer may have, and what it says.
const HEADERS: [(&str, u16, &str); 10] = [
    ("Access-Control-Allow-Origin", 2_048, "The origin of the request, when it is one of those allowed."),
    ("ETag", 128, "The version of the resource, for If-Match and If-None-Match; only where the resource has one."),
    ("Idempotent-Replayed", 5, "`true` when this is the stored answer of an earlier request with the same Idempotency-Key."),
    ("Link", 8_192, "The address of the next page (`rel=\"next\"`), when there is one."),
    ("Location", 2_048, "Where the resource can be read."),
    ("RateLimit", 200, "What is left of the limit that this request counts against, and the seconds until it is whole again."),
    ("RateLimit-Policy", 200, "The limit that this request counts against: its name, requests and seconds."),
    ("Retry-After", 10, "The seconds to wait before asking again."),
    ("WWW-Authenticate", 500, "How to authenticate."),
    ("X-Request-Id", 200, "The id of this request, as in logs and problems."),
];

/// The headers as components of a document.
pub(super) fn components() -> Value {
    let named = HEADERS.into_iter().map(|(name, most, text)| {
        let document = json!({"description": text, "schema": {"type": "string", "maxLength": most}});
        (name.to_owned(), document)
    });
    Value::Object(named.collect())
}

/// Adds what every answer of the operation has in common with others of its kind.
pub(super) fn complete(operation: &Operation, document: &mut Document) {
    let names = |wanted: &str| document.parameters.iter().flatten().any(|known| matches!(known, RefOr::T(known) if known.name == wanted));
    let paged = names("cursor");
    for (status, response) in &mut document.responses.responses {
        let RefOr::T(response) = response else { continue };
        if response.description.is_empty() {
            success(status, &operation.method, paged).clone_into(&mut response.description);
        }
        name_headers(response, headers(status, &operation.method, paged));
    }
}

fn name_headers(response: &mut Response, names: Vec<&str>) {
    for name in names {
        let reference = RefOr::<Header>::Ref(Ref::new(format!("#/components/headers/{name}")));
        response.headers.entry(name.to_owned()).or_insert(reference);
    }
}

fn success(status: &str, method: &HttpMethod, paged: bool) -> &'static str {
    match (status, method) {
        ("201", _) => "It is made; this is how it stands.",
        ("202", _) => "It is accepted, and carried out after this answer.",
        ("204", _) => "It is done; there is nothing to say.",
        ("304", _) => "It is unchanged since the version in If-None-Match.",
        (_, HttpMethod::Get) if paged => "A page of rows, and the cursor of the next one.",
        (_, HttpMethod::Get) => "What was asked for.",
        _ => "It is done; this is the result.",
    }
}

fn headers(status: &str, method: &HttpMethod, paged: bool) -> Vec<&'static str> {
    let mut names = vec!["Access-Control-Allow-Origin", "X-Request-Id"];
    if !status.starts_with('5') {
        names.extend(["RateLimit", "RateLimit-Policy"]);
    }
    if status.starts_with('2') {
        let posts = matches!(method, HttpMethod::Post);
        names.extend(posts.then_some("Idempotent-Replayed"));
        names.extend(paged.then_some("Link"));
        names.extend((status != "204" && !paged).then_some("ETag"));
    }
    match status {
        "201" | "202" => names.push("Location"),
        "401" => names.push("WWW-Authenticate"),
        "429" | "503" => names.push("Retry-After"),
        _ => {}
    }
    names
}

/// Refers to the refusal of a status.
pub(super) fn refused(status: &str) -> RefOr<Response> {
    RefOr::Ref(Ref::new(format!("{COMPONENT}{}", component(status))))
}

/// `PreconditionFailed`
fn component(status: &str) -> String {
    let (_, title, _) = refusal(status);
    title.replace(' ', "")
}

/// The refusals that these operations refer to, by the name of the component.
pub(super) fn refusals<'a>(items: impl Iterator<Item = &'a PathItem>) -> BTreeMap<String, RefOr<Response>> {
    let operations = items.flat_map(|item| [&item.get, &item.put, &item.post, &item.delete, &item.head, &item.patch]).flatten();
    let answers = operations.flat_map(|operation| &operation.responses.responses);
    let referred = answers.filter(|(_, answer)| matches!(answer, RefOr::Ref(to) if to.ref_location.starts_with(COMPONENT)));
    referred.map(|(status, _)| (component(status), RefOr::T(problem(status)))).collect()
}

/// The answer of a refusal: a problem document.
fn problem(status: &str) -> Response {
    let (code, title, text) = refusal(status);
    let example = json!({
        "type": format!("urn:liaison:problem:{code}"),
        "title": title,
        "status": status.parse::<u16>().unwrap_or(500),
        "detail": text,
        "code": code,
        "request_id": "01999c3e-5c1c-7a3f-9d38-6f0f5d1c2b4a",
    });
    let schema = RefOr::<Schema>::Ref(Ref::from_schema_name("Problem"));
    let content = ContentBuilder::new().schema(Some(schema)).example(Some(example)).build();
    let mut response = ResponseBuilder::new().description(text).content("application/problem+json", content).build();
    name_headers(&mut response, headers(status, &HttpMethod::Get, false));
    response
}

fn refusal(status: &str) -> (&'static str, &'static str, &'static str) {
    match status {
        "400" => ("invalid_query", "Bad Request", "The request cannot be understood."),
        "401" => ("unauthenticated", "Unauthorized", "The access token is missing or not valid."),
        "403" => ("missing_permission", "Forbidden", "The caller lacks the permission."),
        "404" => ("not_found", "Not Found", "There is no such resource, or it is not for this caller."),
        "409" => ("illegal_transition", "Conflict", "The state of the resource does not allow this."),
        "412" => ("stale", "Precondition Failed", "The resource has changed since the version in If-Match."),
        "413" => ("body_too_large", "Payload Too Large", "The request body is too large."),
        "415" => ("unsupported_media_type", "Unsupported Media Type", "The media type of the request body is not read here."),
        "422" => ("validation_failed", "Unprocessable Entity", "The request is understood and not acceptable; `errors` names every fault."),
        "428" => ("if_match_required", "Precondition Required", "If-Match is required."),
        "429" => ("rate_limited", "Too Many Requests", "Too many requests; see Retry-After."),
        "503" => ("unavailable", "Service Unavailable", "Not available at the moment; see Retry-After."),
        _ => ("internal", "Internal Server Error", "Something went wrong on the server's side."),
    }
}
