use proptest::prelude::*;

use super::model::{CreditedLine, Extent, Share, by_jurisdiction};

fn line(quantity: i64, net: i64, tax: i64) -> CreditedLine {
    CreditedLine { quantity, net, tax, ..CreditedLine::default() }
}

fn take(line: &mut CreditedLine, share: Share) {
    line.credited_quantity += share.quantity;
    line.credited_net += share.net;
    line.credited_tax += share.tax;
}

#[test]
fn parts_sum_to_the_line() {
    let mut three = line(30_000, 10_000, 889);
    let mut parts = Vec::new();
    for _ in 0..3 {
        let share = three.credit(Extent::Quantity(10_000)).unwrap();
        take(&mut three, share);
        parts.push((share.net, share.tax));
    }
    assert_eq!(parts, [(3_333, 296), (3_334, 297), (3_333, 296)]);
    assert_eq!(three.credit(Extent::Whole).unwrap_err().code, "nothing_to_credit");
}

#[test]
fn more_than_is_left_is_refused() {
    let mut one = line(10_000, 10_000, 800);
    let share = one.credit(Extent::Net(2_500)).unwrap();
    assert_eq!((share.net, share.tax), (2_500, 200));
    take(&mut one, share);
    assert_eq!(one.credit(Extent::Net(7_501)).unwrap_err().code, "over_credit");
    assert_eq!(one.credit(Extent::Net(-1)).unwrap_err().code, "not_positive");
    assert_eq!(one.credit(Extent::Quantity(20_000)).unwrap_err().code, "over_credit");
    assert_eq!(one.credit(Extent::Whole).unwrap(), Share { quantity: 10_000, net: 7_500, tax: 600 });
}

proptest! {
    #[test]
    fn however_a_line_is_credited_it_ends_exact(
        net in 1_i64..10_000_000,
        tax in 0_i64..900_000,
        parts in prop::collection::vec((any::<bool>(), 1_i64..5_000), 0..12),
    ) {
        let mut credited = line(50_000, net, tax);
        for (by_quantity, part) in parts {
            let extent = if by_quantity { Extent::Quantity(part) } else { Extent::Net(part) };
            if let Ok(share) = credited.credit(extent) {
                take(&mut credited, share);
            }
            prop_assert!((0..=net).contains(&credited.credited_net) && (0..=tax).contains(&credited.credited_tax));
        }
        if let Ok(rest) = credited.credit(Extent::Whole) {
            take(&mut credited, rest);
        }
        prop_assert_eq!((credited.credited_net, credited.credited_tax), (net, tax));
    }

    #[test]
    fn jurisdictions_sum_to_the_credit(taxes in prop::collection::vec(0_i64..100_000, 1..5), cut in 0_i64..100) {
        let whole: i64 = taxes.iter().sum();
        let before = whole * cut / 100;
        let shares = by_jurisdiction(&taxes, before, whole).unwrap();
        prop_assert_eq!(shares.iter().sum::<i64>(), whole - before);
        prop_assert_eq!(by_jurisdiction(&taxes, 0, whole).unwrap(), taxes);
    }
}
