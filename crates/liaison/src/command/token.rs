//! `token`: whoever holds the deployment's secret and database may act as its operator.

use chrono::TimeDelta;
use identity::Grant;
use kernel::Clock;
use platform::config::{Role, Settings, environment};

use crate::compose::{Failure, open};
use crate::screen::say;

/// Prints an access token of the operator.
pub(super) async fn run(minutes: i64) -> Result<(), Failure> {
    let settings = Settings::read(Role::Embedded, &environment())?;
    std::fs::create_dir_all(&settings.data_dir)?;
    let db = open(&identity::service(), &settings, &Clock::default()).await?;
    let token = identity::mint(db, &settings, &Grant::operator(), TimeDelta::minutes(minutes)).await?;
    say(token.text.as_str());
    Ok(())
}
