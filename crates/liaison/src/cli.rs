//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// Liaison, the backend that account-coordination teams run on.
#[derive(Debug, Parser)]
#[command(version, about, after_help = "Settings are read from LIAISON_ variables; the README lists them. Without a command, `serve`.")]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve everything in this process, or only one service of a split deployment.
    Serve {
        /// gateway, identity, accounts, pricing, tickets, orders or events.
        service: Option<String>,
    },
    /// Bring the databases up to date and exit.
    Migrate,
    /// Write the API documents into a folder, or check that they are what the code says.
    Openapi {
        /// Change nothing; fail when a document differs.
        #[arg(long)]
        check: bool,
        /// Where the documents are.
        #[arg(long, default_value = "openapi")]
        folder: PathBuf,
    },
    /// Serve everything with a demonstration company and print what to try.
    Demo {
        /// Load into a deployment that is running there, and print the day's commands, instead of serving.
        #[arg(long, requires = "token")]
        into: Option<String>,
        /// An operator's access token for that deployment.
        #[arg(long, env = "LIAISON_TOKEN", hide_env_values = true)]
        token: Option<String>,
    },
    /// Print an access token for an administrator of this deployment.
    Token {
        /// How long it is good for.
        #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(i64).range(1..=1440))]
        minutes: i64,
    },
    /// Send a CSV file to an import of the API and follow its progress.
    Import {
        file: PathBuf,
        /// The import's path, such as /v1/pricebooks/ID/versions/1/import.
        #[arg(long)]
        to: String,
        /// Where Liaison answers.
        #[arg(long, default_value = "http://127.0.0.1:8080")]
        url: String,
        /// An access token or API key.
        #[arg(long, env = "LIAISON_TOKEN", hide_env_values = true)]
        token: String,
        /// Say what would happen to each row and write nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Deliver something from outside, for a program that pipes it to us.
    Intake {
        #[command(subcommand)]
        what: Intake,
    },
    /// Check the configuration, the databases and the invariants.
    Doctor,
    /// Copy the embedded databases, consistently and while serving, into a new folder.
    Backup { folder: PathBuf },
    /// Put a backup in place of the embedded databases; Liaison must not be running.
    Restore { folder: PathBuf },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Intake {
    /// Read one mail from standard input and deliver it. Exit status as mail servers expect it (sysexits): 0 taken, also when
    /// it had come before; 65 refused for good; 75 not now, try again later.
    Email {
        /// The envelope's recipient; repeat it for several. Without it the mail's own head decides.
        #[arg(long)]
        recipient: Vec<String>,
        /// The envelope's sender; empty for a bounce.
        #[arg(long)]
        return_path: Option<String>,
        /// Where Liaison answers.
        #[arg(long, env = "LIAISON_URL", default_value = "http://127.0.0.1:8080")]
        url: String,
        /// An API key or access token that may deliver.
        #[arg(long, env = "LIAISON_TOKEN", hide_env_values = true)]
        token: Option<String>,
    },
}

impl Default for Command {
    fn default() -> Self {
        Self::Serve { service: None }
    }
}
