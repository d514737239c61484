use super::{Series, fiscal_year};

#[test]
fn numbers_have_at_least_six_digits() {
    assert_eq!(Series::Invoice.format(2026, 123), "INV-2026-000123");
    assert_eq!(Series::CreditMemo.format(2026, 1_234_567), "CM-2026-1234567");
    assert_eq!(fiscal_year("2026-12-31".parse().unwrap()), 2026);
}
