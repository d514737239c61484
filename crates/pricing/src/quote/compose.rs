//! Making the lines of a quote: each is priced from memory and carries its explanation from then on.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, NaiveDate, Utc};
use kernel::id::{AccountId, QuoteId, QuoteLineId, QuoteVersionId, SiteId};
use kernel::{Currency, Fault, Money, Quantity, Rate, UnitPrice};
use platform::problem::Problem;
use platform::scope::RowScope;
use platform::stamp::{Stamp, Touch};

use super::approval::Approvals;
use super::charges::QuoteCharges;
use super::choice::{LineChoice, offered};
use super::content::{LineToQuote, QuoteContent};
use super::model::{QuoteKind, QuoteLine, QuoteVersion};
use super::state::QuoteState;
use crate::app::Pricing;
use crate::engine::document::{DocumentLine, Question};
use crate::engine::{PriceQuery, PricedLine};
use crate::price::desk::{Asked, Desk, refusal};
use crate::price::wire::{LineToPrice, PriceSource};

/// Whom a quote is for.
#[derive(Clone, Copy, Debug)]
pub struct Addressee {
    pub kind: QuoteKind,
    pub account: AccountId,
    pub site: Option<SiteId>,
    pub currency: Currency,
}

/// Priced content, ready to be stored.
pub struct Composed {
    pub desk: Desk,
    pub valid_until: NaiveDate,
    pub lines: Vec<QuoteLine>,
    pub total: Money,
    pub charges: QuoteCharges,
    pub not_to_exceed: Option<Money>,
}

const VALID_DAYS: Days = Days::new(30);

/// Prices the content for `addressee`: what is offered first as one document, each other option as if it were chosen with it.
///
/// # Errors
/// Field faults of all lines at once; 503 when the accounts service does not answer.
pub async fn compose(app: &Pricing, scope: &RowScope, addressee: Addressee, content: &QuoteContent) -> Result<Composed, Problem> {
    let (choices, senseless) = match offered(&content.option_groups, &content.lines) {
        Ok(choices) => (choices, None),
        Err(fault) => (vec![LineChoice::default(); content.lines.len()], Some(fault)),
    };
    let desk = desk(app, scope, addressee, content, None).await?;
    let today = app.clock.now().with_timezone(&desk.zone()).date_naive();
    let valid_until = content.valid_until.or_else(|| today.checked_add_days(VALID_DAYS)).unwrap_or(today);
    let questions: Vec<LineToPrice> = content.lines.iter().map(question).collect();
    let (lines, total, charges) = {
        let offer = Offer { desk: &desk, content, questions: &questions, choices: &choices };
        let priced = offer.priced();
        Fault::all(senseless.into_iter().chain(priced.as_ref().err().cloned())).map_err(refusal)?;
        let priced = priced?;
        let lines = offer.lines(&priced)?;
        let first = || priced.iter().zip(&lines).filter(|(_, line)| line.choice.is_offered_first());
        let total = Money::sum(addressee.currency, first().map(|(_, line)| line.total))?;
        let counted: Vec<_> = first().map(|(priced, line)| (line.no, priced)).collect();
        let charges = QuoteCharges::of(&desk, &counted, total)?;
        (lines, total, charges)
    };
    let not_to_exceed = limit(addressee, content, charges.document_total)?;
    Ok(Composed { desk, valid_until, lines, total, charges, not_to_exceed })
}

/// What decides the prices of a quote, as known at `known_at`, or now.
pub(super) async fn desk(
    app: &Pricing,
    scope: &RowScope,
    addressee: Addressee,
    content: &QuoteContent,
    known_at: Option<DateTime<Utc>>,
) -> Result<Desk, Problem> {
    let Addressee { account, site, currency, .. } = addressee;
    let (price_date, conversion) = (content.price_date, content.allow_conversion);
    let asked = Asked { account: Some(account), site, branch: None, currency, price_date, known_at, conversion };
    Desk::open(app, scope, asked, content.lines.iter().filter_map(|line| line.site_id)).await
}

/// The most that an estimate may come to.
fn limit(addressee: Addressee, content: &QuoteContent, document_total: Money) -> Result<Option<Money>, Fault> {
    let pointer = "/not_to_exceed";
    let Some(limit) = content.not_to_exceed else { return Ok(None) };
    if addressee.kind != QuoteKind::Estimate {
        return Err(Fault::field(pointer, "not_an_estimate", "Only an estimate has an amount that it may not exceed."));
    }
    let limit =
        Money::from_decimal(limit, addressee.currency).map_err(|fault| Fault::field(pointer, "invalid_amount", fault.detail.clone()))?;
    if limit.minor() < document_total.minor() {
        return Err(Fault::field(pointer, "below_estimate", format!("It is estimated at {document_total} already.")));
    }
    Ok(Some(limit))
}

/// What is offered, with what decides its prices.
struct Offer<'d> {
    desk: &'d Desk,
    content: &'d QuoteContent,
    questions: &'d [LineToPrice],
    choices: &'d [LineChoice],
}

impl<'d> Offer<'d> {
    /// Every line with its price.
    fn priced(&self) -> Result<Vec<DocumentLine<'d, 'd>>, Fault> {
        let firsts: Vec<usize> =
            (0_usize..).zip(self.choices).filter(|(_, choice)| choice.is_offered_first()).map(|(place, _)| place).collect();
        let mut priced: BTreeMap<usize, DocumentLine<'d, 'd>> = BTreeMap::new();
        let mut faults = Vec::new();
        let others = (0..self.questions.len()).filter(|place| !firsts.contains(place));
        let documents = [firsts.clone()].into_iter().chain(others.map(|other| self.beside(&firsts, other)));
        for document in documents {
            let answers = self.desk.price_all(document.iter().map(|place| self.ask(*place)));
            for (place, answer) in document.iter().copied().zip(answers) {
                if priced.contains_key(&place) {
                    continue;
                }
                match answer.and_then(|line| self.fixed(place, line)) {
                    Ok(line) => drop(priced.insert(place, line)),
                    Err(fault) => faults.push(located(fault, place)),
                }
            }
        }
        faults.dedup();
        Fault::all(faults)?;
        Ok(priced.into_values().collect())
    }

    /// The lines that decide an option's price, and the option last: those of the same item that are offered first.
    fn beside(&self, firsts: &[usize], option: usize) -> Vec<usize> {
        let item = |place: usize| self.questions.get(place).and_then(|question| self.desk.item(question).ok()).map(|item| item.id);
        let wanted = item(option);
        firsts.iter().copied().filter(|first| item(*first) == wanted).chain([option]).collect()
    }

    fn ask(&self, place: usize) -> Result<Question<'d, 'd>, Fault> {
        let (Some(question), Some(line)) = (self.questions.get(place), self.content.lines.get(place)) else {
            return Err(Fault::overflow());
        };
        if line.quantity <= Quantity::ZERO {
            return Err(Fault::field("/quantity", "not_positive", "A quoted quantity is more than nothing."));
        }
        self.desk.question(question, line.given.as_ref().map(|given| given.unit_price))
    }

    /// A line whose amount follows from what the customer can choose: no percentage of what may change, one price for each quantity.
    fn fixed(&self, place: usize, line: DocumentLine<'d, 'd>) -> Result<DocumentLine<'d, 'd>, Fault> {
        let may_change = |choice: &LineChoice| choice.group.is_some() || choice.least.is_some() || choice.most.is_some();
        if line.derived && self.choices.iter().any(may_change) {
            return Err(Fault::field("/item_id", "percent_of_choice", "It is a percentage of lines that the customer may change."));
        }
        let Some(choice) = self.choices.get(place) else { return Ok(line) };
        for quantity in [choice.least, choice.most].into_iter().flatten() {
            let (context, query) = (line.context, PriceQuery { quantity, ..line.query });
            let other = self.desk.price_all([Ok((context, query))]).pop();
            let same = |other: &DocumentLine<'_, '_>| is_plain(other) && is_plain(&line) && plain(other) == plain(&line);
            if !other.and_then(Result::ok).is_some_and(|other| same(&other)) {
                return Err(Fault::field(
                    "/quantity",
                    "choice_needs_one_price",
                    "A quantity is chosen only where each unit has the same price.",
                ));
            }
        }
        Ok(line)
    }

    fn lines(&self, priced: &[DocumentLine<'d, 'd>]) -> Result<Vec<QuoteLine>, Fault> {
        let parts = (1_i32..).zip(&self.content.lines).zip(self.choices).zip(priced);
        let line = |(((no, line), choice), priced): (((i32, &LineToQuote), &LineChoice), &DocumentLine<'_, '_>)| {
            let cost = self.desk.cost(priced.priced.item, &priced.query)?;
            Ok(QuoteLine { cost, choice: choice.clone(), ..from_priced(no, line, &priced.priced) })
        };
        parts.map(line).collect()
    }
}

/// True of a line that comes to its price times its quantity.
fn is_plain(line: &DocumentLine<'_, '_>) -> bool {
    line.priced.calculated.unit_price.is_some() && line.priced.calculated.components.len() == 1
}

fn plain(line: &DocumentLine<'_, '_>) -> (Option<UnitPrice>, Rate) {
    (line.priced.calculated.unit_price, line.priced.calculated.discount)
}

/// A fault with the line it is in; one that names no field names the line.
fn located(fault: Fault, place: usize) -> Fault {
    let line = format!("/lines/{place}");
    if !fault.errors.is_empty() {
        return fault.under(&line);
    }
    let error = kernel::FieldFault { pointer: line, code: fault.code.clone(), message: fault.detail.clone() };
    fault.and_fault(error)
}

fn question(line: &LineToQuote) -> LineToPrice {
    LineToPrice {
        item_id: line.item_id,
        item_code: line.item_code.clone(),
        quantity: line.quantity,
        uom: line.uom.clone(),
        site_id: line.site_id,
        profile_id: None,
        prior_quantity: None,
        prior_quantities: None,
    }
}

fn from_priced(no: i32, line: &LineToQuote, priced: &PricedLine<'_>) -> QuoteLine {
    let source = priced.selection.map(|selection| PriceSource::from(selection.source));
    QuoteLine {
        id: QuoteLineId::generate(),
        no,
        item: priced.item.id,
        item_code: priced.item.code.clone(),
        description: line.description.clone().unwrap_or_else(|| priced.item.name.clone()),
        charge_group: priced.item.charge_group.as_str().to_owned(),
        site: line.site_id,
        quantity: line.quantity,
        uom: line.uom.clone().unwrap_or_else(|| priced.item.base_uom.clone()),
        unit_price: priced.calculated.unit_price,
        discount: priced.calculated.discount,
        total: priced.calculated.total,
        components: serde_json::to_value(&priced.calculated.components).unwrap_or_default(),
        override_reason: line.given.as_ref().map(|given| given.reason.clone()),
        list_total: priced.list_total,
        trace: serde_json::to_string(&priced.trace).unwrap_or_default(),
        source: source.and_then(|source| serde_json::to_string(&source).ok()),
        cost: None,
        choice: LineChoice::default(),
        agreed: None,
        converted: Quantity::ZERO,
    }
}

impl QuoteVersion {
    /// Replaces the content of a draft.
    ///
    /// # Errors
    /// 409 `not_a_draft`.
    pub fn revise(self, content: &QuoteContent, composed: &Composed, touch: Touch) -> Result<Self, Fault> {
        if self.state != QuoteState::Draft {
            return Err(Fault::conflict("not_a_draft", format!("The content is frozen; this version is {}.", self.state.as_str())));
        }
        let Self { id, approvals, stamp, .. } = self;
        Ok(Self { id, approvals, stamp: stamp.touched(touch), ..Self::draft(self.quote, self.no, content, composed, touch) })
    }

    /// A draft with priced content.
    #[must_use]
    pub fn draft(quote: QuoteId, no: i32, content: &QuoteContent, composed: &Composed, touch: Touch) -> Self {
        Self {
            id: QuoteVersionId::generate(),
            quote,
            no,
            state: QuoteState::Draft,
            valid_until: composed.valid_until,
            price_date: composed.desk.price_date,
            conversion: content.allow_conversion,
            terms: content.terms.clone(),
            total: composed.total,
            charges: composed.charges.clone(),
            priced_at: composed.desk.known_at,
            term_months: content.term_months,
            non_standard_terms: content.non_standard_terms,
            option_groups: content.option_groups.clone(),
            not_to_exceed: composed.not_to_exceed,
            approvals: Approvals::default(),
            approved_at: None,
            agreed: None,
            contract: None,
            content_hash: None,
            submitted: None,
            sent_at: None,
            decision: None,
            stamp: Stamp::new(touch),
        }
    }
}
