//! Registering operations: method and path from the API annotation, the permission from the handler's type, once.
//!
//! `operations!["tickets"; create, list, fetch]` collects handlers into [`Operations`], which configures the routes
//! (with 405 and `Allow` for other methods) and assembles the API document from the very same values, so that neither
//! can name an operation the other does not have.

use std::any::TypeId;
use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::http::header::{self, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::web::{self, ServiceConfig};
use actix_web::{FromRequest, Handler, Responder, Route};
use utoipa::openapi::path::{HttpMethod, Operation as Document};
use utoipa::openapi::{RefOr, Schema};

use crate::caller::Guard;
use crate::etag::IfMatch;
use crate::problem::Problem;

/// Named component schemas, as utoipa collects them.
pub type Schemas = Vec<(String, RefOr<Schema>)>;

/// One operation: how to route it and what its document says.
#[derive(Clone)]
pub struct Operation {
    pub path: String,
    pub method: HttpMethod,
    /// `resource:action`, or none for a public operation.
    pub permission: Option<&'static str>,
    /// True when the operation needs `If-Match`.
    pub versioned: bool,
    pub document: Document,
    pub schemas: fn(&mut Schemas),
    route: MakeRoute,
}

/// Handler argument lists whose first argument states the access rule.
pub trait Guarded {
    const PERMISSION: Option<&'static str>;

    /// True when one of the arguments is `If-Match`.
    fn demands_version() -> bool;
}

macro_rules! guarded {
    ($($argument:ident)*) => {
        impl<G: Guard, $($argument: 'static),*> Guarded for (G, $($argument,)*) {
            const PERMISSION: Option<&'static str> = G::PERMISSION;

            fn demands_version() -> bool {
                let arguments: &[TypeId] = &[$(TypeId::of::<$argument>()),*];
                arguments.contains(&TypeId::of::<IfMatch>())
            }
        }
    };
}
guarded!();
guarded!(A);
guarded!(A B);
guarded!(A B C);
guarded!(A B C D);
guarded!(A B C D E);
guarded!(A B C D E F);

impl Operation {
    /// The operation of a handler `handler` documented by `D`; `tag` is the resource.
    pub fn of<D, H, A>(tag: &str, handler: H) -> Self
    where
        D: utoipa::Path + utoipa::__dev::SchemaReferences,
        H: Handler<A> + Send + Sync,
        H::Output: Responder + 'static,
        A: FromRequest + Guarded + 'static,
    {
        let mut document = D::operation();
        let verb = document.operation_id.take().unwrap_or_default();
        document.operation_id = Some(if verb.contains('.') { verb } else { format!("{tag}.{verb}") });
        document.tags = Some(vec![tag.to_owned()]);
        let method = D::methods().into_iter().next().unwrap_or(HttpMethod::Get);
        Self {
            path: D::path(),
            permission: A::PERMISSION,
            versioned: A::demands_version(),
            document,
            schemas: <D as utoipa::__dev::SchemaReferences>::schemas,
            route: Arc::new(move || Route::new().to(handler.clone())),
            method,
        }
    }

    /// `tickets.resolve`.
    #[must_use]
    pub fn id(&self) -> &str {
        self.document.operation_id.as_deref().unwrap_or_default()
    }
}

/// The HTTP method of a documented one.
#[must_use]
pub fn method_of(method: &HttpMethod) -> Method {
    match method {
        HttpMethod::Post => Method::POST,
        HttpMethod::Put => Method::PUT,
        HttpMethod::Patch => Method::PATCH,
        HttpMethod::Delete => Method::DELETE,
        HttpMethod::Head => Method::HEAD,
        _ => Method::GET,
    }
}

/// The operations of a resource, or of a whole service.
#[derive(Clone, Default)]
pub struct Operations {
    pub list: Vec<Operation>,
}

impl Operations {
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.list.extend(other.list);
        self
    }

    #[must_use]
    pub fn with(mut self, operation: Operation) -> Self {
        self.list.push(operation);
        self
    }

    /// What of the operations an application is made of.
    #[must_use]
    pub fn routing(&self) -> Routing {
        // '{' sorts after every letter, so in each place literal segments come before parameters.
        let mut by_path: BTreeMap<String, Vec<(Method, MakeRoute)>> = BTreeMap::new();
        for operation in &self.list {
            by_path.entry(operation.path.clone()).or_default().push((method_of(&operation.method), Arc::clone(&operation.route)));
        }
        Routing(Arc::new(by_path))
    }

    /// Adds the routes, as [`Routing::configure`] does.
    pub fn configure(&self, config: &mut ServiceConfig) {
        self.routing().configure(config);
    }
}

type MakeRoute = Arc<dyn Fn() -> Route + Send + Sync>;

/// The routes of [`Operations`] without the documents, which are many times as large and would be copied for every HTTP
/// thread; clones share them.
#[derive(Clone)]
pub struct Routing(Arc<BTreeMap<String, Vec<(Method, MakeRoute)>>>);

impl Routing {
    /// Adds the routes. Fixed paths are registered before those with parameters in the same place.
    pub fn configure(&self, config: &mut ServiceConfig) {
        for (path, routes) in self.0.iter() {
            let mut resource = web::resource(path.as_str());
            let mut allowed = Vec::new();
            for (method, route) in routes {
                allowed.push(method.to_string());
                if *method == Method::GET {
                    allowed.push(Method::HEAD.to_string());
                    resource = resource.route(route().method(Method::HEAD));
                }
                resource = resource.route(route().method(method.clone()));
            }
            let allow = allowed.join(", ");
            config.service(resource.default_service(web::to(move || std::future::ready(Err::<String, _>(not_allowed(&allow))))));
        }
    }
}

fn not_allowed(allow: &str) -> Problem {
    let problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", format!("This path answers {allow}."));
    match HeaderValue::from_str(allow) {
        Ok(value) => problem.with_header(header::ALLOW, value),
        Err(_) => problem,
    }
}

/// Collects handlers annotated with `#[utoipa::path]` into [`Operations`].
#[macro_export]
macro_rules! operations {
    ($tag:literal; $($handler:ident),+ $(,)?) => {
        $crate::pastey::paste! {
            $crate::operation::Operations { list: vec![$(
                $crate::operation::Operation::of::<[<__path_ $handler>], _, _>($tag, $handler)
            ),+] }
        }
    };
}
