//! Real data, where it is present: it belongs to others and is not part of this project.

mod adventureworks;
mod emails;
mod sheet;

use std::path::PathBuf;

/// A folder of the shared data, if it is present.
pub(crate) fn data(name: &str) -> Option<PathBuf> {
    let shared =
        option_env!("LIAISON_SHARED").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared"), PathBuf::from);
    let folder = shared.join("data").join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("{} is not present: nothing to replay", folder.display());
    None
}
