//! `openapi`: the checked-in API documents are what the code says.

use std::path::Path;

use platform::openapi;
use serde_json::Value;

use crate::compose::{Failure, parts, services};
use crate::screen::say;

/// Writes the documents, or with `check` fails when one differs.
pub(super) fn run(check: bool, folder: &Path) -> Result<(), Failure> {
    let mut documents: Vec<(String, String)> =
        services().iter().map(|service| (format!("{}.json", service.name), openapi::text(&service.document()))).collect();
    let merged: Value = serde_json::from_str(&gateway::document::merged(&parts())).map_err(|fault| Failure::Words(fault.to_string()))?;
    let text = serde_json::to_string_pretty(&merged).unwrap_or_default();
    documents.push(("gateway.json".to_owned(), format!("{text}\n")));
    let mut differing = Vec::new();
    for (name, text) in documents {
        let path = folder.join(&name);
        if check {
            if std::fs::read_to_string(&path).ok().as_deref() != Some(text.as_str()) {
                differing.push(name);
            }
        } else {
            std::fs::create_dir_all(folder)?;
            std::fs::write(&path, text)?;
            say(path.display());
        }
    }
    if differing.is_empty() {
        return Ok(());
    }
    let list = differing.join(", ");
    Err(Failure::Words(format!("not what the code says: {list}; run `liaison openapi` and read what changed")))
}
