//! Settings.

/// The settings of one process.
#[derive(Debug)]
pub struct Settings;
