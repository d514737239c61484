//! The arithmetic: exact fractions, one rounding, and leftovers by largest remainder on the unrounded shares.

use kernel::rounding::{allocate, divide};
use kernel::{Fault, Rate};

use super::{DocumentTax, JurisdictionTax, LineTax, TaxGroup, TaxRounding, TaxRules, TaxableLine};

const ONE: i128 = 1_000_000;

/// Computes the tax of a document by its rules.
///
/// # Errors
/// `unknown_tax_group` when a line names a group that the rules do not have; `overflow`; `negative_rate`.
pub fn computed(lines: &[TaxableLine<'_>], rules: &TaxRules) -> Result<DocumentTax, Fault> {
    for line in lines {
        if let Some(code) = line.group
            && !rules.groups.iter().any(|group| group.code == code)
        {
            return Err(Fault::invalid("unknown_tax_group", format!("No rate is given for the tax group {code}.")));
        }
    }
    let mut result =
        DocumentTax { lines: lines.iter().map(|line| LineTax { net: line.amount, tax: 0 }).collect(), ..DocumentTax::default() };
    for group in &rules.groups {
        tax_group(group, lines, rules, &mut result)?;
    }
    totals(&mut result)?;
    Ok(result)
}

/// Spreads a tax that was computed elsewhere, such as an imported invoice's, over the taxable lines by their amounts.
///
/// # Errors
/// `no_taxable_line` when there is tax but nothing it can belong to; `overflow`; `negative_weight` for a negative line.
pub fn given(lines: &[TaxableLine<'_>], tax: i64) -> Result<DocumentTax, Fault> {
    let taxable: Vec<usize> = lines.iter().enumerate().filter(|(_, line)| line.group.is_some()).map(|(index, _)| index).collect();
    if taxable.is_empty() && tax != 0 {
        return Err(Fault::invalid("no_taxable_line", "Tax is given but no line is taxable."));
    }
    let amounts: Vec<i64> = taxable.iter().filter_map(|index| lines.get(*index)).map(|line| line.amount).collect();
    let shares = allocate(tax, &amounts)?;
    let mut result =
        DocumentTax { lines: lines.iter().map(|line| LineTax { net: line.amount, tax: 0 }).collect(), ..DocumentTax::default() };
    for (index, share) in taxable.iter().zip(shares) {
        if let Some(line) = result.lines.get_mut(*index) {
            line.tax = share;
        }
    }
    if tax != 0 {
        let base = sum(amounts)?;
        result.jurisdictions.push(JurisdictionTax { group: "given".to_owned(), name: "given".to_owned(), rate: Rate::ZERO, base, tax });
    }
    totals(&mut result)?;
    Ok(result)
}

fn totals(result: &mut DocumentTax) -> Result<(), Fault> {
    result.net = sum(result.lines.iter().map(|line| line.net))?;
    result.tax = sum(result.lines.iter().map(|line| line.tax))?;
    Ok(())
}

fn sum(amounts: impl IntoIterator<Item = i64>) -> Result<i64, Fault> {
    amounts.into_iter().try_fold(0_i64, i64::checked_add).ok_or_else(Fault::overflow)
}

fn narrow(value: i128) -> Result<i64, Fault> {
    i64::try_from(value).map_err(|_| Fault::overflow())
}

fn tax_group(group: &TaxGroup, lines: &[TaxableLine<'_>], rules: &TaxRules, result: &mut DocumentTax) -> Result<(), Fault> {
    let members: Vec<(usize, i64)> = lines
        .iter()
        .enumerate()
        .filter(|(_, line)| line.group == Some(group.code.as_str()))
        .map(|(index, line)| (index, line.amount))
        .collect();
    if members.is_empty() {
        return Ok(());
    }
    let rate = i128::from(group.rate()?);
    let denominator = if rules.inclusive { ONE + rate } else { ONE };
    let raw: Vec<i128> = members.iter().map(|(_, amount)| i128::from(*amount) * rate).collect();
    let shares = match rules.rounding {
        TaxRounding::Document => {
            let total = raw.iter().try_fold(0_i128, |sum, part| sum.checked_add(*part)).ok_or_else(Fault::overflow)?;
            hand_down(narrow(divide(total, denominator, rules.mode)?)?, &raw, denominator)?
        }
        TaxRounding::Line => raw.iter().map(|part| narrow(divide(*part, denominator, rules.mode)?)).collect::<Result<_, Fault>>()?,
    };
    let amount = sum(members.iter().map(|(_, amount)| *amount))?;
    let tax = sum(shares.iter().copied())?;
    for ((index, amount), share) in members.iter().zip(&shares) {
        if let Some(line) = result.lines.get_mut(*index) {
            let net = if rules.inclusive { amount.checked_sub(*share).ok_or_else(Fault::overflow)? } else { *amount };
            *line = LineTax { net, tax: *share };
        }
    }
    let base = if rules.inclusive { amount.checked_sub(tax).ok_or_else(Fault::overflow)? } else { amount };
    divide_by_jurisdiction(group, rules.rounding, Base { amount, net: base, tax, denominator }, result)
}

struct Base {
    amount: i64,
    net: i64,
    tax: i64,
    denominator: i128,
}

fn divide_by_jurisdiction(group: &TaxGroup, rounding: TaxRounding, base: Base, result: &mut DocumentTax) -> Result<(), Fault> {
    let rates: Vec<i64> = group.jurisdictions.iter().map(|one| one.rate.scaled()).collect();
    let shares = match rounding {
        TaxRounding::Document => {
            let raw: Vec<i128> = rates.iter().map(|rate| i128::from(base.amount) * i128::from(*rate)).collect();
            hand_down(base.tax, &raw, base.denominator)?
        }
        // Rounded lines can be further from the exact tax than one unit per jurisdiction: share what there is by rate.
        TaxRounding::Line => allocate(base.tax, &rates)?,
    };
    for (one, tax) in group.jurisdictions.iter().zip(shares) {
        result.jurisdictions.push(JurisdictionTax {
            group: group.code.clone(),
            name: one.name.clone(),
            rate: one.rate,
            base: base.net,
            tax,
        });
    }
    Ok(())
}

/// Cuts each unrounded part `raw / denominator` down to whole units and gives the units that `total` still has to the
/// largest remainders, ties to the lower index. Parts may have either sign.
fn hand_down(total: i64, raw: &[i128], denominator: i128) -> Result<Vec<i64>, Fault> {
    let mut shares = Vec::with_capacity(raw.len());
    let mut remainders = Vec::with_capacity(raw.len());
    for (index, part) in raw.iter().enumerate() {
        shares.push(narrow(part.div_euclid(denominator))?);
        remainders.push((std::cmp::Reverse(part.rem_euclid(denominator)), index));
    }
    remainders.sort_unstable();
    let left = total.checked_sub(sum(shares.iter().copied())?).ok_or_else(Fault::overflow)?;
    for (_, index) in remainders.into_iter().take(usize::try_from(left).unwrap_or_default()) {
        if let Some(share) = shares.get_mut(index) {
            *share += 1;
        }
    }
    Ok(shares)
}
