//! Closed sets of words: enums that are stored and sent as the same snake_case text.
//!
//! One macro, so that the stored text, the wire text and the API document cannot differ. A stored word that is not in the
//! set is a broken row, never a caller's mistake.

use platform::problem::Problem;
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};

/// Declares an enum of words: `words! { pub enum Reason { Error = "error" } }`.
macro_rules! words {
    ($($(#[$doc:meta])* pub enum $name:ident { $($(#[$word_doc:meta])* $word:ident = $text:literal),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$word_doc])* #[serde(rename = $text)] $word,)+
        }

        impl $name {
            /// Every word, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$word),+];
            /// Their texts, in the same order.
            pub const NAMES: &'static [&'static str] = &[$($text),+];

            /// The stored and sent text.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$word => $text,)+
                }
            }

            /// Reads the stored text.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|word| word.name() == name)
            }
        }

        // The derive does not see texts that come through a macro.
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                $crate::vocabulary::schema(Self::NAMES)
            }
        }

        impl utoipa::ToSchema for $name {}
    )+};
}

pub(crate) use words;

/// The schema of a closed set of words.
pub(crate) fn schema(names: &'static [&'static str]) -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(SchemaType::new(Type::String)).enum_values(Some(names.iter().copied())).into()
}

/// A stored text that must be one of the words.
pub(crate) fn stored<T>(text: &str, read: impl Fn(&str) -> Option<T>) -> Result<T, Problem> {
    read(text).ok_or_else(|| Problem::internal(format!("a stored word is unknown: {text:?}")))
}
