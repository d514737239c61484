//! Laws of the pure rules, over made-up values.

use chrono::{Datelike, Days, NaiveDate};
use kernel::Period;
use kernel::period::next_month;
use proptest::prelude::*;

use crate::account::path::{MAX_DEPTH, TreePath};
use crate::contract::term::{NoticeRule, NoticeTiming, notice_timing, notice_window, term_end};

fn day() -> impl Strategy<Value = NaiveDate> {
    (0_u64..20_000).prop_map(|days| NaiveDate::from_ymd_opt(2000, 1, 1).unwrap() + Days::new(days))
}

fn path() -> impl Strategy<Value = TreePath> {
    proptest::collection::vec(1_i64..50, 1..=MAX_DEPTH)
        .prop_map(|numbers| numbers[1..].iter().fold(TreePath::root(numbers[0]), |path, number| path.child(*number).unwrap()))
}

proptest! {
    #[test]
    fn a_path_is_in_the_range_of_another_exactly_when_it_is_below(one in path(), other in path()) {
        let (from, until) = one.range();
        let in_range = from.as_str() <= other.as_str() && other.as_str() < until.as_str();
        prop_assert_eq!(in_range, one.contains(&other));
    }

    #[test]
    fn a_moved_account_stands_where_it_was_put_and_never_below_itself(moved in path(), parent in path(), number in 100_i64..200) {
        match moved.relocated(number, Some(&parent), moved.depth()) {
            Ok(path) => {
                prop_assert!(parent.contains(&path) && !moved.contains(&parent));
                prop_assert_eq!(path.depth(), parent.depth() + 1);
            }
            Err(fault) => prop_assert!(moved.contains(&parent) || parent.depth() == MAX_DEPTH, "{}", fault),
        }
    }

    #[test]
    fn a_term_ends_on_its_anchor_day_or_the_last_of_a_shorter_month(anchor in day(), initial in 1_u32..120, renewal in 1_u32..24, number in 1_u32..10) {
        let end = term_end(anchor, initial, renewal, number).unwrap();
        let last = next_month(end).unwrap().pred_opt().unwrap();
        prop_assert!(end.day() == anchor.day() || (end == last && end.day() < anchor.day()));
        prop_assert!(end < term_end(anchor, initial, renewal, number + 1).unwrap());
    }

    #[test]
    fn every_day_is_early_valid_or_late(end in day(), min in 0_u16..200, extra in 0_u16..200, received in day()) {
        let window = notice_window(end, NoticeRule { min_days: min, max_days: min + extra, early_counts: false }).unwrap();
        let valid = Period { start: window.first, end: window.last.succ_opt() }.contains(received);
        prop_assert_eq!(notice_timing(window, received) == NoticeTiming::Valid, valid);
        prop_assert_eq!((window.last - window.first).num_days(), i64::from(extra));
    }
}
