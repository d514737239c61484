//! Putting the edge around an application: the proxy's in the gateway process, all services' in the embedded one.
//!
//! Both are one scope behind the same middleware. In the embedded process each service sits behind a guard that asks
//! whose route it is, so a path that several services have (`/v1/operations/{id}`) reaches the right one.

use std::sync::Arc;

use actix_web::guard;
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use platform::routing::Routing;

use crate::document::MergedDocument;
use crate::edge::{Edge, Owner};
use crate::proxy::{self, Proxy};

/// What adds a started service's app data; see [`platform::service::Mounted`].
pub type Data = Arc<dyn Fn(&mut ServiceConfig) + Send + Sync>;

/// One service behind the edge; clones share the routes.
#[derive(Clone)]
pub struct Behind {
    pub name: &'static str,
    pub routing: Routing,
    pub data: Data,
}

/// The gateway process: the edge, the API document and the proxy.
pub fn gateway(config: &mut ServiceConfig, edge: &Arc<Edge>, document: &Arc<MergedDocument>, proxy: &Arc<Proxy>) {
    let edge = Arc::clone(edge);
    let scope = web::scope("")
        .wrap(from_fn(move |request, next| {
            let edge = Arc::clone(&edge);
            async move { edge.handle(request, next).await }
        }))
        .configure(|config| document.configure(config))
        .app_data(web::Data::from(Arc::clone(proxy)))
        .default_service(web::to(proxy::forward));
    config.service(scope);
}

/// The embedded process: the edge, the API document and every service.
/// The data that the process shares is added outside, by [`platform::service::configure_process`].
pub fn embedded(config: &mut ServiceConfig, edge: &Arc<Edge>, document: &Arc<MergedDocument>, services: &[Behind]) {
    let edge = Arc::clone(edge);
    let mut scope = web::scope("")
        .wrap(from_fn(move |request, next| {
            let edge = Arc::clone(&edge);
            async move { edge.handle(request, next).await }
        }))
        .configure(|config| document.configure(config));
    for Behind { name, routing, data } in services {
        let name = *name;
        let owned = guard::fn_guard(move |context| context.req_data().get::<Owner>() == Some(&Owner(name)));
        let inner = web::scope("").guard(owned).configure(|config| data(config)).configure(|config| routing.configure(config));
        scope = scope.service(inner);
    }
    config.service(scope);
}
