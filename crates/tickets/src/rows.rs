//! What the stores share: reading words and JSON back, saving by version, and finding out whether a rule was broken.
//!
//! No query of one resource lives here. A stored value that cannot be read is a broken row (500), never a caller's fault.

use std::fmt::Display;
use std::str::FromStr;

use kernel::Fault;
use platform::problem::Problem;
use sea_orm::sea_query::{Alias, Expr, ExprTrait};
use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ConnectionTrait, EntityTrait, IntoActiveModel, JsonValue, ModelTrait, QueryFilter, UpdateMany,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

/// A stored word, or any other text with one reading.
pub(crate) fn word<T: FromStr>(text: &str) -> Result<T, Problem>
where
    T::Err: Display,
{
    text.parse().map_err(|error| Problem::internal(format!("a stored value cannot be read: {error}")))
}

/// A stored word that may be absent.
pub(crate) fn word_or_none<T: FromStr>(text: Option<&str>) -> Result<Option<T>, Problem>
where
    T::Err: Display,
{
    text.map(word).transpose()
}

/// A stored JSON value.
pub(crate) fn from_json<T: DeserializeOwned>(value: JsonValue) -> Result<T, Problem> {
    Ok(serde_json::from_value(value)?)
}

/// A value as its JSON column holds it.
pub(crate) fn to_json<T: Serialize + ?Sized>(value: &T) -> Result<JsonValue, Problem> {
    Ok(serde_json::to_value(value)?)
}

/// The stamp of a row of any resource table.
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
pub(crate) use stamp_of;

/// Replaces the row `id` if its version is still the one before `version`.
pub(crate) async fn save<C, M>(db: &C, row: M, id: Uuid, version: i64) -> Result<(), Problem>
where
    C: ConnectionTrait,
    M: ModelTrait + IntoActiveModel<<M::Entity as EntityTrait>::ActiveModel>,
    <M::Entity as EntityTrait>::ActiveModel: ActiveModelBehavior,
{
    let update: UpdateMany<M::Entity> = M::Entity::update_many()
        .set(row.into_active_model().reset_all())
        .filter(Expr::col(Alias::new("id")).eq(id))
        .filter(Expr::col(Alias::new("version")).eq(version - 1));
    let outcome = update.exec(db).await?;
    if outcome.rows_affected == 1 { Ok(()) } else { Err(Fault::stale().into()) }
}
