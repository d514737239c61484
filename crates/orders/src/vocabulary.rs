//! Closed sets of words: enums that are stored and sent as the same snake_case text.
//!
//! One macro, so that the stored text, the wire text and the API document cannot differ. A stored word that is not in the
//! set is a broken row, never a caller's mistake. A text is matched as a token because the API document's derive does not
//! look into a fragment.

use platform::problem::Problem;

/// Declares an enum of words: `words! { pub enum Cause { Customer = "customer" } }`.
macro_rules! words {
    ($($(#[$doc:meta])* pub enum $name:ident { $($(#[$word_doc:meta])* $word:ident = $text:tt),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        pub enum $name {
            $($(#[$word_doc])* #[serde(rename = $text)] $word,)+
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

            /// Reads a stored text.
            ///
            /// # Errors
            /// `internal` when it is none of the words: the row is broken.
            pub fn stored(text: &str) -> Result<Self, platform::problem::Problem> {
                let found = Self::ALL.iter().copied().find(|word| word.as_str() == text);
                found.ok_or_else(|| $crate::vocabulary::unknown(stringify!($name), text))
            }
        }
    )+};
}

pub(crate) use words;

/// A stored text that is in no set.
pub(crate) fn unknown(set: &str, text: &str) -> Problem {
    Problem::internal(format!("a stored word is no {set}: {text:?}"))
}
