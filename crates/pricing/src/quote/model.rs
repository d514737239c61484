//! A quote, its versions and their lines: what was offered, until when, and what became of it. Pure.
//!
//! Prices are frozen with their explanation when a line is priced; a version never changes once it is submitted, and its
//! hash says so. Days begin and end in the account's zone.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use kernel::id::{AccountId, BranchId, ContractId, ItemId, QuoteId, QuoteLineId, QuoteVersionId, SiteId};
use kernel::words;
use kernel::{Currency, Fault, Money, Quantity, Rate, UnitPrice};
use platform::problem::Problem;
use platform::stamp::{Stamp, Touch};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::approval::{ApprovalStep, Approvals};
use super::charges::QuoteCharges;
use super::choice::{LineChoice, OptionGroup};
use super::state::{QuoteState, QuoteStep, next_state};

words! {
    /// What the document is.
    pub enum QuoteKind { Quote = "quote", Estimate = "estimate", Proposal = "proposal", Renewal = "renewal" }
}

/// A quote; its content is in its versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    pub id: QuoteId,
    pub number: String,
    pub kind: QuoteKind,
    pub account: AccountId,
    pub site: Option<SiteId>,
    pub branch: Option<BranchId>,
    pub currency: Currency,
    /// In which days begin and end.
    pub zone: Tz,
    pub external_ref: Option<String>,
    /// The version that counts: the first one until it is sent, then the last one sent.
    pub current_no: i32,
    /// A later version in the making.
    pub draft_no: Option<i32>,
    /// The state of the version that counts.
    pub state: QuoteState,
    pub stamp: Stamp,
}

/// A version of a quote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuoteVersion {
    pub id: QuoteVersionId,
    pub quote: QuoteId,
    pub no: i32,
    pub state: QuoteState,
    /// Through this local day.
    pub valid_until: NaiveDate,
    pub price_date: NaiveDate,
    /// Prices in another currency may be converted.
    pub conversion: bool,
    pub terms: Option<String>,
    /// The sum of the lines.
    pub total: Money,
    pub charges: QuoteCharges,
    /// What was known then decided the prices.
    pub priced_at: DateTime<Utc>,
    pub term_months: Option<u16>,
    pub non_standard_terms: bool,
    pub option_groups: Vec<OptionGroup>,
    /// The most that orders of an estimate may come to.
    pub not_to_exceed: Option<Money>,
    pub approvals: Approvals,
    pub approved_at: Option<DateTime<Utc>>,
    /// What the customer chose comes to, once accepted.
    pub agreed: Option<Agreed>,
    /// The contract that was made of it.
    pub contract: Option<ContractId>,
    /// SHA-256 of the commercial content, from submission on.
    pub content_hash: Option<String>,
    pub submitted: Option<(DateTime<Utc>, Uuid)>,
    pub sent_at: Option<DateTime<Utc>>,
    pub decision: Option<Decision>,
    pub stamp: Stamp,
}

/// What the customer chose comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// The sum of the chosen lines.
    pub total: Money,
    pub charges: QuoteCharges,
}

/// What the customer decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    pub at: DateTime<Utc>,
    pub by: Uuid,
    /// Who signed, as they wrote their name.
    pub signer: Option<String>,
    pub note: Option<String>,
}

/// A line of a version.
#[derive(Clone, Debug, PartialEq)]
pub struct QuoteLine {
    pub id: QuoteLineId,
    pub no: i32,
    pub item: ItemId,
    pub item_code: String,
    pub description: String,
    pub charge_group: String,
    pub site: Option<SiteId>,
    pub quantity: Quantity,
    pub uom: String,
    pub unit_price: Option<UnitPrice>,
    pub discount: Rate,
    pub total: Money,
    /// The components as JSON.
    pub components: Value,
    /// Why a given price replaces the list's.
    pub override_reason: Option<String>,
    /// What the list says, when a price was given.
    pub list_total: Option<Money>,
    /// The explanation as the text it was made as.
    pub trace: String,
    pub source: Option<String>,
    /// What the quantity costs us; none when that is not known.
    pub cost: Option<Money>,
    pub choice: LineChoice,
    /// How much the customer chose, where that differs from what was offered.
    pub agreed: Option<Quantity>,
    /// How much became orders.
    pub converted: Quantity,
}

impl QuoteLine {
    /// How much the customer bought, or is offered.
    #[must_use]
    pub fn agreed_quantity(&self) -> Quantity {
        self.agreed.unwrap_or(self.quantity)
    }

    /// The hash of the trace that explains the line.
    ///
    /// # Errors
    /// `internal` when the row is broken.
    pub fn trace_hash(&self) -> Result<String, Problem> {
        #[derive(Deserialize)]
        struct Named {
            hash: String,
        }
        Ok(serde_json::from_str::<Named>(&self.trace)?.hash)
    }

    /// What is not ordered yet; nothing when an estimate was exceeded.
    #[must_use]
    pub fn remaining(&self) -> Quantity {
        self.agreed_quantity().minus(self.converted).unwrap_or(Quantity::ZERO).max(Quantity::ZERO)
    }
}

impl QuoteVersion {
    /// Takes a step that has no effect beside the state.
    ///
    /// # Errors
    /// 409 `illegal_transition`.
    pub fn step(mut self, step: QuoteStep, touch: Touch) -> Result<Self, Fault> {
        self.state = next_state(self.state, step)?;
        self.stamp = self.stamp.touched(touch);
        Ok(self)
    }

    /// Freezes the content and asks for approval in `steps`, which is given at once when none is left.
    ///
    /// # Errors
    /// 409 `illegal_transition`, `already_expired`.
    pub fn submit(self, hash: String, steps: Vec<ApprovalStep>, zone: Tz, touch: Touch) -> Result<Self, Fault> {
        if self.valid_until < touch.at.with_timezone(&zone).date_naive() {
            return Err(Fault::conflict("already_expired", "The validity date has passed; set a later one."));
        }
        let mut next = self.step(QuoteStep::Submit, touch)?;
        next.approvals = next.approvals.renewed(hash.clone(), steps);
        next.content_hash = Some(hash);
        next.submitted = Some((touch.at, touch.by));
        next.settle(touch)
    }

    /// Takes the next step of approval; never by the one who submitted.
    ///
    /// # Errors
    /// 403 `own_request`, `not_an_approver`; 409 `illegal_transition`.
    pub fn approve(mut self, touch: Touch) -> Result<Self, Fault> {
        next_state(self.state, QuoteStep::Approve)?;
        if self.submitted.is_some_and(|(_, by)| by == touch.by) {
            return Err(Fault::forbidden("own_request", "Whoever submitted a quote cannot approve it."));
        }
        self.approvals = self.approvals.approve(touch)?;
        self.stamp = self.stamp.touched(touch);
        self.settle(touch)
    }

    /// Approved once no step is left.
    fn settle(mut self, touch: Touch) -> Result<Self, Fault> {
        if self.approvals.is_complete() {
            self.state = next_state(self.state, QuoteStep::Approve)?;
            self.approved_at = Some(touch.at);
        }
        Ok(self)
    }

    /// Sends it to the customer.
    ///
    /// # Errors
    /// 409 `quote_expired`, `illegal_transition`.
    pub fn send(self, zone: Tz, touch: Touch) -> Result<Self, Fault> {
        self.refuse_expired(zone, touch.at)?;
        let mut next = self.step(QuoteStep::Send, touch)?;
        next.sent_at = Some(touch.at);
        Ok(next)
    }

    /// True when the last valid day is over and nobody decided.
    #[must_use]
    pub fn is_expired(&self, zone: Tz, now: DateTime<Utc>) -> bool {
        self.state.may_expire() && now.with_timezone(&zone).date_naive() > self.valid_until
    }

    /// Refuses what comes too late.
    ///
    /// # Errors
    /// 409 `quote_expired`.
    pub fn refuse_expired(&self, zone: Tz, now: DateTime<Utc>) -> Result<(), Fault> {
        if !self.is_expired(zone, now) {
            return Ok(());
        }
        Err(Fault::conflict("quote_expired", format!("The quote was valid through {}.", self.valid_until)))
    }

    /// Records the customer's decision.
    ///
    /// # Errors
    /// 409 `superseded`, `illegal_transition`.
    pub fn decide(self, step: QuoteStep, decision: Decision, touch: Touch) -> Result<Self, Fault> {
        if self.state == QuoteState::Superseded {
            return Err(Fault::conflict("superseded", "A later version of the quote was sent."));
        }
        let mut next = self.step(step, touch)?;
        next.decision = Some(decision);
        Ok(next)
    }

    /// Back to draft: the content may change again and has no hash.
    ///
    /// # Errors
    /// 409 `illegal_transition`.
    pub fn reopen(self, touch: Touch) -> Result<Self, Fault> {
        let mut next = self.step(QuoteStep::Return, touch)?;
        next.content_hash = None;
        next.submitted = None;
        next.approved_at = None;
        Ok(next)
    }
}

impl Quote {
    /// The number of the version that is being worked on: the draft, else the one that counts.
    #[must_use]
    pub fn working_no(&self) -> i32 {
        self.draft_no.unwrap_or(self.current_no)
    }

    /// Follows a change of one of its versions.
    #[must_use]
    pub fn follow(mut self, version: &QuoteVersion, touch: Touch) -> Self {
        let is_draft = self.draft_no == Some(version.no);
        if is_draft && version.state == QuoteState::Sent {
            self.current_no = version.no;
        }
        if is_draft && (version.state == QuoteState::Sent || version.state == QuoteState::Withdrawn) {
            self.draft_no = None;
        }
        if self.current_no == version.no {
            self.state = version.state;
        }
        self.stamp = self.stamp.touched(touch);
        self
    }

    /// Begins a later version.
    ///
    /// # Errors
    /// 409 `version_in_the_making`, `illegal_transition` unless the current version was sent and not decided.
    pub fn begin_version(mut self, last_no: i32, touch: Touch) -> Result<(Self, i32), Fault> {
        if self.draft_no.is_some() || !self.state.is_shown() {
            return Err(Fault::conflict("version_in_the_making", "There is a version that was not sent yet; change that one."));
        }
        if self.state != QuoteState::Sent {
            return Err(Fault::illegal_transition("begin a new version", self.state.as_str(), ["send"]));
        }
        let no = last_no.checked_add(1).ok_or_else(Fault::overflow)?;
        self.draft_no = Some(no);
        self.stamp = self.stamp.touched(touch);
        Ok((self, no))
    }
}
