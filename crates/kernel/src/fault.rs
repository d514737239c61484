//! Why a business rule said no, without a word about HTTP or a database.
//!
//! A fault carries only text that may be shown to the caller. `platform::Problem` turns it into a problem document; what
//! went wrong inside the machine (a lost connection, a bug) never becomes a fault.

use std::borrow::Cow;
use std::fmt::Display;
use std::ops::Deref;

use thiserror::Error;
use uuid::Uuid;

/// What kind of refusal it is; each kind has one HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The request is understood and not acceptable (422).
    Invalid,
    /// The request cannot be understood (400).
    Malformed,
    /// The state of the resource does not allow it (409).
    Conflict,
    /// No such thing, or not for this caller (404).
    NotFound,
    /// The caller may see it but not do this to it (403).
    Forbidden,
    /// The caller decided on an older version (412).
    Stale,
}

/// One field's fault. `pointer` is an RFC 6901 JSON pointer into the request body, or `?name` for a query parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldFault {
    pub pointer: String,
    pub code: Cow<'static, str>,
    pub message: String,
}

/// A refusal by a business rule. One pointer wide, so that results stay small; reads as its [`FaultDetails`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}: {}", .0.code, .0.detail)]
pub struct Fault(Box<FaultDetails>);

impl Deref for Fault {
    type Target = FaultDetails;

    fn deref(&self) -> &FaultDetails {
        &self.0
    }
}

/// What a [`Fault`] says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultDetails {
    pub kind: FaultKind,
    /// Stable machine code in snake case.
    pub code: Cow<'static, str>,
    /// A sentence for people.
    pub detail: String,
    pub errors: Vec<FieldFault>,
    /// The steps that are allowed instead, for an illegal transition.
    pub allowed: Vec<String>,
    /// The rows that stand in the way.
    pub conflicts: Vec<Uuid>,
    /// Further members of the problem document, such as current balances: name and JSON text.
    pub facts: Vec<(&'static str, String)>,
}

impl Fault {
    /// A fault of any kind; prefer the named constructors.
    #[must_use]
    pub fn new(kind: FaultKind, code: impl Into<Cow<'static, str>>, detail: impl Into<String>) -> Self {
        Self(Box::new(FaultDetails {
            kind,
            code: code.into(),
            detail: detail.into(),
            errors: Vec::new(),
            allowed: Vec::new(),
            conflicts: Vec::new(),
            facts: Vec::new(),
        }))
    }

    #[must_use]
    pub fn invalid(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(FaultKind::Invalid, code, detail)
    }

    #[must_use]
    pub fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(FaultKind::Conflict, code, detail)
    }

    #[must_use]
    pub fn not_found(noun: &'static str) -> Self {
        Self::new(FaultKind::NotFound, "not_found", format!("There is no such {noun}."))
    }

    #[must_use]
    pub fn forbidden(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(FaultKind::Forbidden, code, detail)
    }

    /// The caller's `If-Match` names another version than the stored one.
    #[must_use]
    pub fn stale() -> Self {
        Self::new(FaultKind::Stale, "stale_version", "The resource has changed since the version named in If-Match.")
    }

    /// A number left its range.
    #[must_use]
    pub fn overflow() -> Self {
        Self::invalid("overflow", "A number is outside the supported range.")
    }

    /// A step that the state machine does not have, with those it has.
    #[must_use]
    pub fn illegal_transition<S: ToString>(step: impl Display, state: impl Display, allowed: impl IntoIterator<Item = S>) -> Self {
        let mut fault = Self::conflict("illegal_transition", format!("Cannot {step} while {state}."));
        fault.0.allowed = allowed.into_iter().map(|step| step.to_string()).collect();
        fault
    }

    /// One field's fault as a whole refusal (422 `validation_failed`).
    #[must_use]
    pub fn field(pointer: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self::invalid("validation_failed", "The request has invalid fields.").and_field(pointer, code, message)
    }

    #[must_use]
    pub fn and_field(mut self, pointer: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        self.0.errors.push(FieldFault { pointer: pointer.into(), code: code.into(), message: message.into() });
        self
    }

    /// Adds one field's fault.
    #[must_use]
    pub fn and_fault(mut self, error: FieldFault) -> Self {
        self.0.errors.push(error);
        self
    }

    #[must_use]
    pub fn with_conflicts(mut self, ids: impl IntoIterator<Item = Uuid>) -> Self {
        self.0.conflicts.extend(ids);
        self
    }

    /// Adds a member to the problem document; `json` is its JSON text.
    #[must_use]
    pub fn with_fact(mut self, name: &'static str, json: impl Into<String>) -> Self {
        self.0.facts.push((name, json.into()));
        self
    }

    /// Everything it says, by value.
    #[must_use]
    pub fn into_details(self) -> FaultDetails {
        *self.0
    }

    /// Prefixes every field's pointer, for a fault found inside a list or a nested object.
    #[must_use]
    pub fn under(mut self, prefix: &str) -> Self {
        for error in &mut self.0.errors {
            error.pointer.insert_str(0, prefix);
        }
        self
    }

    /// Gathers the faults of several checks into one, so that a caller learns of all at once.
    ///
    /// # Errors
    /// The merged fault, when there is any.
    pub fn all(faults: impl IntoIterator<Item = Self>) -> Result<(), Self> {
        let mut faults = faults.into_iter();
        let Some(mut first) = faults.next() else { return Ok(()) };
        for fault in faults {
            first.0.errors.extend(fault.0.errors);
            first.0.conflicts.extend(fault.0.conflicts);
        }
        Err(first)
    }
}
