//! The subcommands.

mod demo;
mod doctor;
mod import;
mod intake;
mod keep;
mod openapi;
mod serve;
mod token;

use std::process::ExitCode;

use crate::cli::Command;
use crate::compose::Failure;

/// Carries out one command; the answer is its exit status.
pub(crate) async fn run(command: Command) -> Result<ExitCode, Failure> {
    if let Command::Intake { what } = command {
        return Ok(intake::run(what).await);
    }
    carry_out(command).await.map(|()| ExitCode::SUCCESS)
}

async fn carry_out(command: Command) -> Result<(), Failure> {
    match command {
        Command::Intake { .. } => Ok(()),
        Command::Serve { service: None } => serve::everything().await,
        Command::Serve { service: Some(name) } => serve::one(&name).await,
        Command::Migrate => serve::migrate().await,
        Command::Openapi { check, folder } => openapi::run(check, &folder),
        Command::Doctor => doctor::run().await,
        Command::Backup { folder } => keep::backup(&folder).await,
        Command::Restore { folder } => keep::restore(&folder),
        Command::Token { minutes } => token::run(minutes).await,
        Command::Demo { into: None, .. } => demo::serve().await,
        Command::Demo { into: Some(url), token } => demo::load_into(&url, &token.unwrap_or_default()).await,
        Command::Import { file, to, url, token, dry_run } => import::run(&file, &to, &url, &token, dry_run).await,
    }
}
