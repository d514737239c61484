//! The document as it is given out: every text, number and list in it has a bound.
//!
//! A type that states its own bounds keeps them. For the rest the widest bound that always holds is written down: the
//! form's own length, the integers that every JSON reader keeps exact, the largest body. No bound here is ever narrower
//! than what the services accept or send.

use serde_json::{Map, Value, json};
use utoipa::openapi::OpenApi;

use super::answers;

/// The largest upload in bytes, hence the longest text.
const LONGEST_TEXT: u64 = 26_214_400;
/// An array element takes two bytes at least, and no body is longer than an upload.
const LONGEST_ARRAY: u64 = LONGEST_TEXT / 2;
/// The largest integer that every JSON reader keeps exact.
const EXACT: i64 = 9_007_199_254_740_991;

/// The document with its header components and with bounds.
#[must_use]
pub fn published(document: &OpenApi) -> Value {
    let mut value = serde_json::to_value(document).unwrap_or_default();
    if let Some(Value::Object(components)) = value.get_mut("components") {
        components.insert("headers".to_owned(), answers::components());
    }
    bound(&mut value);
    value
}

fn bound(value: &mut Value) {
    match value {
        Value::Object(members) => {
            bound_schema(members);
            for (name, member) in members {
                // What stands under these names is data, not schema.
                if !matches!(name.as_str(), "example" | "examples" | "default" | "enum" | "const") {
                    bound(member);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(bound),
        _ => {}
    }
}

fn bound_schema(schema: &mut Map<String, Value>) {
    if is(schema, "string") && !["maxLength", "enum", "const"].into_iter().any(|known| schema.contains_key(known)) {
        let most = longest(schema.get("format").and_then(Value::as_str));
        schema.insert("maxLength".to_owned(), json!(most));
    }
    if is(schema, "array") {
        schema.entry("maxItems").or_insert_with(|| json!(LONGEST_ARRAY));
    }
    if is(schema, "integer") && !schema.contains_key("enum") {
        let format = schema.entry("format").or_insert_with(|| json!("int64"));
        let most = if format == "int32" { i64::from(i32::MAX) } else { EXACT };
        schema.entry("minimum").or_insert_with(|| json!(-most));
        schema.entry("maximum").or_insert_with(|| json!(most));
    }
}

/// True when the schema allows this type, alone or beside null.
fn is(schema: &Map<String, Value>, kind: &str) -> bool {
    match schema.get("type") {
        Some(Value::String(one)) => one == kind,
        Some(Value::Array(several)) => several.iter().any(|one| one == kind),
        _ => false,
    }
}

fn longest(format: Option<&str>) -> u64 {
    match format {
        Some("uuid") => 36,
        Some("date") => 10,
        Some("date-time") => 40,
        _ => LONGEST_TEXT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounded(mut schema: Value) -> Value {
        bound(&mut schema);
        schema
    }

    #[test]
    fn what_has_no_bound_gets_the_widest_that_holds() {
        assert_eq!(bounded(json!({"type": ["string", "null"], "format": "uuid"}))["maxLength"], 36);
        assert_eq!(bounded(json!({"type": "array", "items": {"type": "string"}}))["items"]["maxLength"], LONGEST_TEXT);
        let integer = bounded(json!({"type": "integer", "minimum": 0}));
        assert_eq!((&integer["format"], &integer["minimum"], &integer["maximum"]), (&json!("int64"), &json!(0), &json!(EXACT)));
    }

    #[test]
    fn own_bounds_and_examples_stay() {
        let own = json!({"type": "string", "maxLength": 5, "examples": [{"type": "string"}]});
        assert_eq!(bounded(own.clone()), own);
        let member = json!({"type": "object", "properties": {"type": {"type": "string", "enum": ["a"]}}});
        assert_eq!(bounded(member.clone()), member);
    }
}
