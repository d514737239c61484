//! Starting, stopping and talking to whole deployments.

mod deployment;
mod office;
mod process;

pub(crate) use deployment::{Deployment, SERVICES};
pub(crate) use office::{PostOffice, mail, told};
pub(crate) use process::executable;
