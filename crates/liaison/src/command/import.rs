//! `import`: a CSV file to an import of the API, with progress when it takes long.

use std::path::Path;
use std::time::Duration;

use indicatif::ProgressBar;
use serde_json::Value;

use crate::api::Api;
use crate::compose::Failure;
use crate::screen::say;

const POLL: Duration = Duration::from_millis(250);

/// Sends the file and says what became of it; fails when the import was refused.
pub(super) async fn run(file: &Path, to: &str, url: &str, token: &str, dry_run: bool) -> Result<(), Failure> {
    let api = Api::new(url, token);
    let csv = std::fs::read(file)?;
    let query = if dry_run { "?dry_run=true" } else { "" };
    let answer = api.send_csv(&format!("{to}{query}"), csv).await?;
    let result = match answer.body.get("state") {
        Some(_) => follow(&api, &answer.body).await?,
        None => answer.body,
    };
    for refused in refused_rows(&result) {
        say(refused);
    }
    let count = |name: &str| result.get(name).and_then(Value::as_i64).unwrap_or_default();
    say(format_args!(
        "{}{} added, {} replaced, {} unchanged, {} refused",
        if dry_run { "would be: " } else { "" },
        count("added"),
        count("replaced"),
        count("unchanged"),
        count("refused")
    ));
    Ok(())
}

/// Reads a long operation until it ends.
async fn follow(api: &Api, operation: &Value) -> Result<Value, Failure> {
    let id = operation.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
    let progress = ProgressBar::new(0);
    loop {
        let now = api.get(&format!("/v1/operations/{id}")).await?.body;
        let number = |pointer: &str| now.pointer(pointer).and_then(Value::as_u64);
        progress.set_length(number("/progress/total").unwrap_or_default());
        progress.set_position(number("/progress/done").unwrap_or_default());
        match now.get("state").and_then(Value::as_str) {
            Some("done") => {
                progress.finish_and_clear();
                return Ok(now.get("result").cloned().unwrap_or_default());
            }
            Some("failed" | "cancelled") => {
                progress.finish_and_clear();
                return Err(Failure::Words(format!("the import ended: {now}")));
            }
            _ => tokio::time::sleep(POLL).await,
        }
    }
}

fn refused_rows(result: &Value) -> Vec<String> {
    let rows = result.get("rows").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let refused = rows.iter().filter(|row| row.get("outcome").and_then(Value::as_str) == Some("refused"));
    refused.map(|row| format!("line {}: {}", row.get("line").unwrap_or(&Value::Null), row.get("errors").unwrap_or(&Value::Null))).collect()
}
