//! `doctor`: is this deployment configured and sound? Reads only, apart from bringing nothing up to date.

use kernel::Clock;
use platform::audit::seal;
use platform::config::{Role, Settings, environment};
use platform::db::Db;
use platform::migration;
use platform::service::Service;

use crate::compose::{Failure, services};
use crate::screen::say;

/// Checks everything, says each finding, and fails when one is bad.
pub(super) async fn run() -> Result<(), Failure> {
    let settings = Settings::read(Role::Embedded, &environment())?;
    say("configuration: sound");
    for name in &settings.unknown {
        say(format_args!("configuration: nothing reads {name}; is it misspelt?"));
    }
    examine_provider(&settings).await?;
    let mut bad = 0_usize;
    for service in services() {
        match examine(&service, &settings).await {
            Ok(finding) => say(format_args!("{}: {finding}", service.name)),
            Err(failure) => {
                bad += 1;
                say(format_args!("{}: {failure}", service.name));
            }
        }
    }
    if bad == 0 { Ok(()) } else { Err(Failure::Words(format!("{bad} of {} services are not sound", services().len()))) }
}

async fn examine_provider(settings: &Settings) -> Result<(), Failure> {
    if let Some(usable) = identity::examine_provider(settings).await? {
        say(format_args!("trusted issuer: {usable} usable keys"));
    }
    Ok(())
}

async fn examine(service: &Service, settings: &Settings) -> Result<String, Failure> {
    let db = Db::open(service.name, &settings.database, &settings.pools, Clock::default()).await?;
    let pending = migration::pending(&db, service.migrations).await?;
    if pending > 0 {
        return Err(Failure::Words(format!("{pending} migrations have not run; run `liaison migrate`")));
    }
    let trail = seal::verify(db.read()).await?;
    match trail.broken_at {
        None => Ok(format!("database up to date, audit trail of {} entries intact", trail.checked)),
        Some(position) => Err(Failure::Words(format!("the audit trail is broken at position {position}"))),
    }
}
