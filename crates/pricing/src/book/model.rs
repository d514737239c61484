//! A pricebook: whose prices it holds, in which currency, and how they are rounded.
//!
//! What the book contains is decided by its versions; the book itself only says which version is current, and from which book it
//! inherits what it lacks. Currency, kind and parent never change, because entries and assignments were made under them.

use kernel::id::{BookVersionId, PricebookId};
use kernel::words;
use kernel::{Currency, Fault, Rounding};
use platform::stamp::{Stamp, Touch};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use crate::engine::{BookKind, TierScope};

words! {
    /// How halves of a minor unit are rounded.
    pub enum BookRounding {
        /// Away from zero.
        HalfUp = "half_up",
        /// To the even neighbour.
        HalfEven = "half_even",
    }
}

impl From<BookRounding> for Rounding {
    fn from(rounding: BookRounding) -> Self {
        match rounding {
            BookRounding::HalfUp => Self::HalfUp,
            BookRounding::HalfEven => Self::HalfEven,
        }
    }
}

/// A pricebook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pricebook {
    pub id: PricebookId,
    pub code: String,
    pub name: String,
    pub currency: Currency,
    pub kind: BookKind,
    pub parent: Option<PricebookId>,
    pub rounding: BookRounding,
    /// The scope of tiers of entries that do not say theirs.
    pub tier_scope: Option<TierScope>,
    pub external_ref: Option<String>,
    /// The published version whose content is in force.
    pub current: Option<BookVersionId>,
    /// The number given to the latest version.
    pub last_no: i32,
    pub stamp: Stamp,
}

/// A new pricebook.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreatePricebook {
    /// Unique; appears in every explanation of a price.
    #[schema(min_length = 1, max_length = 64, pattern = r"^[A-Za-z0-9][A-Za-z0-9._/+-]*$", example = "STD")]
    pub code: String,
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    pub currency: Currency,
    pub kind: BookKind,
    /// The book that has what this one lacks. It never changes, so that books never inherit in a circle and what was known stays known.
    pub parent_id: Option<PricebookId>,
    pub rounding: Option<BookRounding>,
    /// The scope of tiers of entries that do not say theirs; when absent, whatever was bought before counts as the asker says.
    pub tier_scope: Option<TierScope>,
    #[schema(min_length = 1, max_length = 128)]
    pub external_ref: Option<String>,
}

/// Changes to a pricebook; absent members stay.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct AmendPricebook {
    #[schema(min_length = 1, max_length = 200)]
    pub name: Option<String>,
    #[serde(default, deserialize_with = "platform::patch::present")]
    #[schema(min_length = 1, max_length = 128)]
    pub external_ref: Option<Option<String>>,
}

impl Pricebook {
    /// A new book without a version.
    #[must_use]
    pub fn create(command: &CreatePricebook, touch: Touch) -> Self {
        Self {
            id: PricebookId::generate(),
            code: command.code.clone(),
            name: command.name.clone(),
            currency: command.currency,
            kind: command.kind,
            parent: command.parent_id,
            rounding: command.rounding.unwrap_or(BookRounding::HalfUp),
            tier_scope: command.tier_scope,
            external_ref: command.external_ref.clone(),
            current: None,
            last_no: 0,
            stamp: Stamp::new(touch),
        }
    }

    /// Changes what `command` names.
    #[must_use]
    pub fn amend(mut self, command: &AmendPricebook, touch: Touch) -> Self {
        if let Some(name) = &command.name {
            self.name.clone_from(name);
        }
        if let Some(external_ref) = &command.external_ref {
            self.external_ref.clone_from(external_ref);
        }
        self.stamp = self.stamp.touched(touch);
        self
    }

    /// Takes the next version number.
    ///
    /// # Errors
    /// `overflow`.
    pub fn number_version(mut self, touch: Touch) -> Result<(Self, i32), Fault> {
        let no = self.last_no.checked_add(1).ok_or_else(Fault::overflow)?;
        self.last_no = no;
        self.stamp = self.stamp.touched(touch);
        Ok((self, no))
    }

    /// Makes `version` current, provided that it was made on what is current now.
    ///
    /// # Errors
    /// 409 `stale_base` when another version was published meanwhile.
    pub fn publish(mut self, version: BookVersionId, base: Option<BookVersionId>, touch: Touch) -> Result<Self, Fault> {
        if self.current != base {
            return Err(stale_base().with_conflicts(self.current.map(BookVersionId::uuid)));
        }
        self.current = Some(version);
        self.stamp = self.stamp.touched(touch);
        Ok(self)
    }

    /// Makes the base of the withdrawn version current again.
    ///
    /// # Errors
    /// 409 `not_current` when `version` is not the current one.
    pub fn withdraw(mut self, version: BookVersionId, base: Option<BookVersionId>, touch: Touch) -> Result<Self, Fault> {
        if self.current != Some(version) {
            return Err(Fault::conflict("not_current", "Only the current version can be withdrawn."));
        }
        self.current = base;
        self.stamp = self.stamp.touched(touch);
        Ok(self)
    }
}

/// The refusal of a publication whose base is no longer current.
#[must_use]
pub fn stale_base() -> Fault {
    Fault::conflict("stale_base", "Another version was published since this draft was made; make a new draft on the current version.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_on_an_old_base_is_not_published() {
        let touch = Touch { by: uuid::Uuid::nil(), at: chrono::DateTime::default() };
        let command = CreatePricebook {
            code: "STD".into(),
            name: "Standard".into(),
            currency: Currency::USD,
            kind: BookKind::Standard,
            parent_id: None,
            rounding: None,
            tier_scope: None,
            external_ref: None,
        };
        let (first, second) = (BookVersionId::generate(), BookVersionId::generate());
        let book = Pricebook::create(&command, touch).publish(first, None, touch).unwrap();
        let fault = book.clone().publish(second, None, touch).unwrap_err();
        assert_eq!((fault.code.as_ref(), fault.conflicts.as_slice()), ("stale_base", [first.uuid()].as_slice()));
        let book = book.publish(second, Some(first), touch).unwrap();
        assert!(book.clone().withdraw(first, None, touch).is_err());
        assert_eq!(book.withdraw(second, Some(first), touch).unwrap().current, Some(first));
    }
}
