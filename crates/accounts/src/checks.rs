//! Reporting the faults of several checks at once.

/// Fails with the faults of all the given results together; afterwards each of them is known to be good.
macro_rules! all_sound {
    ($($result:expr),+ $(,)?) => {
        kernel::Fault::all([$($result.as_ref().err().cloned()),+].into_iter().flatten())?
    };
}
pub(crate) use all_sound;

use kernel::Fault;

/// A name: trimmed, not empty.
///
/// # Errors
/// A field fault at `pointer`.
pub(crate) fn name(text: &str, pointer: &'static str) -> Result<String, Fault> {
    let name = text.trim();
    if name.is_empty() || name.chars().any(char::is_control) {
        return Err(Fault::field(pointer, "required", "Expected a name that is not empty."));
    }
    Ok(name.to_owned())
}

/// An optional text: trimmed, and absent when nothing is left.
pub(crate) fn optional(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}
