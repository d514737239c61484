//! Shares and averages without floating point.

/// `number / of`, times `scale`, with two digits, rounded half up; none of nothing.
pub(super) fn ratio(number: i64, of: i64, scale: i64) -> Option<String> {
    let hundredths = number.checked_mul(scale)?.checked_mul(200)?.checked_add(of)?.checked_div(of.checked_mul(2)?)?;
    Some(format!("{}.{:02}", hundredths / 100, hundredths % 100))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_rounded_half_up_and_nothing_has_no_share() {
        assert_eq!(ratio(38, 40, 100).as_deref(), Some("95.00"));
        assert_eq!(ratio(2, 3, 100).as_deref(), Some("66.67"));
        assert_eq!(ratio(1, 8, 1).as_deref(), Some("0.13"));
        assert_eq!(ratio(0, 0, 100), None);
    }
}
