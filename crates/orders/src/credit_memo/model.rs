//! How much a credit takes from a line and from the jurisdictions. Pure; amounts in minor units, quantities scaled.
//!
//! Shares are cumulative: what is credited is the rounded credit of all so far less what has been credited before, so that
//! a line credited in parts and one credited at once end at the same cent.

use kernel::Fault;
use kernel::rounding::{Rounding, allocate, divide};
use kernel::words;

words! {
    /// Why a credit is given. The first, third, fourth and fifth lower revenue; the others are an allowance.
    pub enum CreditReason {
        BillingError = "billing_error",
        ServiceFailure = "service_failure",
        Goodwill = "goodwill",
        Price = "price",
        Return = "return",
        Tax = "tax",
    }
}

impl CreditReason {
    /// True when the credit is booked as an allowance rather than taken from revenue.
    #[must_use]
    pub const fn is_allowance(self) -> bool {
        matches!(self, Self::ServiceFailure | Self::Goodwill)
    }
}

/// A line and what has been credited of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CreditedLine {
    pub quantity: i64,
    pub net: i64,
    pub tax: i64,
    pub credited_quantity: i64,
    pub credited_net: i64,
    pub credited_tax: i64,
}

/// How much of a line is to be credited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// All that is left.
    Whole,
    Quantity(i64),
    /// Of the net; its tax follows.
    Net(i64),
}

/// What a credit takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    pub quantity: i64,
    pub net: i64,
    pub tax: i64,
}

impl CreditedLine {
    /// The share that an extent comes to.
    ///
    /// # Errors
    /// `nothing_to_credit`; `over_credit` when more is asked for than is left; `not_positive`.
    pub fn credit(&self, extent: Extent) -> Result<Share, Fault> {
        let left = Share {
            quantity: self.quantity - self.credited_quantity,
            net: self.net - self.credited_net,
            tax: self.tax - self.credited_tax,
        };
        if left.net == 0 && left.tax == 0 {
            return Err(Fault::invalid("nothing_to_credit", "The line has been credited in full."));
        }
        match extent {
            Extent::Whole => Ok(left),
            Extent::Quantity(quantity) => self.by_quantity(quantity, left),
            Extent::Net(net) => self.by_net(net, left),
        }
    }

    fn by_quantity(&self, quantity: i64, left: Share) -> Result<Share, Fault> {
        within(quantity, left.quantity)?;
        if quantity == left.quantity {
            return Ok(left);
        }
        let after = self.credited_quantity + quantity;
        let net = share(self.net, after, self.quantity)? - share(self.net, self.credited_quantity, self.quantity)?;
        let tax = share(self.tax, after, self.quantity)? - share(self.tax, self.credited_quantity, self.quantity)?;
        Ok(Share { quantity, net: limit(net, left.net), tax: limit(tax, left.tax) })
    }

    fn by_net(&self, net: i64, left: Share) -> Result<Share, Fault> {
        within(net, left.net)?;
        if net == left.net {
            return Ok(left);
        }
        let tax = share(self.tax, self.credited_net + net, self.net)? - self.credited_tax;
        Ok(Share { quantity: 0, net, tax: limit(tax, left.tax) })
    }
}

/// `whole x part / of`, rounded half up.
fn share(whole: i64, part: i64, of: i64) -> Result<i64, Fault> {
    let rounded = divide(i128::from(whole) * i128::from(part), i128::from(of), Rounding::HalfUp)?;
    i64::try_from(rounded).map_err(|_| Fault::overflow())
}

/// Never below zero nor beyond what is left, on whichever side of zero that is.
fn limit(value: i64, left: i64) -> i64 {
    if left >= 0 { value.clamp(0, left) } else { value.clamp(left, 0) }
}

fn within(asked: i64, left: i64) -> Result<(), Fault> {
    if asked == 0 || (asked < 0) != (left < 0) {
        return Err(Fault::invalid("not_positive", "Credit a part of what the line has, on the same side of zero."));
    }
    if asked.unsigned_abs() > left.unsigned_abs() {
        return Err(Fault::invalid("over_credit", "More is credited than the line has left."));
    }
    Ok(())
}

/// Divides a credit's tax over the jurisdictions of a group: the cumulative tax by largest remainder, less the same of what
/// had been credited before.
///
/// # Errors
/// `overflow`; `negative_weight`.
pub fn by_jurisdiction(taxes: &[i64], before: i64, after: i64) -> Result<Vec<i64>, Fault> {
    let (earlier, later) = (allocate(before, taxes)?, allocate(after, taxes)?);
    Ok(later.iter().zip(&earlier).map(|(later, earlier)| later - earlier).collect())
}
