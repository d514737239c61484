//! Assembling API documents: what every operation has in common is said here once.
//!
//! A service's document is made from its [`Operations`]. Problem responses, security, scopes, request headers and the
//! description of conventions are added by rule, so that no handler repeats them.

mod answers;
mod published;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::path::{HttpMethod, Operation as Document, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::schema::{Components, ObjectBuilder, SchemaType, Type};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::tag::{Tag, TagBuilder};
use utoipa::openapi::{InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, PathsBuilder, RefOr, Required, Schema};

pub use self::published::published;
use crate::operation::{Operation, Operations};

/// The version of the API that all documents describe.
pub const VERSION: &str = "1.0.0";
/// The licence of the API and its documents, by its SPDX name.
pub const LICENSE: &str = "Apache-2.0";

const BEARER: &str = "An access token from `/oauth/token` or `/v1/sessions`. It is a JWT, made and checked as RFC8725 asks: one fixed \
    algorithm (EdDSA), with issuer, audience and expiry. The scopes of an operation are the permissions it needs.";

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
    components.responses = answers::refusals(items.values());
    let bearer = Http::builder().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").description(Some(BEARER)).build();
    components.security_schemes.insert("bearer".to_owned(), RefOr::T(SecurityScheme::Http(bearer)));
    let paths = items.into_iter().fold(PathsBuilder::new(), |paths, (path, item)| paths.path(path, item));
    let license = LicenseBuilder::new().name(LICENSE).identifier(Some(LICENSE)).build();
    let info = InfoBuilder::new().title(title).version(VERSION).description(Some(about)).license(Some(license)).build();
    OpenApiBuilder::new().info(info).tags(Some(tags(about, operations))).paths(paths).components(Some(components)).build()
}

/// One tag for each resource, told by what the service is about.
fn tags(about: &str, operations: &Operations) -> Vec<Tag> {
    let names: BTreeSet<&String> = operations.list.iter().flat_map(|operation| operation.document.tags.iter().flatten()).collect();
    let described = |name: &String| match name.as_str() {
        "audit" => "Who did what and when, in a chain that shows tampering; each service keeps its own.".to_owned(),
        "clock" => "The time that a service lives in, set by tests; each service has its own.".to_owned(),
        "operations" => "Long work: its progress, its result and its cancellation.".to_owned(),
        resource => format!("The resource `{resource}`, one of: {about}"),
    };
    names.into_iter().map(|name| TagBuilder::new().name(name).description(Some(described(name))).build()).collect()
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
    // A rule can refuse what a body, a query or the state of the resource asks for.
    let asks = has_body || !reads || document.parameters.as_ref().is_some_and(|parameters| !parameters.is_empty());
    if asks {
        statuses.push("422");
    }
    if !reads {
        statuses.push("409");
    }
    if has_body {
        // What a body names may not be there, or not for this caller.
        statuses.extend(["404", "413", "415"]);
    }
    if operation.versioned {
        statuses.extend(["412", "428"]);
    }
    for status in statuses {
        document.responses.responses.entry(status.to_owned()).or_insert_with(|| answers::refused(status));
    }
    explain(operation, &mut document);
    answers::complete(operation, &mut document);
    document
}

/// Says who may call it, and what each parameter is where its type does not.
fn explain(operation: &Operation, document: &mut Document) {
    let access = match operation.permission {
        Some(permission) => format!("Needs the permission `{permission}`."),
        None => "Needs no access token.".to_owned(),
    };
    let description = document.description.take().filter(|text| !text.is_empty());
    document.description = Some(description.map_or_else(|| access.clone(), |text| format!("{text}\n\n{access}")));
    for parameter in document.parameters.iter_mut().flatten() {
        if let RefOr::T(parameter) = parameter
            && parameter.description.as_deref().is_none_or(str::is_empty)
        {
            parameter.description = Some(meaning(&parameter.name));
        }
    }
}

/// `order_id` is the id of the order.
fn meaning(name: &str) -> String {
    match (name, name.strip_suffix("_id")) {
        ("external_ref", _) => "The reference that another system knows it by.".to_owned(),
        ("no", _) => "The number of the version.".to_owned(),
        ("line", _) => "The number of the line.".to_owned(),
        (_, Some(noun)) => format!("The id of the {}.", noun.replace('_', " ")),
        (name, None) => format!("The {}.", name.replace('_', " ")),
    }
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
    let mut text = serde_json::to_string_pretty(&published(document)).unwrap_or_default();
    text.push('\n');
    text
}
