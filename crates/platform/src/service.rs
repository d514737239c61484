//! What a service is to the executable: a name, its operations, its migrations and how to start it.

use std::sync::Arc;

use actix_web::web::ServiceConfig;
use futures_util::future::LocalBoxFuture;
use kernel::Clock;

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
