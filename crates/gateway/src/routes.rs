//! Which service answers a path: a tree made from the services' operations, as their routes and API documents are, so that
//! it can never disagree with them.
//!
//! Literal segments win over parameters. `/v1/operations/{id}` belongs to all services; the last byte of the id is the
//! number of the one that made it. Matching looks at raw segments and never decodes or normalises them.

use std::collections::HashMap;
use std::sync::Arc;

use actix_web::http::Method;
use platform::operation::method_of;
use platform::service::Service;
use utoipa::openapi::path::Operation;
use utoipa::openapi::{OpenApi, RefOr};
use uuid::Uuid;

const OPERATIONS: &str = "/v1/operations/";
const JSON: &str = "application/json";
const PATCH_JSON: &str = "application/merge-patch+json";
const FORM: &str = "application/x-www-form-urlencoded";

/// One service's share of the API. Its document is large and seldom asked for, so it is made each time.
#[derive(Clone)]
pub struct Part {
    pub name: &'static str,
    /// Its number in the ids of long operations.
    pub number: u8,
    places: Vec<Place>,
    document: Arc<dyn Fn() -> OpenApi + Send + Sync>,
}

/// What the table needs of an operation.
#[derive(Clone)]
struct Place {
    path: String,
    method: Method,
    /// True when a body may be neither JSON nor a form.
    foreign: bool,
}

impl Part {
    /// The share of a service.
    #[must_use]
    pub fn of(service: &Service) -> Self {
        let operations = service.all_operations();
        let place = |operation: &platform::operation::Operation| Place {
            path: operation.path.clone(),
            method: method_of(&operation.method),
            foreign: takes_foreign(&operation.document),
        };
        let service = *service;
        Self {
            name: service.name,
            number: service.number,
            places: operations.list.iter().map(place).collect(),
            document: Arc::new(move || service.document()),
        }
    }

    /// The service's API document.
    #[must_use]
    pub fn document(&self) -> OpenApi {
        (self.document)()
    }
}

/// How a request is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    Read,
    Write,
    Auth,
    Export,
}

impl Class {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Auth => "auth",
            Self::Export => "export",
        }
    }
}

/// An operation's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    pub service: &'static str,
    /// The path as the document writes it, for logs and metrics.
    pub pattern: Arc<str>,
    pub class: Class,
    /// True when the body may be as large as an upload.
    pub upload: bool,
}

/// What a path and a method lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found<'t> {
    Route(&'t Route),
    /// The path is known, the method is not; these are.
    NotAllowed(&'t str),
    Nothing,
}

/// The routes of the whole deployment.
#[derive(Debug, Default)]
pub struct RouteTable {
    root: Node,
    by_number: HashMap<u8, &'static str>,
    /// `/v1/operations/{id}` and its actions, for each service that has them.
    operations: HashMap<&'static str, Node>,
}

#[derive(Debug, Default)]
struct Node {
    literal: HashMap<Box<str>, Node>,
    parameter: Option<Box<Node>>,
    methods: Vec<(Method, Route)>,
    allow: String,
}

impl RouteTable {
    /// The table of all parts; of two services that claim an operation the first keeps it.
    #[must_use]
    pub fn new(parts: &[Part]) -> Self {
        let mut table = Self::default();
        for part in parts {
            table.by_number.insert(part.number, part.name);
            for place in &part.places {
                let own = place.path.starts_with(OPERATIONS);
                let root = if own { table.operations.entry(part.name).or_default() } else { &mut table.root };
                root.insert(&place.path, place.method.clone(), route(part.name, place));
            }
        }
        table
    }

    /// What answers `path`.
    #[must_use]
    pub fn find(&self, method: &Method, path: &str) -> Found<'_> {
        let root = match path.strip_prefix(OPERATIONS) {
            Some(rest) => self.owner(rest).and_then(|owner| self.operations.get(owner)),
            None => Some(&self.root),
        };
        let Some(rest) = path.strip_prefix('/') else { return Found::Nothing };
        match root.and_then(|root| root.find(rest)) {
            Some(node) => node.of(method),
            None => Found::Nothing,
        }
    }

    /// The service that made the operation whose id begins `rest`.
    fn owner(&self, rest: &str) -> Option<&'static str> {
        let id = rest.split('/').next()?;
        let number = *Uuid::try_parse(id).ok()?.as_bytes().last()?;
        self.by_number.get(&number).copied()
    }
}

impl Node {
    fn insert(&mut self, path: &str, method: Method, route: Route) {
        let mut node = self;
        for segment in path.trim_start_matches('/').split('/') {
            node = if segment.starts_with('{') {
                node.parameter.get_or_insert_default()
            } else {
                node.literal.entry(segment.into()).or_default()
            };
        }
        if node.methods.iter().any(|(known, _)| *known == method) {
            tracing::warn!(path, %method, service = route.service, "another service answers this operation already");
            return;
        }
        node.methods.push((method, route));
        let mut names: Vec<&str> = node.methods.iter().map(|(method, _)| method.as_str()).collect();
        if names.contains(&"GET") {
            names.push("HEAD");
        }
        node.allow = names.join(", ");
    }

    /// The node at the end of `rest`; a literal segment that leads nowhere gives way to a parameter.
    fn find(&self, rest: &str) -> Option<&Self> {
        let (segment, next) = rest.split_once('/').map_or((rest, None), |(segment, next)| (segment, Some(next)));
        let literal = self.literal.get(segment).and_then(|node| node.end(next));
        let fits = !segment.is_empty() && segment != "." && segment != "..";
        literal.or_else(|| self.parameter.as_deref().filter(|_| fits).and_then(|node| node.end(next)))
    }

    fn end(&self, rest: Option<&str>) -> Option<&Self> {
        match rest {
            Some(rest) => self.find(rest),
            None => (!self.methods.is_empty()).then_some(self),
        }
    }

    fn of(&self, method: &Method) -> Found<'_> {
        let asked = if method == Method::HEAD { &Method::GET } else { method };
        let own = self.methods.iter().find(|(known, _)| known == method);
        match own.or_else(|| self.methods.iter().find(|(known, _)| known == asked)) {
            Some((_, route)) => Found::Route(route),
            None => Found::NotAllowed(&self.allow),
        }
    }
}

fn takes_foreign(document: &Operation) -> bool {
    match &document.request_body {
        Some(RefOr::T(body)) => body.content.keys().any(|kind| kind != JSON && kind != PATCH_JSON && kind != FORM),
        _ => false,
    }
}

fn route(service: &'static str, place: &Place) -> Route {
    let Place { path, method, foreign } = place;
    let segment = |name: &str| path.split('/').any(|segment| segment == name);
    let class = if path.starts_with("/oauth/") || (path.starts_with("/v1/sessions") && method == Method::POST) {
        Class::Auth
    } else if segment("export") || segment("exports") {
        Class::Export
    } else if matches!(*method, Method::GET | Method::HEAD) {
        Class::Read
    } else {
        Class::Write
    };
    let large = ["import", "imports", "uploads", "attachments", "intake"].into_iter().any(segment);
    Route { service, pattern: path.as_str().into(), class, upload: large || *foreign }
}

#[cfg(test)]
impl Part {
    /// A share that is written down as a document.
    pub(crate) fn documented(name: &'static str, number: u8, document: &serde_json::Value) -> Self {
        let document: OpenApi = serde_json::from_value(document.clone()).unwrap();
        let mut places = Vec::new();
        for (path, item) in &document.paths.paths {
            let operations = [(Method::GET, &item.get), (Method::PUT, &item.put), (Method::POST, &item.post), (Method::PATCH, &item.patch)];
            for (method, operation) in operations {
                if let Some(operation) = operation {
                    places.push(Place { path: path.clone(), method, foreign: takes_foreign(operation) });
                }
            }
        }
        Self { name, number, places, document: Arc::new(move || document.clone()) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn part(name: &'static str, number: u8, paths: &serde_json::Value) -> Part {
        Part::documented(name, number, &json!({"openapi": "3.1.0", "info": {"title": name, "version": "1"}, "paths": paths}))
    }

    fn table() -> RouteTable {
        let plain = json!({"responses": {}});
        let upload = json!({"responses": {}, "requestBody": {"content": {"text/csv": {}}}});
        RouteTable::new(&[
            part("identity", 1, &json!({"/oauth/token": {"post": plain}, "/.well-known/jwks.json": {"get": plain}})),
            part(
                "tickets",
                4,
                &json!({
                    "/v1/tickets": {"get": plain, "post": plain},
                    "/v1/tickets/bulk": {"post": plain},
                    "/v1/tickets/{ticket_id}": {"get": plain, "patch": plain},
                    "/v1/tickets/{ticket_id}/messages": {"get": plain},
                    "/v1/operations/{operation_id}": {"get": plain},
                }),
            ),
            part(
                "pricing",
                3,
                &json!({
                    "/v1/pricebooks/{id}/entries": {"put": upload},
                    "/v1/tickets/bulk/export": {"get": plain},
                    "/v1/operations/{operation_id}": {"get": plain},
                }),
            ),
        ])
    }

    fn service(table: &RouteTable, method: &Method, path: &str) -> Option<&'static str> {
        match table.find(method, path) {
            Found::Route(route) => Some(route.service),
            _ => None,
        }
    }

    #[test]
    fn literal_segments_win_and_parameters_catch_the_rest() {
        let table = table();
        assert_eq!(service(&table, &Method::GET, "/v1/tickets"), Some("tickets"));
        assert_eq!(service(&table, &Method::HEAD, "/v1/tickets/7"), Some("tickets"));
        assert_eq!(service(&table, &Method::GET, "/v1/tickets/bulk/messages"), Some("tickets"), "back to the parameter");
        assert_eq!(service(&table, &Method::GET, "/v1/tickets/bulk/export"), Some("pricing"));
        assert_eq!(table.find(&Method::DELETE, "/v1/tickets"), Found::NotAllowed("GET, POST, HEAD"));
        for nothing in ["/", "", "/v1", "/v1/tickets/", "/v1/tickets//messages", "/v1/tickets/../tickets", "/v2/tickets", "/v1/tickets/1/2"]
        {
            assert_eq!(table.find(&Method::GET, nothing), Found::Nothing, "{nothing}");
        }
    }

    #[test]
    fn an_operation_belongs_to_the_service_whose_number_ends_its_id() {
        let table = table();
        assert_eq!(service(&table, &Method::GET, "/v1/operations/0197c0de-0000-7000-8000-000000000004"), Some("tickets"));
        assert_eq!(service(&table, &Method::GET, "/v1/operations/0197c0de-0000-7000-8000-000000000003"), Some("pricing"));
        assert_eq!(table.find(&Method::GET, "/v1/operations/0197c0de-0000-7000-8000-0000000000ff"), Found::Nothing);
        assert_eq!(table.find(&Method::GET, "/v1/operations/nonsense"), Found::Nothing);
    }

    #[test]
    fn classes_and_body_sizes_follow_from_the_document() {
        let table = table();
        let found = |method: &Method, path: &str| match table.find(method, path) {
            Found::Route(route) => (route.class, route.upload),
            other => panic!("{path}: {other:?}"),
        };
        assert_eq!(found(&Method::POST, "/oauth/token"), (Class::Auth, false));
        assert_eq!(found(&Method::POST, "/v1/tickets"), (Class::Write, false));
        assert_eq!(found(&Method::PUT, "/v1/pricebooks/1/entries"), (Class::Write, true));
        assert_eq!(found(&Method::GET, "/v1/tickets/bulk/export"), (Class::Export, false));
    }
}
