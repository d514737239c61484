//! Strict JSON: duplicate keys, deep nesting and long arrays are refused; equal documents have equal fingerprints.

use std::fmt;

use kernel::Fault;
use kernel::FaultKind;
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use sha2::{Digest, Sha256};

const MAX_DEPTH: usize = 32;
const MAX_ITEMS: usize = 1_000;

/// Parses a body.
///
/// # Errors
/// 400 `malformed_json`, with the place of the fault.
pub fn parse(bytes: &[u8]) -> Result<Value, Fault> {
    let malformed =
        |error: &dyn fmt::Display| Fault::new(FaultKind::Malformed, "malformed_json", format!("The body is not acceptable JSON: {error}."));
    if bytes.is_empty() {
        return Err(malformed(&"it is empty"));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = Strict { depth: 0 }.deserialize(&mut deserializer).map_err(|error| malformed(&error))?;
    deserializer.end().map_err(|error| malformed(&error))?;
    Ok(value)
}

#[derive(Clone, Copy)]
struct Strict {
    depth: usize,
}

impl Strict {
    fn deeper<E: de::Error>(self) -> Result<Self, E> {
        if self.depth >= MAX_DEPTH {
            return Err(E::custom(format_args!("it is nested more than {MAX_DEPTH} deep")));
        }
        Ok(Self { depth: self.depth + 1 })
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number is out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            if list.len() >= MAX_ITEMS {
                return Err(de::Error::custom(format_args!("an array has more than {MAX_ITEMS} items")));
            }
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut map = Map::new();
        while let Some(key) = members.next_key::<String>()? {
            let value = members.next_value_seed(inner)?;
            if map.contains_key(&key) {
                return Err(de::Error::custom(format_args!("the key {key:?} is there twice")));
            }
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

/// SHA-256 over the target and the document with sorted keys.
pub(super) fn fingerprint(target: &str, document: &Value) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(target.as_bytes());
    feed(document, &mut hash);
    hash.finalize().into()
}

fn feed(value: &Value, hash: &mut Sha256) {
    match value {
        Value::Array(items) => {
            hash.update(b"[");
            for item in items {
                feed(item, hash);
                hash.update(b",");
            }
            hash.update(b"]");
        }
        Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_by_key(|(key, _)| *key);
            hash.update(b"{");
            for (key, member) in sorted {
                hash.update(format!("{key:?}:").as_bytes());
                feed(member, hash);
                hash.update(b",");
            }
            hash.update(b"}");
        }
        scalar => hash.update(scalar.to_string().as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_two_readers_could_read_differently_is_refused() {
        for body in ["", "{", "{\"a\":1,\"a\":2}", "{\"a\":{\"b\":1,\"b\":1}}", "[1] x", "{\"a\":NaN}", "{'a':1}", "\u{feff}{}"] {
            assert_eq!(parse(body.as_bytes()).unwrap_err().code, "malformed_json", "{body}");
        }
        assert!(parse("[".repeat(33).as_bytes()).is_err());
        assert!(parse(b"\xff").is_err());
        let long = format!("[{}1]", "1,".repeat(1_000));
        assert!(parse(long.as_bytes()).is_err());
    }

    #[test]
    fn key_order_and_space_do_not_change_the_fingerprint() {
        let one = parse(br#"{"a": 1, "b": [true, null]}"#).unwrap();
        let other = parse(br#"{"b":[true,null],"a":1}"#).unwrap();
        assert_eq!(fingerprint("POST /", &one), fingerprint("POST /", &other));
        assert_ne!(fingerprint("POST /", &one), fingerprint("PUT /", &one));
        assert_ne!(fingerprint("", &parse(b"[1,[2]]").unwrap()), fingerprint("", &parse(b"[[1],2]").unwrap()));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&bytes);
        }
    }
}
