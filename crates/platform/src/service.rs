//! What a service is to the executable: a name, its operations, its migrations and how to start it.

use std::collections::BTreeMap;
use std::future::{Ready, ready};
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::web::{Data, PathConfig, QueryConfig, ServiceConfig};
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use kernel::{Clock, Fault};
use utoipa::openapi::OpenApi;

use crate::audit;
use crate::authority::Authority;
use crate::config::Settings;
use crate::db::Db;
use crate::migration::Migrations;
use crate::openapi;
use crate::operation::Operations;
use crate::page::CursorKey;
use crate::peer::Peers;
use crate::problem::Problem;
use crate::test_clock;
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

impl Service {
    /// Everything the service answers: its own operations and those that every service has, under its own name.
    #[must_use]
    pub fn all_operations(&self) -> Operations {
        let mut common = audit::operations().and(test_clock::operations());
        for operation in &mut common.list {
            operation.path = operation.path.replace("{service}", self.name);
            let id = format!("{}.{}", operation.id(), self.name);
            operation.document.operation_id = Some(id);
        }
        (self.operations)().and(common)
    }

    /// Its API document.
    #[must_use]
    pub fn document(&self) -> OpenApi {
        openapi::document(&format!("Liaison: {}", self.name), self.about, &self.all_operations())
    }
}

/// The databases of the services in this process, by service name.
#[derive(Clone, Default)]
pub struct Databases(BTreeMap<&'static str, Db>);

impl Databases {
    pub fn add(&mut self, db: Db) {
        self.0.insert(db.service(), db);
    }
}

/// The database of the service that a common operation is about: the third segment of its path.
pub struct Served(Db);

impl Served {
    #[must_use]
    pub fn db(&self) -> &Db {
        &self.0
    }
}

impl FromRequest for Served {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let databases = request.app_data::<Data<Databases>>();
        let service = request.path().split('/').nth(3).unwrap_or_default();
        let found = databases.and_then(|databases| databases.0.get(service)).cloned();
        ready(found.map(Self).ok_or_else(|| Fault::not_found("service").into()))
    }
}

/// Adds to an application what every process needs: the authority, clock, settings and databases, and the platform's own
/// answers to unreadable paths and queries.
pub fn configure_process(config: &mut ServiceConfig, process: &Process) {
    config.app_data(PathConfig::default().error_handler(|_, _| Problem::from(Fault::not_found("resource")).into()));
    config.app_data(QueryConfig::default().error_handler(|error, _| {
        let detail = format!("The query cannot be understood: {error}.");
        Problem::new(StatusCode::BAD_REQUEST, "invalid_query", detail).into()
    }));
    config.app_data(Data::from(Arc::clone(&process.authority)));
    config.app_data(Data::new(process.clock.clone()));
    config.app_data(Data::from(Arc::clone(&process.settings)));
    config.app_data(Data::new(process.databases.clone()));
    config.app_data(Data::new(CursorKey::new(&process.settings.secret.derive("cursor"))));
}

/// What the services of one process share.
#[derive(Clone)]
pub struct Process {
    pub authority: Arc<Authority>,
    pub clock: Clock,
    pub settings: Arc<Settings>,
    pub databases: Databases,
}
