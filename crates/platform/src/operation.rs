//! Registering operations: method and path from the API annotation, the permission from the handler's type, once.
//!
//! `operations!["tickets"; create, list, fetch]` collects handlers into [`Operations`], which configures the routes
//! (with 405 and `Allow` for other methods) and assembles the API document from the very same values, so that neither
//! can name an operation the other does not have.

use std::any::TypeId;
use std::sync::Arc;

use actix_web::http::Method;
use actix_web::web::ServiceConfig;
use actix_web::{FromRequest, Handler, Responder, Route};
use utoipa::openapi::path::{HttpMethod, Operation as Document};
use utoipa::openapi::{RefOr, Schema};

use crate::caller::Guard;
use crate::etag::IfMatch;
use crate::routing::{MakeRoute, Routing};

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
        Routing::of(self.list.iter().map(|operation| (operation.path.as_str(), method_of(&operation.method), Arc::clone(&operation.route))))
    }

    /// Adds the routes, as [`Routing::configure`] does.
    pub fn configure(&self, config: &mut ServiceConfig) {
        self.routing().configure(config);
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
