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

/// Where in the document the check is. It becomes a JSON pointer only where there is a fault.
enum Place<'p> {
    Root,
    Member(&'p Self, &'p str),
    Item(&'p Self, usize),
}

impl Place<'_> {
    fn member<'p>(&'p self, name: &'p str) -> Place<'p> {
        Place::Member(self, name)
    }

    fn item(&self, index: usize) -> Place<'_> {
        Place::Item(self, index)
    }

    fn pointer(&self) -> String {
        match self {
            Self::Root => String::new(),
            Self::Member(above, name) => format!("{}/{}", above.pointer(), name.replace('~', "~0").replace('/', "~1")),
            Self::Item(above, index) => format!("{}/{index}", above.pointer()),
        }
    }
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
        self.any(&self.root, document, &Place::Root, faults);
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

    fn any(&self, schema: &RefOr<Schema>, value: &Value, place: &Place<'_>, faults: &mut Vec<FieldFault>) {
        match self.resolve(schema) {
            Some(Schema::Object(object)) => self.object(object, value, place, faults),
            Some(Schema::Array(array)) => self.array(array, value, place, faults),
            Some(Schema::OneOf(choice)) => self.choice(&choice.items, value, place, faults),
            Some(Schema::AnyOf(choice)) => self.choice(&choice.items, value, place, faults),
            Some(Schema::AllOf(parts)) => self.merged(&parts.items, value, place, faults),
            _ => {}
        }
    }

    /// The alternative that fits; when none does, the faults of the one that comes closest.
    fn choice(&self, items: &[RefOr<Schema>], value: &Value, place: &Place<'_>, faults: &mut Vec<FieldFault>) {
        let mut closest: Option<Vec<FieldFault>> = None;
        for item in items {
            let mut found = Vec::new();
            self.any(item, value, place, &mut found);
            if found.is_empty() {
                return;
            }
            if closest.as_ref().is_none_or(|best| rank(&found, place) < rank(best, place)) {
                closest = Some(found);
            }
        }
        faults.extend(closest.unwrap_or_default());
    }

    /// Flattened structs: members of all parts together.
    fn merged(&self, items: &[RefOr<Schema>], value: &Value, place: &Place<'_>, faults: &mut Vec<FieldFault>) {
        let objects: Vec<&Object> = items
            .iter()
            .filter_map(|item| match self.resolve(item) {
                Some(Schema::Object(object)) => Some(object),
                _ => None,
            })
            .collect();
        if objects.len() < items.len() {
            for item in items {
                self.any(item, value, place, faults);
            }
            return;
        }
        let Value::Object(members) = value else { return faults.push(wrong_type(place, "an object")) };
        for object in &objects {
            self.members(object, members, place, faults);
        }
        for key in members.keys().filter(|key| !objects.iter().any(|object| object.properties.contains_key(*key))) {
            faults.push(unknown(place, key));
        }
    }

    fn object(&self, object: &Object, value: &Value, place: &Place<'_>, faults: &mut Vec<FieldFault>) {
        if let Some(expected) = mismatch(&object.schema_type, value) {
            return faults.push(wrong_type(place, expected));
        }
        if let Some(values) = &object.enum_values
            && !values.contains(value)
        {
            let list: Vec<String> = values.iter().map(ToString::to_string).collect();
            return faults.push(fault(place, "not_a_choice", format!("Expected one of {}.", list.join(", "))));
        }
        match value {
            Value::Object(members) => {
                self.members(object, members, place, faults);
                self.further(object, members, place, faults);
            }
            Value::String(text) => string(object, text, place, faults),
            Value::Number(number) => range(object, number, place, faults),
            _ => {}
        }
    }

    fn members(&self, object: &Object, members: &Map<String, Value>, place: &Place<'_>, faults: &mut Vec<FieldFault>) {
        for name in object.required.iter().filter(|name| !members.contains_key(*name)) {
            faults.push(fault(&place.member(name), "required", "This member is required.".to_owned()));
        }
        for (name, schema) in &object.properties {
            if let Some(member) = members.get(name) {
                self.any(schema, member, &place.member(name), faults);
            }
        }
    }

    fn further(&self, object: &Object, members: &Map<String, Value>, place: &Place<'_>, faults: &mut Vec<FieldFault>) {
        let others = members.iter().filter(|(key, _)| !object.properties.contains_key(*key));
        match object.additional_properties.as_deref() {
            Some(AdditionalProperties::RefOr(schema)) => {
                for (key, member) in others {
                    self.any(schema, member, &place.member(key), faults);
                }
            }
            Some(AdditionalProperties::FreeForm(true)) => {}
            None if object.properties.is_empty() => {}
            _ => faults.extend(others.map(|(key, _)| unknown(place, key))),
        }
    }

    fn array(&self, array: &Array, value: &Value, place: &Place<'_>, faults: &mut Vec<FieldFault>) {
        if value.is_null() && mismatch(&array.schema_type, value).is_none() {
            return;
        }
        let Value::Array(items) = value else { return faults.push(wrong_type(place, "an array")) };
        if let Some(least) = array.min_items.filter(|least| items.len() < *least) {
            faults.push(fault(place, "too_few_items", format!("At least {least} items are needed.")));
        }
        if let Some(most) = array.max_items.filter(|most| items.len() > *most) {
            faults.push(fault(place, "too_many_items", format!("At most {most} items are allowed.")));
        }
        if let ArrayItems::RefOrSchema(schema) = &array.items {
            for (index, item) in items.iter().enumerate() {
                self.any(schema, item, &place.item(index), faults);
            }
        }
    }
}

/// How far an alternative is from fitting: a wrong choice of tag or a wrong type at its own level is far.
fn rank(faults: &[FieldFault], place: &Place<'_>) -> (usize, usize) {
    let pointer = place.pointer();
    let depth = pointer.matches('/').count() + 1;
    let far = faults
        .iter()
        .filter(|fault| fault.pointer == pointer || (fault.code == "not_a_choice" && fault.pointer.matches('/').count() <= depth))
        .count();
    (far, faults.len())
}

fn string(object: &Object, text: &str, place: &Place<'_>, faults: &mut Vec<FieldFault>) {
    let length = text.chars().count();
    if let Some(least) = object.min_length.filter(|least| length < *least) {
        faults.push(fault(place, "too_short", format!("At least {least} characters are needed.")));
    }
    if let Some(most) = object.max_length.filter(|most| length > *most) {
        faults.push(fault(place, "too_long", format!("At most {most} characters are allowed.")));
    }
    if text.contains('\0') {
        faults.push(fault(place, "invalid_character", "The character U+0000 is not allowed.".to_owned()));
    }
    if let Some(pattern) = &object.pattern
        && !matches(pattern, text)
    {
        faults.push(fault(place, "invalid_format", format!("Expected the form {pattern}.")));
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
        faults.push(fault(place, "invalid_format", format!("Expected {expected}.")));
    }
}

fn matches(pattern: &str, text: &str) -> bool {
    PATTERNS.with_borrow_mut(|patterns| {
        if !patterns.contains_key(pattern) {
            patterns.insert(pattern.to_owned(), Regex::new(pattern).ok().map(Rc::new));
        }
        patterns.get(pattern).and_then(Option::as_ref).is_none_or(|regex| regex.is_match(text))
    })
}

fn range(object: &Object, number: &serde_json::Number, place: &Place<'_>, faults: &mut Vec<FieldFault>) {
    let Some(value) = number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from)) else { return };
    if let Some(least) = object.minimum.as_ref().and_then(whole).filter(|least| value < *least) {
        faults.push(fault(place, "too_small", format!("At least {least} is needed.")));
    }
    if let Some(most) = object.maximum.as_ref().and_then(whole).filter(|most| value > *most) {
        faults.push(fault(place, "too_large", format!("At most {most} is allowed.")));
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

fn fault(place: &Place<'_>, code: &'static str, message: String) -> FieldFault {
    FieldFault { pointer: place.pointer(), code: code.into(), message }
}

fn wrong_type(place: &Place<'_>, expected: &str) -> FieldFault {
    fault(place, "wrong_type", format!("Expected {expected}."))
}

fn unknown(place: &Place<'_>, key: &str) -> FieldFault {
    fault(&place.member(key), "unknown_field", "There is no such member.".to_owned())
}
