//! `serve` and `migrate`.

use kernel::Clock;
use platform::config::{Role, Settings, environment};
use platform::serve;

use crate::compose::embedded::{self, Embedded};
use crate::compose::{Failure, named, services, split};
use crate::screen::say;

/// Serves everything until asked to stop.
pub(super) async fn everything() -> Result<(), Failure> {
    let settings = embedded::settings()?;
    platform::telemetry::start(&settings.log);
    let running = Embedded::start(settings).await?;
    if let Some(token) = &running.bootstrap {
        say(format_args!("First start. POST /v1/bootstrap makes the administrator, once, with this token: {}", token.as_str()));
    }
    say(format_args!("Liaison answers at {}; its documentation is at {}/docs", running.url, running.url));
    serve::asked_to_stop().await?;
    running.stop().await;
    Ok(())
}

/// Serves one service, or the gateway in front of them.
pub(super) async fn one(name: &str) -> Result<(), Failure> {
    if name == "gateway" {
        return split::gateway().await;
    }
    let known = || services().map(|service| service.name).join(", ");
    let service = named(name).ok_or_else(|| Failure::Words(format!("there is no service {name}; there are gateway, {}", known())))?;
    split::serve(service).await
}

/// Brings every database up to date.
pub(super) async fn migrate() -> Result<(), Failure> {
    let settings = Settings::read(Role::Embedded, &environment())?;
    std::fs::create_dir_all(&settings.data_dir)?;
    for service in services() {
        crate::compose::open(&service, &settings, &Clock::default()).await?;
        say(format_args!("{}: up to date", service.name));
    }
    Ok(())
}
