//! Closed sets of words: enums that are stored and sent as snake_case text.
//!
//! One macro, so that the stored text, the wire text and the API document cannot differ. A stored word that is not in
//! the set is a broken row, never a caller's mistake.

use std::fmt;

use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};

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

/// The schema of a closed set of words.
pub(crate) fn schema(texts: &'static [&'static str], about: &'static str) -> RefOr<Schema> {
    let words = ObjectBuilder::new().schema_type(SchemaType::new(Type::String)).enum_values(Some(texts.iter().copied()));
    words.description(Some(about.trim())).into()
}

/// Declares an enum of words: `words! { pub enum Role { Buyer = "buyer" } }`.
macro_rules! words {
    ($($(#[doc = $doc:literal])* $visibility:vis enum $name:ident { $($(#[$word_doc:meta])* $word:ident = $text:literal),+ $(,)? })+) => {$(
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $visibility enum $name {
            $($(#[$word_doc])* $word,)+
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                $crate::vocabulary::schema(Self::TEXTS, concat!($($doc),*))
            }
        }

        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                std::borrow::Cow::Borrowed(stringify!($name))
            }
        }

        impl $name {
            /// Every word, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$word),+];

            /// Every text, for lists that filter by it.
            pub const TEXTS: &'static [&'static str] = &[$($text),+];

            /// The stored and sent text.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$word => $text,)+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::vocabulary::UnknownWord;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::ALL
                    .iter()
                    .copied()
                    .find(|word| word.as_str() == text)
                    .ok_or_else(|| $crate::vocabulary::UnknownWord { set: stringify!($name), text: text.to_owned() })
            }
        }
    )+};
}

pub(crate) use words;
