//! `demo`: the demonstration company, and what to try on it.

use chrono::TimeDelta;
use identity::Grant;
use indicatif::ProgressBar;
use kernel::Clock;
use platform::serve;

use crate::compose::embedded::{self, Embedded};
use crate::compose::{Failure, open};
use crate::demo;
use crate::screen::say;

/// Serves everything with the demonstration company until asked to stop.
pub(super) async fn serve() -> Result<(), Failure> {
    let settings = embedded::settings()?;
    // A line for each of the requests that load the company would bury what it is about.
    platform::telemetry::start_with(&settings.log, "warn");
    std::fs::create_dir_all(&settings.data_dir)?;
    let day = settings.data_dir.join("day.sh");
    let db = open(&identity::service(), &settings, &Clock::default()).await?;
    let token = identity::mint(db, &settings, &Grant::operator(), TimeDelta::minutes(15)).await?;
    let progress = ProgressBar::new_spinner().with_message("starting and loading the demonstration company");
    progress.enable_steady_tick(std::time::Duration::from_millis(100));
    let running = Embedded::start(settings).await?;
    let loaded = match demo::load(&running.url, &token.text).await {
        Ok(loaded) => loaded,
        Err(failure) => {
            progress.finish_and_clear();
            running.stop().await;
            return Err(failure);
        }
    };
    progress.finish_and_clear();
    let script = loaded.day(&running.url);
    std::fs::write(&day, &script)?;
    say(format_args!("Liaison answers at   {}", running.url));
    say(format_args!("Documentation        {}/docs", running.url));
    say("\nWho can sign in (role, e-mail, password):");
    for line in loaded.credentials() {
        say(format_args!("  {line}"));
    }
    say(format_args!("\nA coordinator's day, also kept in {}: sh {}\n\n{script}", day.display(), day.display()));
    serve::asked_to_stop().await?;
    running.stop().await;
    Ok(())
}

/// Loads the demonstration company into a running deployment.
pub(super) async fn load_into(url: &str, token: &str) -> Result<(), Failure> {
    let loaded = demo::load(url, token).await?;
    say(loaded.day(url));
    Ok(())
}
