//! Division with a stated rounding mode, and allocation by largest remainder.
//!
//! Every place that turns a finer number into a coarser one goes through [`divide`], so a rounding mode is always a
//! visible argument. All modes are symmetric about zero except `Floor` and `Ceiling`: `round(-x) == -round(x)`.

use serde::{Deserialize, Serialize};

use crate::fault::Fault;

/// How a quotient that is not whole is rounded. `HalfUp` rounds halves away from zero and is the default everywhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    #[default]
    HalfUp,
    HalfEven,
    HalfDown,
    Up,
    Down,
    Floor,
    Ceiling,
}

/// `numerator / denominator`, rounded by `mode`.
///
/// # Errors
/// `overflow` when the denominator is zero or the quotient leaves `i128`.
pub fn divide(numerator: i128, denominator: i128, mode: Rounding) -> Result<i128, Fault> {
    let quotient = numerator.checked_div(denominator).ok_or_else(Fault::overflow)?;
    let remainder = numerator.checked_rem(denominator).ok_or_else(Fault::overflow)?;
    if remainder == 0 {
        return Ok(quotient);
    }
    let negative = (numerator < 0) != (denominator < 0);
    let twice = remainder.unsigned_abs().checked_mul(2).ok_or_else(Fault::overflow)?;
    let half = twice.cmp(&denominator.unsigned_abs());
    let away = match mode {
        Rounding::Up => true,
        Rounding::Down => false,
        Rounding::Floor => negative,
        Rounding::Ceiling => !negative,
        Rounding::HalfUp => half.is_ge(),
        Rounding::HalfDown => half.is_gt(),
        Rounding::HalfEven => half.is_gt() || (half.is_eq() && quotient % 2 != 0),
    };
    if !away {
        return Ok(quotient);
    }
    let step = if negative { -1 } else { 1 };
    quotient.checked_add(step).ok_or_else(Fault::overflow)
}

/// Splits `total` over `weights` so that the shares sum to `total` exactly.
///
/// Each share is first cut towards zero; the units left over go to the largest remainders, ties to the lower index.
/// Weights must not be negative. When all weights are zero the whole total goes to the first share.
///
/// # Errors
/// `negative_weight`; `nothing_to_allocate_to` when there is a total but no weight; `overflow`.
pub fn allocate(total: i64, weights: &[i64]) -> Result<Vec<i64>, Fault> {
    let wide: Vec<i128> = weights.iter().map(|weight| i128::from(*weight)).collect();
    allocate_wide(total, &wide)
}

/// [`allocate`] for weights that need more than 64 bits, such as unrounded taxes.
///
/// # Errors
/// As [`allocate`].
pub fn allocate_wide(total: i64, weights: &[i128]) -> Result<Vec<i64>, Fault> {
    if weights.iter().any(|weight| *weight < 0) {
        return Err(Fault::invalid("negative_weight", "A share cannot have a negative weight."));
    }
    let sum = weights.iter().try_fold(0_i128, |sum, weight| sum.checked_add(*weight)).ok_or_else(Fault::overflow)?;
    let mut shares = vec![0_i64; weights.len()];
    if sum == 0 {
        return match shares.first_mut() {
            Some(first) => {
                *first = total;
                Ok(shares)
            }
            None if total == 0 => Ok(shares),
            None => Err(Fault::invalid("nothing_to_allocate_to", "There is an amount but nothing to allocate it to.")),
        };
    }
    let mut remainders = Vec::with_capacity(weights.len());
    let mut left = total;
    for (index, (share, weight)) in shares.iter_mut().zip(weights).enumerate() {
        let product = i128::from(total).checked_mul(*weight).ok_or_else(Fault::overflow)?;
        *share = i64::try_from(product / sum).map_err(|_| Fault::overflow())?;
        left = left.checked_sub(*share).ok_or_else(Fault::overflow)?;
        remainders.push((std::cmp::Reverse((product % sum).unsigned_abs()), index));
    }
    remainders.sort_unstable();
    let step = left.signum();
    for (_, index) in remainders.into_iter().take(usize::try_from(left.unsigned_abs()).unwrap_or(usize::MAX)) {
        if let Some(share) = shares.get_mut(index) {
            *share += step;
        }
    }
    Ok(shares)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn halves_follow_the_mode() {
        for (mode, expected) in [
            (Rounding::HalfUp, [3, -3]),
            (Rounding::HalfEven, [2, -2]),
            (Rounding::HalfDown, [2, -2]),
            (Rounding::Up, [3, -3]),
            (Rounding::Down, [2, -2]),
            (Rounding::Floor, [2, -3]),
            (Rounding::Ceiling, [3, -2]),
        ] {
            assert_eq!([divide(5, 2, mode).unwrap(), divide(-5, 2, mode).unwrap()], expected, "{mode:?}");
        }
    }

    #[test]
    fn a_zero_denominator_is_a_fault() {
        assert!(divide(1, 0, Rounding::HalfUp).is_err());
    }

    #[test]
    fn leftover_units_go_to_the_largest_remainders_then_the_lowest_index() {
        assert_eq!(allocate(100, &[1, 1, 1]).unwrap(), [34, 33, 33]);
        assert_eq!(allocate(18_233, &[192_000, 8_000, 43_100]).unwrap(), [14_400, 600, 3_233]);
        assert_eq!(allocate(-100, &[1, 1, 1]).unwrap(), [-34, -33, -33]);
        assert_eq!(allocate(7, &[0, 0]).unwrap(), [7, 0]);
        assert!(allocate(1, &[]).is_err());
    }

    proptest! {
        #[test]
        fn shares_sum_to_the_total(total in -1_000_000_000_i64..1_000_000_000, weights in prop::collection::vec(0_i64..1_000_000, 1..20)) {
            let shares = allocate(total, &weights).unwrap();
            prop_assert_eq!(shares.iter().sum::<i64>(), total);
        }

        #[test]
        fn rounding_is_symmetric(n in any::<i64>(), d in 1_i64..1_000_000) {
            for mode in [Rounding::HalfUp, Rounding::HalfEven, Rounding::HalfDown, Rounding::Up, Rounding::Down] {
                let up = divide(i128::from(n), i128::from(d), mode).unwrap();
                let down = divide(-i128::from(n), i128::from(d), mode).unwrap();
                prop_assert_eq!(up, -down);
            }
        }
    }
}
