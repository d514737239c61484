//! The API document of the whole deployment, merged from the services' documents, and the page that shows it.
//!
//! The page and everything it loads come out of the executable; it works without any network. Two services may name
//! different schemas alike: the later one is renamed with its service, so that no schema is lost or mixed up.

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::header::{ETag, EntityTag, IfNoneMatch};
use actix_web::web::{self, Data, Header, ServiceConfig};
use bytes::Bytes;
use platform::openapi;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::routes::Part;

const TITLE: &str = "Liaison";
const ABOUT: &str = "The whole API behind one address. Errors are problem documents (RFC 9457); lists are paged by cursors; changes need \
    the ETag that was read; POST can be repeated with an Idempotency-Key.";
const REFERENCE: &str = "#/components/schemas/";

/// The merged document, ready to be sent.
pub struct MergedDocument {
    text: Bytes,
    etag: EntityTag,
}

impl MergedDocument {
    #[must_use]
    pub fn new(parts: &[Part]) -> Self {
        let text = Bytes::from(merged(parts).to_string());
        let digest = Sha256::digest(&text);
        let tag: String = digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
        Self { text, etag: EntityTag::new_strong(tag) }
    }

    /// Adds `/openapi.json` and `/docs`.
    pub fn configure(self: &Arc<Self>, config: &mut ServiceConfig) {
        config.app_data(Data::from(Arc::clone(self)));
        config.route("/openapi.json", web::get().to(document));
        config.route("/openapi.json", web::head().to(document));
        config.service(web::redirect("/docs", "/docs/").using_status_code(actix_web::http::StatusCode::FOUND));
        config.service(SwaggerUi::new("/docs/{_:.*}").config(Config::from("/openapi.json").try_it_out_enabled(true)));
    }
}

async fn document(known: Header<IfNoneMatch>, merged: Data<MergedDocument>) -> HttpResponse {
    let unchanged = match known.into_inner() {
        IfNoneMatch::Any => false,
        IfNoneMatch::Items(tags) => tags.iter().any(|tag| tag.weak_eq(&merged.etag)),
    };
    let etag = ETag(merged.etag.clone());
    if unchanged {
        return HttpResponse::NotModified().insert_header(etag).finish();
    }
    HttpResponse::Ok().insert_header(etag).content_type("application/json").body(merged.text.clone())
}

/// The merged document as JSON; paths and schemas in the order of the alphabet.
#[must_use]
pub fn merged(parts: &[Part]) -> Value {
    let mut paths: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    let mut schemas: BTreeMap<String, Value> = BTreeMap::new();
    let mut tags: BTreeMap<String, Value> = BTreeMap::new();
    let mut others: Map<String, Value> = Map::new();
    for part in parts {
        let mut document = openapi::published(&part.document);
        let own = take(&mut document, "/components/schemas");
        let renamed = clashes(&own, &schemas, part.name);
        for (name, mut schema) in own {
            rename(&mut schema, &renamed);
            schemas.insert(renamed.get(&name).cloned().unwrap_or(name), schema);
        }
        for (path, mut item) in take(&mut document, "/paths") {
            rename(&mut item, &renamed);
            let Value::Object(operations) = item else { continue };
            let known = paths.entry(path).or_default();
            for (method, operation) in operations {
                known.entry(method).or_insert(operation);
            }
        }
        if let Some(Value::Array(own)) = document.get_mut("tags").map(Value::take) {
            let name = |tag: &Value| tag.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
            tags.extend(own.into_iter().map(|tag| (name(&tag), tag)));
        }
        for (kind, members) in take(&mut document, "/components") {
            if let (Value::Object(members), Value::Object(known)) = (members, others.entry(kind).or_insert_with(|| json!({}))) {
                known.extend(members);
            }
        }
    }
    others.insert("schemas".to_owned(), json!(schemas));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": TITLE,
            "version": openapi::VERSION,
            "description": ABOUT,
            "license": {"name": openapi::LICENSE, "identifier": openapi::LICENSE},
        },
        "servers": [{"url": "/", "description": "The deployment that gave this document, be it local, staging or production.", "x-internal": false}],
        "tags": tags.into_values().collect::<Vec<Value>>(),
        "paths": paths,
        "components": others,
    })
}

/// Takes the object at a pointer out of a document.
fn take(document: &mut Value, pointer: &str) -> Map<String, Value> {
    match document.pointer_mut(pointer).map(Value::take) {
        Some(Value::Object(members)) => members,
        _ => Map::new(),
    }
}

/// New names for the schemas that are known under the same name and look different.
fn clashes(own: &Map<String, Value>, known: &BTreeMap<String, Value>, service: &str) -> BTreeMap<String, String> {
    let differs = |(name, schema): &(&String, &Value)| known.get(*name).is_some_and(|other| other != *schema);
    own.iter().filter(differs).map(|(name, _)| (name.clone(), format!("{}{name}", capitalised(service)))).collect()
}

fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Rewrites every reference to a renamed schema.
fn rename(value: &mut Value, renamed: &BTreeMap<String, String>) {
    if renamed.is_empty() {
        return;
    }
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(text) if name == "$ref" => {
                        let new = text.strip_prefix(REFERENCE).and_then(|name| renamed.get(name));
                        if let Some(new) = new {
                            *text = format!("{REFERENCE}{new}");
                        }
                    }
                    member => rename(member, renamed),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, renamed)),
        _ => {}
    }
}
