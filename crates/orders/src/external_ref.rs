//! External references: unique per kind of row, so that an import that is repeated finds what it made before.

use kernel::Fault;
use platform::problem::Problem;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

/// Refuses a reference that another row of `E` holds, naming that row. Without a reference nothing is asked. The unique index
/// still decides between two requests at the same instant.
///
/// # Errors
/// 409 `external_ref_taken` with the holder's id.
pub(crate) async fn ensure_free<E: EntityTrait, C: ConnectionTrait>(
    db: &C,
    (id, column): (E::Column, E::Column),
    reference: Option<&str>,
) -> Result<(), Problem> {
    let Some(reference) = reference else { return Ok(()) };
    let holder: Option<Uuid> = E::find().select_only().column(id).filter(column.eq(reference)).into_tuple().one(db).await?;
    match holder {
        None => Ok(()),
        Some(holder) => Err(taken().with_conflicts([holder]).into()),
    }
}

/// The refusal, for a violated index.
pub(crate) fn taken() -> Fault {
    Fault::conflict("external_ref_taken", "Another row has this external reference.")
}
