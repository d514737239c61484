//! The one executable: serves all of Liaison in one process or one service of it, and looks after its data.
//!
//! This crate composes; it holds no business rule. `compose` starts services, `command` has one module per subcommand.

mod api;
mod cli;
mod command;
mod compose;
mod demo;
mod screen;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    match actix_web::rt::System::new().block_on(command::run(cli.command.unwrap_or_default())) {
        Ok(status) => status,
        Err(failure) => {
            screen::complain(&failure);
            ExitCode::FAILURE
        }
    }
}
