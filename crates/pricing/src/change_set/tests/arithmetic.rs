//! What holds for every change of a price, and worked examples.

use kernel::{Rate, UnitPrice};
use proptest::prelude::*;

use crate::change_set::arithmetic::{CapMode, ChangeCap, ChangeDirection, ClipReason, EndingMode, Manner, PriceEnding, PriceStep, change};
use crate::engine::Terms;
use crate::engine::samples::{flat, tiers};

fn price(text: &str) -> UnitPrice {
    text.parse().unwrap()
}

fn rate(text: &str) -> Rate {
    text.parse().unwrap()
}

fn ending(digits: &str, mode: EndingMode) -> PriceEnding {
    PriceEnding { digits: digits.into(), decimals: None, mode }
}

fn cap(up: &str, down: &str) -> ChangeCap {
    ChangeCap { max_increase: Some(rate(up)), max_decrease: Some(rate(down)), mode: CapMode::Clip }
}

fn new(old: &str, step: PriceStep, manner: Manner<'_>) -> (String, Option<ClipReason>) {
    let changed = change(&flat(old), manner, |_, old| step.of(old)).unwrap();
    let Terms::Flat { unit_price } = changed.new else { panic!("it stays flat") };
    (unit_price.to_string(), changed.clip)
}

#[test]
fn each_kind_of_step_is_exact_to_six_decimals() {
    let plain = |old, step| new(old, step, Manner::default()).0;
    assert_eq!(plain("33.644200", PriceStep::Percent(rate("0.035"))), "34.821747");
    assert_eq!(plain("10.00", PriceStep::Amount(price("-1.25"))), "8.75");
    assert_eq!(plain("10.00", PriceStep::Set(price("12.50"))), "12.50");
    let fuel = PriceStep::Index { from: price("3.80"), to: price("3.99"), share: rate("0.5") };
    assert_eq!(plain("100.00", fuel), "102.50", "five per cent, half of it");
}

#[test]
fn an_ending_never_crosses_the_cap_or_turns_a_change_round() {
    let by = |percent: &str| PriceStep::Percent(rate(percent));
    let (up, near) = (ending("99", EndingMode::Up), ending("99", EndingMode::Nearest));
    let with = |ending| Manner { ending: Some(ending), ..Manner::default() };
    assert_eq!(new("12.00", by("0.05"), with(&up)), ("12.99".into(), None));
    assert_eq!(new("12.00", by("0.02"), with(&near)).0, "12.99", "11.99 would be a decrease");
    assert_eq!(new("12.99", by("0.05"), with(&near)).0, "13.99");
    let five = cap("0.05", "0.05");
    let capped = |ending| Manner { ending: Some(ending), cap: Some(&five), flat_fees: false };
    assert_eq!(new("12.00", by("0.05"), capped(&up)), ("12.60".into(), Some(ClipReason::MaxIncrease)), "no ending fits");
    assert_eq!(new("19.50", by("0.20"), capped(&up)), ("19.99".into(), Some(ClipReason::MaxIncrease)));
    assert_eq!(new("19.50", by("-0.20"), capped(&near)), ("18.99".into(), Some(ClipReason::MaxDecrease)));
    let nine = PriceEnding { digits: "9".into(), decimals: Some(0), mode: EndingMode::Nearest };
    assert_eq!(new("100.00", by("0.10"), with(&nine)).0, "109.00");
}

#[test]
fn tiers_keep_their_flat_fees_unless_they_are_meant_too() {
    let mut steps = tiers(&[("0", "185.00"), ("5", "172.50")]);
    steps[1].flat_fee = Some(price("20.00"));
    let terms = Terms::Volume { tiers: steps };
    let raised = |flat_fees| {
        let manner = Manner { flat_fees, ..Manner::default() };
        let Terms::Volume { tiers } = change(&terms, manner, |_, old| PriceStep::Percent(rate("0.10")).of(old)).unwrap().new else {
            panic!()
        };
        tiers.iter().map(|tier| (tier.unit_price.to_string(), tier.flat_fee.map(|fee| fee.to_string()))).collect::<Vec<_>>()
    };
    assert_eq!(raised(false), [("203.50".into(), None), ("189.75".into(), Some("20.00".into()))]);
    assert_eq!(raised(true)[1].1.as_deref(), Some("22.00"));
}

proptest! {
    #[test]
    fn clipping_never_exceeds_the_cap(
        old in -1_000_000_000_i64..1_000_000_000, percent in -1_000_000_i64..2_000_000, up in 0_i64..500_000, down in 0_i64..500_000,
        digits in "[0-9]{1,3}", nearest in prop::bool::ANY,
    ) {
        let cap = ChangeCap { max_increase: Some(Rate::from_scaled(up)), max_decrease: Some(Rate::from_scaled(down)), mode: CapMode::Clip };
        let ending = ending(&digits, if nearest { EndingMode::Nearest } else { EndingMode::Up });
        let manner = Manner { ending: Some(&ending), cap: Some(&cap), flat_fees: false };
        let step = PriceStep::Percent(Rate::from_scaled(percent));
        let terms = Terms::Flat { unit_price: UnitPrice::from_scaled(old) };
        let changed = change(&terms, manner, |_, old| step.of(old)).unwrap();
        let Terms::Flat { unit_price } = changed.new else { panic!() };
        let (moved, size) = (i128::from(unit_price.scaled()) - i128::from(old), i128::from(old).abs());
        prop_assert!(moved * 1_000_000 <= size * i128::from(up), "{} to {}", old, unit_price.scaled());
        prop_assert!(-moved * 1_000_000 <= size * i128::from(down), "{} to {}", old, unit_price.scaled());
        let asked = step.of(UnitPrice::from_scaled(old)).unwrap().scaled();
        prop_assert!(asked <= old || moved >= 0, "an increase is none");
        prop_assert!(asked >= old || moved <= 0, "a decrease is none");
    }

    #[test]
    fn what_was_recorded_is_given_back_exactly(old in 1_i64..1_000_000_000, percent in -900_000_i64..900_000) {
        let before = Terms::Flat { unit_price: UnitPrice::from_scaled(old) };
        let after = change(&before, Manner::default(), |_, old| PriceStep::Percent(Rate::from_scaled(percent)).of(old)).unwrap().new;
        let recorded = crate::change_set::arithmetic::prices(&before, true);
        let back = change(&after, Manner { flat_fees: true, ..Manner::default() }, |place, _| Ok(recorded[place])).unwrap();
        prop_assert_eq!(&back.new, &before);
        let same = back.direction == ChangeDirection::Same;
        prop_assert_eq!(same, after == before);
    }
}
