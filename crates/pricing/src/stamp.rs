//! What every mutable row carries beside its content: its version, and who made and changed it when.
//!
//! A value changes its stamp once per command, so that a saved row's version is one more than the one that was read; the
//! save itself demands that, which is how two writers never overwrite each other.

use chrono::{DateTime, Utc};
use kernel::Fault;
use platform::db::Tx;
use platform::problem::Problem;
use sea_orm::{ActiveModelTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

/// Who changes a row, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Touch {
    pub by: Uuid,
    pub at: DateTime<Utc>,
}

impl Touch {
    /// The touch of a transaction.
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

/// Writes `row` over the one row that `guard` admits.
///
/// # Errors
/// 412 `stale_version` when no row is admitted: another writer was first.
pub(crate) async fn overwrite<E, A, C>(db: &C, row: A, guard: Condition) -> Result<(), Problem>
where
    E: EntityTrait,
    A: ActiveModelTrait<Entity = E>,
    C: ConnectionTrait,
{
    let done = E::update_many().set(row).filter(guard).exec(db).await?;
    if done.rows_affected == 0 { Err(Fault::stale().into()) } else { Ok(()) }
}
