//! The cells that say how an entry prices: which columns each model reads and writes. Pure.
//!
//! Tiers are one cell: `0:185.00;5:172.50;10:160.00`, each `from:price` or `from:price:flat fee`.

use std::str::FromStr;

use kernel::Fault;

use super::sheet::{Cells, fault, optional};
use crate::engine::cost::CostBasis;
use crate::engine::terms::PartOf;
use crate::engine::{Terms, Tier};

/// The terms of a row; what is wrong with them goes to `faults`.
pub(crate) fn read(cells: &Cells<'_>, faults: &mut Vec<Fault>) -> Terms {
    match cells.text("model") {
        Some("flat") => Terms::Flat { unit_price: cells.need("unit_price", faults) },
        Some("volume") => Terms::Volume { tiers: tiers(cells, faults) },
        Some("graduated") => Terms::Graduated { tiers: tiers(cells, faults) },
        Some("block") => Terms::Block { block_size: cells.need("block_size", faults), block_price: cells.need("block_price", faults) },
        Some("lump_sum") => Terms::LumpSum { amount: cells.need("amount", faults) },
        Some("cost_plus") => Terms::CostPlus { on: on(cells, faults), percent: cells.need("percent", faults) },
        Some("percent_of") => Terms::PercentOf {
            percent: cells.need("percent", faults),
            of: PartOf { charge_groups: list(cells, "of_groups", faults), items: list(cells, "of_items", faults) },
        },
        Some("adjust_percent") => Terms::AdjustPercent { percent: cells.need("percent", faults), floor: cells.read("floor", faults) },
        Some("adjust_amount") => Terms::AdjustAmount { amount: cells.need("amount", faults), floor: cells.read("floor", faults) },
        Some("offer") => Terms::Offer {
            offer: cells.need("offer", faults),
            from: cells.read("offer_from", faults).unwrap_or_default(),
            to: cells.read("offer_to", faults),
            discount: cells.need("discount", faults),
        },
        _ => {
            faults.push(fault("model", "not_a_choice", format!("The models are {}.", Terms::NAMES.join(", "))));
            Terms::Volume { tiers: Vec::new() }
        }
    }
}

fn on(cells: &Cells<'_>, faults: &mut Vec<Fault>) -> CostBasis {
    let read = cells.read("cost_on", faults);
    if cells.text("cost_on").is_none() {
        faults.push(fault("cost_on", "required", "This model needs cost_on: markup or margin.".into()));
    }
    read.unwrap_or(CostBasis::Markup)
}

/// A cell with several values between semicolons.
fn list<T: FromStr>(cells: &Cells<'_>, column: &str, faults: &mut Vec<Fault>) -> Vec<T> {
    let parts = cells.text(column).unwrap_or_default().split(';').map(str::trim).filter(|part| !part.is_empty());
    let read: Option<Vec<T>> = parts.map(|part| part.parse().ok()).collect();
    if read.is_none() {
        faults.push(fault(column, "invalid_value", format!("This is no list of {column}.")));
    }
    read.unwrap_or_default()
}

fn listed<T: ToString>(values: &[T]) -> String {
    values.iter().map(T::to_string).collect::<Vec<_>>().join(";")
}

fn tiers(cells: &Cells<'_>, faults: &mut Vec<Fault>) -> Vec<Tier> {
    let text = cells.text("tiers").unwrap_or_default();
    let steps: Option<Vec<Tier>> = text.split(';').map(step).collect();
    let Some(mut tiers) = steps else {
        faults.push(fault("tiers", "invalid_tiers", format!("{text:?} is no list of from:price.")));
        return Vec::new();
    };
    let ends: Vec<_> = tiers.iter().skip(1).map(|tier| tier.from).collect();
    for (tier, end) in tiers.iter_mut().zip(ends) {
        tier.to = Some(end);
    }
    tiers
}

fn step(text: &str) -> Option<Tier> {
    let mut parts = text.split(':').map(str::trim);
    let tier = Tier {
        from: parts.next()?.parse().ok()?,
        to: None,
        unit_price: parts.next()?.parse().ok()?,
        flat_fee: parts.next().map(str::parse).transpose().ok()?,
    };
    parts.next().is_none().then_some(tier)
}

/// What a column says of the terms; nothing when it is another model's.
pub(crate) fn write(column: &str, terms: &Terms) -> String {
    match (column, terms) {
        ("model", terms) => terms.name().to_owned(),
        ("unit_price", Terms::Flat { unit_price }) => unit_price.to_string(),
        ("tiers", Terms::Volume { tiers } | Terms::Graduated { tiers }) => tiers.iter().map(written).collect::<Vec<_>>().join(";"),
        ("block_size", Terms::Block { block_size, .. }) => block_size.to_string(),
        ("block_price", Terms::Block { block_price, .. }) => block_price.to_string(),
        ("amount", Terms::LumpSum { amount } | Terms::AdjustAmount { amount, .. }) => amount.to_string(),
        ("of_groups", Terms::PercentOf { of, .. }) => listed(&of.charge_groups),
        ("of_items", Terms::PercentOf { of, .. }) => listed(&of.items),
        ("cost_on", Terms::CostPlus { on, .. }) => on.to_string(),
        ("percent", Terms::AdjustPercent { percent, .. } | Terms::PercentOf { percent, .. } | Terms::CostPlus { percent, .. }) => {
            percent.to_string()
        }
        ("floor", Terms::AdjustPercent { floor, .. } | Terms::AdjustAmount { floor, .. }) => optional(floor.as_ref()),
        ("offer", Terms::Offer { offer, .. }) => offer.clone(),
        ("offer_from", Terms::Offer { from, .. }) => from.to_string(),
        ("offer_to", Terms::Offer { to, .. }) => optional(to.as_ref()),
        ("discount", Terms::Offer { discount, .. }) => discount.to_string(),
        _ => String::new(),
    }
}

fn written(tier: &Tier) -> String {
    match tier.flat_fee {
        None => format!("{}:{}", tier.from, tier.unit_price),
        Some(fee) => format!("{}:{}:{fee}", tier.from, tier.unit_price),
    }
}
