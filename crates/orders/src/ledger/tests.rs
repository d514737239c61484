use kernel::Currency;
use kernel::id::new_uuid;
use proptest::prelude::*;

use super::chart::{LedgerAccount as Ledger, LineKind};
use super::entry::{About, Entry, EntryBuilder, PostingEvent};
use super::posting::{self, Composition};

fn about() -> About {
    About { document: new_uuid(), party: new_uuid(), branch: None, effective_on: "2026-03-02".parse().unwrap(), currency: Currency::USD }
}

fn sums(entries: &[Entry]) -> Vec<(&'static str, i64)> {
    let net = |account: &Ledger| (account.code(), entries.iter().map(|entry| entry.net(*account)).sum());
    Ledger::ALL.iter().map(net).filter(|(_, net)| *net != 0).collect()
}

fn composition() -> Composition {
    Composition {
        nets: vec![(LineKind::Service, 20_000), (LineKind::Freight, 1_500)],
        taxes: vec![("state".to_owned(), 1_200), ("city".to_owned(), 31)],
    }
}

#[test]
fn an_invoice_paid_in_full_leaves_cash_revenue_and_tax() {
    let entries = [
        posting::invoice_posted(about(), &composition()).unwrap(),
        posting::payment_recorded(about(), 23_000).unwrap(),
        posting::payment_applied(about(), 22_731, 0).unwrap(),
    ];
    assert_eq!(sums(&entries), [("1000", 23_000), ("2100", -1_231), ("2200", -269), ("4000", -20_000), ("4030", -1_500)]);
    assert_eq!(entries[0].lines().iter().filter(|line| line.dimension.is_some()).count(), 2);
}

#[test]
fn taking_back_leaves_nothing() {
    let voided = [
        posting::invoice_posted(about(), &composition()).unwrap(),
        posting::invoice_voided(about(), &composition(), Some(new_uuid())).unwrap(),
    ];
    assert_eq!(sums(&voided), []);
    let reversed = [
        posting::payment_recorded(about(), 900).unwrap(),
        posting::payment_applied(about(), 900, 18).unwrap(),
        posting::payment_unapplied(about(), 900, 18, None).unwrap(),
        posting::payment_reversed(about(), 900, None).unwrap(),
    ];
    assert_eq!(sums(&reversed), []);
}

#[test]
fn a_credit_returns_revenue_or_becomes_an_allowance() {
    let returned = [posting::credit_memo_posted(about(), &composition(), false).unwrap()];
    assert_eq!(sums(&returned), [("2100", 1_231), ("2210", -22_731), ("4000", 20_000), ("4030", 1_500)]);
    let goodwill = [posting::credit_memo_posted(about(), &composition(), true).unwrap(), posting::credit_applied(about(), 22_731).unwrap()];
    assert_eq!(sums(&goodwill), [("1100", -22_731), ("2100", 1_231), ("4090", 21_500)]);
}

#[test]
fn an_entry_that_does_not_balance_cannot_be_made() {
    let entry = EntryBuilder::new(PostingEvent::PaymentRecorded, about()).debit(Ledger::Cash, 2).credit(Ledger::UnappliedCash, 1);
    assert_eq!(entry.finish().unwrap_err().code, "unbalanced_entry");
}

proptest! {
    #[test]
    fn amounts_are_positive_and_sides_equal(nets in prop::collection::vec(-100_000_i64..1_000_000, 1..8), tax in -5_000_i64..50_000) {
        let composition = Composition {
            nets: nets.iter().zip([LineKind::Service, LineKind::Product, LineKind::Freight].into_iter().cycle()).map(|(net, kind)| (kind, *net)).collect(),
            taxes: vec![("state".to_owned(), tax)],
        };
        let entry = posting::invoice_posted(about(), &composition).unwrap();
        prop_assert!(entry.lines().iter().all(|line| line.debit >= 0 && line.credit >= 0 && (line.debit == 0) != (line.credit == 0)));
        prop_assert_eq!(entry.lines().iter().map(|line| line.debit - line.credit).sum::<i64>(), 0);
    }
}
