//! Prices over time: escalators, discounts spread over lines, level payments of a lease.
//!
//! The discount factor of a lease is worked out in fixed point with eighteen decimals, far finer than the minor unit it
//! is rounded to; every payment is rounded once and the last one absorbs the difference.

use kernel::rounding::{allocate, divide};
use kernel::{Fault, Money, Rate, Rounding, words};

/// One step of a price after another, each rounded to the minor unit; a step above `cap` is cut to it.
///
/// # Errors
/// `overflow`.
pub fn escalate(start: Money, steps: &[Rate], cap: Option<Rate>, mode: Rounding) -> Result<Vec<Money>, Fault> {
    let mut price = start;
    steps
        .iter()
        .map(|step| {
            let step = cap.map_or(*step, |cap| cap.min(*step));
            price = price.at_rate(Rate::ONE.plus(step)?, mode)?;
            Ok(price)
        })
        .collect()
}

/// A document's discount as a share of each line, by largest remainder.
///
/// # Errors
/// As [`allocate`].
pub fn spread_discount(lines: &[Money], discount: Money) -> Result<Vec<Money>, Fault> {
    let weights: Vec<i64> = lines.iter().map(|line| line.minor()).collect();
    let shares = allocate(discount.minor(), &weights)?;
    Ok(shares.into_iter().map(|share| Money::from_minor(share, discount.currency())).collect())
}

words! {
    /// When a payment falls within its month: at its end (arrears) or at its beginning.
    pub enum Timing { Arrears = "arrears", Advance = "advance" }
}

/// A level monthly financing: what is financed, what is left at the end, the yearly rate and the months.
#[derive(Clone, Copy, Debug)]
pub struct Lease {
    pub cost: Money,
    pub residual: Money,
    /// Per year: 9 % is 0.09.
    pub apr: Rate,
    pub months: u32,
    pub timing: Timing,
}

/// One row of a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Installment {
    pub payment: Money,
    pub interest: Money,
    pub principal: Money,
    pub balance: Money,
}

/// Fixed point with eighteen decimals.
const ONE: i128 = 1_000_000_000_000_000_000;
/// Months of a year times the scale of a rate.
const MONTHLY: i128 = 12 * 1_000_000;

impl Lease {
    /// The level payment, rounded once: `(PV - RV v) i / (1 - v)`, divided by `1 + i` in advance.
    ///
    /// # Errors
    /// `invalid_lease` without months; `overflow`.
    pub fn payment(&self, mode: Rounding) -> Result<Money, Fault> {
        if self.months == 0 || self.apr.is_negative() {
            return Err(Fault::invalid("invalid_lease", "A lease has at least one month and a rate that is not negative."));
        }
        let (cost, residual) = (i128::from(self.cost.minor()), i128::from(self.residual.minor()));
        if self.apr.is_zero() {
            return self.money(divide(cost - residual, i128::from(self.months), mode)?);
        }
        let apr = i128::from(self.apr.scaled());
        let factor = self.discount_factor()?;
        // The numerator in minor units with eighteen decimals, times the yearly rate.
        let present = scaled(cost, ONE)? - scaled(residual, factor)?;
        let numerator = scaled(present, apr)?;
        // In advance, dividing by 1 + i = (MONTHLY + apr) / MONTHLY cancels MONTHLY.
        let months = if self.timing == Timing::Advance { MONTHLY + apr } else { MONTHLY };
        let denominator = scaled(ONE - factor, months)?;
        self.money(divide(numerator, denominator, mode)?)
    }

    /// `v = (1 + i)^-months`.
    fn discount_factor(&self) -> Result<i128, Fault> {
        let growth = MONTHLY + i128::from(self.apr.scaled());
        (0..self.months).try_fold(ONE, |factor, _| divide(scaled(factor, MONTHLY)?, growth, Rounding::HalfEven))
    }

    /// Every payment, until only the residual is left. In advance, a row's balance is that at the beginning of its month: the last one
    /// has a month to grow to the residual.
    ///
    /// # Errors
    /// As [`Lease::payment`].
    pub fn schedule(&self, mode: Rounding) -> Result<Vec<Installment>, Fault> {
        let level = self.payment(mode)?;
        let end = self.last_balance(mode)?;
        let mut balance = self.cost;
        let mut rows = Vec::new();
        for month in 1..=self.months {
            let free = self.timing == Timing::Advance && month == 1;
            let interest = if free { Money::zero(balance.currency()) } else { self.interest(balance, mode)? };
            let last = month == self.months;
            let principal = if last { balance.minus(end)? } else { level.minus(interest)? };
            balance = balance.minus(principal)?;
            rows.push(Installment { payment: principal.plus(interest)?, interest, principal, balance });
        }
        Ok(rows)
    }

    /// What is left after the last payment.
    fn last_balance(&self, mode: Rounding) -> Result<Money, Fault> {
        match self.timing {
            Timing::Arrears => Ok(self.residual),
            Timing::Advance => {
                let growth = MONTHLY + i128::from(self.apr.scaled());
                self.money(divide(scaled(i128::from(self.residual.minor()), MONTHLY)?, growth, mode)?)
            }
        }
    }

    /// What is still to be paid to own it at the end of a month, from the first to the last of `schedule`.
    ///
    /// # Errors
    /// `overflow`.
    pub fn owed_after(&self, schedule: &[Installment], months: u32, mode: Rounding) -> Result<Money, Fault> {
        if months >= self.months {
            return Ok(self.residual);
        }
        let paid = usize::try_from(months).ok().and_then(|months| months.checked_sub(1)).and_then(|last| schedule.get(last));
        let balance = paid.map_or(self.cost, |row| row.balance);
        match self.timing {
            Timing::Arrears => Ok(balance),
            Timing::Advance => balance.plus(self.interest(balance, mode)?),
        }
    }

    fn interest(&self, balance: Money, mode: Rounding) -> Result<Money, Fault> {
        let product = scaled(i128::from(balance.minor()), i128::from(self.apr.scaled()))?;
        self.money(divide(product, MONTHLY, mode)?)
    }

    fn money(&self, minor: i128) -> Result<Money, Fault> {
        i64::try_from(minor).map(|minor| Money::from_minor(minor, self.cost.currency())).map_err(|_| Fault::overflow())
    }
}

fn scaled(a: i128, b: i128) -> Result<i128, Fault> {
    a.checked_mul(b).ok_or_else(Fault::overflow)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Currency;

    fn lease(months: u32, timing: Timing) -> Lease {
        Lease {
            cost: Money::from_minor(1_850_000, Currency::USD),
            residual: Money::from_minor(250_000, Currency::USD),
            apr: "0.09".parse().unwrap(),
            months,
            timing,
        }
    }

    #[test]
    fn level_payments_of_a_lease_with_a_residual() {
        for (months, timing, payment, total) in [
            (36, Timing::Arrears, "527.55", "18991.80"),
            (36, Timing::Advance, "523.62", "18850.32"),
            (60, Timing::Arrears, "350.88", "21052.80"),
        ] {
            let level = lease(months, timing).payment(Rounding::HalfUp).unwrap();
            assert_eq!(level.to_string(), payment);
            assert_eq!(Money::from_minor(level.minor() * i64::from(months), Currency::USD).to_string(), total);
        }
    }

    #[test]
    fn a_schedule_ends_at_the_residual() {
        let rows = lease(36, Timing::Arrears).schedule(Rounding::HalfUp).unwrap();
        assert_eq!(rows.last().unwrap().balance.to_string(), "2500.00");
        let early = lease(36, Timing::Advance);
        let rows = early.schedule(Rounding::HalfUp).unwrap();
        let last = rows.last().unwrap();
        assert_eq!((last.payment.to_string(), last.balance.to_string()), ("523.58".into(), "2481.39".into()), "it grows to the residual");
        assert_eq!(early.owed_after(&rows, 36, Rounding::HalfUp).unwrap().to_string(), "2500.00");
        assert_eq!(
            early.owed_after(&rows, 0, Rounding::HalfUp).unwrap(),
            early.cost.plus(early.interest(early.cost, Rounding::HalfUp).unwrap()).unwrap()
        );
        assert!(lease(0, Timing::Arrears).payment(Rounding::HalfUp).is_err());
    }
}
