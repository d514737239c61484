//! What lists refuse, and that a walk over pages is complete.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Bench;
use super::document::Operation;
use super::findings::Findings;
use super::fixtures::Fixtures;

pub(super) async fn check(bench: &Bench) {
    let fixtures = Fixtures::make(bench, "lists").await;
    let mut findings = Findings::default();
    for operation in bench.api.operations.iter().filter(|operation| operation.paged()) {
        let name = operation.name();
        let Some(path) = fixtures.path(operation) else {
            findings.add(&name, "no fixture fills its path");
            continue;
        };
        let join = if path.contains('?') { '&' } else { '?' };
        for query in ["zzz=1", "limit=0", "limit=201", "limit=x", "cursor=zzz", "sort=zzz", "filter[zzz]=1", "limit=1&limit=2"] {
            let answer = bench.operator.get(&format!("{path}{join}{query}")).await;
            findings.status(&format!("{name}?{query}"), &answer, &[400]);
        }
        let answer = bench.operator.get(&path).await;
        if findings.status(&name, &answer, &[200]) {
            findings.demand(answer.body["data"].is_array(), &name, "its body has no data");
            findings.demand(answer.body.get("next_cursor").is_some(), &name, "its body has no next_cursor");
        }
    }
    fixtures.settle(&mut findings);
    findings.settle("lists");
}

/// Rows that were there when the walk began are seen once each, whatever comes in meanwhile.
pub(super) async fn walk(bench: &Bench) {
    for round in 0..3 {
        let _ = Fixtures::make(bench, &format!("walk{round}")).await;
    }
    let fixtures = Fixtures::make(bench, "walk").await;
    let mut findings = Findings::default();
    let lists: Vec<&Operation> = bench.api.operations.iter().filter(|operation| operation.paged()).collect();
    let mut before = BTreeMap::new();
    for operation in &lists {
        if let Some(path) = fixtures.path(operation) {
            before.insert(operation.name(), (path.clone(), ids(bench, &path, 200, None).await));
        }
    }
    let stop = std::sync::atomic::AtomicBool::new(false);
    let inserts = async {
        for round in 0.. {
            if stop.load(std::sync::atomic::Ordering::Relaxed) {
                break;
            }
            let _ = Fixtures::make(bench, &format!("meanwhile{round}")).await;
        }
    };
    let reads = async {
        for (name, (path, stable)) in &before {
            let walked = ids(bench, path, 2, Some(stable.len() * 3 + 50)).await;
            for id in stable {
                let seen = walked.iter().filter(|other| *other == id).count();
                findings.demand(seen == 1, name, &format!("a walk by two saw {id} {seen} times"));
            }
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    };
    tokio::join!(inserts, reads);
    findings.settle("walk");
}

/// The identities of all rows, page by page; at most `most` pages, since rows may come in for ever.
async fn ids(bench: &Bench, path: &str, limit: usize, most: Option<usize>) -> Vec<String> {
    let join = if path.contains('?') { '&' } else { '?' };
    let (mut found, mut cursor) = (Vec::new(), String::new());
    for _ in 0..most.unwrap_or(100) {
        let page = bench.operator.get(&format!("{path}{join}limit={limit}{cursor}")).await;
        let Some(rows) = page.body["data"].as_array() else { return found };
        found.extend(rows.iter().map(identity));
        match page.body["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    found
}

fn identity(row: &Value) -> String {
    ["id", "seq", "code"].iter().find_map(|name| row.get(*name)).unwrap_or(row).to_string()
}
