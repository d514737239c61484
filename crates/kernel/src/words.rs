//! Closed sets of words: enums that are stored, sent and documented as the same snake_case text.
//!
//! One macro, so that the stored text, the wire text and the API document cannot differ. Which words there are belongs to
//! the resource that declares them; an enum whose variants carry data is not a set of words.

use std::fmt;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error};
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};

// What the macro writes must resolve in crates that name these otherwise or not at all.
#[doc(hidden)]
pub use {serde, utoipa};

/// A text that is not one of the words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownWord {
    pub set: &'static str,
    pub text: String,
}

impl fmt::Display for UnknownWord {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?} is no {}", self.text, self.set)
    }
}

impl std::error::Error for UnknownWord {}

/// A word of a closed set, as [`words!`](crate::words!) declares them; displays as its text.
pub trait Word: Copy + fmt::Display + 'static {
    /// Every word, in the order of declaration.
    const ALL: &'static [Self];
}

/// The schema of a closed set of words.
#[doc(hidden)]
#[must_use]
pub fn schema(texts: &'static [&'static str], about: &'static str) -> RefOr<Schema> {
    let words = ObjectBuilder::new().schema_type(SchemaType::new(Type::String)).enum_values(Some(texts.iter().copied()));
    words.description(Some(about.trim())).into()
}

/// Reads a word from a document.
///
/// # Errors
/// Those of the document, and a text that is none of the words.
#[doc(hidden)]
pub fn read<'de, T: FromStr<Err = UnknownWord>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
    text.parse().map_err(D::Error::custom)
}

/// Declares enums of words: `words! { /// What a contact does. pub enum Role { Buyer = "buyer" } }`. The first sentence of
/// the documentation comment is also the schema's description.
#[macro_export]
macro_rules! words {
    ($(
        $(#[doc = $doc:literal])* $(#[derive($($derive:ident),+)])? $visibility:vis enum $name:ident {
            $($(#[$word_doc:meta])* $word:ident = $text:literal),+ $(,)?
        }
    )+) => {$(
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash $($(, $derive)+)?)]
        $visibility enum $name {
            $($(#[$word_doc])* $word,)+
        }

        impl $name {
            /// Every word, in the order of declaration.
            $visibility const ALL: &'static [Self] = &[$(Self::$word),+];

            /// Every text, in the same order, for lists that filter by it.
            $visibility const TEXTS: &'static [&'static str] = &[$($text),+];

            /// The stored and sent text.
            #[must_use]
            $visibility const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$word => $text,)+
                }
            }
        }

        impl $crate::words::Word for $name {
            const ALL: &'static [Self] = Self::ALL;
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                formatter.write_str(self.as_str())
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::words::UnknownWord;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let found = Self::ALL.iter().copied().find(|word| word.as_str() == text);
                found.ok_or_else(|| $crate::words::UnknownWord { set: stringify!($name), text: text.to_owned() })
            }
        }

        impl $crate::words::serde::Serialize for $name {
            fn serialize<S: $crate::words::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> $crate::words::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::words::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::words::read(deserializer)
            }
        }

        impl $crate::words::utoipa::PartialSchema for $name {
            fn schema() -> $crate::words::utoipa::openapi::RefOr<$crate::words::utoipa::openapi::Schema> {
                $crate::words::schema(Self::TEXTS, concat!($($doc),*))
            }
        }

        impl $crate::words::utoipa::ToSchema for $name {
            fn name() -> ::std::borrow::Cow<'static, str> {
                ::std::borrow::Cow::Borrowed(stringify!($name))
            }
        }
    )+};
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use utoipa::{PartialSchema, ToSchema};

    use super::*;

    words! {
        /// How soon
        /// it matters.
        enum Priority { Low = "low", AsSoonAsPossible = "as_soon_as_possible" }

        /// Has a default.
        #[derive(Default)]
        enum Direction { #[default] Inbound = "inbound", Outbound = "outbound" }
    }

    #[test]
    fn the_stored_the_sent_and_the_documented_text_are_one() {
        for (word, text) in Priority::ALL.iter().zip(Priority::TEXTS) {
            assert_eq!((word.as_str(), word.to_string().as_str()), (*text, *text));
            assert_eq!(text.parse(), Ok(*word));
            assert_eq!(serde_json::to_value(word).unwrap(), json!(text));
            assert_eq!(serde_json::from_value::<Priority>(json!(text)).unwrap(), *word);
        }
        let schema = serde_json::to_value(Priority::schema()).unwrap();
        assert_eq!(schema["enum"], json!(Priority::TEXTS));
        assert_eq!(Priority::name(), "Priority");
    }

    #[test]
    fn the_documentation_describes_the_schema() {
        assert_eq!(serde_json::to_value(Priority::schema()).unwrap()["description"], "How soon it matters.");
    }

    #[test]
    fn another_text_is_refused_by_name() {
        let refusal = UnknownWord { set: "Priority", text: "Low".to_owned() };
        assert_eq!("Low".parse::<Priority>(), Err(refusal.clone()));
        assert_eq!(serde_json::from_value::<Priority>(json!("Low")).unwrap_err().to_string(), refusal.to_string());
        assert_eq!(refusal.to_string(), "\"Low\" is no Priority");
        assert!(serde_json::from_value::<Priority>(json!(1)).is_err());
    }

    #[test]
    fn words_order_as_declared_and_may_have_a_default() {
        assert!(Priority::Low < Priority::AsSoonAsPossible);
        assert_eq!(Direction::default(), Direction::Inbound);
        assert_eq!(Direction::Outbound.as_str(), "outbound");
    }
}
