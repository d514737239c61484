//! Whether this process is alive, and whether it wants work.
//!
//! `/livez` answers as long as the process runs and never touches a database: restarting does not repair a database.
//! `/readyz` runs every registered check and is off from the moment the process drains. What drains listens here too.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpResponse, Responder};
use async_trait::async_trait;
use futures_util::future::join_all;
use sea_orm::ConnectionTrait as _;
use serde_json::json;
use tokio::sync::watch;

use crate::db::Db;
use crate::problem::Problem;

const LIMIT: Duration = Duration::from_secs(2);

/// One thing that must work for the process to be useful.
#[async_trait]
pub trait Check: Send + Sync {
    /// Shown in the answer: `tickets database`.
    fn name(&self) -> &str;

    /// # Errors
    /// When it does not work at the moment.
    async fn check(&self) -> Result<(), Problem>;
}

/// A handle; clones share the state.
#[derive(Clone)]
pub struct Health {
    checks: Arc<Vec<Arc<dyn Check>>>,
    draining: watch::Sender<bool>,
}

impl Health {
    #[must_use]
    pub fn new(checks: Vec<Arc<dyn Check>>) -> Self {
        Self { checks: Arc::new(checks), draining: watch::Sender::new(false) }
    }

    /// Turns readiness off and wakes everything that waits for [`Health::draining`].
    pub fn drain(&self) {
        self.draining.send_replace(true);
    }

    #[must_use]
    pub fn is_draining(&self) -> bool {
        *self.draining.borrow()
    }

    /// Returns when the process begins to drain; long streams and workers end then.
    pub async fn draining(&self) {
        let mut state = self.draining.subscribe();
        if state.wait_for(|draining| *draining).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Runs every check.
    ///
    /// # Errors
    /// 503 `draining` or `not_ready`; the latter names the failing checks.
    pub async fn ready(&self) -> Result<(), Problem> {
        if self.is_draining() {
            let detail = "This process is shutting down and takes no new work.";
            return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "draining", detail).with_retry_after(1));
        }
        let results = join_all(self.checks.iter().map(|check| run(check.as_ref()))).await;
        let failing: Vec<&str> = results.into_iter().flatten().collect();
        if failing.is_empty() {
            return Ok(());
        }
        let detail = format!("Not ready: {}.", failing.join(", "));
        let failing = serde_json::to_string(&failing)?;
        Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not_ready", detail).with_retry_after(1).with_fact("failing", failing))
    }

    /// Adds `/livez` and `/readyz`.
    pub fn configure(&self, config: &mut ServiceConfig) {
        config.app_data(Data::new(self.clone())).route("/livez", web::get().to(livez)).route("/readyz", web::get().to(readyz));
    }
}

/// The check's name when it fails.
async fn run(check: &dyn Check) -> Option<&str> {
    let result = tokio::time::timeout(LIMIT, check.check()).await.unwrap_or_else(|_| Err(Problem::unavailable("the check took too long")));
    result.inspect_err(|problem| tracing::warn!(check = check.name(), %problem, "not ready")).err().map(|_| check.name())
}

async fn livez() -> impl Responder {
    HttpResponse::Ok().json(json!({"status": "alive"}))
}

async fn readyz(health: Data<Health>) -> Result<impl Responder, Problem> {
    health.ready().await?;
    Ok(HttpResponse::Ok().json(json!({"status": "ready"})))
}

/// Ready when the service's database answers.
pub struct DatabaseCheck {
    db: Db,
    name: String,
}

impl DatabaseCheck {
    #[must_use]
    pub fn new(db: Db) -> Self {
        Self { name: format!("{} database", db.service()), db }
    }
}

#[async_trait]
impl Check for DatabaseCheck {
    fn name(&self) -> &str {
        &self.name
    }

    async fn check(&self) -> Result<(), Problem> {
        self.db.read().execute_unprepared("SELECT 1").await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    struct Switch(AtomicBool);

    #[async_trait]
    impl Check for Switch {
        fn name(&self) -> &'static str {
            "switch"
        }

        async fn check(&self) -> Result<(), Problem> {
            if self.0.load(Ordering::Relaxed) { Ok(()) } else { Err(Problem::unavailable("off")) }
        }
    }

    #[actix_web::test]
    async fn readiness_follows_the_checks_and_ends_with_draining() {
        let switch = Arc::new(Switch(AtomicBool::new(false)));
        let check: Arc<dyn Check> = Arc::<Switch>::clone(&switch);
        let health = Health::new(vec![check]);
        let problem = health.ready().await.unwrap_err();
        assert_eq!((problem.status().as_u16(), problem.code()), (503, "not_ready"));
        switch.0.store(true, Ordering::Relaxed);
        assert!(health.ready().await.is_ok());
        let waiting = actix_web::rt::spawn({
            let health = health.clone();
            async move { health.draining().await }
        });
        health.drain();
        waiting.await.unwrap();
        assert_eq!(health.ready().await.unwrap_err().code(), "draining");
        health.draining().await;
    }
}
