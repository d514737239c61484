//! What every mutable row carries besides its content: its version, and who made and changed it when.
//!
//! A domain value changes its stamp exactly once per command, so that a saved row's version is one more than the read one.

use chrono::{DateTime, Utc};
use platform::db::Tx;
use uuid::Uuid;

/// Who changes a row, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Touch {
    pub by: Uuid,
    pub at: DateTime<Utc>,
}

impl Touch {
    /// The caller of the command that `tx` carries out, at its one instant.
    #[must_use]
    pub fn of(tx: &Tx) -> Self {
        Self { by: tx.actor().id, at: tx.now() }
    }
}

/// Version and authorship of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub created_by: Option<Uuid>,
    pub updated_by: Option<Uuid>,
}

impl Stamp {
    /// The stamp of a new row.
    #[must_use]
    pub const fn new(touch: Touch) -> Self {
        Self { version: 1, created_at: touch.at, updated_at: touch.at, created_by: Some(touch.by), updated_by: Some(touch.by) }
    }

    /// One version later.
    #[must_use]
    pub const fn touched(self, touch: Touch) -> Self {
        Self { version: self.version + 1, updated_at: touch.at, updated_by: Some(touch.by), ..self }
    }
}
