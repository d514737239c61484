//! Checking a JSON document against an API schema, gathering every fault.
//!
//! Covers what the API's own types use: types, required and unknown members, enumerations, lengths, ranges, patterns,
//! UUIDs, dates and instants, arrays, maps, references, nullable and tagged alternatives.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use chrono::{DateTime, NaiveDate};
use kernel::FieldFault;
use regex::Regex;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa::openapi::schema::{AdditionalProperties, Array, ArrayItems, Object, SchemaFormat, SchemaType, Type};
use utoipa::openapi::{KnownFormat, RefOr, Schema};
use uuid::Uuid;

/// A type's schema with all that it refers to.
pub struct Shape {
    root: RefOr<Schema>,
    named: HashMap<String, RefOr<Schema>>,
}

thread_local! {
    static PATTERNS: RefCell<HashMap<String, Option<Rc<Regex>>>> = RefCell::new(HashMap::new());
}

impl Shape {
    #[must_use]
    pub fn of<T: ToSchema>() -> Self {
        let mut named = Vec::new();
        T::schemas(&mut named);
        Self { root: T::schema(), named: named.into_iter().collect() }
    }

    /// Adds every fault of `document` to `faults`.
    pub fn check(&self, document: &Value, faults: &mut Vec<FieldFault>) {
        self.any(&self.root, document, "", faults);
    }

    fn resolve<'s>(&'s self, schema: &'s RefOr<Schema>) -> Option<&'s Schema> {
        match schema {
            RefOr::T(schema) => Some(schema),
            RefOr::Ref(reference) => {
                let name = reference.ref_location.rsplit('/').next()?;
                self.named.get(name).and_then(|schema| self.resolve(schema))
            }
        }
    }

    fn any(&self, schema: &RefOr<Schema>, value: &Value, pointer: &str, faults: &mut Vec<FieldFault>) {
        match self.resolve(schema) {
            Some(Schema::Object(object)) => self.object(object, value, pointer, faults),
            Some(Schema::Array(array)) => self.array(array, value, pointer, faults),
            Some(Schema::OneOf(choice)) => self.choice(&choice.items, value, pointer, faults),
            Some(Schema::AnyOf(choice)) => self.choice(&choice.items, value, pointer, faults),
            Some(Schema::AllOf(parts)) => self.merged(&parts.items, value, pointer, faults),
            _ => {}
        }
    }

    /// The alternative that fits; when none does, the faults of the one that comes closest.
    fn choice(&self, items: &[RefOr<Schema>], value: &Value, pointer: &str, faults: &mut Vec<FieldFault>) {
        let mut closest: Option<Vec<FieldFault>> = None;
        for item in items {
            let mut found = Vec::new();
            self.any(item, value, pointer, &mut found);
            if found.is_empty() {
                return;
            }
            if closest.as_ref().is_none_or(|best| rank(&found, pointer) < rank(best, pointer)) {
                closest = Some(found);
            }
        }
        faults.extend(closest.unwrap_or_default());
    }

    /// Flattened structs: members of all parts together.
    fn merged(&self, items: &[RefOr<Schema>], value: &Value, pointer: &str, faults: &mut Vec<FieldFault>) {
        let objects: Vec<&Object> = items
            .iter()
            .filter_map(|item| match self.resolve(item) {
                Some(Schema::Object(object)) => Some(object),
                _ => None,
            })
            .collect();
        if objects.len() < items.len() {
            for item in items {
                self.any(item, value, pointer, faults);
            }
            return;
        }
        let Value::Object(members) = value else { return faults.push(wrong_type(pointer, "an object")) };
        for object in &objects {
            self.members(object, members, pointer, faults);
        }
        for key in members.keys().filter(|key| !objects.iter().any(|object| object.properties.contains_key(*key))) {
            faults.push(unknown(pointer, key));
        }
    }

    fn object(&self, object: &Object, value: &Value, pointer: &str, faults: &mut Vec<FieldFault>) {
        if let Some(expected) = mismatch(&object.schema_type, value) {
            return faults.push(wrong_type(pointer, expected));
        }
        if let Some(values) = &object.enum_values
            && !values.contains(value)
        {
            let list: Vec<String> = values.iter().map(ToString::to_string).collect();
            return faults.push(fault(pointer, "not_a_choice", format!("Expected one of {}.", list.join(", "))));
        }
        match value {
            Value::Object(members) => {
                self.members(object, members, pointer, faults);
                self.further(object, members, pointer, faults);
            }
            Value::String(text) => string(object, text, pointer, faults),
            Value::Number(number) => range(object, number, pointer, faults),
            _ => {}
        }
    }

    fn members(&self, object: &Object, members: &Map<String, Value>, pointer: &str, faults: &mut Vec<FieldFault>) {
        for name in object.required.iter().filter(|name| !members.contains_key(*name)) {
            faults.push(fault(&join(pointer, name), "required", "This member is required.".to_owned()));
        }
        for (name, schema) in &object.properties {
            if let Some(member) = members.get(name) {
                self.any(schema, member, &join(pointer, name), faults);
            }
        }
    }

    fn further(&self, object: &Object, members: &Map<String, Value>, pointer: &str, faults: &mut Vec<FieldFault>) {
        let others = members.iter().filter(|(key, _)| !object.properties.contains_key(*key));
        match object.additional_properties.as_deref() {
            Some(AdditionalProperties::RefOr(schema)) => {
                for (key, member) in others {
                    self.any(schema, member, &join(pointer, key), faults);
                }
            }
            Some(AdditionalProperties::FreeForm(true)) => {}
            None if object.properties.is_empty() => {}
            _ => faults.extend(others.map(|(key, _)| unknown(pointer, key))),
        }
    }

    fn array(&self, array: &Array, value: &Value, pointer: &str, faults: &mut Vec<FieldFault>) {
        if value.is_null() && mismatch(&array.schema_type, value).is_none() {
            return;
        }
        let Value::Array(items) = value else { return faults.push(wrong_type(pointer, "an array")) };
        if let Some(least) = array.min_items.filter(|least| items.len() < *least) {
            faults.push(fault(pointer, "too_few_items", format!("At least {least} items are needed.")));
        }
        if let Some(most) = array.max_items.filter(|most| items.len() > *most) {
            faults.push(fault(pointer, "too_many_items", format!("At most {most} items are allowed.")));
        }
        if let ArrayItems::RefOrSchema(schema) = &array.items {
            for (index, item) in items.iter().enumerate() {
                self.any(schema, item, &format!("{pointer}/{index}"), faults);
            }
        }
    }
}

/// How far an alternative is from fitting: a wrong choice of tag or a wrong type at its own level is far.
fn rank(faults: &[FieldFault], pointer: &str) -> (usize, usize) {
    let depth = pointer.matches('/').count() + 1;
    let far = faults
        .iter()
        .filter(|fault| fault.pointer == pointer || (fault.code == "not_a_choice" && fault.pointer.matches('/').count() <= depth))
        .count();
    (far, faults.len())
}

fn string(object: &Object, text: &str, pointer: &str, faults: &mut Vec<FieldFault>) {
    let length = text.chars().count();
    if let Some(least) = object.min_length.filter(|least| length < *least) {
        faults.push(fault(pointer, "too_short", format!("At least {least} characters are needed.")));
    }
    if let Some(most) = object.max_length.filter(|most| length > *most) {
        faults.push(fault(pointer, "too_long", format!("At most {most} characters are allowed.")));
    }
    if text.contains('\0') {
        faults.push(fault(pointer, "invalid_character", "The character U+0000 is not allowed.".to_owned()));
    }
    if let Some(pattern) = &object.pattern
        && !matches(pattern, text)
    {
        faults.push(fault(pointer, "invalid_format", format!("Expected the form {pattern}.")));
    }
    let expected = match &object.format {
        Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)) if Uuid::parse_str(text).is_err() => Some("a UUID"),
        Some(SchemaFormat::KnownFormat(KnownFormat::Date)) if text.parse::<NaiveDate>().is_err() => Some("a date such as 2026-03-31"),
        Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)) if DateTime::parse_from_rfc3339(text).is_err() => {
            Some("an RFC 3339 instant such as 2026-03-31T15:30:00Z")
        }
        _ => None,
    };
    if let Some(expected) = expected {
        faults.push(fault(pointer, "invalid_format", format!("Expected {expected}.")));
    }
}

fn matches(pattern: &str, text: &str) -> bool {
    PATTERNS.with_borrow_mut(|patterns| {
        let compiled = patterns.entry(pattern.to_owned()).or_insert_with(|| Regex::new(pattern).ok().map(Rc::new));
        compiled.as_ref().is_none_or(|regex| regex.is_match(text))
    })
}

fn range(object: &Object, number: &serde_json::Number, pointer: &str, faults: &mut Vec<FieldFault>) {
    let Some(value) = number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from)) else { return };
    if let Some(least) = object.minimum.as_ref().and_then(whole).filter(|least| value < *least) {
        faults.push(fault(pointer, "too_small", format!("At least {least} is needed.")));
    }
    if let Some(most) = object.maximum.as_ref().and_then(whole).filter(|most| value > *most) {
        faults.push(fault(pointer, "too_large", format!("At most {most} is allowed.")));
    }
}

/// Bounds in the API's schemas are whole numbers; amounts are strings and never pass here.
fn whole(number: &utoipa::Number) -> Option<i128> {
    match number {
        utoipa::Number::Int(value) => i128::try_from(*value).ok(),
        utoipa::Number::UInt(value) => i128::try_from(*value).ok(),
        _ => None,
    }
}

/// What was expected, when the value's type is not among the schema's.
fn mismatch(schema_type: &SchemaType, value: &Value) -> Option<&'static str> {
    let fits = |kind: &Type| match kind {
        Type::Object => value.is_object(),
        Type::String => value.is_string(),
        Type::Integer => value.is_i64() || value.is_u64(),
        Type::Number => value.is_number(),
        Type::Boolean => value.is_boolean(),
        Type::Array => value.is_array(),
        Type::Null => value.is_null(),
    };
    let (found, first) = match schema_type {
        SchemaType::Type(kind) => (fits(kind), Some(kind)),
        SchemaType::Array(kinds) => (kinds.iter().any(fits), kinds.iter().find(|kind| !matches!(kind, Type::Null))),
        SchemaType::AnyValue => (true, None),
    };
    (!found).then_some(match first {
        Some(Type::Object) => "an object",
        Some(Type::String) => "a string",
        Some(Type::Integer) => "a whole number",
        Some(Type::Number) => "a number",
        Some(Type::Boolean) => "true or false",
        Some(Type::Array) => "an array",
        Some(Type::Null) | None => "null",
    })
}

fn join(pointer: &str, member: &str) -> String {
    format!("{pointer}/{}", member.replace('~', "~0").replace('/', "~1"))
}

fn fault(pointer: &str, code: &'static str, message: String) -> FieldFault {
    FieldFault { pointer: pointer.to_owned(), code: code.into(), message }
}

fn wrong_type(pointer: &str, expected: &str) -> FieldFault {
    fault(pointer, "wrong_type", format!("Expected {expected}."))
}

fn unknown(pointer: &str, key: &str) -> FieldFault {
    fault(&join(pointer, key), "unknown_field", "There is no such member.".to_owned())
}
