//! What tickets, pricing and orders ask accounts: the account, its site and branch, its contacts, what decides its prices.
//!
//! Members are those of the wire; unknown ones are ignored, so that accounts can add to its answers. Amounts are decimal
//! strings in the line's currency: read them with `Money::from_decimal`.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::id::{AccountId, BranchId, CalendarId, ContactId, ContactRoleId, ContractId, ContractVersionId, PriceTermId, SiteId, UserId};
use kernel::{Currency, Decimal, PaymentTerms, Quantity, Rate, UnitPrice};
use platform::peer::{self, Peers};
use platform::problem::Problem;
use serde::Deserialize;
use uuid::Uuid;

const SERVICE: &str = "accounts";

/// An account.
#[derive(Clone, Debug, Deserialize)]
pub struct Account {
    pub id: AccountId,
    pub version: i64,
    /// `A-1042`.
    pub number: String,
    pub name: String,
    pub legal_name: Option<String>,
    /// `prospect`, `customer`, `partner` or `former`.
    #[serde(rename = "type")]
    pub kind: String,
    /// `prospect`, `onboarding`, `active`, `on_hold`, `closing`, `closed` or `merged`.
    pub status: String,
    pub currency: Currency,
    pub payment_terms: PaymentTerms,
    pub branch_id: Option<BranchId>,
    pub parent_id: Option<AccountId>,
    pub tax: TaxReferences,
    pub segment: Option<String>,
    #[serde(default)]
    pub holds: Vec<Hold>,
}

/// What the account is to the tax office.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct TaxReferences {
    pub tax_id: Option<String>,
    #[serde(default)]
    pub exemptions: Vec<TaxExemption>,
}

/// A certificate that frees the account from a jurisdiction's tax for a time.
#[derive(Clone, Debug, Deserialize)]
pub struct TaxExemption {
    pub jurisdiction: String,
    pub certificate: String,
    pub valid_from: NaiveDate,
    /// The first day on which it is no longer valid.
    pub valid_until: Option<NaiveDate>,
}

/// A reason why the account stands still.
#[derive(Clone, Debug, Deserialize)]
pub struct Hold {
    pub id: Uuid,
    /// `credit`, `service`, `compliance`, `dispute` or `other`.
    pub kind: String,
    pub reason: String,
    pub placed_at: DateTime<Utc>,
}

/// A postal address.
#[derive(Clone, Debug, Deserialize)]
pub struct Address {
    pub line1: String,
    pub line2: Option<String>,
    pub city: String,
    pub state: Option<String>,
    pub postal_code: Option<String>,
    pub country: String,
}

/// A site of an account.
#[derive(Clone, Debug, Deserialize)]
pub struct Site {
    pub id: SiteId,
    pub version: i64,
    pub account_id: AccountId,
    pub code: String,
    pub name: String,
    pub address: Address,
    /// Name in the IANA time zone database.
    pub time_zone: String,
    pub branch_id: Option<BranchId>,
    pub calendar_id: Option<CalendarId>,
    /// `active` or `inactive`.
    pub status: String,
}

/// An office of the organisation.
#[derive(Clone, Debug, Deserialize)]
pub struct Branch {
    pub id: BranchId,
    pub version: i64,
    pub code: String,
    pub name: String,
    pub time_zone: String,
    pub calendar_id: Option<CalendarId>,
    pub business_hours_id: Option<CalendarId>,
    /// Local time until which a request counts as today's: `17:00`.
    pub cut_off: String,
}

/// A person of the customer.
#[derive(Clone, Debug, Deserialize)]
pub struct Contact {
    pub id: ContactId,
    pub version: i64,
    pub name: String,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub mobile: Option<String>,
    pub preferred: Option<String>,
    pub active: bool,
    pub roles: Vec<ContactRole>,
}

/// What a contact is to an account, or to one site of it.
#[derive(Clone, Debug, Deserialize)]
pub struct ContactRole {
    pub id: ContactRoleId,
    pub account_id: AccountId,
    pub site_id: Option<SiteId>,
    pub function: String,
    /// Of `sign`, `cancel`, `approve_price`, `approve_profile`, `order`.
    pub authorities: Vec<String>,
    pub valid_from: NaiveDate,
    /// The first day on which the role no longer holds.
    pub valid_until: Option<NaiveDate>,
}

impl ContactRole {
    /// True when the role holds on `date`.
    #[must_use]
    pub fn holds_on(&self, date: NaiveDate) -> bool {
        self.valid_from <= date && self.valid_until.is_none_or(|until| date < until)
    }

    /// True when the role lets its holder decide `authority` on `date` for the account, or for one site of it.
    #[must_use]
    pub fn permits(&self, authority: &str, account: AccountId, site: Option<SiteId>, date: NaiveDate) -> bool {
        self.account_id == account
            && (self.site_id.is_none() || self.site_id == site)
            && self.authorities.iter().any(|held| held == authority)
            && self.holds_on(date)
    }
}

/// Who looks after an account, or one site of it: a user or a team.
#[derive(Clone, Debug, Deserialize)]
pub struct Assignment {
    pub site_id: Option<SiteId>,
    /// `csr`, `am`, `rep`, `retention` or `outside_save`.
    pub role: String,
    pub user_id: Option<UserId>,
    pub team_id: Option<Uuid>,
    pub valid_from: NaiveDate,
    /// The first day on which it no longer holds.
    pub valid_until: Option<NaiveDate>,
}

/// Everything about an account that decides a price.
#[derive(Clone, Debug, Deserialize)]
pub struct PricingContext {
    pub account_id: AccountId,
    /// The accounts above, nearest first.
    pub ancestors: Vec<AccountId>,
    /// The branch that serves the site, or the account's home branch.
    pub branch_id: Option<BranchId>,
    pub segment: Option<String>,
    /// The zone of local dates: the site's, else the branch's, else UTC.
    pub time_zone: String,
    pub contracts: Vec<ContractPrices>,
}

/// The prices of one contract version.
#[derive(Clone, Debug, Deserialize)]
pub struct ContractPrices {
    pub contract_id: ContractId,
    /// `C-1001`.
    pub number: String,
    /// `msa`, `service`, `order_form` or `amendment_only`.
    pub kind: String,
    /// Lower goes first among contracts of one account.
    pub precedence: u8,
    pub account_id: AccountId,
    /// 0 for the account's own, 1 for its parent's, and so on.
    pub distance: u16,
    pub version_id: ContractVersionId,
    pub version_no: i32,
    pub service_lines: Vec<String>,
    /// The first day on which the prices apply.
    pub start: NaiveDate,
    /// The first day on which they no longer apply.
    pub end: Option<NaiveDate>,
    /// The covered sites; all when absent.
    pub sites: Option<Vec<SiteId>>,
    /// `override`, `closed` or `discount_off`.
    pub mode: String,
    /// Only what the contract names can be bought under it.
    pub closed: bool,
    pub discount: Option<Rate>,
    pub currency: Currency,
    /// `service_date`, `order_date` or `signature_date`.
    pub price_date_basis: String,
    pub fee_exemptions: Vec<String>,
    pub lines: Vec<ContractPrice>,
}

/// A price line of a contract.
#[derive(Clone, Debug, Deserialize)]
pub struct ContractPrice {
    pub id: PriceTermId,
    pub key: PriceKey,
    pub site_id: Option<SiteId>,
    pub profile_id: Option<Uuid>,
    pub uom: String,
    pub currency: Currency,
    pub price: PriceModel,
    pub min_charge: Option<Decimal>,
    pub free: bool,
    pub valid_from: NaiveDate,
    /// The first day on which it no longer holds.
    pub valid_until: Option<NaiveDate>,
}

/// What a price line is for.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", content = "code", rename_all = "snake_case")]
pub enum PriceKey {
    Item(String),
    Category(String),
    ServiceLine(String),
}

/// How a quantity becomes an amount.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "model", rename_all = "snake_case")]
pub enum PriceModel {
    Flat { unit_price: UnitPrice },
    Volume { tiers: Vec<PriceTier> },
    Graduated { tiers: Vec<PriceTier> },
}

/// The price of quantities in `[from, to)`.
#[derive(Clone, Debug, Deserialize)]
pub struct PriceTier {
    pub from: Quantity,
    pub to: Option<Quantity>,
    pub unit_price: UnitPrice,
    pub flat_fee: Option<UnitPrice>,
}

#[derive(Deserialize)]
struct Page<T> {
    data: Vec<T>,
}

/// Reads an account; absent when there is none.
///
/// # Errors
/// 503 when accounts cannot be reached.
pub async fn account(peers: &dyn Peers, id: AccountId) -> Result<Option<Account>, Problem> {
    peer::get(peers, SERVICE, format!("/v1/accounts/{id}")).await
}

/// Reads a site; absent when there is none.
///
/// # Errors
/// 503 when accounts cannot be reached.
pub async fn site(peers: &dyn Peers, id: SiteId) -> Result<Option<Site>, Problem> {
    peer::get(peers, SERVICE, format!("/v1/sites/{id}")).await
}

/// Reads the first sites of an account, up to 200.
///
/// # Errors
/// 503 when accounts cannot be reached.
pub async fn sites(peers: &dyn Peers, account: AccountId) -> Result<Vec<Site>, Problem> {
    let found: Option<Page<Site>> = peer::get(peers, SERVICE, format!("/v1/accounts/{account}/sites?limit=200")).await?;
    Ok(found.map(|page| page.data).unwrap_or_default())
}

/// Reads a branch; absent when there is none.
///
/// # Errors
/// 503 when accounts cannot be reached.
pub async fn branch(peers: &dyn Peers, id: BranchId) -> Result<Option<Branch>, Problem> {
    peer::get(peers, SERVICE, format!("/v1/branches/{id}")).await
}

/// Reads a contact; absent when there is none.
///
/// # Errors
/// 503 when accounts cannot be reached.
pub async fn contact(peers: &dyn Peers, id: ContactId) -> Result<Option<Contact>, Problem> {
    peer::get(peers, SERVICE, format!("/v1/contacts/{id}")).await
}

/// The contacts with an e-mail address, whose case does not matter. Several people may share one.
///
/// # Errors
/// 503 when accounts cannot be reached.
pub async fn contacts_by_email(peers: &dyn Peers, email: &str) -> Result<Vec<Contact>, Problem> {
    let email = encoded(email);
    if email.is_empty() {
        return Ok(Vec::new());
    }
    let path = format!("/v1/contacts?filter%5Bemail%5D={email}&filter%5Bactive%5D=true&sort=id");
    let found: Option<Page<Contact>> = peer::get(peers, SERVICE, path).await?;
    Ok(found.map(|page| page.data).unwrap_or_default())
}

/// The active contacts of an account, up to 200.
///
/// # Errors
/// 503 when accounts cannot be reached.
pub async fn contacts_of(peers: &dyn Peers, account: AccountId) -> Result<Vec<Contact>, Problem> {
    let path = format!("/v1/contacts?filter%5Baccount_id%5D={account}&filter%5Bactive%5D=true&sort=id&limit=200");
    let found: Option<Page<Contact>> = peer::get(peers, SERVICE, path).await?;
    Ok(found.map(|page| page.data).unwrap_or_default())
}

/// Who answers for an account or one of its sites, in each role: the first 200 that are or were primary, the newest first.
///
/// # Errors
/// 503 when accounts cannot be reached.
pub async fn primaries(peers: &dyn Peers, account: AccountId) -> Result<Vec<Assignment>, Problem> {
    let path = format!("/v1/assignments?filter%5Baccount_id%5D={account}&filter%5Bprimary%5D=true&sort=-id&limit=200");
    let found: Option<Page<Assignment>> = peer::get(peers, SERVICE, path).await?;
    Ok(found.map(|page| page.data).unwrap_or_default())
}

/// Everything about an account that decides a price, at one of its sites and on one day where they are given; absent when
/// there is no such account or site.
///
/// # Errors
/// 503 when accounts cannot be reached.
pub async fn pricing_context(
    peers: &dyn Peers,
    account: AccountId,
    site: Option<SiteId>,
    date: Option<NaiveDate>,
) -> Result<Option<PricingContext>, Problem> {
    let mut path = format!("/v1/accounts/{account}/pricing-context");
    let site = site.map(|site| format!("site_id={site}"));
    let date = date.map(|date| format!("date={date}"));
    let query: Vec<String> = site.into_iter().chain(date).collect();
    if !query.is_empty() {
        path = format!("{path}?{}", query.join("&"));
    }
    peer::get(peers, SERVICE, path).await
}

/// A value of a query parameter, percent-encoded (RFC 3986), without control characters and of a bearable length.
fn encoded(value: &str) -> String {
    let mut text = String::new();
    for one in value.trim().chars().filter(|one| !one.is_control()).take(200) {
        if one.is_ascii_alphanumeric() || matches!(one, '-' | '.' | '_' | '~' | '@') {
            text.push(one);
        } else {
            let mut bytes = [0; 4];
            text.extend(one.encode_utf8(&mut bytes).bytes().map(|byte| format!("%{byte:02X}")));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameters_value_is_encoded() {
        assert_eq!(encoded(" pat+dock@example.com\n"), "pat%2Bdock@example.com");
        assert_eq!(encoded("ä&=#"), "%C3%A4%26%3D%23");
    }
}
