//! Ways to have equipment for a while, compared on the same horizon.
//!
//! Whoever buys it, and whoever has leased it and pays what is still owed, owns it at the end of the horizon, so what it is worth then
//! is taken off; whoever rents has nothing. Sums are nominal: no interest on what is not spent.

use kernel::{Fault, Money, Rate, Rounding};

use super::finance::{Installment, Lease, escalate};

/// A way to have it.
#[derive(Clone, Copy, Debug)]
pub enum Way {
    Rent {
        monthly: Money,
        /// How much dearer it becomes after each twelve months.
        yearly_increase: Rate,
    },
    Lease(Lease),
    Buy {
        price: Money,
    },
}

/// For how long, and what it is worth afterwards.
#[derive(Clone, Copy, Debug)]
pub struct Horizon {
    pub months: u32,
    pub value: Money,
    pub rounding: Rounding,
}

/// What a way costs over the horizon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Within the horizon.
    pub paid: Money,
    /// To own it at the end of the horizon.
    pub owed: Money,
    /// What it is worth then.
    pub value: Money,
    /// `paid + owed - value`.
    pub net: Money,
    /// Of a lease: every payment, also beyond the horizon.
    pub schedule: Vec<Installment>,
}

impl Way {
    /// # Errors
    /// `invalid_lease`; `overflow`.
    pub fn cost(&self, horizon: Horizon) -> Result<Cost, Fault> {
        let nothing = Money::zero(horizon.value.currency());
        let (paid, owed, value, schedule) = match self {
            Self::Rent { monthly, yearly_increase } => (rent(*monthly, *yearly_increase, horizon)?, nothing, nothing, Vec::new()),
            Self::Buy { price } => (*price, nothing, horizon.value, Vec::new()),
            Self::Lease(lease) => {
                let schedule = lease.schedule(horizon.rounding)?;
                let months = usize::try_from(horizon.months).map_err(|_| Fault::overflow())?;
                let paid = Money::sum(nothing.currency(), schedule.iter().take(months).map(|row| row.payment))?;
                (paid, lease.owed_after(&schedule, horizon.months, horizon.rounding)?, horizon.value, schedule)
            }
        };
        Ok(Cost { paid, owed, value, net: paid.plus(owed)?.minus(value)?, schedule })
    }
}

fn rent(monthly: Money, yearly_increase: Rate, horizon: Horizon) -> Result<Money, Fault> {
    let years = usize::try_from(horizon.months.div_ceil(12)).map_err(|_| Fault::overflow())?;
    let later = escalate(monthly, &vec![yearly_increase; years.saturating_sub(1)], None, horizon.rounding)?;
    let months = (0..horizon.months).step_by(12).map(|begun| i64::from((horizon.months - begun).min(12)));
    let mut terms =
        std::iter::once(monthly).chain(later).zip(months).map(|(month, months)| month.times_fraction(months, 1, horizon.rounding));
    terms.try_fold(Money::zero(monthly.currency()), |sum, term| sum.plus(term?))
}

#[cfg(test)]
mod tests {
    use kernel::Currency;
    use proptest::prelude::*;

    use super::super::finance::Timing;
    use super::*;

    fn usd(minor: i64) -> Money {
        Money::from_minor(minor, Currency::USD)
    }

    fn over(months: u32, value: i64) -> Horizon {
        Horizon { months, value: usd(value), rounding: Rounding::HalfUp }
    }

    fn lease(timing: Timing) -> Way {
        let (cost, residual) = (usd(1_850_000), usd(250_000));
        Way::Lease(Lease { cost, residual, apr: "0.09".parse().unwrap(), months: 36, timing })
    }

    #[test]
    fn rent_rises_each_year_and_leaves_nothing() {
        let way = Way::Rent { monthly: usd(60_000), yearly_increase: "0.03".parse().unwrap() };
        let cost = way.cost(over(30, 250_000)).unwrap();
        // 12 x 600.00, 12 x 618.00, 6 x 636.54.
        assert_eq!((cost.paid, cost.value, cost.net), (usd(1_843_524), usd(0), usd(1_843_524)));
        assert_eq!(way.cost(over(12, 0)).unwrap().net, usd(720_000));
    }

    #[test]
    fn a_lease_to_its_end_costs_its_interest_and_what_the_value_fell() {
        let cost = lease(Timing::Arrears).cost(over(36, 250_000)).unwrap();
        let interest: i64 = cost.schedule.iter().map(|row| row.interest.minor()).sum();
        assert_eq!((cost.net.minor(), cost.owed), (1_600_000 + interest, usd(250_000)));
        let early = lease(Timing::Arrears).cost(over(12, 900_000)).unwrap();
        assert_eq!((early.paid, early.owed), (usd(12 * 52_755), early.schedule[11].balance));
        assert_eq!(lease(Timing::Arrears).cost(over(48, 0)).unwrap().owed, usd(250_000), "then it is bought");
        assert_eq!(Way::Buy { price: usd(1_850_000) }.cost(over(36, 250_000)).unwrap().net, usd(1_600_000));
    }

    proptest! {
        #[test]
        fn a_lease_without_interest_costs_what_buying_does(
            cost in 1_i64..1_000_000_000, part in 0_i64..=100, months in 1_u32..120, horizon in 1_u32..150, advance: bool,
        ) {
            let timing = if advance { Timing::Advance } else { Timing::Arrears };
            let lease = Lease { cost: usd(cost), residual: usd(cost / 100 * part), apr: Rate::ZERO, months, timing };
            let (leased, bought) = (Way::Lease(lease).cost(over(horizon, 5)).unwrap(), Way::Buy { price: usd(cost) }.cost(over(horizon, 5)).unwrap());
            prop_assert_eq!(leased.net, bought.net);
        }
    }
}
