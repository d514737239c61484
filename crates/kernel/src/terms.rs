//! Terms of payment: agreed with an account, kept by its orders, and what an invoice's due date follows from.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::fault::Fault;
use crate::period::{add_days, add_months, next_month};

/// Terms of payment, written `net30`, `eom15`, `prox10` or `prox10/25`; `net_30` is read too, because other systems write it so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymentTerms {
    /// So many days after the issue date; 0 is due on receipt.
    Net(u16),
    /// So many days after the end of the issue date's month.
    EndOfMonth(u16),
    /// On a day of the next month, or of the month after when the issue date is past the cut-off day.
    Prox { day: u8, cut_off: Option<u8> },
}

impl PaymentTerms {
    /// The due date.
    ///
    /// # Errors
    /// `overflow` when the date leaves the supported calendar.
    pub fn due(self, issued: NaiveDate) -> Result<NaiveDate, Fault> {
        match self {
            Self::Net(days) => add_days(issued, i32::from(days)),
            Self::EndOfMonth(days) => add_days(next_month(issued)?, i32::from(days) - 1),
            Self::Prox { day, cut_off } => {
                let late = cut_off.is_some_and(|cut_off| issued.day() > u32::from(cut_off));
                let first = add_months(next_month(issued)?, u32::from(late))?;
                let last = add_days(next_month(first)?, -1)?;
                first.with_day(u32::from(day).min(last.day())).ok_or_else(Fault::overflow)
            }
        }
    }
}

impl Default for PaymentTerms {
    fn default() -> Self {
        Self::Net(30)
    }
}

impl fmt::Display for PaymentTerms {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Net(days) => write!(formatter, "net{days}"),
            Self::EndOfMonth(days) => write!(formatter, "eom{days}"),
            Self::Prox { day, cut_off: None } => write!(formatter, "prox{day}"),
            Self::Prox { day, cut_off: Some(cut_off) } => write!(formatter, "prox{day}/{cut_off}"),
        }
    }
}

impl FromStr for PaymentTerms {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let unknown = || Fault::invalid("unknown_terms", "Expected net30, eom15, prox10 or prox10/25.");
        let days = |text: &str| text.parse::<u16>().ok().filter(|days| *days <= 999).ok_or_else(unknown);
        let day = |text: &str| text.parse::<u8>().ok().filter(|day| (1..=31).contains(day)).ok_or_else(unknown);
        let split = text.find(|character: char| !character.is_ascii_lowercase()).unwrap_or(text.len());
        let (kind, number) = text.split_at(split);
        let number = number.strip_prefix('_').unwrap_or(number);
        if !number.starts_with(|character: char| character.is_ascii_digit()) {
            return Err(unknown());
        }
        match (kind, number.split_once('/')) {
            ("net", None) => days(number).map(Self::Net),
            ("eom", None) => days(number).map(Self::EndOfMonth),
            ("prox", None) => Ok(Self::Prox { day: day(number)?, cut_off: None }),
            ("prox", Some((on, cut_off))) => Ok(Self::Prox { day: day(on)?, cut_off: Some(day(cut_off)?) }),
            _ => Err(unknown()),
        }
    }
}

impl Serialize for PaymentTerms {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PaymentTerms {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn due_dates_follow_the_terms() {
        for (terms, issued, due) in [
            ("net30", "2026-01-31", "2026-03-02"),
            ("net0", "2026-01-31", "2026-01-31"),
            ("eom0", "2026-02-10", "2026-02-28"),
            ("eom15", "2026-02-10", "2026-03-15"),
            ("prox10", "2026-01-31", "2026-02-10"),
            ("prox31", "2026-01-05", "2026-02-28"),
            ("prox10/25", "2026-01-25", "2026-02-10"),
            ("prox10/25", "2026-01-26", "2026-03-10"),
        ] {
            let parsed: PaymentTerms = terms.parse().unwrap();
            assert_eq!(parsed.due(issued.parse().unwrap()).unwrap().to_string(), due, "{terms} {issued}");
            assert_eq!(parsed.to_string(), terms);
        }
        assert_eq!("net_45".parse::<PaymentTerms>().unwrap().to_string(), "net45");
        assert_eq!(serde_json::from_str::<PaymentTerms>("\"prox_10\"").unwrap(), PaymentTerms::Prox { day: 10, cut_off: None });
        for text in
            ["", "net", "net__1", "net+1", "net1000", "net30/5", "NET30", "prox10/", "net30 ", "net-1", "prox0", "prox32", "eomx", "30"]
        {
            assert!(text.parse::<PaymentTerms>().is_err(), "{text}");
        }
    }
}
