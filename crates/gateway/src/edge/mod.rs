//! What every request meets first, in the gateway process and in the embedded one alike.
//!
//! In order: forwarded identity is stripped, a preflight is answered, the route is looked up, the size and the rate are
//! checked, an API key becomes an access token. Whatever is refused here is a problem document that names the request.
//! Tokens are not judged here; each service does that itself.

mod cors;
mod headers;
mod keys;
mod load;
mod rate;
mod sender;
mod size;

use std::rc::Rc;
use std::sync::Arc;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _};
use platform::config::{Network, Settings};
use platform::problem::Problem;
use platform::request::RequestContext;

use crate::routes::{Class, Found, RouteTable};
use cors::Cors;
use headers::Security;
use load::Load;
use rate::{Quota, Rates};

pub use keys::{Exchanged, HttpExchange, KeyExchange};
pub(crate) use sender::Sender;
pub(crate) use size::too_large;
pub use size::{MAX_BODY, MAX_UPLOAD};

/// The service that the route table found for a request; guards and the proxy read it from the request's extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner(pub &'static str);

/// Paths that the edge's own process answers.
const OWN: [&str; 2] = ["/openapi.json", "/docs"];

/// The edge; one per process, shared by its threads.
pub struct Edge {
    routes: Arc<RouteTable>,
    rates: Rates,
    keys: keys::Keys,
    cors: Cors,
    security: Security,
    load: Load,
    trusted_proxies: Vec<Network>,
}

impl Edge {
    #[must_use]
    pub fn new(settings: &Settings, routes: Arc<RouteTable>, exchange: Arc<dyn KeyExchange>) -> Self {
        Self {
            routes,
            rates: Rates::new(&settings.rates),
            keys: keys::Keys::new(exchange),
            cors: Cors::new(&settings.cors_origins),
            load: Load::default(),
            trusted_proxies: settings.trusted_proxies.clone(),
            security: Security::new(settings.public_url.as_deref().is_some_and(|url| url.starts_with("https://"))),
        }
    }

    /// The middleware's work on one request.
    pub(crate) async fn handle<B: MessageBody + 'static>(
        &self,
        mut request: ServiceRequest,
        next: Next<B>,
    ) -> Result<ServiceResponse<BoxBody>, Error> {
        let sender = sender::of(&request, &self.trusted_proxies);
        headers::strip_forwarded(request.headers_mut());
        if let Some(sender) = sender {
            request.extensions_mut().insert(sender);
        }
        let origin = self.cors.origin(request.headers());
        let documents = is_own(request.path());
        let mut quota = None;
        let response = match self.admit(&mut request, &mut quota).await {
            Admission::Pass(_place) => next.call(request).await?.map_into_boxed_body(),
            Admission::Preflight => {
                let answer = self.cors.preflight(origin.as_ref());
                request.into_response(answer)
            }
            Admission::Refused(problem) => {
                let context = request.extensions().get::<Rc<RequestContext>>().cloned();
                if let Some(cause) = problem.cause() {
                    tracing::warn!(cause, code = problem.code(), "refused at the edge");
                }
                let answer = problem.response(context.as_ref().map(|context| context.request_id.as_str()));
                request.into_response(answer)
            }
        };
        Ok(self.dress(response, origin, quota, documents))
    }

    /// Whether a request may go on, with its place among those in flight.
    async fn admit(&self, request: &mut ServiceRequest, quota: &mut Option<Quota>) -> Admission {
        if Cors::is_preflight(request) {
            return Admission::Preflight;
        }
        match self.load.enter(request.path()) {
            Ok(place) => match self.check(request, quota).await {
                Ok(()) => Admission::Pass(place),
                Err(problem) => Admission::Refused(problem),
            },
            Err(problem) => Admission::Refused(problem),
        }
    }

    async fn check(&self, request: &mut ServiceRequest, quota: &mut Option<Quota>) -> Result<(), Problem> {
        let own = is_own(request.path()) && matches!(*request.method(), Method::GET | Method::HEAD);
        let found = self.routes.find(request.method(), request.path());
        let (class, upload, owner) = match &found {
            Found::Route(route) => (exported(request, route.class), route.upload, Some(Owner(route.service))),
            _ => (Class::Read, false, None),
        };
        let sender = request.extensions().get::<Sender>().map(|sender| sender.0);
        let client = keys::client(request, sender);
        *quota = self.rates.admit(class, &client)?;
        match found {
            Found::Route(route) => {
                if let Some(context) = request.extensions().get::<Rc<RequestContext>>() {
                    *context.route.borrow_mut() = Some(Arc::clone(&route.pattern));
                }
            }
            _ if own => {}
            Found::NotAllowed(allow) => return Err(not_allowed(allow)),
            Found::Nothing => return Err(Problem::new(StatusCode::NOT_FOUND, "no_such_route", "There is nothing at this path.")),
        }
        size::limit(request, upload)?;
        self.keys.replace(request, &self.rates, &client).await?;
        if let Some(owner) = owner {
            request.extensions_mut().insert(owner);
        }
        Ok(())
    }

    fn dress(
        &self,
        mut response: ServiceResponse<BoxBody>,
        origin: Option<HeaderValue>,
        quota: Option<Quota>,
        documents: bool,
    ) -> ServiceResponse<BoxBody> {
        let headers = response.headers_mut();
        self.security.apply(headers, documents);
        self.cors.apply(headers, origin);
        if let Some(quota) = quota {
            quota.apply(headers);
        }
        response
    }
}

enum Admission {
    Pass(load::Place),
    Preflight,
    Refused(Problem),
}

fn is_own(path: &str) -> bool {
    OWN.iter().any(|own| path.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

/// A list asked for as a file counts as an export.
fn exported(request: &ServiceRequest, class: Class) -> Class {
    let accepted = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let file = accepted.starts_with("text/csv") || accepted.starts_with("application/pdf");
    if class == Class::Read && file { Class::Export } else { class }
}

fn not_allowed(allow: &str) -> Problem {
    let problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", format!("This path answers {allow}."));
    match HeaderValue::from_str(allow) {
        Ok(value) => problem.with_header(header::ALLOW, value),
        Err(_) => problem,
    }
}
