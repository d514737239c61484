use kernel::{Rate, Rounding};
use proptest::prelude::*;

use super::{DocumentTax, Jurisdiction, TaxGroup, TaxRounding, TaxRules, TaxableLine, computed, given};

fn rate(text: &str) -> Rate {
    text.parse().unwrap()
}

fn rules(rounding: TaxRounding, jurisdictions: &[(&str, &str)]) -> TaxRules {
    let jurisdictions = jurisdictions.iter().map(|(name, text)| Jurisdiction { name: (*name).to_owned(), rate: rate(text) }).collect();
    TaxRules { groups: vec![TaxGroup { code: "standard".to_owned(), jurisdictions }], rounding, ..TaxRules::default() }
}

fn lines(amounts: &[i64]) -> Vec<TaxableLine<'static>> {
    amounts.iter().map(|amount| TaxableLine { amount: *amount, group: Some("standard") }).collect()
}

fn line_taxes(result: &DocumentTax) -> Vec<i64> {
    result.lines.iter().map(|line| line.tax).collect()
}

#[test]
fn acceptance_1_tax_is_rounded_once_and_handed_down() {
    let states = [("state", "0.04"), ("city", "0.045"), ("district", "0.00375")];
    let result = computed(&lines(&[1_005, 1_005, 1_005]), &rules(TaxRounding::Document, &states)).unwrap();
    assert_eq!((result.net, result.tax), (3_015, 268));
    assert_eq!(line_taxes(&result), [90, 89, 89]);
    assert_eq!(result.jurisdictions.iter().map(|one| one.tax).collect::<Vec<_>>(), [121, 136, 11]);
    let by_line = computed(&lines(&[1_005, 1_005, 1_005]), &rules(TaxRounding::Line, &states)).unwrap();
    assert_eq!(by_line.tax, 267);
    let second = computed(&lines(&[6_833, 6_833, 5_750, 8_500]), &rules(TaxRounding::Document, &[("vat", "0.2")])).unwrap();
    assert_eq!((second.net, second.tax), (27_916, 5_583));
    assert_eq!(line_taxes(&second), [1_367, 1_366, 1_150, 1_700]);
}

#[test]
fn a_line_without_a_group_is_not_taxed_and_an_unknown_group_is_a_fault() {
    let mut mixed = lines(&[10_000, 2_500]);
    mixed[1].group = None;
    let result = computed(&mixed, &rules(TaxRounding::Document, &[("vat", "0.08")])).unwrap();
    assert_eq!(line_taxes(&result), [800, 0]);
    assert_eq!(result.jurisdictions[0].base, 10_000);
    mixed[1].group = Some("other");
    assert_eq!(computed(&mixed, &TaxRules::default()).unwrap_err().code, "unknown_tax_group");
}

#[test]
fn given_tax_goes_to_the_taxable_lines() {
    let mut all = lines(&[10_000, 5_000, 700]);
    all[2].group = None;
    let result = given(&all, 1_001).unwrap();
    assert_eq!(line_taxes(&result), [667, 334, 0]);
    assert_eq!((result.net, result.tax), (15_700, 1_001));
    assert_eq!(given(&all[2..], 5).unwrap_err().code, "no_taxable_line");
    assert!(given(&all[2..], 0).unwrap().jurisdictions.is_empty());
}

proptest! {
    #[test]
    fn lines_and_jurisdictions_sum_to_the_document(
        amounts in prop::collection::vec(-1_000_000_i64..10_000_000, 1..30),
        rates in prop::collection::vec(0_i64..200_000, 1..5),
        by_line in any::<bool>(),
        inclusive in any::<bool>(),
    ) {
        let jurisdictions = rates.iter().enumerate().map(|(index, rate)| Jurisdiction { name: index.to_string(), rate: Rate::from_scaled(*rate) });
        let rules = TaxRules {
            groups: vec![TaxGroup { code: "standard".to_owned(), jurisdictions: jurisdictions.collect() }],
            rounding: if by_line { TaxRounding::Line } else { TaxRounding::Document },
            inclusive,
            mode: Rounding::HalfUp,
        };
        let result = computed(&lines(&amounts), &rules).unwrap();
        prop_assert_eq!(result.lines.iter().map(|line| line.tax).sum::<i64>(), result.tax);
        prop_assert_eq!(result.jurisdictions.iter().map(|one| one.tax).sum::<i64>(), result.tax);
        if inclusive {
            prop_assert_eq!(result.net + result.tax, amounts.iter().sum::<i64>());
        } else {
            prop_assert_eq!(result.net, amounts.iter().sum::<i64>());
        }
    }
}
