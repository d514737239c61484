//! Setting the clock of a process, for tests of what happens later.
//!
//! Answers 404 unless the process was started in test mode, and needs a permission of its own even there.

use actix_web::web::Data;
use chrono::{DateTime, Utc};
use kernel::{Clock, Fault};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::caller::Caller;
use crate::config::Settings;
use crate::operation::Operations;
use crate::problem::Problem;
use crate::reply::Reply;
use crate::valid::Valid;
use crate::{operations, permissions};

permissions! {
    SetClock = "clock:set";
}

/// The instant to stand at; null lets the clock follow the system again.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct SetTime {
    now: Option<DateTime<Utc>>,
}

/// What time it is for this process.
#[derive(Serialize, ToSchema)]
struct TimeView {
    now: DateTime<Utc>,
    /// True when the clock stands still.
    fixed: bool,
}

/// Set the clock of a process in test mode.
#[utoipa::path(put, path = "/v1/clock/{service}", request_body = SetTime, responses((status = 200, body = TimeView)))]
async fn set(_caller: Caller<SetClock>, command: Valid<SetTime>, clock: Data<Clock>, settings: Data<Settings>) -> Result<Reply, Problem> {
    if !settings.test_mode {
        return Err(Fault::not_found("clock").into());
    }
    clock.set(command.now);
    Reply::ok(&TimeView { now: clock.now(), fixed: clock.is_fixed() })
}

pub(crate) fn operations() -> Operations {
    operations!["clock"; set]
}
