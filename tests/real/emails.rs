//! Every MIME file of the corpora, delivered twice: nothing is lost, nothing is doubled, no program is answered.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::harness::Deployment;

/// The files that are whole messages, in a fixed order.
fn messages(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if looks_like_mail(&path) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Ends in `.eml`, or is one of a parser's message samples.
fn looks_like_mail(path: &Path) -> bool {
    let eml = path.extension().is_some_and(|extension| extension == "eml");
    eml || path.parent().is_some_and(|parent| parent.ends_with("messages"))
}

#[tokio::test]
async fn every_mail_is_taken_in_once_and_no_program_is_answered() {
    let Some(folder) = super::data("emails") else { return };
    let deployment = Deployment::embedded().await;
    let operator = deployment.operator();
    // Mail without a Message-ID is known again by its content within the minute.
    deployment.set_time(&operator, "2026-11-30T16:00:00Z").await;
    let mailbox = json!({"name": "Help", "address": "help@liaison.example", "acknowledges": true});
    let _ = operator.post("/v1/mailboxes", mailbox).await.expect(201);
    let files = messages(&folder);
    let deliver = async |path: &Path| {
        let target = "/v1/intake/email?recipient=help@liaison.example";
        let request = operator.request(reqwest::Method::POST, target).header("content-type", "message/rfc822");
        operator.send(request.body(std::fs::read(path).unwrap())).await
    };
    let (mut outcomes, mut refused) = (BTreeMap::<String, usize>::new(), 0);
    for path in &files {
        let first = deliver(path).await;
        if first.status.as_u16() == 422 || first.status.as_u16() == 400 {
            refused += 1;
            continue;
        }
        assert!(first.status.is_success(), "{}: {}", path.display(), first.body);
        *outcomes.entry(first.text("/outcome")).or_default() += 1;
        if first.text("/auto_class") != "none" {
            assert_eq!(first.body["acknowledged"], false, "{} is a program's and was answered", path.display());
        }
    }
    let tickets = count(&operator, "/v1/tickets?limit=200").await;
    let mut again = BTreeMap::<String, usize>::new();
    for path in &files {
        let second = deliver(path).await;
        assert!(!second.status.is_server_error(), "{}: {}", path.display(), second.body);
        if second.status.is_success() {
            *again.entry(second.text("/outcome")).or_default() += 1;
        }
    }
    println!("emails: {} files; first delivery {outcomes:?}, refused {refused}; second delivery {again:?}; {tickets} tickets", files.len());
    assert_eq!(count(&operator, "/v1/tickets?limit=200").await, tickets, "a second delivery makes no ticket");
    assert_eq!((refused, again.keys().map(String::as_str).collect::<Vec<_>>()), (0, vec!["duplicate"]), "nothing is dropped or doubled");
    deployment.stop().await;
}

/// The rows of a list, all pages.
async fn count(client: &testkit::Client, first: &str) -> usize {
    let (mut rows, mut path) = (0, first.to_owned());
    loop {
        let page = client.get(&path).await.expect(200);
        rows += page.rows().len();
        match page.body["next_cursor"].as_str() {
            Some(cursor) => path = format!("{first}&cursor={cursor}"),
            None => return rows,
        }
    }
}
