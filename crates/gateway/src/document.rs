//! The API document of the whole deployment, merged from the services' documents, and the page that shows it.
//!
//! The page and everything it loads come out of the executable; it works without any network. Two services may name
//! different schemas alike: the later one is renamed with its service, so that no schema is lost or mixed up. The document
//! is made when it is first asked for, a service at a time and as text: as values all of it is thirty times as large.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use actix_web::HttpResponse;
use actix_web::http::header::{ETag, EntityTag, IfNoneMatch};
use actix_web::web::{self, Data, Header, ServiceConfig};
use bytes::Bytes;
use platform::openapi;
use platform::problem::Problem;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::routes::Part;

const TITLE: &str = "Liaison";
const ABOUT: &str = "The whole API behind one address. Errors are problem documents (RFC 9457); lists are paged by cursors; changes need \
    the ETag that was read; POST can be repeated with an Idempotency-Key.";
const REFERENCE: &str = "#/components/schemas/";

/// The merged document, made when it is first asked for.
pub struct MergedDocument {
    parts: Vec<Part>,
    made: OnceLock<Made>,
}

/// The document, ready to be sent.
struct Made {
    text: Bytes,
    etag: EntityTag,
}

impl Made {
    fn of(parts: &[Part]) -> Self {
        let text = Bytes::from(merged(parts));
        let digest = Sha256::digest(&text);
        let tag: String = digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
        Self { text, etag: EntityTag::new_strong(tag) }
    }
}

impl MergedDocument {
    #[must_use]
    pub fn new(parts: Vec<Part>) -> Self {
        Self { parts, made: OnceLock::new() }
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

async fn document(known: Header<IfNoneMatch>, merged: Data<MergedDocument>) -> Result<HttpResponse, Problem> {
    if merged.made.get().is_none() {
        let merged = Data::clone(&merged);
        web::block(move || merged.made.get_or_init(|| Made::of(&merged.parts)).text.len()).await.map_err(Problem::unavailable)?;
    }
    let Some(made) = merged.made.get() else { return Err(Problem::internal("the document was not made")) };
    let unchanged = match known.into_inner() {
        IfNoneMatch::Any => false,
        IfNoneMatch::Items(tags) => tags.iter().any(|tag| tag.weak_eq(&made.etag)),
    };
    let etag = ETag(made.etag.clone());
    if unchanged {
        return Ok(HttpResponse::NotModified().insert_header(etag).finish());
    }
    Ok(HttpResponse::Ok().insert_header(etag).content_type("application/json").body(made.text.clone()))
}

/// The merged document as JSON text; paths and schemas in the order of the alphabet.
#[must_use]
pub fn merged(parts: &[Part]) -> String {
    let mut whole = Whole::default();
    for part in parts {
        whole.add(part.name, openapi::published(&part.document()));
    }
    whole.text()
}

/// Members by name, each as the text it will have.
type Texts = BTreeMap<String, Box<RawValue>>;

/// What has been merged so far.
#[derive(Default)]
struct Whole {
    paths: BTreeMap<String, Item>,
    schemas: Texts,
    tags: BTreeMap<String, Value>,
    others: Map<String, Value>,
}

/// The operations of one path by method, in the order in which the services name them.
#[derive(Default)]
struct Item(Vec<(String, Box<RawValue>)>);

impl Serialize for Item {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(method, operation)| (method, operation)))
    }
}

#[derive(Serialize)]
struct Text<'a> {
    openapi: &'a str,
    info: Value,
    servers: Value,
    tags: Vec<&'a Value>,
    paths: &'a BTreeMap<String, Item>,
    components: Components<'a>,
}

#[derive(Serialize)]
struct Components<'a> {
    schemas: &'a Texts,
    #[serde(flatten)]
    others: &'a Map<String, Value>,
}

impl Whole {
    fn add(&mut self, service: &str, mut document: Value) {
        let own = take(&mut document, "/components/schemas");
        let renamed = clashes(&own, &self.schemas, service);
        for (name, mut schema) in own {
            rename(&mut schema, &renamed);
            self.schemas.insert(renamed.get(&name).cloned().unwrap_or(name), raw(&schema));
        }
        for (path, mut item) in take(&mut document, "/paths") {
            rename(&mut item, &renamed);
            let Value::Object(operations) = item else { continue };
            let known = self.paths.entry(path).or_default();
            for (method, operation) in operations {
                if known.0.iter().all(|(other, _)| *other != method) {
                    known.0.push((method, raw(&operation)));
                }
            }
        }
        if let Some(Value::Array(own)) = document.get_mut("tags").map(Value::take) {
            let name = |tag: &Value| tag.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
            self.tags.extend(own.into_iter().map(|tag| (name(&tag), tag)));
        }
        for (kind, members) in take(&mut document, "/components") {
            if let Value::Object(members) = members
                && let Value::Object(known) = self.others.entry(kind).or_insert_with(|| json!({}))
            {
                known.extend(members);
            }
        }
    }

    fn text(&self) -> String {
        let info = json!({
            "title": TITLE,
            "version": openapi::VERSION,
            "description": ABOUT,
            "license": {"name": openapi::LICENSE, "identifier": openapi::LICENSE},
        });
        let deployment = "The deployment that gave this document, be it local, staging or production.";
        let text = Text {
            openapi: "3.1.0",
            info,
            servers: json!([{"url": "/", "description": deployment, "x-internal": false}]),
            tags: self.tags.values().collect(),
            paths: &self.paths,
            components: Components { schemas: &self.schemas, others: &self.others },
        };
        serde_json::to_string(&text).unwrap_or_default()
    }
}

fn raw(value: &Value) -> Box<RawValue> {
    serde_json::value::to_raw_value(value).unwrap_or_default()
}

/// Takes the object at a pointer out of a document.
fn take(document: &mut Value, pointer: &str) -> Map<String, Value> {
    match document.pointer_mut(pointer).map(Value::take) {
        Some(Value::Object(members)) => members,
        _ => Map::new(),
    }
}

/// New names for the schemas that are known under the same name and look different.
fn clashes(own: &Map<String, Value>, known: &Texts, service: &str) -> BTreeMap<String, String> {
    let differs = |(name, schema): &(&String, &Value)| known.get(*name).is_some_and(|other| other.get() != raw(schema).get());
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
