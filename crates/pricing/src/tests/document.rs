//! The API document of pricing holds together.

use std::collections::BTreeSet;

use serde_json::Value;

fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match (name.as_str(), member) {
                    ("$ref", Value::String(target)) => drop(found.insert(target.clone())),
                    _ => references(member, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[test]
fn every_reference_resolves_and_every_operation_has_its_own_name() {
    let document = platform::openapi::published(&crate::service().document());
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    let missing: Vec<&String> = found.iter().filter(|target| document.pointer(target.trim_start_matches('#')).is_none()).collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert_eq!(document["components"]["schemas"]["ChargeGroup"]["enum"][1], "transport");
    let mut names = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap().to_owned();
            println!("{} {path} {name} {}", method.to_uppercase(), operation["x-permission"]);
            assert!(names.insert(name.clone()), "{name} twice");
        }
    }
}
