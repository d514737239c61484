//! When an invoice is due, from its terms and its issue date.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate};
use kernel::Fault;
use kernel::period::{add_days, add_months, next_month};

/// Terms of payment, written `net30`, `eom15`, `prox10` or `prox10/25`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Terms {
    /// So many days after the issue date; 0 is due on receipt.
    Net(u16),
    /// So many days after the end of the issue date's month.
    EndOfMonth(u16),
    /// On a day of the next month, or of the month after when the issue date is past the cut-off day.
    Prox { day: u8, cut_off: Option<u8> },
}

impl Terms {
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

impl Default for Terms {
    fn default() -> Self {
        Self::Net(30)
    }
}

impl fmt::Display for Terms {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Net(days) => write!(formatter, "net{days}"),
            Self::EndOfMonth(days) => write!(formatter, "eom{days}"),
            Self::Prox { day, cut_off: None } => write!(formatter, "prox{day}"),
            Self::Prox { day, cut_off: Some(cut_off) } => write!(formatter, "prox{day}/{cut_off}"),
        }
    }
}

impl FromStr for Terms {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let unknown = || Fault::field("/terms", "unknown_terms", "Expected net30, eom15, prox10 or prox10/25.");
        let day = |text: &str| text.parse::<u8>().ok().filter(|day| (1..=31).contains(day)).ok_or_else(unknown);
        if let Some(days) = text.strip_prefix("net") {
            return days.parse().map(Self::Net).map_err(|_| unknown());
        }
        if let Some(days) = text.strip_prefix("eom") {
            return days.parse().map(Self::EndOfMonth).map_err(|_| unknown());
        }
        match text.strip_prefix("prox").ok_or_else(unknown)?.split_once('/') {
            None => Ok(Self::Prox { day: day(text.strip_prefix("prox").unwrap_or_default())?, cut_off: None }),
            Some((on, cut_off)) => Ok(Self::Prox { day: day(on)?, cut_off: Some(day(cut_off)?) }),
        }
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
            let parsed: Terms = terms.parse().unwrap();
            assert_eq!(parsed.due(issued.parse().unwrap()).unwrap().to_string(), due, "{terms} {issued}");
            assert_eq!(parsed.to_string(), terms);
        }
        for text in ["", "net", "net-1", "prox0", "prox32", "eomx", "30"] {
            assert!(text.parse::<Terms>().is_err(), "{text}");
        }
    }
}
