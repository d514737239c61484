//! What every mutable row carries beside its content: its version, and who made and changed it when.
//!
//! A value changes its stamp once per command, so that a saved row's version is one more than the one that was read; the save
//! ([`crate::rows::save`]) demands that, which is how two writers never overwrite each other. What the row holds belongs to
//! its resource.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::db::Tx;

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

/// The stamp of a row whose entity has the five columns of a mutable row.
#[macro_export]
macro_rules! stamp_of {
    ($row:expr) => {
        $crate::stamp::Stamp {
            version: $row.version,
            created_at: $row.created_at,
            updated_at: $row.updated_at,
            created_by: $row.created_by,
            updated_by: $row.updated_by,
        }
    };
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn a_touch_raises_the_version_and_keeps_who_began_it() {
        let at = "2026-03-02T15:00:00Z".parse::<DateTime<Utc>>().unwrap();
        let made = Stamp::new(Touch { by: Uuid::from_u128(1), at });
        let touch = Touch { by: Uuid::from_u128(2), at: at + TimeDelta::hours(1) };
        let expected = Stamp { version: 2, updated_at: touch.at, updated_by: Some(touch.by), ..made };
        assert_eq!(made.touched(touch), expected);
        assert_eq!((expected.created_at, expected.created_by), (at, Some(Uuid::from_u128(1))));
        assert_eq!(stamp_of!(made), made);
    }
}
