//! Assembling API documents: what every operation has in common is said here once.
//!
//! A service's document is made from its [`Operations`]. Problem responses, security, scopes, request headers and the
//! description of conventions are added by rule, so that no handler repeats them.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::path::{HttpMethod, Operation as Document, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::schema::{Components, ObjectBuilder, SchemaType, Type};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ContentBuilder, Header, InfoBuilder, OpenApi, OpenApiBuilder, PathsBuilder, Ref, RefOr, Required, ResponseBuilder, Schema,
};

use crate::operation::{Operation, Operations};

/// The version of the API that all documents describe.
pub const VERSION: &str = "1.0.0";

/// The document of one service.
#[must_use]
pub fn document(title: &str, about: &str, operations: &Operations) -> OpenApi {
    let mut schemas = Vec::new();
    let mut items: BTreeMap<String, PathItem> = BTreeMap::new();
    for operation in &operations.list {
        (operation.schemas)(&mut schemas);
        let item = items.entry(operation.path.clone()).or_default();
        place(item, &operation.method, complete(operation));
    }
    let mut components = Components::new();
    components.schemas = schemas.into_iter().collect();
    components.schemas.insert("Problem".to_owned(), problem_schema());
    let bearer = Http::builder().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
    components.security_schemes.insert("bearer".to_owned(), RefOr::T(SecurityScheme::Http(bearer)));
    let paths = items.into_iter().fold(PathsBuilder::new(), |paths, (path, item)| paths.path(path, item));
    OpenApiBuilder::new()
        .info(InfoBuilder::new().title(title).version(VERSION).description(Some(about)).build())
        .paths(paths)
        .components(Some(components))
        .build()
}

fn place(item: &mut PathItem, method: &HttpMethod, document: Document) {
    let slot = match method {
        HttpMethod::Post => &mut item.post,
        HttpMethod::Put => &mut item.put,
        HttpMethod::Patch => &mut item.patch,
        HttpMethod::Delete => &mut item.delete,
        HttpMethod::Head => &mut item.head,
        _ => &mut item.get,
    };
    *slot = Some(document);
}

/// An operation's document with everything that follows from the conventions.
fn complete(operation: &Operation) -> Document {
    let mut document = operation.document.clone();
    let reads = matches!(operation.method, HttpMethod::Get);
    let has_body = document.request_body.is_some();
    let has_path = operation.path.contains('{');
    match operation.permission {
        Some(permission) => {
            document.security = Some(vec![SecurityRequirement::new("bearer", [permission])]);
            let extension = ExtensionsBuilder::new().add("x-permission", permission).build();
            document.extensions.get_or_insert_default().merge(extension);
        }
        None => document.security = Some(Vec::new()),
    }
    if matches!(operation.method, HttpMethod::Post) {
        let text = "Makes a repetition of this request safe: the same key and body give the stored answer.";
        document.parameters.get_or_insert_default().push(RefOr::T(request_header("Idempotency-Key", Required::False, 128, text)));
    }
    if operation.versioned {
        let text = "The ETag that the caller decided on; a stale one is refused with 412.";
        document.parameters.get_or_insert_default().push(RefOr::T(request_header("If-Match", Required::True, 64, text)));
    }
    let mut statuses = vec!["400", "429", "500", "503"];
    if operation.permission.is_some() {
        statuses.extend(["401", "403"]);
    }
    if has_path {
        statuses.push("404");
    }
    if !reads {
        statuses.push("409");
    }
    if has_body {
        statuses.extend(["413", "415", "422"]);
    }
    if operation.versioned {
        statuses.extend(["412", "428"]);
    }
    for status in statuses {
        document.responses.responses.entry(status.to_owned()).or_insert_with(|| RefOr::T(problem_response(status)));
    }
    for (status, response) in &mut document.responses.responses {
        if let RefOr::T(response) = response {
            response.headers.entry("X-Request-Id".to_owned()).or_insert_with(|| header("The id of this request, as in logs and problems."));
            if status == "201" || status == "202" {
                response.headers.entry("Location".to_owned()).or_insert_with(|| header("Where the resource can be read."));
            }
        }
    }
    document
}

fn text_schema(most: usize) -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(SchemaType::new(Type::String)).max_length(Some(most)).into()
}

fn request_header(name: &str, required: Required, most: usize, description: &str) -> utoipa::openapi::path::Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(required)
        .description(Some(description))
        .schema(Some(text_schema(most)))
        .build()
}

fn header(description: &str) -> RefOr<Header> {
    let mut header = Header::new(text_schema(2_048));
    header.description = Some(description.to_owned());
    RefOr::T(header)
}

fn problem_response(status: &str) -> utoipa::openapi::Response {
    let text = match status {
        "400" => "The request cannot be understood.",
        "401" => "The access token is missing or not valid.",
        "403" => "The caller lacks the permission.",
        "404" => "There is no such resource, or it is not for this caller.",
        "409" => "The state of the resource does not allow this.",
        "412" => "The resource has changed since the version in If-Match.",
        "413" => "The request body is too large.",
        "415" => "The media type of the request body is not read here.",
        "422" => "The request is understood and not acceptable; `errors` names every fault.",
        "428" => "If-Match is required.",
        "429" => "Too many requests; see Retry-After.",
        "503" => "Not available at the moment; see Retry-After.",
        _ => "Something went wrong on the server's side.",
    };
    let content = ContentBuilder::new().schema(Some(RefOr::<Schema>::Ref(Ref::from_schema_name("Problem")))).build();
    ResponseBuilder::new().description(text).content("application/problem+json", content).build()
}

fn problem_schema() -> RefOr<Schema> {
    let document = json!({
        "type": "object",
        "description": "A problem document (RFC 9457). `code` is stable; `errors` names each fault of a request by JSON pointer.",
        "required": ["type", "title", "status", "detail", "code"],
        "properties": {
            "type": {"type": "string", "maxLength": 200},
            "title": {"type": "string", "maxLength": 200},
            "status": {"type": "integer", "format": "int32", "minimum": 400, "maximum": 599},
            "detail": {"type": "string", "maxLength": 2000},
            "code": {"type": "string", "pattern": "^[a-z0-9_]+$", "maxLength": 64},
            "errors": {"type": "array", "maxItems": 1000, "items": {
                "type": "object",
                "required": ["pointer", "code", "message"],
                "properties": {
                    "pointer": {"type": "string", "maxLength": 500},
                    "code": {"type": "string", "maxLength": 64},
                    "message": {"type": "string", "maxLength": 1000}
                }
            }},
            "allowed": {"type": "array", "maxItems": 100, "items": {"type": "string", "maxLength": 100}},
            "conflicts": {"type": "array", "maxItems": 1000, "items": {"type": "string", "format": "uuid"}},
            "request_id": {"type": "string", "maxLength": 64}
        }
    });
    serde_json::from_value(document).unwrap_or_else(|_: serde_json::Error| RefOr::T(Schema::default()))
}

/// The document as stable JSON text, ending in a newline.
#[must_use]
pub fn text(document: &OpenApi) -> String {
    let value: Value = serde_json::to_value(document).unwrap_or_default();
    let mut text = serde_json::to_string_pretty(&value).unwrap_or_default();
    text.push('\n');
    text
}
