//! Corrective actions: what is done so that it does not happen again, by whom and until which day.
//!
//! An action is due at the end of its local day. Its owner says that it is done and shows it; somebody else verifies that, or sends it
//! back. Whether it helped is looked at once more on a later day.

pub(crate) mod commands;
pub(crate) mod entity;
pub(crate) mod http;
pub(crate) mod model;
mod record;
pub(crate) mod state;
pub(crate) mod store;
pub(crate) mod wire;
