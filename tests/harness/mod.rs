//! Starting, stopping and talking to whole deployments.

mod deployment;
mod process;

pub(crate) use deployment::{Deployment, SERVICES};
pub(crate) use process::executable;
