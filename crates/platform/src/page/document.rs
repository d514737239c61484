//! How a list's parameters appear in the API document: the same declaration that reads them.

use serde_json::json;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn, ParameterStyle};
use utoipa::openapi::{RefOr, Required, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::field::{Kind, Op, Rule};
use super::parse::{DEFAULT_LIMIT, MAX_LIMIT, Shape};

/// Every query parameter of a list.
pub(super) fn parameters(shape: &Shape) -> Vec<Parameter> {
    let mut parameters = vec![
        parameter(
            "limit",
            "How many rows a page holds at most.",
            json!({"type": "integer", "format": "int32", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}),
        ),
        parameter(
            "cursor",
            "`next_cursor` of the page before, with the same filter, sort and search.",
            json!({"type": "string", "maxLength": 4096, "pattern": "^[A-Za-z0-9_-]+$"}),
        ),
        parameter("count", "Adds how many rows there are on all pages.", json!({"type": "boolean", "default": false})),
        parameter("sort", &sort_text(shape), json!({"type": "string", "maxLength": 200, "default": shape.default_sort})),
        many("fields", "Only these members of each row.", (shape.members)()),
    ];
    if !shape.includes.is_empty() {
        parameters.push(many("include", "Related things to add to the answer.", shape.includes.to_vec()));
    }
    if shape.search {
        let text = "Full text search; combines with filters.";
        parameters.push(parameter("q", text, json!({"type": "string", "minLength": 1, "maxLength": 200})));
    }
    for rule in &shape.rules {
        parameters.extend(Op::ALL.into_iter().filter(|op| rule.allows(*op)).map(|op| filter(rule, op)));
    }
    parameters
}

fn sort_text(shape: &Shape) -> String {
    let names: Vec<String> = shape.rules.iter().filter(|rule| rule.sortable).map(|rule| format!("`{}`", rule.name)).collect();
    format!("Fields separated by commas, each with `-` in front for descending: {}. Nulls come last.", names.join(", "))
}

fn filter(rule: &Rule, op: Op) -> Parameter {
    let name = format!("filter[{}][{}]", rule.name, op.as_str());
    let field = rule.name;
    let text = match op {
        Op::Eq => format!("Rows whose `{field}` is this. `filter[{field}]` means the same."),
        Op::Ne => format!("Rows whose `{field}` is not this."),
        Op::In => format!("Rows whose `{field}` is one of these, separated by commas."),
        Op::Nin => format!("Rows whose `{field}` is none of these, separated by commas."),
        Op::Lt => format!("Rows whose `{field}` is less than this."),
        Op::Lte => format!("Rows whose `{field}` is this or less."),
        Op::Gt => format!("Rows whose `{field}` is greater than this."),
        Op::Gte => format!("Rows whose `{field}` is this or greater."),
        Op::Exists => format!("Rows that have (true) or lack (false) `{field}`."),
        Op::Contains => format!("Rows whose `{field}` contains this text, ignoring case."),
    };
    match op {
        Op::In | Op::Nin => listed(&name, &text, json!({"type": "array", "minItems": 1, "maxItems": 100, "items": value(rule.kind)})),
        Op::Exists => parameter(&name, &text, value(Kind::Boolean)),
        _ => parameter(&name, &text, value(rule.kind)),
    }
}

fn value(kind: Kind) -> serde_json::Value {
    match kind {
        Kind::Uuid => json!({"type": "string", "format": "uuid"}),
        Kind::Text => json!({"type": "string", "minLength": 1, "maxLength": 200}),
        Kind::Choice(choices) => json!({"type": "string", "enum": choices}),
        Kind::Instant => json!({"type": "string", "format": "date-time"}),
        Kind::Date => json!({"type": "string", "format": "date"}),
        Kind::Integer => json!({"type": "integer", "format": "int64"}),
        Kind::Boolean => json!({"type": "boolean"}),
        Kind::Amount(_) => json!({"type": "string", "maxLength": 40, "pattern": r"^-?[0-9]{1,30}(\.[0-9]{1,18})?$"}),
    }
}

fn many<T: serde::Serialize>(name: &str, text: &str, choices: Vec<T>) -> Parameter {
    let items = if choices.is_empty() { json!({"type": "string"}) } else { json!({"type": "string", "enum": choices}) };
    listed(name, &format!("{text} Separated by commas."), json!({"type": "array", "minItems": 1, "maxItems": 100, "items": items}))
}

fn listed(name: &str, text: &str, schema: serde_json::Value) -> Parameter {
    builder(name, text, schema).style(Some(ParameterStyle::Form)).explode(Some(false)).build()
}

fn parameter(name: &str, text: &str, schema: serde_json::Value) -> Parameter {
    builder(name, text, schema).build()
}

fn builder(name: &str, text: &str, schema: serde_json::Value) -> ParameterBuilder {
    let schema: Option<RefOr<Schema>> = serde_json::from_value(schema).ok();
    ParameterBuilder::new().name(name).parameter_in(ParameterIn::Query).required(Required::False).description(Some(text)).schema(schema)
}

/// The member names of a view, from its own schema; flattened parts are followed.
pub(super) fn members<V: ToSchema>() -> Vec<String> {
    let mut named = Vec::new();
    V::schemas(&mut named);
    let mut members = Vec::new();
    collect(&<V as PartialSchema>::schema(), &named, 0, &mut members);
    members
}

fn collect(schema: &RefOr<Schema>, named: &[(String, RefOr<Schema>)], depth: u8, members: &mut Vec<String>) {
    match schema {
        RefOr::T(Schema::Object(object)) => members.extend(object.properties.keys().cloned()),
        RefOr::T(Schema::AllOf(parts)) => parts.items.iter().for_each(|part| collect(part, named, depth, members)),
        RefOr::Ref(reference) if depth < 4 => {
            let name = reference.ref_location.rsplit('/').next();
            if let Some((_, target)) = named.iter().find(|(known, _)| Some(known.as_str()) == name) {
                collect(target, named, depth + 1, members);
            }
        }
        RefOr::Ref(_) | RefOr::T(_) => {}
    }
}
