//! What holds for every price: components sum to the total, order does not matter, more never costs less, replay is equal.

use kernel::{Quantity, UnitPrice};
use proptest::prelude::*;

use super::charge::{Charge, ChargeRule, ChargeTerms, MinimumPer, USUAL_GROUPS};
use super::context::Context;
use super::document::{price_lines, total};
use super::index::{BookKind, Entry};
use super::line::{PriceQuery, price_line};
use super::samples::{book, day, entry, flat, index, instant, item, minimum, query};
use super::terms::{Terms, Tier};

/// Contiguous tiers from zero with prices that are not negative.
fn any_tiers() -> impl Strategy<Value = Vec<Tier>> {
    prop::collection::vec((1_i64..500_000, 1_i64..500_000_000), 1..6).prop_map(|steps| {
        let last = steps.len() - 1;
        let mut from = 0;
        steps
            .into_iter()
            .enumerate()
            .map(|(place, (width, price))| {
                let start = from;
                from += width;
                Tier {
                    from: Quantity::from_scaled(start),
                    to: (place < last).then_some(Quantity::from_scaled(from)),
                    unit_price: UnitPrice::from_scaled(price),
                    flat_fee: None,
                }
            })
            .collect()
    })
}

fn any_terms() -> impl Strategy<Value = Terms> {
    prop_oneof![
        any_tiers().prop_map(|tiers| Terms::Volume { tiers }),
        any_tiers().prop_map(|tiers| Terms::Graduated { tiers }),
        (1_i64..500_000_000).prop_map(|price| Terms::Flat { unit_price: UnitPrice::from_scaled(price) }),
        (1_i64..100_000, 1_i64..500_000_000)
            .prop_map(|(size, price)| Terms::Block { block_size: Quantity::from_scaled(size), block_price: UnitPrice::from_scaled(price) }),
    ]
}

fn rule(code: &str, charge: Charge, cap: Option<UnitPrice>) -> ChargeRule {
    let terms = ChargeTerms {
        charge,
        charge_groups: USUAL_GROUPS.to_vec(),
        surcharges: Vec::new(),
        cap,
        rounding: kernel::Rounding::HalfUp,
        exempt_accounts: Vec::new(),
        exempt_contracts: Vec::new(),
    };
    ChargeRule {
        id: kernel::id::ChargeRuleId::generate(),
        code: code.into(),
        name: code.into(),
        currency: kernel::Currency::USD,
        terms,
        active: true,
        effective_on: day("2026-01-01"),
        recorded_at: instant("2026-01-01T00:00:00Z"),
    }
}

proptest! {
    #[test]
    fn components_sum_to_the_total_and_replay_is_identical(terms in any_terms(), quantity in 0_i64..10_000_000, least in prop::bool::ANY) {
        prop_assert!(terms.check(false, false).is_ok());
        let drum = item("X", "each");
        let mut price = entry(&drum, terms);
        price.min_charge = if least { minimum("25.00") } else { None };
        let index = index(std::slice::from_ref(&drum), vec![(book("STD", BookKind::Standard, vec![price]), None)]);
        let context = Context::default();
        let asked = PriceQuery { quantity: Quantity::from_scaled(quantity), ..query(&drum, "0", "each") };
        let line = price_line(&index, &context, &asked).unwrap();
        let sum: i64 = line.calculated.components.iter().map(|component| component.amount.minor()).sum();
        prop_assert_eq!(sum, line.calculated.total.minor());
        let total = [line.calculated.total.to_string()].into_iter().chain(line.calculated.unit_price.map(|price| price.to_string()));
        for number in total {
            prop_assert!(line.trace.steps.get().contains(&format!("\"output\":\"{number}\"")), "{} in {}", number, line.trace.steps);
        }
        for component in &line.calculated.components {
            let written = format!("\"output\":\"{}\"", component.amount);
            prop_assert!(line.trace.steps.get().contains(&written));
        }
        let again = price_line(&index, &context, &asked).unwrap();
        prop_assert_eq!(line.trace.steps.get(), again.trace.steps.get());
        prop_assert_eq!(line.trace.hash, again.trace.hash);
    }

    #[test]
    fn graduated_amounts_never_fall(tiers in any_tiers(), quantity in 0_i64..5_000_000, more in 0_i64..1_000_000) {
        let drum = item("X", "each");
        let price = entry(&drum, Terms::Graduated { tiers });
        let index = index(std::slice::from_ref(&drum), vec![(book("STD", BookKind::Standard, vec![price]), None)]);
        let context = Context::default();
        let total = |quantity: i64| {
            let asked = PriceQuery { quantity: Quantity::from_scaled(quantity), ..query(&drum, "0", "each") };
            price_line(&index, &context, &asked).unwrap().calculated.total.minor()
        };
        prop_assert!(total(quantity) <= total(quantity + more));
    }

    #[test]
    fn the_order_of_candidates_does_not_matter(seed in prop::collection::vec(0_usize..4, 1..8), rotate in 0_usize..8) {
        let drum = item("X", "each");
        let mut entries: Vec<Entry> = Vec::new();
        for kind in seed {
            let mut candidate = entry(&drum, flat(&format!("{}.5", 10 + kind)));
            match kind {
                1 => candidate.selector = super::Selector::Category("drums".into()),
                2 => candidate.selector = super::Selector::ServiceLine("waste".into()),
                3 => candidate.currency = kernel::Currency::CAD,
                _ => {}
            }
            if !entries.iter().any(|other| other.selector == candidate.selector && other.currency == candidate.currency) {
                entries.push(candidate);
            }
        }
        let context = Context::default();
        let asked = query(&drum, "3", "each");
        let priced = |entries: Vec<Entry>| {
            let index = index(std::slice::from_ref(&drum), vec![(book("STD", BookKind::Standard, entries), None)]);
            price_line(&index, &context, &asked).map(|line| (line.selection.map(|selection| selection.entry.id), line.calculated.total)).map_err(|fault| fault.code.to_string())
        };
        let first = priced(entries.clone());
        let by = rotate % entries.len();
        entries.rotate_left(by);
        entries.reverse();
        prop_assert_eq!(first, priced(entries));
    }

    #[test]
    fn a_document_is_the_sum_of_what_its_traces_say(
        quantities in prop::collection::vec(0_i64..500_000, 1..8),
        terms in any_terms(),
        (percent, least, cap) in (1_i64..500_000, 0_i64..2_000_000_000, prop::option::of(0_i64..100_000_000)),
    ) {
        let drum = item("X", "each");
        let mut index = index(std::slice::from_ref(&drum), vec![(book("STD", BookKind::Standard, vec![entry(&drum, terms)]), None)]);
        let minimum = Charge::Minimum { amount: UnitPrice::from_scaled(least), per: MinimumPer::Order };
        index.charges.rules.insert("MIN".into(), vec![rule("MIN", minimum, None)]);
        let fuel = Charge::Percent { percent: kernel::Rate::from_scaled(percent) };
        index.charges.rules.insert("FUEL".into(), vec![rule("FUEL", fuel, cap.map(UnitPrice::from_scaled))]);
        let context = Context::default();
        let questions = || quantities.iter().map(|quantity| Ok((&context, PriceQuery { quantity: Quantity::from_scaled(*quantity), ..query(&drum, "0", "each") })));
        let lines: Vec<_> = price_lines(&index, questions()).into_iter().map(Result::unwrap).collect();
        let lines: Vec<_> = lines.iter().collect();
        let totals = total(&index, &lines, None).unwrap().unwrap();
        let parts = lines.iter().flat_map(|line| &line.priced.calculated.components).map(|component| component.amount.minor());
        let sum: i64 = parts.chain(totals.charges.amounts().map(kernel::Money::minor)).sum();
        prop_assert_eq!(sum, totals.total.minor());
        for surcharge in &totals.charges.surcharges {
            prop_assert_eq!(surcharge.shares.iter().map(|share| share.amount.minor()).sum::<i64>(), surcharge.amount.minor());
            for share in &surcharge.shares {
                let written = format!("\"output\":\"{}\"", share.amount);
                prop_assert!(totals.trace.steps.get().contains(&written));
            }
        }
        for amount in totals.charges.amounts().chain([totals.total]) {
            let written = format!("\"output\":\"{}\"", amount);
            prop_assert!(totals.trace.steps.get().contains(&written), "{} in {}", amount, totals.trace.steps);
        }
        let again: Vec<_> = price_lines(&index, questions()).into_iter().map(Result::unwrap).collect();
        let again = total(&index, &again.iter().collect::<Vec<_>>(), None).unwrap().unwrap();
        prop_assert_eq!((totals.trace.hash, totals.trace.steps.get()), (again.trace.hash, again.trace.steps.get()));
    }
}
