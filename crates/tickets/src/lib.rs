//! tickets
mod intake;
