//! What the customer may choose of a quote: lines that are options, and quantities within limits. Pure.

use std::collections::HashMap;

use kernel::words;
use kernel::{Fault, Quantity};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::content::LineToQuote;
use super::model::QuoteLine;

words! {
    /// How many options of a group are chosen.
    pub enum Choose { One = "one", AtMostOne = "at_most_one", Any = "any" }
}

/// Lines of which the customer chooses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[schema(as = QuoteOptionGroup)]
#[serde(deny_unknown_fields)]
pub struct OptionGroup {
    #[schema(min_length = 1, max_length = 64)]
    pub name: String,
    pub choose: Choose,
}

/// What of a line is the customer's choice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineChoice {
    /// The group whose option it is; a line without one is always bought.
    pub group: Option<String>,
    /// It is bought unless the customer chooses otherwise.
    pub preselected: bool,
    pub least: Option<Quantity>,
    pub most: Option<Quantity>,
}

impl LineChoice {
    /// True when the line belongs to the document before anybody chose.
    #[must_use]
    pub const fn is_offered_first(&self) -> bool {
        self.group.is_none() || self.preselected
    }
}

/// A quantity chosen within a line's limits.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[schema(as = ChosenQuantity)]
#[serde(deny_unknown_fields)]
pub struct ChosenQuantity {
    #[schema(minimum = 1)]
    pub line: i32,
    pub quantity: Quantity,
}

/// The choices of the lines that are asked for; of a group that wants one option and names none, the first.
///
/// # Errors
/// `duplicate_group`, `unknown_group`, `no_options`, `too_many_preselected`, `not_an_option`, `quantity_range`, all at once.
pub fn offered(groups: &[OptionGroup], lines: &[LineToQuote]) -> Result<Vec<LineChoice>, Fault> {
    let mut faults = Vec::new();
    let mut choices: Vec<LineChoice> = lines.iter().map(own_choice).collect();
    for (place, (line, choice)) in lines.iter().zip(&choices).enumerate() {
        faults.extend(check_line(line, choice, groups).err().map(|fault| fault.under(&format!("/lines/{place}"))));
    }
    for (place, group) in groups.iter().enumerate() {
        let pointer = format!("/option_groups/{place}/name");
        if groups.iter().take(place).any(|other| other.name == group.name) {
            faults.push(Fault::field(pointer, "duplicate_group", "Another group has this name."));
            continue;
        }
        let mut options: Vec<&mut LineChoice> = choices.iter_mut().filter(|choice| choice.group.as_ref() == Some(&group.name)).collect();
        let preselected = options.iter().filter(|option| option.preselected).count();
        if preselected > 1 && group.choose != Choose::Any {
            faults.push(Fault::field(pointer.clone(), "too_many_preselected", "At most one option of the group is bought."));
        }
        match options.first_mut() {
            None => faults.push(Fault::field(pointer, "no_options", "No line is an option of the group.")),
            Some(first) if preselected == 0 && group.choose == Choose::One => first.preselected = true,
            Some(_) => {}
        }
    }
    Fault::all(faults).map(|()| choices)
}

fn own_choice(line: &LineToQuote) -> LineChoice {
    LineChoice {
        group: line.option_group.clone(),
        preselected: line.preselected.unwrap_or(false),
        least: line.min_quantity,
        most: line.max_quantity,
    }
}

fn check_line(line: &LineToQuote, choice: &LineChoice, groups: &[OptionGroup]) -> Result<(), Fault> {
    let mut faults = Vec::new();
    match &choice.group {
        Some(name) if !groups.iter().any(|group| group.name == *name) => {
            faults.push(Fault::field("/option_group", "unknown_group", format!("The quote has no group {name}.")));
        }
        None if line.preselected.is_some() => {
            faults.push(Fault::field("/preselected", "not_an_option", "Only an option of a group is preselected."));
        }
        _ => {}
    }
    let (least, most) = (choice.least.unwrap_or(line.quantity), choice.most.unwrap_or(line.quantity));
    // A line of nothing is refused where it is priced.
    if line.quantity > Quantity::ZERO && (least <= Quantity::ZERO || line.quantity < least || most < line.quantity) {
        let message = "A line's quantity lies within its limits, and these above nothing.";
        faults.push(Fault::field("/quantity", "quantity_range", message));
    }
    Fault::all(faults)
}

/// How much of each line the customer takes who chose `options`, or left what is preselected, and `quantities`.
///
/// # Errors
/// `not_an_option`, `choose_one`, `choose_at_most_one`, `unknown_line`, `not_chosen`, `quantity_range`, all at once.
pub fn agreed(
    groups: &[OptionGroup],
    lines: &[QuoteLine],
    options: Option<&[i32]>,
    quantities: &[ChosenQuantity],
) -> Result<HashMap<i32, Quantity>, Fault> {
    let mut faults = Vec::new();
    let is_option = |no: i32| lines.iter().any(|line| line.no == no && line.choice.group.is_some());
    for (place, no) in options.unwrap_or_default().iter().enumerate() {
        if !is_option(*no) {
            faults.push(Fault::field(format!("/options/{place}"), "not_an_option", format!("Line {no} is not an option.")));
        }
    }
    let is_chosen = |line: &QuoteLine| match (&line.choice.group, options) {
        (Some(_), Some(options)) => options.contains(&line.no),
        _ => line.choice.is_offered_first(),
    };
    for group in groups {
        let chosen = lines.iter().filter(|line| line.choice.group.as_ref() == Some(&group.name) && is_chosen(line)).count();
        faults.extend(check_group(group, chosen).err());
    }
    let mut taken: HashMap<i32, Quantity> =
        lines.iter().map(|line| (line.no, if is_chosen(line) { line.quantity } else { Quantity::ZERO })).collect();
    for (place, chosen) in quantities.iter().enumerate() {
        match check_quantity(lines, &taken, chosen) {
            Ok(()) => drop(taken.insert(chosen.line, chosen.quantity)),
            Err(fault) => faults.push(fault.under(&format!("/quantities/{place}"))),
        }
    }
    Fault::all(faults).map(|()| taken)
}

fn check_group(group: &OptionGroup, chosen: usize) -> Result<(), Fault> {
    let fault = |code, message: String| Err(Fault::field("/options", code, message));
    match group.choose {
        Choose::One if chosen != 1 => fault("choose_one", format!("Choose one option of {}.", group.name)),
        Choose::AtMostOne if chosen > 1 => fault("choose_at_most_one", format!("Choose at most one option of {}.", group.name)),
        _ => Ok(()),
    }
}

fn check_quantity(lines: &[QuoteLine], taken: &HashMap<i32, Quantity>, chosen: &ChosenQuantity) -> Result<(), Fault> {
    let Some(line) = lines.iter().find(|line| line.no == chosen.line) else {
        return Err(Fault::field("/line", "unknown_line", format!("The quote has no line {}.", chosen.line)));
    };
    if taken.get(&line.no).is_none_or(|quantity| quantity.is_zero()) {
        return Err(Fault::field("/line", "not_chosen", format!("Line {} is an option that was not chosen.", line.no)));
    }
    let (least, most) = (line.choice.least.unwrap_or(line.quantity), line.choice.most.unwrap_or(line.quantity));
    if chosen.quantity < least || chosen.quantity > most {
        return Err(Fault::field("/quantity", "quantity_range", format!("Line {} is sold from {least} to {most}.", line.no)));
    }
    Ok(())
}
