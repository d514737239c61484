//! The API only grows: the document of this code is compared with those that were checked in before.
//!
//! A client written against an earlier document of the same major version must go on working. Removing an operation, a
//! parameter or a member of an answer, asking for more, or accepting less fails here until the major version is raised.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::{Value, json};

use crate::harness::executable;
use crate::tidy::root;

/// Whether a schema describes what clients send or what they get.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    Sent,
    Got,
}

/// Two documents and what breaks between them.
struct Comparison<'d> {
    old: &'d Value,
    new: &'d Value,
    breaks: Vec<String>,
    /// Pairs of named schemas that are compared already; schemas may refer to themselves.
    seen: BTreeSet<(String, String, bool)>,
}

fn follow<'d>(document: &'d Value, schema: &'d Value) -> (&'d Value, String) {
    let Some(reference) = schema["$ref"].as_str() else { return (schema, String::new()) };
    let name = reference.rsplit('/').next().unwrap();
    (&document["components"]["schemas"][name], name.to_owned())
}

fn names(list: &Value) -> BTreeSet<String> {
    list.as_array().into_iter().flatten().map(|name| name.as_str().map_or_else(|| name.to_string(), str::to_owned)).collect()
}

impl<'d> Comparison<'d> {
    fn of(old: &'d Value, new: &'d Value) -> Vec<String> {
        let mut comparison = Self { old, new, breaks: Vec::new(), seen: BTreeSet::new() };
        for (path, item) in old["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap().iter().filter(|(_, operation)| operation["responses"].is_object()) {
                let about = format!("{} {path}", method.to_uppercase());
                match new["paths"][path].get(method) {
                    Some(now) => comparison.operation(&about, operation, now),
                    None => comparison.breaks.push(format!("{about}: is gone")),
                }
            }
        }
        comparison.breaks
    }

    fn operation(&mut self, about: &str, old: &'d Value, new: &'d Value) {
        self.demand(old["operationId"] == new["operationId"], about, "has another operationId");
        self.parameters(about, old, new);
        let body = |operation: &'d Value| &operation["requestBody"]["content"];
        for (media, content) in body(old).as_object().into_iter().flatten() {
            match body(new).get(media) {
                Some(now) => self.schema(&format!("{about}: body"), &content["schema"], &now["schema"], Way::Sent),
                None => self.breaks.push(format!("{about}: does not take {media} any more")),
            }
        }
        self.demand(body(old).is_object() || new["requestBody"]["required"] != true, about, "asks for a body now");
        for (status, response) in old["responses"].as_object().unwrap().iter().filter(|(status, _)| status.starts_with('2')) {
            let Some(now) = new["responses"].get(status) else {
                self.breaks.push(format!("{about}: does not answer {status} any more"));
                continue;
            };
            for (media, content) in response["content"].as_object().into_iter().flatten() {
                self.schema(&format!("{about}: {status}"), &content["schema"], &now["content"][media]["schema"], Way::Got);
            }
        }
    }

    fn parameters(&mut self, about: &str, old: &'d Value, new: &'d Value) {
        let list = |operation: &'d Value| operation["parameters"].as_array().into_iter().flatten();
        let same = |one: &Value, other: &Value| one["name"] == other["name"] && one["in"] == other["in"];
        for before in list(old) {
            match list(new).find(|now| same(before, now)) {
                Some(now) => self.schema(&format!("{about}: parameter {}", before["name"]), &before["schema"], &now["schema"], Way::Sent),
                None => self.breaks.push(format!("{about}: parameter {} is gone", before["name"])),
            }
        }
        for now in list(new).filter(|now| now["required"] == true) {
            let asked = list(old).any(|before| same(before, now) && before["required"] == true);
            self.demand(asked, about, &format!("asks for parameter {} now", now["name"]));
        }
    }

    fn schema(&mut self, about: &str, old: &'d Value, new: &'d Value, way: Way) {
        let ((old, was), (new, is)) = (follow(self.old, old), follow(self.new, or_null(old, new, way)));
        if !was.is_empty() && !self.seen.insert((was, is, way == Way::Sent)) {
            return;
        }
        self.types(about, old, new, way);
        let required = |schema: &Value| names(&schema["required"]);
        for name in required(new).difference(&required(old)).filter(|_| way == Way::Sent) {
            self.breaks.push(format!("{about}/{name}: is required now"));
        }
        for (name, member) in old["properties"].as_object().into_iter().flatten() {
            match new["properties"].get(name) {
                Some(now) => self.schema(&format!("{about}/{name}"), member, now, way),
                None => self.breaks.push(format!("{about}/{name}: is gone")),
            }
        }
        if old["items"].is_object() {
            self.schema(&format!("{about}/items"), &old["items"], &new["items"], way);
        }
        for choice in ["oneOf", "anyOf", "allOf"] {
            let choices = |schema: &'d Value| schema[choice].as_array().map_or(&[][..], Vec::as_slice);
            let fewer = choices(new).len() < choices(old).len();
            self.demand(!fewer || way == Way::Got, about, "accepts fewer alternatives");
            for (place, before) in choices(old).iter().enumerate() {
                let named = tag(before).and_then(|name| choices(new).iter().find(|now| tag(now).as_ref() == Some(&name)));
                if let Some(now) = named.or_else(|| choices(new).get(place)) {
                    self.schema(about, before, now, way);
                }
            }
        }
    }

    fn types(&mut self, about: &str, old: &Value, new: &Value, way: Way) {
        let kinds = |schema: &Value| if schema["type"].is_string() { names(&json!([schema["type"]])) } else { names(&schema["type"]) };
        let (before, now) = (kinds(old), kinds(new));
        let fits = match way {
            Way::Sent => before.is_subset(&now) || now.is_empty(),
            Way::Got => now.is_subset(&before) || before.is_empty(),
        };
        self.demand(fits, about, &format!("was {before:?} and is {now:?}"));
        let (before, now) = (names(&old["enum"]), names(&new["enum"]));
        let narrowed = way == Way::Sent && !now.is_empty() && (before.is_empty() || !before.is_subset(&now));
        self.demand(!narrowed, about, &format!("accepts only {now:?} of {before:?}"));
    }

    fn demand(&mut self, holds: bool, about: &str, text: &str) {
        if !holds {
            self.breaks.push(format!("{about}: {text}"));
        }
    }
}

/// The member that tells an alternative from the others, and its word.
fn tag(schema: &Value) -> Option<(String, String)> {
    let members = schema["properties"].as_object()?;
    members.iter().find_map(|(name, member)| match member["enum"].as_array()?.as_slice() {
        [word] => Some((name.clone(), word.to_string())),
        _ => None,
    })
}

/// What may be sent as null now may still be sent as it was.
fn or_null<'d>(old: &Value, new: &'d Value, way: Way) -> &'d Value {
    match new["oneOf"].as_array().map(Vec::as_slice) {
        Some([other, null]) if way == Way::Sent && null["type"] == "null" && old["oneOf"].is_null() => other,
        _ => new,
    }
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).current_dir(root()).output().unwrap();
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

fn major(document: &Value) -> String {
    document["info"]["version"].as_str().unwrap().split('.').next().unwrap().to_owned()
}

/// The code is compared with the document as it was checked in last and the time before.
#[test]
fn the_api_only_grows() {
    let folder = tempfile::tempdir().unwrap();
    let written = Command::new(executable()).args(["openapi", "--folder"]).arg(folder.path()).output().unwrap();
    assert!(written.status.success(), "{}", String::from_utf8_lossy(&written.stderr));
    let now: Value = serde_json::from_slice(&std::fs::read(folder.path().join("gateway.json")).unwrap()).unwrap();
    let commits = git(&["log", "-2", "--format=%H", "--", "openapi/gateway.json"]).unwrap_or_default();
    for commit in commits.lines() {
        let Some(text) = git(&["show", &format!("{commit}:openapi/gateway.json")]) else { continue };
        let before: Value = serde_json::from_str(&text).unwrap();
        if major(&before) == major(&now) {
            let breaks = Comparison::of(&before, &now);
            assert!(breaks.is_empty(), "{} changes break clients of {commit}:\n  {}", breaks.len(), breaks.join("\n  "));
        }
    }
}

fn example(body: &Value, answer: &Value) -> Value {
    json!({"info": {"version": "1.0.0"}, "paths": {"/v1/things": {"post": {
        "operationId": "things.create",
        "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Body"}}}},
        "responses": {"201": {"content": {"application/json": {"schema": answer}}}},
    }}}, "components": {"schemas": {"Body": body}}})
}

#[test]
fn what_breaks_clients_is_found() {
    let body = json!({"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}, "kind": {"enum": ["a", "b"]}}});
    let answer = json!({"type": "object", "properties": {"id": {"type": "string"}, "size": {"type": "integer"}}});
    let old = example(&body, &answer);
    assert_eq!(Comparison::of(&old, &old), Vec::<String>::new());
    let wider = json!({"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}, "kind": {"enum": ["a", "b", "c"]}, "more": {}}});
    assert_eq!(Comparison::of(&old, &example(&wider, &answer)), Vec::<String>::new(), "growing is allowed");
    let asking =
        json!({"type": "object", "required": ["name", "kind"], "properties": {"name": {"type": "string"}, "kind": {"enum": ["a"]}}});
    let breaks = Comparison::of(&old, &example(&asking, &answer));
    assert_eq!(breaks.len(), 2, "a required member and a narrower choice: {breaks:?}");
    let other = json!({"type": "object", "properties": {"size": {"type": "string"}}});
    let breaks = Comparison::of(&old, &example(&body, &other));
    assert_eq!(breaks.len(), 2, "a member that is gone and one of another type: {breaks:?}");
    let named = |words: &[&str]| -> Vec<Value> {
        words.iter().map(|word| json!({"type": "object", "properties": {"model": {"enum": [word]}, *word: {"type": "string"}}})).collect()
    };
    let (two, three) = (json!({"oneOf": named(&["a", "c"])}), json!({"oneOf": named(&["a", "b", "c"])}));
    assert_eq!(Comparison::of(&example(&two, &two), &example(&three, &three)), Vec::<String>::new(), "alternatives go by their tag");
    let member = |member: Value| example(&json!({"type": "object", "properties": {"more": member}}), &answer);
    let null = json!({"oneOf": [&body, {"type": "null"}]});
    assert_eq!(Comparison::of(&member(body.clone()), &member(null)), Vec::<String>::new(), "what may be null may be sent");
    let mut gone = old.clone();
    gone["paths"] = json!({});
    assert_eq!(Comparison::of(&old, &gone), ["POST /v1/things: is gone"]);
}
