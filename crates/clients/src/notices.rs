//! What pricing asks tickets: to draft notices of raised prices, and what became of them. Tickets keeps the proof that customers were
//! told; a person approves and sends each draft there.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::id::{AccountId, ContactId, NoticeId};
use kernel::{Currency, UnitPrice};
use platform::peer::{self, Peers};
use platform::problem::Problem;
use serde::{Deserialize, Serialize};

const SERVICE: &str = "tickets";

/// A notice, as far as it proves anything.
#[derive(Clone, Debug, Deserialize)]
pub struct Notice {
    pub id: NoticeId,
    pub account_id: Option<AccountId>,
    /// draft, approved, sent, delivered, acknowledged, refused, expired, bounced or withdrawn.
    pub state: String,
    /// Of its local dates; a name in the IANA time zone database.
    pub time_zone: String,
    pub sent_at: Option<DateTime<Utc>>,
    pub delivered_at: Option<DateTime<Utc>>,
}

/// A page of notices, oldest first.
#[derive(Clone, Debug, Deserialize)]
pub struct NoticePage {
    pub data: Vec<Notice>,
    pub next_cursor: Option<String>,
}

/// A notice to be drafted.
#[derive(Clone, Debug, Serialize)]
pub struct NewNotice {
    pub payload: PricingChange,
    pub recipients: Vec<Recipient>,
    pub account_id: AccountId,
    /// Unique among notices.
    pub external_ref: String,
    pub change_set_ref: String,
}

/// Whom a notice goes to, by mail.
#[derive(Clone, Debug, Serialize)]
pub struct Recipient {
    pub contact_id: ContactId,
    pub name: String,
    pub address: String,
}

/// What a notice of changed prices says.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename = "pricing_change")]
pub struct PricingChange {
    pub agreement_ref: Reference,
    /// Up to 1,000, each item and unit once.
    pub items: Vec<PriceChange>,
    pub effective_on: NaiveDate,
    pub lead_days_required: u16,
}

/// What the prices belong to.
#[derive(Clone, Debug, Serialize)]
pub struct Reference {
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub id: String,
    pub label: String,
}

/// One price that changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PriceChange {
    pub sku: String,
    pub old: UnitPrice,
    pub new: UnitPrice,
    pub currency: Currency,
    pub unit: String,
}

const FIELDS: &str = "fields=id,account_id,state,time_zone,sent_at,delivered_at&sort=id&limit=200";

/// The notices of a change set, a page at a time.
///
/// # Errors
/// 503 when tickets cannot be reached.
pub async fn of_change_set(peers: &dyn Peers, change_set: &str, cursor: Option<&str>) -> Result<NoticePage, Problem> {
    let after = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
    let path = format!("/v1/notices?filter%5Bchange_set_ref%5D={change_set}&{FIELDS}{after}");
    let found: Option<NoticePage> = peer::get(peers, SERVICE, path).await?;
    Ok(found.unwrap_or(NoticePage { data: Vec::new(), next_cursor: None }))
}

/// Drafts a notice, once for its reference: a repetition gets the first one.
///
/// # Errors
/// 422 when tickets refuses it; 503 when it cannot be reached.
pub async fn draft(peers: &dyn Peers, notice: &NewNotice) -> Result<NoticeId, Problem> {
    let path = format!("/v1/notices?filter%5Bexternal_ref%5D={}&{FIELDS}", notice.external_ref);
    let known: Option<NoticePage> = peer::get(peers, SERVICE, path).await?;
    if let Some(first) = known.and_then(|page| page.data.into_iter().next()) {
        return Ok(first.id);
    }
    let made: Notice = peer::post(peers, SERVICE, "/v1/notices".to_owned(), notice, Some(notice.external_ref.clone())).await?;
    Ok(made.id)
}
