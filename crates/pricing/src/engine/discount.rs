//! What is taken from an extended amount before it is rounded: a volume offer of the book and the contract's discount.

use kernel::rounding::divide;
use kernel::{Fault, Quantity, Rate, Rounding};

use super::context::{Context, contract_discount};
use super::exact::product;
use super::index::{Book, Listed, PriceIndex};
use super::item::Item;
use super::line::PriceQuery;
use super::resolve::{Resolved, Selection};
use super::terms::Terms;
use super::trace::{Number, SourceRef, StepKind, Trace};

/// The highest discount of the book's offers that hold the quantity; of equal ones the first by name. An offer of the book hides one of
/// the same name in the books it inherits from.
pub(super) fn offered<'a>(
    index: &'a PriceIndex,
    selection: &Selection<'a>,
    item: &'a Item,
    query: &PriceQuery<'_>,
    trace: &mut Trace<'a>,
) -> Result<Rate, Fault> {
    let mut best: Option<(Rate, &'a str, SourceRef<'a>)> = None;
    let mut named: Vec<(&'a str, u8)> = Vec::new();
    for (book, depth) in selection.book.into_iter().flat_map(|book| index.lineage(book)) {
        for listed in offers(book, item, query) {
            let Terms::Offer { offer, from, to, discount } = &listed.entry.terms else { continue };
            if named.iter().any(|(name, nearer)| name == offer && *nearer < depth) {
                continue;
            }
            named.push((offer, depth));
            let better = best.is_none_or(|(rate, name, _)| *discount > rate || (*discount == rate && offer.as_str() < name));
            if better && offer_holds(item, query, listed, (*from, *to))? {
                best = Some((*discount, offer, selection.source.of(book, listed)));
            }
        }
    }
    let Some((rate, _, source)) = best else { return Ok(Rate::ZERO) };
    trace.apply(source, "offer", Number::Rate(rate));
    Ok(rate)
}

/// The contract's discount, when neither the price nor an adjustment is the contract's own.
pub(super) fn agreed(resolved: &Resolved<'_>, context: &Context, item: &Item, query: &PriceQuery<'_>, trace: &mut Trace<'_>) -> Rate {
    if resolved.sources().any(|source| source.level.starts_with('1')) {
        return Rate::ZERO;
    }
    let Some((_, rate)) = contract_discount(context, item, query) else { return Rate::ZERO };
    trace.step(StepKind::Adjust, "contract_discount", None, Some(Number::Rate(rate)));
    rate
}

/// Two discounts, one after the other, as one.
pub(super) fn together(first: Rate, second: Rate) -> Result<Rate, Fault> {
    let one = i128::from(Rate::ONE.scaled());
    let kept = product(one - i128::from(first.scaled()), one - i128::from(second.scaled()))?;
    let scaled = one - divide(kept, one, Rounding::HalfUp)?;
    i64::try_from(scaled).map(Rate::from_scaled).map_err(|_| Fault::overflow())
}

fn offer_holds(item: &Item, query: &PriceQuery<'_>, listed: &Listed, (from, to): (Quantity, Option<Quantity>)) -> Result<bool, Fault> {
    let Some(ratio) = item.ratio(query.uom, &listed.entry.uom) else { return Ok(false) };
    let quantity = product(i128::from(query.quantity.scaled()), ratio.numerator)?;
    let bound = |limit: Quantity| product(i128::from(limit.scaled()), ratio.denominator);
    Ok(bound(from)? <= quantity && to.map(bound).transpose()?.is_none_or(|to| quantity < to))
}

/// The offers of `book` that are in force for the query.
fn offers<'a>(book: &'a Book, item: &'a Item, query: &PriceQuery<'_>) -> impl Iterator<Item = &'a Listed> {
    let (date, known_at, site) = (query.price_date, query.known_at, query.site);
    book.matching(item).map(|(_, listed)| listed).filter(move |listed| {
        matches!(listed.entry.terms, Terms::Offer { .. })
            && listed.entry.period.contains(date)
            && listed.known_at(known_at)
            && listed.entry.site.is_none_or(|scope| site == Some(scope))
    })
}
