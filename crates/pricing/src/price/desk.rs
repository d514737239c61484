//! Answering a price question from memory: the account's context, the current index, the engine.
//!
//! No database access happens here but for what is supposed; the accounts service is asked only when its last answer is older than a second.

use std::sync::Arc;

use actix_web::http::StatusCode;
use chrono::{DateTime, NaiveDate, Utc};
use kernel::id::{AccountId, BranchId, SiteId};
use kernel::{Currency, Fault, Money, Quantity, UnitPrice};
use platform::caller::Caller;
use platform::problem::Problem;
use platform::scope::RowScope;

use super::what_if::{WhatIf, suppose};
use super::wire::{LineToPrice, PriceBatchRequest};
use crate::app::Pricing;
use crate::contexts::AccountContext;
use crate::engine::cost::line_cost;
use crate::engine::document::{DocumentLine, Question, Totals, price_lines, total};
use crate::engine::exchange::in_force;
use crate::engine::line::Exchange;
use crate::engine::resolve::AMBIGUOUS;
use crate::engine::{Context, Item, PriceIndex, PriceQuery, PricedLine, price_line};
use crate::permission::ReadPricebooks;

/// Whom and when prices are asked for.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    pub account: Option<AccountId>,
    pub site: Option<SiteId>,
    pub branch: Option<BranchId>,
    pub currency: Currency,
    pub price_date: Option<NaiveDate>,
    pub known_at: Option<DateTime<Utc>>,
    /// Prices in another currency may be converted.
    pub conversion: bool,
}

/// Everything that decides prices, held still for one request.
pub struct Desk {
    index: Arc<PriceIndex>,
    context: Arc<AccountContext>,
    /// The contexts of sites that lines name instead of the document's.
    elsewhere: Vec<(SiteId, Arc<AccountContext>)>,
    exchanges: Vec<Exchange>,
    account: Option<AccountId>,
    site: Option<SiteId>,
    pub currency: Currency,
    pub price_date: NaiveDate,
    pub known_at: DateTime<Utc>,
}

impl Desk {
    /// Gathers what decides the prices that are asked for.
    ///
    /// # Errors
    /// 422 `unknown_account`, `known_in_future`; 503 when the accounts service does not answer.
    pub async fn open(app: &Pricing, scope: &RowScope, asked: Asked, line_sites: impl Iterator<Item = SiteId>) -> Result<Self, Problem> {
        let now = app.clock.now();
        let known_at = asked.known_at.unwrap_or(now);
        if known_at > now {
            return Err(Fault::field("/known_at", "known_in_future", "What will be known later is not known now.").into());
        }
        let index = app.live.current();
        let context = match asked.account {
            Some(account) => app.contexts.of(app.peers.as_ref(), &index, account, asked.site).await?,
            None => Arc::new(AccountContext { context: Context { branch: asked.branch, ..Context::default() }, zone: chrono_tz::UTC }),
        };
        let branch = context.context.branch.map(Into::into);
        if !scope.covers(branch, asked.account.map(Into::into), asked.site.map(Into::into)) {
            return Err(Fault::field("/account_id", "unknown_account", "There is no such account or site.").into());
        }
        let mut elsewhere: Vec<(SiteId, Arc<AccountContext>)> = Vec::new();
        for site in line_sites {
            let known = asked.site == Some(site) || elsewhere.iter().any(|(other, _)| *other == site);
            if let (Some(account), false) = (asked.account, known) {
                elsewhere.push((site, app.contexts.of(app.peers.as_ref(), &index, account, Some(site)).await?));
            }
        }
        let price_date = asked.price_date.unwrap_or_else(|| now.with_timezone(&context.zone).date_naive());
        let exchanges = if asked.conversion { in_force(&index.rates, asked.currency, price_date, known_at) } else { Vec::new() };
        let Asked { account, site, currency, .. } = asked;
        Ok(Self { index, context, elsewhere, exchanges, account, site, currency, price_date, known_at })
    }

    /// The same, with prices that are not published taken for published.
    ///
    /// # Errors
    /// 403 without the permission to read pricebooks; those of [`suppose`].
    pub async fn supposing<P>(
        mut self,
        app: &Pricing,
        caller: &Caller<P>,
        what_if: Option<&WhatIf>,
        lines: &[LineToPrice],
    ) -> Result<Self, Problem> {
        let Some(what_if) = what_if else { return Ok(self) };
        caller.demand::<ReadPricebooks>()?;
        // A line that names no item is refused where it is priced.
        let items: Vec<&Item> = lines.iter().filter_map(|line| self.item(line).ok()).collect();
        self.index = Arc::new(suppose(app, caller.scope(), &self.index, (&items, self.price_date), what_if).await?);
        Ok(self)
    }

    /// The zone in which the account's days begin and end.
    pub fn zone(&self) -> chrono_tz::Tz {
        self.context.zone
    }

    /// The branch that serves the account.
    pub fn branch(&self) -> Option<BranchId> {
        self.context.context.branch
    }

    /// The item a line names.
    ///
    /// # Errors
    /// `one_item`, `unknown_item`.
    pub fn item(&self, line: &LineToPrice) -> Result<&Item, Fault> {
        let (pointer, item) = match (&line.item_id, &line.item_code) {
            (Some(id), None) => ("/item_id", self.index.item(*id)),
            (None, Some(code)) => ("/item_code", self.index.item_by_code(code)),
            _ => return Err(Fault::field("/item_id", "one_item", "Name the item by exactly one of item_id and item_code.")),
        };
        item.map(AsRef::as_ref).ok_or_else(|| Fault::field(pointer, "unknown_item", "There is no such item."))
    }

    /// What a line asks of the engine, by a given price if there is one.
    ///
    /// # Errors
    /// Those of [`Desk::item`].
    pub fn question<'a: 'q, 'q>(&'a self, line: &'q LineToPrice, given: Option<UnitPrice>) -> Result<Question<'a, 'q>, Fault> {
        let item = self.item(line)?;
        let query = PriceQuery {
            account: self.account,
            site: line.site_id.or(self.site),
            profile: line.profile_id,
            item: item.id,
            quantity: line.quantity,
            uom: line.uom.as_deref().unwrap_or(&item.base_uom),
            currency: self.currency,
            price_date: self.price_date,
            known_at: self.known_at,
            prior: line.prior_quantity.unwrap_or(Quantity::ZERO),
            priors: line.prior_quantities.unwrap_or_default(),
            exchanges: &self.exchanges,
            given,
            part_of: None,
        };
        let elsewhere = self.elsewhere.iter().find(|(site, _)| line.site_id == Some(*site)).map(|(_, context)| context);
        Ok((&elsewhere.unwrap_or(&self.context).context, query))
    }

    /// What the quantity of a question costs us; none when that is not known.
    ///
    /// # Errors
    /// `overflow`.
    pub fn cost(&self, item: &Item, query: &PriceQuery<'_>) -> Result<Option<Money>, Fault> {
        line_cost(&self.index, item, query)
    }

    /// Prices a line by itself.
    ///
    /// # Errors
    /// Those of the engine.
    pub fn price(&self, line: &LineToPrice) -> Result<PricedLine<'_>, Fault> {
        let (context, query) = self.question(line, None)?;
        price_line(&self.index, context, &query)
    }

    /// Prices a document: its lines, and what comes to them when each has a price.
    ///
    /// # Errors
    /// 500 `ambiguous_price`; those of [`total`].
    #[expect(clippy::type_complexity, reason = "both halves are used apart")]
    pub fn document<'a>(
        &'a self,
        request: &'a PriceBatchRequest,
    ) -> Result<(Vec<Result<DocumentLine<'a, 'a>, Fault>>, Option<Totals<'a>>), Problem> {
        let priced = self.price_all(request.lines.iter().map(|line| self.question(line, None)));
        if let Some(Err(fault)) = priced.iter().find(|line| line.as_ref().is_err_and(|fault| fault.code == AMBIGUOUS)) {
            return Err(refusal(fault.clone()));
        }
        let complete = priced.iter().all(Result::is_ok);
        let whole: Vec<_> = priced.iter().flatten().filter(|_| complete).collect();
        let totals = self.total(&whole, request.invoice_date).map_err(refusal)?;
        Ok((priced, totals))
    }

    /// Prices the lines of a document, each of which may be refused.
    pub fn price_all<'a>(
        &'a self,
        questions: impl IntoIterator<Item = Result<Question<'a, 'a>, Fault>>,
    ) -> Vec<Result<DocumentLine<'a, 'a>, Fault>> {
        price_lines(&self.index, questions)
    }

    /// What minimums and surcharges add to the lines of a document.
    ///
    /// # Errors
    /// Those of [`total`].
    pub fn total<'a>(&'a self, lines: &[&DocumentLine<'a, '_>], invoice_date: Option<NaiveDate>) -> Result<Option<Totals<'a>>, Fault> {
        total(&self.index, lines, invoice_date)
    }
}

/// A refusal of the engine as an answer: broken price data is our fault, everything else the question's.
pub fn refusal(fault: Fault) -> Problem {
    if fault.code != AMBIGUOUS {
        return fault.into();
    }
    tracing::error!(conflicts = ?fault.conflicts, "ambiguous price");
    let ids = serde_json::to_string(&fault.conflicts).unwrap_or_default();
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, AMBIGUOUS, fault.detail.clone()).with_fact("conflicts", ids)
}
