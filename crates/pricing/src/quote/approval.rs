//! Which people must agree to a quote before it is sent, and who did. Pure.
//!
//! Rules look at what is offered; those that apply make steps, one for each rank, taken in their order. What was approved is bound to
//! the hash of the commercial content: the same content need not be approved again, any other must.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use kernel::id::QuoteApprovalRuleId;
use kernel::rounding::divide;
use kernel::{Currency, Fault, Money, Rate, Rounding, UnitPrice};
use platform::stamp::Touch;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::model::{QuoteLine, QuoteVersion};

/// What makes a quote need approval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ApprovalCause)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Cause {
    /// The margin over the lines is lower, or unknown because a cost is missing.
    MarginBelow { margin: Rate },
    /// A line's margin is lower, or unknown.
    LineMarginBelow { margin: Rate },
    /// A line is cheaper than the list by a larger part, or the list has no price to compare with.
    DiscountAbove { discount: Rate },
    /// The prices are promised for longer.
    TermOver {
        #[schema(minimum = 1, maximum = 1200)]
        months: u16,
    },
    /// The terms are not the usual ones.
    NonStandardTerms {},
    /// The lines come to more, in this currency.
    TotalOver { amount: UnitPrice, currency: Currency },
}

/// A rule as recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApprovalRule {
    pub id: QuoteApprovalRuleId,
    pub code: String,
    pub name: String,
    pub cause: Cause,
    /// Steps are taken in the order of their ranks.
    pub rank: i32,
    /// Who may take the step; anyone with the permission when empty.
    pub approvers: Vec<Uuid>,
    pub active: bool,
    pub recorded_at: DateTime<Utc>,
}

/// What rules look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figures {
    /// Over the lines that are offered first; none when a cost is unknown.
    pub margin: Option<Rate>,
    /// Of all lines; none when a cost is unknown.
    pub lowest_line_margin: Option<Rate>,
    /// None when a line's list price is unknown.
    pub largest_discount: Option<Rate>,
    pub term_months: Option<u16>,
    pub non_standard_terms: bool,
    pub total: Money,
}

/// Who approved, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = QuoteApproval)]
pub struct Approval {
    pub by: Uuid,
    pub at: DateTime<Utc>,
}

/// One step on the way to approval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = QuoteApprovalStep)]
pub struct ApprovalStep {
    pub rank: i32,
    /// The codes of the rules that ask for it.
    #[schema(max_items = 1000)]
    pub rules: Vec<String>,
    /// Who may take it; anyone with the permission when empty.
    #[schema(max_items = 1000)]
    pub approvers: Vec<Uuid>,
    pub approved: Option<Approval>,
}

/// The steps, and the content that they are about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approvals {
    pub content_hash: String,
    pub steps: Vec<ApprovalStep>,
}

/// The step when no rule is recorded: a line that is cheaper than the list by more than a tenth needs a second person.
const USUAL_CODE: &str = "discount-over-a-tenth";
const USUAL_DISCOUNT: Rate = Rate::from_scaled(100_000);

/// `(price - cost) / price`; none where that says nothing.
fn margin(price: Money, cost: Option<Money>) -> Option<Rate> {
    let gain = price.minus(cost?).ok()?;
    part(gain, price)
}

fn part(of: Money, whole: Money) -> Option<Rate> {
    let scaled = i128::from(of.minor()) * i128::from(Rate::ONE.scaled());
    let rate = (whole.minor() > 0).then(|| divide(scaled, i128::from(whole.minor()), Rounding::HalfUp))?.ok()?;
    i64::try_from(rate).ok().map(Rate::from_scaled)
}

impl QuoteLine {
    /// The part of the price that is not cost; none when the cost is unknown.
    #[must_use]
    pub fn margin(&self) -> Option<Rate> {
        margin(self.total, self.cost)
    }

    /// How much cheaper than the list; none when the list has no price.
    fn discount_on_list(&self) -> Option<Rate> {
        if self.override_reason.is_none() {
            return Some(self.discount);
        }
        let list = self.list_total?;
        part(list.minus(self.total).ok()?, list)
    }
}

impl Figures {
    /// Those of a version.
    ///
    /// # Errors
    /// `overflow`.
    pub fn of(version: &QuoteVersion, lines: &[QuoteLine]) -> Result<Self, Fault> {
        let lowest = |figures: Vec<Option<Rate>>| figures.into_iter().collect::<Option<Vec<Rate>>>().and_then(|all| all.into_iter().min());
        let largest = |figures: Vec<Option<Rate>>| figures.into_iter().collect::<Option<Vec<Rate>>>().and_then(|all| all.into_iter().max());
        let first = || lines.iter().filter(|line| line.choice.is_offered_first());
        let currency = version.total.currency();
        let cost = first().map(|line| line.cost).collect::<Option<Vec<_>>>().map(|costs| Money::sum(currency, costs)).transpose()?;
        Ok(Self {
            margin: margin(version.total, cost),
            lowest_line_margin: lowest(lines.iter().map(QuoteLine::margin).collect()),
            largest_discount: largest(lines.iter().map(QuoteLine::discount_on_list).collect()),
            term_months: version.term_months,
            non_standard_terms: version.non_standard_terms,
            total: version.total,
        })
    }
}

impl Cause {
    /// True when a quote with these figures needs approval.
    #[must_use]
    pub fn applies(&self, figures: &Figures) -> bool {
        match self {
            Self::MarginBelow { margin } => figures.margin.is_none_or(|known| known < *margin),
            Self::LineMarginBelow { margin } => figures.lowest_line_margin.is_none_or(|known| known < *margin),
            Self::DiscountAbove { discount } => figures.largest_discount.is_none_or(|known| known > *discount),
            Self::TermOver { months } => figures.term_months.is_some_and(|term| term > *months),
            Self::NonStandardTerms {} => figures.non_standard_terms,
            Self::TotalOver { amount, currency } => {
                let limit = Money::from_scaled(i128::from(amount.scaled()), UnitPrice::SCALE, *currency, Rounding::HalfUp);
                figures.total.currency() == *currency && limit.is_ok_and(|limit| figures.total.minor() > limit.minor())
            }
        }
    }
}

/// The steps that `rules` ask for, in order. Without any rule in force one usual rule holds.
#[must_use]
pub fn steps(rules: &[ApprovalRule], figures: &Figures) -> Vec<ApprovalStep> {
    let usual = Cause::DiscountAbove { discount: USUAL_DISCOUNT };
    if rules.is_empty() {
        let step = ApprovalStep { rank: 1, rules: vec![USUAL_CODE.to_owned()], approvers: Vec::new(), approved: None };
        return if usual.applies(figures) { vec![step] } else { Vec::new() };
    }
    let mut by_rank: BTreeMap<i32, Vec<&ApprovalRule>> = BTreeMap::new();
    for rule in rules.iter().filter(|rule| rule.cause.applies(figures)) {
        by_rank.entry(rule.rank).or_default().push(rule);
    }
    by_rank.into_iter().map(|(rank, rules)| step(rank, &rules)).collect()
}

fn step(rank: i32, rules: &[&ApprovalRule]) -> ApprovalStep {
    let open = rules.iter().any(|rule| rule.approvers.is_empty());
    let mut approvers: Vec<Uuid> = if open { Vec::new() } else { rules.iter().flat_map(|rule| rule.approvers.iter().copied()).collect() };
    approvers.sort_unstable();
    approvers.dedup();
    ApprovalStep { rank, rules: rules.iter().map(|rule| rule.code.clone()).collect(), approvers, approved: None }
}

impl Approvals {
    /// The steps for content with this hash; those already taken for the same content stay taken.
    #[must_use]
    pub fn renewed(&self, content_hash: String, steps: Vec<ApprovalStep>) -> Self {
        let taken = |step: &ApprovalStep| {
            let same = self.steps.iter().find(|old| (old.rank, &old.rules, &old.approvers) == (step.rank, &step.rules, &step.approvers));
            same.filter(|_| self.content_hash == content_hash).and_then(|old| old.approved)
        };
        let steps = steps.into_iter().map(|step| ApprovalStep { approved: taken(&step), ..step }).collect();
        Self { content_hash, steps }
    }

    /// True when no step is left.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.steps.iter().all(|step| step.approved.is_some())
    }

    /// Takes the next step.
    ///
    /// # Errors
    /// 403 `not_an_approver`.
    pub fn approve(mut self, touch: Touch) -> Result<Self, Fault> {
        if let Some(step) = self.steps.iter_mut().find(|step| step.approved.is_none()) {
            if !step.approvers.is_empty() && !step.approvers.contains(&touch.by) {
                let detail = format!("The next step, of rank {}, is for others to take.", step.rank);
                return Err(Fault::forbidden("not_an_approver", detail));
            }
            step.approved = Some(Approval { by: touch.by, at: touch.at });
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(margin: Option<i64>) -> Figures {
        let margin = margin.map(Rate::from_scaled);
        Figures {
            margin,
            lowest_line_margin: margin,
            largest_discount: Some(Rate::ZERO),
            term_months: Some(36),
            non_standard_terms: true,
            total: Money::from_minor(100_000, "USD".parse().unwrap()),
        }
    }

    fn rule(code: &str, cause: Cause, rank: i32, approvers: &[Uuid]) -> ApprovalRule {
        ApprovalRule {
            id: QuoteApprovalRuleId::generate(),
            code: code.into(),
            name: code.into(),
            cause,
            rank,
            approvers: approvers.to_vec(),
            active: true,
            recorded_at: DateTime::UNIX_EPOCH,
        }
    }

    fn below(scaled: i64) -> Cause {
        Cause::MarginBelow { margin: Rate::from_scaled(scaled) }
    }

    #[test]
    fn bands_add_up_and_an_unknown_margin_is_in_the_lowest() {
        let (manager, director) = (kernel::id::new_uuid(), kernel::id::new_uuid());
        let rules = [rule("B", below(200_000), 2, &[director]), rule("A", below(300_000), 1, &[manager])];
        let ranks = |margin| steps(&rules, &figures(margin)).iter().map(|step| step.rank).collect::<Vec<_>>();
        assert_eq!(ranks(Some(300_000)), [0; 0]);
        assert_eq!(ranks(Some(299_999)), [1]);
        assert_eq!(ranks(Some(199_999)), [1, 2]);
        assert_eq!(ranks(None), [1, 2]);
    }

    #[test]
    fn each_cause_looks_at_its_own_figure() {
        let figures = figures(Some(500_000));
        let total =
            |amount: &str, currency: &str| Cause::TotalOver { amount: amount.parse().unwrap(), currency: currency.parse().unwrap() };
        let table = [
            (Cause::LineMarginBelow { margin: Rate::from_scaled(500_001) }, true),
            (Cause::LineMarginBelow { margin: Rate::from_scaled(500_000) }, false),
            (Cause::DiscountAbove { discount: Rate::ZERO }, false),
            (Cause::TermOver { months: 35 }, true),
            (Cause::TermOver { months: 36 }, false),
            (Cause::NonStandardTerms {}, true),
            (total("999.99", "USD"), true),
            (total("1000", "USD"), false),
            (total("1", "EUR"), false),
        ];
        for (cause, expected) in table {
            assert_eq!(cause.applies(&figures), expected, "{cause:?}");
        }
        assert!(Cause::DiscountAbove { discount: Rate::ONE }.applies(&Figures { largest_discount: None, ..figures }));
    }

    #[test]
    fn a_rank_is_for_the_approvers_of_all_its_rules_and_taken_in_turn() {
        let (first, second) = (kernel::id::new_uuid(), kernel::id::new_uuid());
        let rules = [rule("A", below(900_000), 1, &[first]), rule("B", below(800_000), 1, &[second]), rule("C", below(700_000), 2, &[])];
        let steps = steps(&rules, &figures(None));
        assert_eq!((steps.len(), steps[0].approvers.len(), steps[1].approvers.len()), (2, 2, 0));
        let approvals = Approvals::default().renewed("h".into(), steps.clone());
        let touch = |by| Touch { at: DateTime::UNIX_EPOCH, by };
        assert_eq!(approvals.clone().approve(touch(kernel::id::new_uuid())).unwrap_err().code, "not_an_approver");
        let once = approvals.approve(touch(second)).unwrap();
        assert!(!once.is_complete());
        let twice = once.approve(touch(kernel::id::new_uuid())).unwrap();
        assert!(twice.is_complete());
        assert!(twice.renewed("h".into(), steps.clone()).is_complete(), "the same content");
        assert!(!twice.renewed("other".into(), steps).is_complete());
    }
}
