//! The routes of an application as a tree, so that a request is compared with few of them.
//!
//! actix compares a path with the resources of a scope one after the other, most by a regular expression. A service has
//! hundreds of paths, so they are put in scopes: by collection (`/v1/tickets`), and below it those of one member
//! (`/{ticket_id}`). In each scope literal segments are compared before parameters.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use actix_web::http::header::{self, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::web::{self, ServiceConfig};
use actix_web::{Resource, Route};

use crate::problem::Problem;

/// Makes a route of a handler, anew for each HTTP thread.
pub(crate) type MakeRoute = Arc<dyn Fn() -> Route + Send + Sync>;
type Methods = Vec<(Method, MakeRoute)>;

/// Segments of a path that name its collection: the version and the plural noun.
const COLLECTION: usize = 2;

/// The routes of [`Operations`](crate::operation::Operations) without the documents, which are many times as large and would
/// be copied for every HTTP thread; clones share them.
#[derive(Clone)]
pub struct Routing(Arc<Branch>);

/// What begins with one prefix.
#[derive(Default)]
struct Branch {
    /// What is at the prefix and, as the rest of the path, below it; '{' sorts after every letter, so literals come first.
    resources: BTreeMap<String, Methods>,
    scopes: BTreeMap<String, Branch>,
}

impl Routing {
    pub(crate) fn of<'a>(routes: impl Iterator<Item = (&'a str, Method, MakeRoute)>) -> Self {
        let mut root = Branch::default();
        for (path, method, route) in routes {
            let (collection, rest) = split(path, COLLECTION);
            let branch = root.scopes.entry(collection.to_owned()).or_default();
            branch.resources.entry(rest.to_owned()).or_default().push((method, route));
        }
        root.scopes.values_mut().for_each(Branch::gather_members);
        Self(Arc::new(root))
    }

    /// Adds the routes.
    pub fn configure(&self, config: &mut ServiceConfig) {
        self.0.configure(config);
    }
}

impl Branch {
    /// Puts what is below the first parameter in a scope of its own, where it is always the same parameter.
    fn gather_members(&mut self) {
        let parameters: BTreeSet<String> =
            self.resources.keys().map(|path| split(path, 1).0).filter(|first| first.starts_with("/{")).map(str::to_owned).collect();
        let Some(member) = parameters.first().filter(|_| parameters.len() == 1) else { return };
        let (below, others) = std::mem::take(&mut self.resources).into_iter().partition(|(path, _)| split(path, 1).0 == member);
        let below: BTreeMap<String, Methods> = below;
        self.resources = others;
        let resources = below.into_iter().map(|(path, methods)| (split(&path, 1).1.to_owned(), methods)).collect();
        self.scopes.insert(member.clone(), Self { resources, scopes: BTreeMap::new() });
    }

    fn configure(&self, config: &mut ServiceConfig) {
        for (path, methods) in &self.resources {
            config.service(resource(path, methods));
        }
        for (prefix, branch) in &self.scopes {
            config.service(web::scope(prefix).configure(|config| branch.configure(config)));
        }
    }
}

/// A path after its first `count` segments.
fn split(path: &str, count: usize) -> (&str, &str) {
    let end = path.match_indices('/').nth(count).map_or(path.len(), |(place, _)| place);
    path.split_at(end)
}

fn resource(path: &str, methods: &[(Method, MakeRoute)]) -> Resource {
    let mut resource = web::resource(path);
    let mut allowed = Vec::new();
    for (method, route) in methods {
        allowed.push(method.to_string());
        if *method == Method::GET {
            allowed.push(Method::HEAD.to_string());
            resource = resource.route(route().method(Method::HEAD));
        }
        resource = resource.route(route().method(method.clone()));
    }
    let allow = allowed.join(", ");
    resource.default_service(web::to(move || std::future::ready(Err::<String, _>(not_allowed(&allow)))))
}

fn not_allowed(allow: &str) -> Problem {
    let problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", format!("This path answers {allow}."));
    match HeaderValue::from_str(allow) {
        Ok(value) => problem.with_header(header::ALLOW, value),
        Err(_) => problem,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::{TestRequest, call_service, init_service, read_body};
    use actix_web::{App, HttpRequest};

    use super::*;

    /// Answers with the pattern that was matched and what the parameters are.
    fn route() -> MakeRoute {
        Arc::new(|| {
            web::to(|request: HttpRequest| async move {
                let parameters: Vec<String> = request.match_info().iter().map(|(name, value)| format!("{name}={value}")).collect();
                format!("{} {}", request.match_pattern().unwrap_or_default(), parameters.join(","))
            })
        })
    }

    #[actix_web::test]
    async fn each_path_finds_its_own_route_and_literals_go_before_parameters() {
        let paths = [
            "/v1/tickets",
            "/v1/tickets/bulk",
            "/v1/tickets/{ticket_id}",
            "/v1/tickets/{ticket_id}/messages",
            "/v1/tickets/{ticket_id}/messages/{message_id}",
            "/v1/tickets/by-external/{system}/{id}",
            "/v1/things/{name}",
            "/v1/things/{other}/parts",
            "/v1/me",
            "/token",
        ];
        let routing = Routing::of(paths.iter().map(|path| (*path, Method::GET, route())));
        let app = init_service(App::new().configure(|config| routing.configure(config))).await;
        for (asked, pattern, parameters) in [
            ("/v1/tickets", "/v1/tickets", ""),
            ("/v1/tickets/bulk", "/v1/tickets/bulk", ""),
            ("/v1/tickets/7", "/v1/tickets/{ticket_id}", "ticket_id=7"),
            ("/v1/tickets/7/messages", "/v1/tickets/{ticket_id}/messages", "ticket_id=7"),
            ("/v1/tickets/7/messages/8", "/v1/tickets/{ticket_id}/messages/{message_id}", "ticket_id=7,message_id=8"),
            ("/v1/tickets/by-external/crm/9", "/v1/tickets/by-external/{system}/{id}", "system=crm,id=9"),
            ("/v1/things/a", "/v1/things/{name}", "name=a"),
            ("/v1/things/a/parts", "/v1/things/{other}/parts", "other=a"),
            ("/v1/me", "/v1/me", ""),
            ("/token", "/token", ""),
        ] {
            let answer = call_service(&app, TestRequest::get().uri(asked).to_request()).await;
            assert_eq!(read_body(answer).await, format!("{pattern} {parameters}"), "{asked}");
        }
        for nothing in ["/", "/v1", "/v1/tickets/", "/v1/ticketsandmore", "/v1/tickets/7/nothing", "/v1/tickets/7/messages/8/9", "/tokens"]
        {
            assert_eq!(call_service(&app, TestRequest::get().uri(nothing).to_request()).await.status(), StatusCode::NOT_FOUND, "{nothing}");
        }
        let refused = call_service(&app, TestRequest::delete().uri("/v1/tickets/7").to_request()).await;
        let allow = refused.headers().get(header::ALLOW).unwrap().to_str().unwrap();
        assert_eq!((refused.status(), allow), (StatusCode::METHOD_NOT_ALLOWED, "GET, HEAD"));
    }
}
