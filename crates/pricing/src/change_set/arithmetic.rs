//! The arithmetic of a change set: what a formula makes of each price of an entry. Pure and exact.
//!
//! A price is changed to six decimals, brought to its ending and kept inside the cap, in that order of strength: no ending ever crosses a
//! cap, nor turns an increase into a decrease.

use kernel::decimal::power_of_ten;
use kernel::rounding::divide;
use kernel::words;
use kernel::{Fault, Rate, Rounding, UnitPrice};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::engine::Terms;

words! {
    /// Which way a price is brought to its ending.
    pub enum EndingMode { Up = "up", Nearest = "nearest" }

    /// What becomes of a price that would change by more than the cap.
    pub enum CapMode {
        /// It changes by as much as the cap allows.
        Clip = "clip",
        /// It stays as it is.
        Exclude = "exclude",
    }

    /// Which bound of the cap held a price back.
    pub enum ClipReason { MaxIncrease = "max_increase", MaxDecrease = "max_decrease" }

    /// Which way a price goes; up when any of an entry's prices does.
    pub enum ChangeDirection { Raise = "raise", Lower = "lower", Same = "same" }
}

/// Which last digits prices have: `99` of two decimals makes 12.34 to 12.99.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PriceEnding {
    #[schema(pattern = "^[0-9]{1,6}$", min_length = 1, max_length = 6, example = "99")]
    pub digits: String,
    /// How many decimals such a price has; two when absent.
    #[schema(minimum = 0, maximum = 6)]
    pub decimals: Option<u32>,
    pub mode: EndingMode,
}

/// By how much a price may change, as a part of the old one; without bounds where absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeCap {
    /// `0.05` is five per cent.
    pub max_increase: Option<Rate>,
    pub max_decrease: Option<Rate>,
    pub mode: CapMode,
}

/// What is done to one price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceStep {
    Percent(Rate),
    Amount(UnitPrice),
    Set(UnitPrice),
    /// The share of an index's change from one value to another.
    Index {
        from: UnitPrice,
        to: UnitPrice,
        share: Rate,
    },
}

impl PriceStep {
    /// The price after the step, to six decimals.
    ///
    /// # Errors
    /// `overflow`.
    pub fn of(self, old: UnitPrice) -> Result<UnitPrice, Fault> {
        let (price, one) = (i128::from(old.scaled()), i128::from(Rate::ONE.scaled()));
        match self {
            Self::Percent(percent) => fraction(price, one + i128::from(percent.scaled()), one),
            Self::Amount(amount) => old.plus(amount),
            Self::Set(price) => Ok(price),
            Self::Index { from, to, share } => {
                let (from, to) = (i128::from(from.scaled()), i128::from(to.scaled()));
                let base = times(from, one)?;
                fraction(price, base + times(to - from, i128::from(share.scaled()))?, base)
            }
        }
    }
}

fn times(a: i128, b: i128) -> Result<i128, Fault> {
    a.checked_mul(b).ok_or_else(Fault::overflow)
}

fn fraction(price: i128, numerator: i128, denominator: i128) -> Result<UnitPrice, Fault> {
    narrow(divide(times(price, numerator)?, denominator, Rounding::HalfUp)?)
}

fn narrow(scaled: i128) -> Result<UnitPrice, Fault> {
    i64::try_from(scaled).map(UnitPrice::from_scaled).map_err(|_| Fault::overflow())
}

/// The prices that an ending allows: `residue` more than a multiple of `step`, in millionths.
#[derive(Clone, Copy)]
struct Grid {
    step: i128,
    residue: i128,
    mode: EndingMode,
}

impl Grid {
    fn of(ending: &PriceEnding) -> Result<Self, Fault> {
        let invalid = || Fault::field("/price_ending/digits", "invalid_ending", "One to six digits, and at most six decimals.");
        let digits: i128 = ending.digits.parse().map_err(|_| invalid())?;
        let length = u32::try_from(ending.digits.len()).map_err(|_| invalid())?;
        let spare = UnitPrice::SCALE.checked_sub(ending.decimals.unwrap_or(2)).ok_or_else(invalid)?;
        Ok(Self { step: power_of_ten(length + spare)?, residue: times(digits, power_of_ten(spare)?)?, mode: ending.mode })
    }

    fn below(self, price: i128) -> i128 {
        price - (price - self.residue).rem_euclid(self.step)
    }

    fn above(self, price: i128) -> i128 {
        self.below(price + self.step - 1)
    }

    fn near(self, price: i128) -> i128 {
        let (below, above) = (self.below(price), self.above(price));
        if self.mode == EndingMode::Nearest && price - below < above - price { below } else { above }
    }
}

/// How far a price may go, both included.
#[derive(Clone, Copy)]
struct Bounds {
    least: i128,
    most: i128,
}

impl Bounds {
    fn of(old: i128, cap: Option<&ChangeCap>) -> Result<Self, Fault> {
        let part = |rate: Rate| divide(times(old.abs(), i128::from(rate.scaled()))?, i128::from(Rate::ONE.scaled()), Rounding::Floor);
        let by = |rate: Option<Rate>| rate.map_or(Ok(i128::from(i64::MAX) * 2), part);
        let most = old + by(cap.and_then(|cap| cap.max_increase))?;
        let least = old - by(cap.and_then(|cap| cap.max_decrease))?;
        Ok(Self { least, most })
    }

    const fn crossed_by(self, price: i128) -> Option<ClipReason> {
        if price > self.most {
            return Some(ClipReason::MaxIncrease);
        }
        if price < self.least { Some(ClipReason::MaxDecrease) } else { None }
    }
}

/// One price before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Settled {
    requested: UnitPrice,
    new: UnitPrice,
    clip: Option<ClipReason>,
    /// The formula by itself went beyond the cap.
    beyond: bool,
}

fn settle(old: UnitPrice, asked: UnitPrice, ending: Option<Grid>, cap: Option<&ChangeCap>) -> Result<Settled, Fault> {
    let (old, asked) = (i128::from(old.scaled()), i128::from(asked.scaled()));
    let bounds = Bounds::of(old, cap)?;
    let held = asked.clamp(bounds.least, bounds.most);
    // Endings are for prices; a rebate or nothing has none.
    let grid = ending.filter(|_| asked > 0);
    let requested = grid.map_or(asked, |grid| grid.near(asked));
    let (least, most) = match asked.cmp(&old) {
        std::cmp::Ordering::Greater => (old.max(bounds.least), bounds.most),
        std::cmp::Ordering::Equal => (bounds.least, bounds.most),
        std::cmp::Ordering::Less => (bounds.least, old.min(bounds.most)),
    };
    let inside = |price: &i128| (least..=most).contains(price) && *price > 0;
    let new = match grid {
        None => held,
        Some(grid) => {
            let near = grid.near(held);
            let ended = if near > most { grid.below(most) } else { near.max(grid.above(least)) };
            Some(ended).filter(inside).unwrap_or(held)
        }
    };
    Ok(Settled {
        requested: narrow(requested)?,
        new: narrow(new)?,
        clip: bounds.crossed_by(asked).or_else(|| bounds.crossed_by(requested)),
        beyond: bounds.crossed_by(asked).is_some(),
    })
}

/// How the prices of an entry are changed, beside what is asked for each.
#[derive(Clone, Copy, Debug, Default)]
pub struct Manner<'a> {
    pub ending: Option<&'a PriceEnding>,
    pub cap: Option<&'a ChangeCap>,
    /// Flat fees of tiers change too.
    pub flat_fees: bool,
}

/// What a change makes of an entry's terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// As asked for, brought to its ending.
    pub requested: Terms,
    /// Inside the cap.
    pub new: Terms,
    pub clip: Option<ClipReason>,
    /// A price would have changed by more than the cap.
    pub beyond: bool,
    pub direction: ChangeDirection,
}

/// Changes the prices of `old` to what `ask` says of each, by its place among them.
///
/// # Errors
/// `overflow`; `invalid_ending`.
pub fn change(old: &Terms, manner: Manner<'_>, ask: impl Fn(usize, UnitPrice) -> Result<UnitPrice, Fault>) -> Result<Changed, Fault> {
    let grid = manner.ending.map(Grid::of).transpose()?;
    let before = prices(old, manner.flat_fees);
    let settle_one = |(place, price): (usize, &UnitPrice)| settle(*price, ask(place, *price)?, grid, manner.cap);
    let settled: Vec<Settled> = before.iter().enumerate().map(settle_one).collect::<Result<_, _>>()?;
    let with = |price: fn(&Settled) -> UnitPrice| with_prices(old, manner.flat_fees, settled.iter().map(price));
    let pairs = || before.iter().zip(&settled);
    let direction = match (pairs().any(|(old, one)| one.new > *old), pairs().any(|(old, one)| one.new < *old)) {
        (true, _) => ChangeDirection::Raise,
        (false, true) => ChangeDirection::Lower,
        (false, false) => ChangeDirection::Same,
    };
    Ok(Changed {
        requested: with(|one| one.requested),
        new: with(|one| one.new),
        clip: settled.iter().find_map(|one| one.clip),
        beyond: settled.iter().any(|one| one.beyond),
        direction,
    })
}

/// The prices of an entry in their order, with each tier's flat fee after its price where fees are meant too; none for what is no price.
#[must_use]
pub fn prices(terms: &Terms, flat_fees: bool) -> Vec<UnitPrice> {
    match terms {
        Terms::Flat { unit_price } => vec![*unit_price],
        Terms::Volume { tiers } | Terms::Graduated { tiers } => {
            tiers.iter().flat_map(|tier| std::iter::once(tier.unit_price).chain(tier.flat_fee.filter(|_| flat_fees))).collect()
        }
        Terms::Block { block_price, .. } => vec![*block_price],
        Terms::LumpSum { amount } => vec![*amount],
        Terms::CostPlus { .. }
        | Terms::PercentOf { .. }
        | Terms::AdjustPercent { .. }
        | Terms::AdjustAmount { .. }
        | Terms::Offer { .. } => Vec::new(),
    }
}

/// The same terms with other prices, in the order of [`prices`]; one that is not given stays.
fn with_prices(terms: &Terms, flat_fees: bool, new: impl IntoIterator<Item = UnitPrice>) -> Terms {
    let (mut next, mut new) = (terms.clone(), new.into_iter());
    let mut put = |price: &mut UnitPrice| *price = new.next().unwrap_or(*price);
    match &mut next {
        Terms::Flat { unit_price: price } | Terms::Block { block_price: price, .. } | Terms::LumpSum { amount: price } => put(price),
        Terms::Volume { tiers } | Terms::Graduated { tiers } => {
            for tier in tiers {
                put(&mut tier.unit_price);
                tier.flat_fee.iter_mut().filter(|_| flat_fees).for_each(&mut put);
            }
        }
        Terms::CostPlus { .. }
        | Terms::PercentOf { .. }
        | Terms::AdjustPercent { .. }
        | Terms::AdjustAmount { .. }
        | Terms::Offer { .. } => {}
    }
    next
}

/// The one price that stands for an entry in figures: of tiers the first.
#[must_use]
pub fn headline(terms: &Terms) -> Option<UnitPrice> {
    prices(terms, false).first().copied()
}
