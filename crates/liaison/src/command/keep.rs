//! `backup` and `restore` of the embedded databases. PostgreSQL has tools of its own for this.

use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};
use platform::db::{Db, Location};
use sea_orm::{ConnectionTrait, Statement};

use crate::compose::{Failure, embedded, services};
use crate::screen::say;

/// Copies every database into `folder`, each at one instant, while Liaison may be serving.
pub(super) async fn backup(folder: &Path) -> Result<(), Failure> {
    let settings = embedded::settings()?;
    if !matches!(settings.database, Location::Folder(_)) {
        return Err(Failure::Words("only embedded databases are backed up here; use pg_dump for PostgreSQL".to_owned()));
    }
    std::fs::create_dir_all(folder)?;
    let progress = progress(services().len());
    for service in services() {
        let target = folder.join(format!("{}.db", service.name));
        if target.exists() {
            return Err(Failure::Words(format!("{} exists already; a backup never overwrites one", target.display())));
        }
        progress.set_message(service.name);
        let db = Db::open(service.name, &settings.database, &settings.pools, kernel::Clock::default()).await?;
        let statement = Statement::from_sql_and_values(db.backend(), "VACUUM INTO $1", [target.display().to_string().into()]);
        db.migrations().execute_raw(statement).await.map_err(platform::problem::Problem::from)?;
        progress.inc(1);
    }
    let secret = settings.data_dir.join("secret");
    if secret.exists() {
        std::fs::copy(secret, folder.join("secret"))?;
    }
    progress.finish_and_clear();
    say(format_args!("backed up into {}; it holds the deployment's secret: keep it where only you can read it", folder.display()));
    Ok(())
}

/// Puts the databases of a backup in place of the present ones.
pub(super) fn restore(folder: &Path) -> Result<(), Failure> {
    let settings = embedded::settings()?;
    let missing: Vec<&str> =
        services().map(|service| service.name).into_iter().filter(|name| !folder.join(format!("{name}.db")).exists()).collect();
    if !missing.is_empty() {
        return Err(Failure::Words(format!("{} is not a whole backup: it lacks {}", folder.display(), missing.join(", "))));
    }
    std::fs::create_dir_all(&settings.data_dir)?;
    let progress = progress(services().len());
    for service in services() {
        let target = settings.data_dir.join(format!("{}.db", service.name));
        // A leftover log would be replayed into the restored file.
        for leftover in ["-wal", "-shm"] {
            let path = settings.data_dir.join(format!("{}.db{leftover}", service.name));
            if path.exists() {
                std::fs::remove_file(path)?;
            }
        }
        std::fs::copy(folder.join(format!("{}.db", service.name)), target)?;
        progress.inc(1);
    }
    if folder.join("secret").exists() {
        std::fs::copy(folder.join("secret"), settings.data_dir.join("secret"))?;
    }
    progress.finish_and_clear();
    say(format_args!("restored {} into {}", folder.display(), settings.data_dir.display()));
    Ok(())
}

fn progress(steps: usize) -> ProgressBar {
    let bar = ProgressBar::new(u64::try_from(steps).unwrap_or_default());
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}
