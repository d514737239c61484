//! The smallest body that a schema accepts.

use kernel::id::new_uuid;
use regex::Regex;
use serde_json::{Map, Value, json};

use super::document::Api;

/// Texts that answer the patterns of the document; the first that fits is taken.
const TEXTS: [&str; 11] = ["sample", "1.00", "1", "USD", "US", "en", "net30", "08:00", "2026-01-01", "A1", "a@liaison.example"];

impl Api {
    /// The smallest value of a schema: required members only, the first of every choice.
    pub(super) fn sample(&self, schema: &Value) -> Value {
        let schema = self.resolve(schema);
        if let Some(choice) = first_choice(schema) {
            return self.sample(choice);
        }
        if let Some(value) = schema["enum"].as_array().and_then(|values| values.iter().find(|value| !value.is_null())) {
            return value.clone();
        }
        if let Some(parts) = schema["allOf"].as_array() {
            let members = parts.iter().filter_map(|part| self.sample(part).as_object().cloned()).flatten();
            return Value::Object(members.collect());
        }
        match kind(schema) {
            "object" => self.members(schema),
            "array" => (0..schema["minItems"].as_u64().unwrap_or(0)).map(|_| self.sample(&schema["items"])).collect(),
            "string" => Value::String(text(schema)),
            "integer" | "number" => schema["minimum"].as_i64().map_or(json!(1), |least| json!(least.max(1))),
            "boolean" => json!(false),
            _ => Value::Null,
        }
    }

    fn members(&self, schema: &Value) -> Value {
        let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let members: Map<String, Value> = required.map(|name| (name.to_owned(), self.sample(&schema["properties"][name]))).collect();
        Value::Object(members)
    }

    /// The names of all members that an object schema may have, with their schemas.
    pub(super) fn properties<'a>(&'a self, schema: &'a Value) -> Vec<(&'a str, &'a Value)> {
        let schema = self.resolve(schema);
        let parts = schema["allOf"].as_array().into_iter().flatten().flat_map(|part| self.properties(part));
        let own = schema["properties"].as_object().into_iter().flatten().map(|(name, schema)| (name.as_str(), schema));
        parts.chain(own).collect()
    }

    /// True for amounts: text that holds a decimal number.
    pub(super) fn is_decimal(&self, schema: &Value) -> bool {
        let schema = self.resolve(schema);
        let schema = first_choice(schema).map_or(schema, |choice| self.resolve(choice));
        schema["pattern"].as_str().is_some_and(|pattern| pattern.starts_with("^-?[0-9]{1,"))
    }
}

fn first_choice(schema: &Value) -> Option<&Value> {
    let choices = schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array())?;
    choices.iter().find(|choice| kind(choice) != "null")
}

fn kind(schema: &Value) -> &str {
    match &schema["type"] {
        Value::String(kind) => kind,
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or("null"),
        _ if schema.get("properties").is_some() => "object",
        _ => "",
    }
}

fn text(schema: &Value) -> String {
    match schema["format"].as_str() {
        Some("uuid") => return new_uuid().to_string(),
        Some("date") => return "2026-01-01".to_owned(),
        Some("date-time") => return "2026-01-01T00:00:00Z".to_owned(),
        _ => {}
    }
    if let Some(example) = schema["example"].as_str().or_else(|| schema["examples"][0].as_str()) {
        return example.to_owned();
    }
    let least = usize::try_from(schema["minLength"].as_u64().unwrap_or(0)).unwrap();
    let pattern = schema["pattern"].as_str().map(|pattern| Regex::new(pattern).unwrap());
    let fits = |text: &&str| text.len() >= least && pattern.as_ref().is_none_or(|pattern| pattern.is_match(text));
    TEXTS.iter().copied().find(fits).map_or_else(|| "a".repeat(least.max(1)), str::to_owned)
}
