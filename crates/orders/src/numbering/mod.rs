//! Document numbers: gapless within a document type and fiscal year, taken in the transaction that posts the document.
//!
//! A number is never given back: a void document keeps it. The series row is the last lock a posting takes before its
//! period, so that postings of different accounts wait for each other as briefly as possible.

pub mod entity;
pub mod store;
#[cfg(test)]
mod tests;

use chrono::{Datelike, NaiveDate};

/// The documents that are numbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Series {
    Invoice,
    CreditMemo,
}

impl Series {
    /// What the number starts with.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Invoice => "INV",
            Self::CreditMemo => "CM",
        }
    }

    /// `INV-2026-000123`; longer numbers simply take more digits.
    #[must_use]
    pub fn format(self, year: i32, number: i64) -> String {
        format!("{}-{year}-{number:06}", self.prefix())
    }
}

/// The fiscal year that a document of this date belongs to: the calendar year in which the fiscal year begins.
#[must_use]
pub fn fiscal_year(date: NaiveDate) -> i32 {
    date.year()
}
