//! Integrity over HTTP.

use actix_web::web::Data;
use chrono::{DateTime, Utc};
use kernel::{Currency, Fault, Money};
use platform::caller::Caller;
use platform::operation::Operations;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::{operations, permissions};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::checks::{CHECKS, Difference};
use crate::Orders;

permissions! {
    /// Check the global invariants.
    pub ReadIntegrity = "integrity:read";
}

/// Where an invariant does not hold. Amounts where there is a currency, counts where there is none.
#[derive(Serialize, ToSchema)]
struct DifferenceView {
    subject_id: Option<Uuid>,
    currency: Option<Currency>,
    expected: String,
    actual: String,
}

impl DifferenceView {
    fn of(difference: Difference) -> Result<Self, Problem> {
        let currency: Option<Currency> = difference.currency.as_deref().map(str::parse).transpose()?;
        let text = |value: i64| currency.map_or_else(|| value.to_string(), |currency| Money::from_minor(value, currency).to_string());
        let (expected, actual) = (text(difference.expected), text(difference.actual));
        Ok(Self { subject_id: difference.subject, currency, expected, actual })
    }
}

/// One invariant and where it does not hold.
#[derive(Serialize, ToSchema)]
struct CheckView {
    name: &'static str,
    description: &'static str,
    sound: bool,
    /// At most 100.
    differences: Vec<DifferenceView>,
}

/// Every invariant.
#[derive(Serialize, ToSchema)]
struct IntegrityView {
    sound: bool,
    checked_at: DateTime<Utc>,
    checks: Vec<CheckView>,
}

/// Check the global invariants.
///
/// Computed live from the rows; a sound system has no differences.
#[utoipa::path(get, path = "/v1/integrity", responses((status = 200, body = IntegrityView)))]
async fn check(caller: Caller<ReadIntegrity>, app: Data<Orders>) -> Result<Reply, Problem> {
    if caller.scope().is_customer() {
        return Err(Fault::forbidden("staff_only", "Integrity is for staff.").into());
    }
    let mut checks = Vec::with_capacity(CHECKS.len());
    for check in CHECKS {
        let found = check.run(app.db.read()).await?;
        let differences = found.into_iter().map(DifferenceView::of).collect::<Result<Vec<_>, _>>()?;
        checks.push(CheckView { name: check.name, description: check.about, sound: differences.is_empty(), differences });
    }
    let sound = checks.iter().all(|check| check.sound);
    Reply::ok(&IntegrityView { sound, checked_at: app.clock.now(), checks })
}

/// The operations on integrity.
#[must_use]
pub fn operations() -> Operations {
    operations!["integrity"; check]
}
