//! Rules about the source itself: which crate may use which, how long files are, what modules may be called.
//!
//! No server is started here. Every rule lists all its breaches.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use regex::Regex;
use serde_json::Value;

use crate::harness::{SERVICES, executable};

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The files that are tracked, as paths from the root with their text; binary files are left out.
fn tracked() -> Vec<(String, String)> {
    let names = output("git", &["ls-files"]);
    let texts = names.lines().filter_map(|name| Some((name.to_owned(), std::fs::read_to_string(root().join(name)).ok()?)));
    texts.collect()
}

fn sources() -> Vec<(String, String)> {
    tracked().into_iter().filter(|(name, _)| name.ends_with(".rs")).collect()
}

#[track_caller]
fn none(rule: &str, breaches: &[String]) {
    assert!(breaches.is_empty(), "{rule}: {} breaches\n  {}", breaches.len(), breaches.join("\n  "));
}

/// The crates that each crate may use; test support is for tests only.
fn may_use(name: &str) -> Vec<&'static str> {
    let mut allowed = match name {
        "kernel" => vec![],
        "platform" => vec!["kernel"],
        "clients" => vec!["kernel", "platform"],
        "testkit" => vec!["kernel", "platform", "clients"],
        // The gateway composes views and so asks services as services ask each other.
        name if name == "gateway" || SERVICES.contains(&name) => vec!["kernel", "platform", "clients"],
        _ => vec!["kernel", "platform", "clients", "gateway", "typeset"],
    };
    if ["liaison", "bench", "e2e"].contains(&name) {
        allowed.extend(SERVICES);
    }
    allowed
}

#[test]
fn crates_depend_downwards_only() {
    let metadata: Value = serde_json::from_str(&output("cargo", &["metadata", "--no-deps", "--offline", "--format-version", "1"])).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let ours: BTreeSet<&str> = packages.iter().filter_map(|package| package["name"].as_str()).collect();
    let mut breaches = Vec::new();
    for package in packages {
        let name = package["name"].as_str().unwrap();
        for dependency in package["dependencies"].as_array().unwrap() {
            let (other, kind) = (dependency["name"].as_str().unwrap(), dependency["kind"].as_str().unwrap_or("normal"));
            let test_support = other == "testkit" && (kind == "dev" || name == "bench");
            if ours.contains(other) && !test_support && !may_use(name).contains(&other) {
                breaches.push(format!("{name} -> {other} ({kind})"));
            }
        }
    }
    none("a crate uses one that it must not know", &breaches);
}

#[test]
fn files_are_short() {
    let lines = |text: &str| text.lines().count();
    let long = sources().into_iter().filter(|(_, text)| lines(text) > 400);
    let breaches: Vec<String> = long.map(|(name, text)| format!("{name}: {} lines", lines(&text))).collect();
    none("a file has more than 400 lines", &breaches);
}

#[test]
fn modules_say_what_they_are_for() {
    let banned = ["util", "utils", "common", "helper", "helpers", "misc", "manager", "impl", "dto", "base"];
    let mut breaches = Vec::new();
    for (name, text) in sources() {
        let parts: Vec<&str> = name.trim_end_matches(".rs").split('/').collect();
        breaches.extend(parts.iter().filter(|part| banned.contains(part)).map(|part| format!("{name}: is called {part}")));
        // Tests stand beside what they are about.
        let tests = parts.contains(&"tests") && name.starts_with("crates/");
        if !text.starts_with("//!") && !tests && !name.ends_with("build.rs") {
            breaches.push(format!("{name}: begins without a description (//!)"));
        }
    }
    none("a module does not say what it is for", &breaches);
}

#[test]
fn types_are_named_after_what_they_hold() {
    let declared =
        Regex::new(r"(?m)^\s*(?:pub(?:\([a-z]+\))? )?(?:struct|enum|trait|type) (\w+(?:Service|Repository|Manager|Helper|Dto|Impl))\b")
            .unwrap();
    // The day of the first service under a contract is a term of the business.
    let terms = ["FirstService"];
    let mut breaches = Vec::new();
    for (name, text) in sources() {
        let found = declared.captures_iter(&text).map(|found| found[1].to_owned()).filter(|name| !terms.contains(&name.as_str()));
        breaches.extend(found.map(|found| format!("{name}: {found}")));
    }
    none("a type is named after a pattern", &breaches);
}

#[test]
fn nothing_is_left_open() {
    let (mark, issue) = (Regex::new(r"\b(TODO|FIXME)\b").unwrap(), Regex::new(r"#[0-9]+").unwrap());
    let mut breaches = Vec::new();
    for (name, text) in sources().into_iter().filter(|(name, _)| name != "tests/tidy.rs") {
        let open = text.lines().enumerate().filter(|(_, line)| mark.is_match(line) && !issue.is_match(line));
        breaches.extend(open.map(|(number, line)| format!("{name}:{}: {}", number + 1, line.trim())));
    }
    none("work is left open without an issue", &breaches);
}

#[test]
fn nothing_names_the_machine_it_was_made_on() {
    // Written apart, so that this file does not name them either.
    let places = [r"/work/", r"/root/", r"/home/[a-z]+/", r"/tmp/[a-z]", r"/Users/", r"registry=", r"replace-with"].join("|");
    let place = Regex::new(&format!(r#"(^|[\s"'=(`])({places})"#)).unwrap();
    let mut breaches = Vec::new();
    for (name, text) in tracked().into_iter().filter(|(name, _)| name != "tests/tidy.rs" && name != "Cargo.lock") {
        let named = text.lines().enumerate().filter(|(_, line)| place.is_match(line));
        breaches.extend(named.map(|(number, line)| format!("{name}:{}: {}", number + 1, line.trim())));
    }
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let sources: BTreeSet<&str> = lock.lines().filter_map(|line| line.strip_prefix("source = ")).collect();
    breaches.extend(
        sources
            .iter()
            .filter(|source| !source.contains("github.com/rust-lang/crates.io-index"))
            .map(|source| format!("Cargo.lock: {source}")),
    );
    none("a file names the machine it was made on", &breaches);
}

/// Handlers translate: they are short. The functions counted are those right after an API annotation.
#[test]
fn handlers_are_short() {
    let mut breaches = Vec::new();
    for (name, text) in sources() {
        let lines: Vec<&str> = text.lines().collect();
        let (mut annotated, mut began) = (false, None);
        for (number, line) in lines.iter().enumerate() {
            annotated |= line.starts_with("#[utoipa::path");
            if annotated
                && (line.starts_with("async fn ") || line.starts_with("pub(crate) async fn ") || line.starts_with("pub(super) async fn "))
            {
                (annotated, began) = (false, Some(number));
            }
            if let (Some(first), true) = (began, *line == "}") {
                let length = number - first + 1;
                if length > 25 {
                    breaches.push(format!("{name}:{}: {length} lines", first + 1));
                }
                began = None;
            }
        }
    }
    none("a handler has more than 25 lines", &breaches);
}

#[test]
fn the_documents_are_those_of_the_code() {
    let checked = Command::new(executable()).args(["openapi", "--check"]).current_dir(root()).output().unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&checked.stdout), String::from_utf8_lossy(&checked.stderr));
    assert!(checked.status.success(), "openapi/ is not what `liaison openapi` writes:\n{text}");
}

/// Every workspace lint is taken over by every crate, so that no crate is judged by other rules.
#[test]
fn every_crate_keeps_the_workspace_lints() {
    let manifests: BTreeMap<String, String> = tracked().into_iter().filter(|(name, _)| name.ends_with("/Cargo.toml")).collect();
    let breaches: Vec<String> =
        manifests.iter().filter(|(_, text)| !text.contains("[lints]\nworkspace = true")).map(|(name, _)| name.clone()).collect();
    none("a crate does not take over the workspace's lints", &breaches);
}
