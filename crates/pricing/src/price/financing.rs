//! Renting, leasing or buying equipment, compared on the same horizon.

use kernel::{Currency, Decimal, Fault, Money, Rate};
use platform::caller::Caller;
use platform::operation::Operations;
use platform::operations;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::valid::Valid;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::book::model::BookRounding;
use crate::engine::comparison::{Cost, Horizon, Way};
use crate::engine::finance::{Installment, Lease, Timing};
use crate::permission::CalculatePrices;

pub(super) fn operations() -> Operations {
    operations!["price"; financing]
}

/// Ways of having equipment for a while.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct CompareFinancing {
    currency: Currency,
    #[schema(minimum = 1, maximum = 480)]
    horizon_months: u32,
    /// What the equipment is worth to its owner at the end of the horizon.
    value_at_horizon: Decimal,
    /// Half up when absent.
    #[serde(default)]
    rounding: Option<BookRounding>,
    #[schema(min_items = 1, max_items = 10)]
    options: Vec<FinancingOption>,
}

/// A way of having the equipment.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum FinancingOption {
    Rent {
        monthly: Decimal,
        /// How much dearer it becomes after each twelve months; 0.03 is 3 %.
        yearly_increase: Option<Rate>,
    },
    Lease {
        equipment_cost: Decimal,
        /// What is left to pay at its end.
        residual: Decimal,
        /// Per year: 0.09 is 9 %.
        apr: Rate,
        #[schema(minimum = 1, maximum = 480)]
        months: u32,
        timing: Timing,
    },
    Buy {
        price: Decimal,
    },
}

/// What the ways cost, in the order in which they were given.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct FinancingComparison {
    currency: Currency,
    #[schema(minimum = 1)]
    horizon_months: u32,
    /// The place in `options` of the one with the least net cost, from 0; of equals the first.
    #[schema(minimum = 0)]
    cheapest: usize,
    #[schema(max_items = 10)]
    options: Vec<FinancingCost>,
}

/// What one way costs over the horizon. Sums are nominal.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct FinancingCost {
    /// Paid within the horizon.
    paid: Money,
    /// Still to be paid to own the equipment at the end of the horizon.
    owed: Money,
    /// What the equipment is worth then, when it is one's own.
    value: Money,
    /// `paid + owed - value`.
    net: Money,
    /// Of a lease: the level payment of each month but the last, which absorbs what rounding left.
    monthly_payment: Option<Money>,
    /// Of a lease: the sum of all payments.
    total_payments: Option<Money>,
    /// Of a lease: every payment.
    #[schema(max_items = 480)]
    schedule: Vec<PaymentRow>,
}

/// One payment of a lease.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct PaymentRow {
    #[schema(minimum = 1)]
    month: u32,
    payment: Money,
    interest: Money,
    principal: Money,
    /// What is left after it.
    balance: Money,
}

/// Reads amounts of one currency and notes what is wrong with them.
struct Amounts {
    currency: Currency,
    faults: Vec<Fault>,
}

impl Amounts {
    fn read(&mut self, amount: Decimal, pointer: &str) -> Money {
        let read =
            Money::from_decimal(amount, self.currency).map_err(|fault| Fault::field(pointer, "too_many_decimals", fault.detail.clone()));
        let read = read.and_then(|money| match money.is_negative() {
            true => Err(Fault::field(pointer, "negative", "An amount is not negative.")),
            false => Ok(money),
        });
        read.unwrap_or_else(|fault| {
            self.faults.push(fault);
            Money::zero(self.currency)
        })
    }

    fn rate(&mut self, rate: Rate, pointer: &str) -> Rate {
        if rate.is_negative() || rate > Rate::ONE {
            self.faults.push(Fault::field(pointer, "out_of_range", "Expected 0 to 1; 0.09 is 9 %."));
        }
        rate
    }

    fn way(&mut self, option: &FinancingOption, at: &str) -> Way {
        match option {
            FinancingOption::Rent { monthly, yearly_increase } => Way::Rent {
                monthly: self.read(*monthly, &format!("{at}/monthly")),
                yearly_increase: self.rate(yearly_increase.unwrap_or(Rate::ZERO), &format!("{at}/yearly_increase")),
            },
            FinancingOption::Buy { price } => Way::Buy { price: self.read(*price, &format!("{at}/price")) },
            FinancingOption::Lease { equipment_cost, residual, apr, months, timing } => {
                let cost = self.read(*equipment_cost, &format!("{at}/equipment_cost"));
                let left = self.read(*residual, &format!("{at}/residual"));
                if left.minor() > cost.minor() {
                    self.faults.push(Fault::field(format!("{at}/residual"), "out_of_range", "A residual is at most the cost."));
                }
                let apr = self.rate(*apr, &format!("{at}/apr"));
                Way::Lease(Lease { cost, residual: left, apr, months: *months, timing: *timing })
            }
        }
    }
}

impl CompareFinancing {
    /// The horizon and the ways, when nothing is wrong with any of them.
    fn read(&self) -> Result<(Horizon, Vec<Way>), Fault> {
        let mut amounts = Amounts { currency: self.currency, faults: Vec::new() };
        let value = amounts.read(self.value_at_horizon, "/value_at_horizon");
        let ways = self.options.iter().enumerate().map(|(place, option)| amounts.way(option, &format!("/options/{place}"))).collect();
        Fault::all(amounts.faults)?;
        let rounding = self.rounding.unwrap_or(BookRounding::HalfUp).into();
        Ok((Horizon { months: self.horizon_months, value, rounding }, ways))
    }
}

impl FinancingCost {
    fn of(cost: Cost) -> Result<Self, Fault> {
        let Cost { paid, owed, value, net, schedule } = cost;
        let monthly_payment = schedule.first().map(|row| row.payment);
        let total_payments =
            monthly_payment.map(|first| Money::sum(first.currency(), schedule.iter().map(|row| row.payment))).transpose()?;
        let row = |(month, row): (u32, Installment)| {
            let Installment { payment, interest, principal, balance } = row;
            PaymentRow { month, payment, interest, principal, balance }
        };
        Ok(Self { paid, owed, value, net, monthly_payment, total_payments, schedule: (1..).zip(schedule).map(row).collect() })
    }
}

/// Compare renting, leasing and buying equipment.
///
/// All on one horizon: what is still owed at its end counts as paid, and what the equipment is worth then is taken off where it is one's own.
#[utoipa::path(post, path = "/v1/price/financing", operation_id = "compare_financing", request_body = CompareFinancing,
    responses((status = 200, body = FinancingComparison)))]
async fn financing(_caller: Caller<CalculatePrices>, request: Valid<CompareFinancing>) -> Result<Reply, Problem> {
    let (horizon, ways) = request.read()?;
    let costs = ways.iter().map(|way| way.cost(horizon)).collect::<Result<Vec<_>, _>>()?;
    let cheapest = costs.iter().enumerate().min_by_key(|(_, cost)| cost.net.minor()).map_or(0, |(place, _)| place);
    let options = costs.into_iter().map(FinancingCost::of).collect::<Result<Vec<_>, _>>()?;
    Reply::ok(&FinancingComparison { currency: request.currency, horizon_months: request.horizon_months, cheapest, options })
}
