//! Three-state fields of a merge patch (RFC 7396): absent keeps, null clears, a value sets.
//!
//! Use `#[serde(default, deserialize_with = "platform::patch::present")]` on an `Option<Option<T>>`.

use serde::{Deserialize, Deserializer};

/// Reads a present member, null included, as `Some`.
///
/// # Errors
/// Those of `T`.
pub fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}
