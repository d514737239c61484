//! What a service is to the executable: a name, its operations, its migrations and how to start it.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::{PathConfig, QueryConfig, ServiceConfig};
use futures_util::future::LocalBoxFuture;
use kernel::{Clock, Fault};

use crate::config::Settings;
use crate::db::Db;
use crate::migration::Migrations;
use crate::operation::Operations;
use crate::peer::Peers;
use crate::problem::Problem;
use crate::worker::Worker;

/// One service of the deployment; a crate gives it by `pub fn service() -> Service`.
#[derive(Clone, Copy)]
pub struct Service {
    /// Its folder, schema and process name: `tickets`.
    pub name: &'static str,
    /// What it does, for the API document.
    pub about: &'static str,
    /// Its number in the ids of long operations; never reused.
    pub number: u8,
    pub operations: fn() -> Operations,
    pub migrations: fn() -> Migrations,
    pub start: fn(Foundation) -> LocalBoxFuture<'static, Result<Mounted, Problem>>,
}

/// What every service stands on.
#[derive(Clone)]
pub struct Foundation {
    pub db: Db,
    pub clock: Clock,
    pub settings: Arc<Settings>,
    pub peers: Arc<dyn Peers>,
}

/// A started service: its app data and its background work.
pub struct Mounted {
    /// Adds the service's app data to an actix application; runs once in each HTTP thread.
    pub data: Arc<dyn Fn(&mut ServiceConfig) + Send + Sync>,
    pub workers: Vec<Arc<dyn Worker>>,
}

/// Adds a service's routes and app data, and the platform's own answers to unreadable paths and queries.
pub fn configure(config: &mut ServiceConfig, service: Service, data: &(dyn Fn(&mut ServiceConfig) + Send + Sync)) {
    config.app_data(PathConfig::default().error_handler(|_, _| Problem::from(Fault::not_found("resource")).into()));
    config.app_data(QueryConfig::default().error_handler(|error, _| {
        let detail = format!("The query cannot be understood: {error}.");
        Problem::new(StatusCode::BAD_REQUEST, "invalid_query", detail).into()
    }));
    data(config);
    (service.operations)().configure(config);
}
