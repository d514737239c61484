//! Who a pricebook applies to, and when. Pure.
//!
//! Assignments that would be searched at the same sub-level in the same currency share a lane; in a lane no two periods
//! overlap, so that resolution never meets two books of equal rank.

use chrono::NaiveDate;
use kernel::id::{PriceAssignmentId, PricebookId};
use kernel::{Fault, Period};
use platform::stamp::{Stamp, Touch};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use crate::book::model::Pricebook;
use crate::engine::BookKind;
use crate::engine::index::Subject;

/// Whom a book is assigned to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = PriceAssignmentSubject)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum AssignedTo {
    Account {
        id: Uuid,
    },
    Site {
        id: Uuid,
    },
    Branch {
        id: Uuid,
    },
    Territory {
        id: Uuid,
    },
    Segment {
        #[schema(min_length = 1, max_length = 64)]
        name: String,
    },
}

impl AssignedTo {
    /// The stored kind, id and segment.
    #[must_use]
    pub fn columns(&self) -> (&'static str, Option<Uuid>, Option<&str>) {
        match self {
            Self::Account { id } => ("account", Some(*id), None),
            Self::Site { id } => ("site", Some(*id), None),
            Self::Branch { id } => ("branch", Some(*id), None),
            Self::Territory { id } => ("territory", Some(*id), None),
            Self::Segment { name } => ("segment", None, Some(name)),
        }
    }

    /// Reads the stored kind, id and segment.
    #[must_use]
    pub fn from_columns(kind: &str, id: Option<Uuid>, segment: Option<&str>) -> Option<Self> {
        match (kind, id, segment) {
            ("account", Some(id), _) => Some(Self::Account { id }),
            ("site", Some(id), _) => Some(Self::Site { id }),
            ("branch", Some(id), _) => Some(Self::Branch { id }),
            ("territory", Some(id), _) => Some(Self::Territory { id }),
            ("segment", _, Some(name)) => Some(Self::Segment { name: name.to_owned() }),
            _ => None,
        }
    }

    /// As the engine names it.
    #[must_use]
    pub fn subject(&self) -> Subject {
        match self {
            Self::Account { id } => Subject::Account((*id).into()),
            Self::Site { id } => Subject::Site((*id).into()),
            Self::Branch { id } => Subject::Branch((*id).into()),
            Self::Territory { id } => Subject::Territory(*id),
            Self::Segment { name } => Subject::Segment(name.clone()),
        }
    }
}

/// A book that applies to a subject for a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceAssignment {
    pub id: PriceAssignmentId,
    pub book: PricebookId,
    pub to: AssignedTo,
    pub lane: String,
    pub period: Period,
    pub stamp: Stamp,
}

/// A new assignment.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct AssignPrices {
    pub book_id: PricebookId,
    pub subject: AssignedTo,
    pub start: NaiveDate,
    /// The first day after; open when absent.
    pub end: Option<NaiveDate>,
}

/// Ends an assignment.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[schema(as = EndPriceAssignment)]
#[serde(deny_unknown_fields)]
pub struct EndAssignment {
    /// The first day on which it no longer applies.
    pub end: NaiveDate,
}

impl PriceAssignment {
    /// Assigns `book`.
    ///
    /// # Errors
    /// `empty_period`; `standard_everywhere` for a standard list, which applies without assignment.
    pub fn create(command: &AssignPrices, book: &Pricebook, touch: Touch) -> Result<Self, Fault> {
        if book.kind == BookKind::Standard && !matches!(command.subject, AssignedTo::Account { .. }) {
            return Err(Fault::field(
                "/book_id",
                "standard_everywhere",
                "A standard list applies to everyone; only to an account can it be assigned.",
            ));
        }
        let period = period(command.start, command.end)?;
        let (kind, id, segment) = command.subject.columns();
        let name = id.map_or_else(|| segment.unwrap_or_default().to_owned(), |id| id.to_string());
        let rank = match book.kind {
            BookKind::Contract => "contract",
            BookKind::Account => "own",
            _ => "assigned",
        };
        let lane = [kind, &name, rank, book.currency.code()].join("|");
        Ok(Self { id: PriceAssignmentId::generate(), book: book.id, to: command.subject.clone(), lane, period, stamp: Stamp::new(touch) })
    }

    /// Sets or brings forward the end.
    ///
    /// # Errors
    /// `empty_period`; 409 `already_ended` when the end would move back in time only later than it already is.
    pub fn end(mut self, command: &EndAssignment, touch: Touch) -> Result<Self, Fault> {
        if self.period.end.is_some_and(|end| end < command.end) {
            return Err(Fault::conflict("already_ended", "The assignment ends earlier; make a new one to extend it."));
        }
        self.period = period(self.period.start, Some(command.end))?;
        self.stamp = self.stamp.touched(touch);
        Ok(self)
    }

    /// The refusal when `others` of the lane overlap.
    ///
    /// # Errors
    /// 409 `assignment_overlap` with both ids.
    pub fn refuse_overlap(&self, others: &[Self]) -> Result<(), Fault> {
        let Some(other) = others.iter().find(|other| other.id != self.id && other.period.overlaps(&self.period)) else { return Ok(()) };
        Err(Fault::conflict("assignment_overlap", "Another pricebook of this rank and currency applies in the period; end it first.")
            .with_conflicts([self.id.uuid(), other.id.uuid()]))
    }
}

fn period(start: NaiveDate, end: Option<NaiveDate>) -> Result<Period, Fault> {
    Period::new(start, end).map_err(|fault| Fault::field("/end", "empty_period", fault.detail.clone()))
}
