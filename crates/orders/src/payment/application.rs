//! Which invoices a payment or credit pays, decided on the account's open items. Pure; amounts are minor units.
//!
//! Explicit application is all or nothing. Automatic application never fails for lack of balance: what finds no invoice
//! stays unapplied.

use chrono::NaiveDate;
use kernel::Fault;
use serde::Serialize;
use uuid::Uuid;

/// A posted invoice with something left to pay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenItem {
    pub invoice: Uuid,
    pub number: String,
    pub due_date: NaiveDate,
    pub issue_date: NaiveDate,
    pub total: i64,
    pub balance: i64,
    pub version: i64,
}

/// A part of the source that pays one invoice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Applied {
    pub invoice: Uuid,
    pub amount: i64,
}

/// Automatic application in progress: what is left of the source and what has been applied so far.
#[derive(Debug)]
pub struct Automatic {
    pub left: i64,
    pub applied: Vec<Applied>,
}

impl Automatic {
    #[must_use]
    pub const fn new(available: i64) -> Self {
        Self { left: available, applied: Vec::new() }
    }

    /// Rule 1: the invoices named in the remittance, in its order, each at most by the amount it states.
    pub fn referenced<'i>(&mut self, references: impl IntoIterator<Item = (&'i OpenItem, Option<i64>)>) {
        for (item, stated) in references {
            self.pay(item, stated.unwrap_or(i64::MAX));
        }
    }

    /// Rule 2: the one open invoice whose balance equals what is left. With two of them nobody knows which was meant.
    pub fn exact(&mut self, candidates: &[OpenItem]) {
        let mut equal = candidates.iter().filter(|item| self.outstanding(item) == self.left);
        if let (Some(only), None) = (equal.next(), equal.next()) {
            self.pay(only, i64::MAX);
        }
    }

    /// Rule 3: first due first, then first issued, then lowest number.
    pub fn oldest(&mut self, items: &[OpenItem]) {
        let mut ordered: Vec<&OpenItem> = items.iter().collect();
        ordered.sort_by(|one, other| order(one).cmp(&order(other)));
        for item in ordered {
            self.pay(item, i64::MAX);
        }
    }

    /// What an item still owes after what has been applied here.
    fn outstanding(&self, item: &OpenItem) -> i64 {
        let applied: i64 = self.applied.iter().filter(|one| one.invoice == item.invoice).map(|one| one.amount).sum();
        item.balance - applied
    }

    fn pay(&mut self, item: &OpenItem, most: i64) {
        let amount = self.left.min(self.outstanding(item)).min(most);
        if amount <= 0 {
            return;
        }
        self.left -= amount;
        match self.applied.iter_mut().find(|one| one.invoice == item.invoice) {
            Some(one) => one.amount += amount,
            None => self.applied.push(Applied { invoice: item.invoice, amount }),
        }
    }
}

fn order(item: &OpenItem) -> (NaiveDate, NaiveDate, &str) {
    (item.due_date, item.issue_date, &item.number)
}

/// An invoice's balance as it is now, in a refusal.
#[derive(Serialize)]
struct CurrentBalance<'i> {
    invoice_id: Uuid,
    number: &'i str,
    balance: String,
}

/// Checks an explicit application against live balances.
///
/// # Errors
/// 422 when the amounts exceed what is available or name an invoice twice; 409 `stale_balance` with the current balances
/// when an invoice does not have that much left.
pub fn explicit(available: i64, wanted: &[Applied], items: &[OpenItem], write: impl Fn(i64) -> String) -> Result<Vec<Applied>, Fault> {
    let sum = wanted.iter().try_fold(0_i64, |sum, one| sum.checked_add(one.amount)).ok_or_else(Fault::overflow)?;
    if sum > available {
        return Err(Fault::invalid("over_applied", "The applications exceed the amount that is available."));
    }
    for (index, one) in wanted.iter().enumerate() {
        if one.amount <= 0 {
            return Err(Fault::field(format!("/applications/{index}/amount"), "not_positive", "An application must be more than zero."));
        }
        if wanted.iter().take(index).any(|other| other.invoice == one.invoice) {
            return Err(Fault::field(format!("/applications/{index}/invoice_id"), "repeated", "Name each invoice once."));
        }
    }
    let find = |one: &Applied| items.iter().find(|item| item.invoice == one.invoice);
    let stale = wanted.iter().any(|one| find(one).is_none_or(|item| item.balance < one.amount));
    if !stale {
        return Ok(wanted.to_vec());
    }
    let balances: Vec<CurrentBalance<'_>> = wanted
        .iter()
        .map(|one| CurrentBalance {
            invoice_id: one.invoice,
            number: find(one).map_or("", |item| &item.number),
            balance: write(find(one).map_or(0, |item| item.balance)),
        })
        .collect();
    let json = serde_json::to_string(&balances).unwrap_or_default();
    Err(Fault::conflict("stale_balance", "An invoice has less left to pay than the application states; nothing was written.")
        .with_conflicts(wanted.iter().map(|one| one.invoice))
        .with_fact("balances", json))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tax::vectors::money_vectors;

    fn item(id: u128, due: &str, balance: i64) -> OpenItem {
        let due_date = due.parse().unwrap();
        OpenItem {
            invoice: Uuid::from_u128(id),
            number: format!("{id:06}"),
            due_date,
            issue_date: due_date,
            total: balance,
            balance,
            version: 1,
        }
    }

    fn applied(automatic: &Automatic) -> Vec<(u128, i64)> {
        automatic.applied.iter().map(|one| (one.invoice.as_u128(), one.amount)).collect()
    }

    #[test]
    fn apply_payment_vectors() {
        for vector in money_vectors("apply_payment") {
            let items: Vec<OpenItem> = vector["invoices"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| {
                    let id = one["id"].as_u64().unwrap();
                    item(id.into(), one["due"].as_str().unwrap(), one["open_minor_units"].as_i64().unwrap())
                })
                .collect();
            let mut automatic = Automatic::new(vector["payment_minor_units"].as_i64().unwrap());
            automatic.oldest(&items);
            let expected: Vec<(u128, i64)> = vector["expect_applied"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| (one["invoice"].as_u64().unwrap().into(), one["applied_minor_units"].as_i64().unwrap()))
                .collect();
            assert_eq!(applied(&automatic), expected, "{vector}");
            assert_eq!(automatic.left, vector["expect_unapplied_minor_units"].as_i64().unwrap());
        }
    }

    #[test]
    fn references_come_first_then_an_exact_match_then_the_oldest() {
        let items = [item(1, "2026-01-01", 500), item(2, "2026-02-01", 300), item(3, "2026-03-01", 300), item(4, "2026-04-01", 700)];
        let mut automatic = Automatic::new(1_000);
        automatic.referenced([(&items[2], None)]);
        automatic.exact(&items);
        automatic.oldest(&items);
        assert_eq!(applied(&automatic), [(3, 300), (4, 700)]);
        let mut ambiguous = Automatic::new(300);
        ambiguous.exact(&items);
        ambiguous.oldest(&items);
        assert_eq!(applied(&ambiguous), [(1, 300)]);
        let mut limited = Automatic::new(2_000);
        limited.referenced([(&items[0], Some(100)), (&items[3], None)]);
        limited.oldest(&items);
        assert_eq!((applied(&limited), limited.left), (vec![(1, 500), (4, 700), (2, 300), (3, 300)], 200));
    }

    #[test]
    fn explicit_application_is_all_or_nothing() {
        let items = [item(1, "2026-01-01", 30_000)];
        let want = |amount| [Applied { invoice: Uuid::from_u128(1), amount }];
        assert_eq!(explicit(70_000, &want(30_000), &items, |minor| minor.to_string()).unwrap(), want(30_000));
        let stale = explicit(70_000, &want(70_000), &items, |minor| minor.to_string()).unwrap_err();
        assert_eq!(stale.code, "stale_balance");
        assert!(stale.facts[0].1.contains("\"balance\":\"30000\""));
        assert_eq!(explicit(10, &want(11), &items, |minor| minor.to_string()).unwrap_err().code, "over_applied");
        assert_eq!(explicit(10, &want(0), &items, |minor| minor.to_string()).unwrap_err().code, "validation_failed");
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_no_invoice_is_overpaid(payment in 1_i64..1_000_000, balances in prop::collection::vec(1_i64..200_000, 0..20)) {
            let items: Vec<OpenItem> = balances.iter().zip(1_u128..).map(|(balance, id)| item(id, "2026-01-01", *balance)).collect();
            let mut automatic = Automatic::new(payment);
            automatic.referenced(items.iter().take(3).map(|item| (item, Some(50))));
            automatic.exact(&items);
            automatic.oldest(&items);
            let sum: i64 = automatic.applied.iter().map(|one| one.amount).sum();
            prop_assert_eq!(sum + automatic.left, payment);
            prop_assert!(automatic.left == 0 || sum == balances.iter().sum::<i64>());
            for one in &automatic.applied {
                prop_assert!(one.amount <= items.iter().find(|item| item.invoice == one.invoice).unwrap().balance);
            }
        }
    }
}
