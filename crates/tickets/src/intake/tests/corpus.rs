//! Real and deliberately broken mails, where they are present.

use std::path::{Path, PathBuf};

use crate::intake::{dedupe, mime, reply};

/// Every file under the shared folder of mails.
pub(crate) fn mails() -> Vec<(PathBuf, Vec<u8>)> {
    let shared =
        option_env!("LIAISON_SHARED").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let folder = shared.join("data/emails");
    if !folder.exists() {
        println!("{} is not present: nothing to read", folder.display());
    }
    let mut found = Vec::new();
    collect(&folder, &mut found);
    found.sort();
    found
}

fn collect(folder: &Path, found: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, found);
        } else if let Ok(content) = std::fs::read(&path) {
            found.push((path, content));
        }
    }
}

#[test]
fn every_mail_is_read_the_same_way_twice() {
    let now = "2026-03-02T15:00:00Z".parse().unwrap();
    for (path, raw) in mails() {
        let mail = mime::read(&raw);
        assert_eq!(dedupe::key(&mail, now), dedupe::key(&mime::read(&raw), now), "{}", path.display());
        let _ = reply::trim(&mail.text);
        let inside = path.components().any(|part| part.as_os_str() == "multipart_report_emails");
        if inside && mail.report_type.as_deref() == Some("delivery-status") {
            assert!(mail.report.is_some(), "{}", path.display());
        }
    }
}
