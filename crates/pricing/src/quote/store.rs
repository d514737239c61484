//! Reading and writing quotes. A customer finds only what was sent to them.

use chrono::{DateTime, Datelike, Utc};
use kernel::Fault;
use kernel::id::{QuoteId, QuoteVersionId};
use kernel::{Currency, Money, Quantity, Rate, UnitPrice};
use platform::problem::Problem;
use platform::rows::{self, from_json, to_json, word};
use platform::scope::RowScope;
use platform::stamp_of;
use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Select, Statement};
use serde::{Deserialize, Serialize};

use super::charges::{QuoteCharge, QuoteCharges};
use super::choice::LineChoice;
use super::entity::{line, quote, version};
use super::model::{Agreed, Decision, Quote, QuoteLine, QuoteVersion};
use super::state::QuoteState;

pub(crate) fn from_row(row: quote::Model) -> Result<Quote, Problem> {
    Ok(Quote {
        id: row.id.into(),
        kind: word(&row.kind)?,
        account: row.account_id.into(),
        site: row.site_id.map(Into::into),
        branch: row.branch_id.map(Into::into),
        currency: word(&row.currency)?,
        zone: word(&row.time_zone)?,
        state: word(&row.state)?,
        number: row.number,
        external_ref: row.external_ref,
        current_no: row.current_no,
        draft_no: row.draft_no,
        stamp: stamp_of!(row),
    })
}

fn to_row(quote: &Quote) -> quote::Model {
    quote::Model {
        id: quote.id.uuid(),
        version: quote.stamp.version,
        created_at: quote.stamp.created_at,
        updated_at: quote.stamp.updated_at,
        created_by: quote.stamp.created_by,
        updated_by: quote.stamp.updated_by,
        external_ref: quote.external_ref.clone(),
        number: quote.number.clone(),
        kind: quote.kind.as_str().to_owned(),
        account_id: quote.account.uuid(),
        site_id: quote.site.map(Into::into),
        branch_id: quote.branch.map(Into::into),
        currency: quote.currency.to_string(),
        time_zone: quote.zone.name().to_owned(),
        current_no: quote.current_no,
        draft_no: quote.draft_no,
        state: quote.state.as_str().to_owned(),
    }
}

pub(crate) fn version_from_row(row: version::Model, currency: Currency) -> Result<QuoteVersion, Problem> {
    let decision = row.decided_at.zip(row.decided_by).map(|(at, by)| Decision { at, by, signer: row.signer, note: row.decision_note });
    Ok(QuoteVersion {
        id: row.id.into(),
        quote: row.quote_id.into(),
        no: row.no,
        state: word(&row.state)?,
        valid_until: row.valid_until,
        price_date: row.price_date,
        conversion: row.conversion,
        terms: row.terms,
        total: Money::from_minor(row.total, currency),
        charges: QuoteCharges {
            document_total: Money::from_minor(row.document_total, currency),
            top_ups: from_json(row.top_ups)?,
            surcharges: from_json(row.surcharges)?,
            trace: row.charges_trace,
        },
        priced_at: row.priced_at,
        term_months: row.term_months.map(u16::try_from).transpose().map_err(|_| Problem::internal("a term is out of range"))?,
        non_standard_terms: row.non_standard_terms,
        option_groups: from_json(row.option_groups)?,
        not_to_exceed: row.not_to_exceed.map(|minor| Money::from_minor(minor, currency)),
        approvals: from_json(row.approvals)?,
        approved_at: row.approved_at,
        agreed: row.agreed.map(|agreed| agreed_from_json(agreed, currency)).transpose()?,
        contract: row.contract_id.map(Into::into),
        content_hash: row.content_hash,
        submitted: row.submitted_at.zip(row.submitted_by),
        sent_at: row.sent_at,
        decision,
        stamp: stamp_of!(row),
    })
}

/// What the customer chose, as its column keeps it.
#[derive(Serialize, Deserialize)]
struct AgreedColumn {
    total: i64,
    document_total: i64,
    top_ups: Vec<QuoteCharge>,
    surcharges: Vec<QuoteCharge>,
    trace: Option<String>,
}

fn agreed_from_json(json: serde_json::Value, currency: Currency) -> Result<Agreed, Problem> {
    let AgreedColumn { total, document_total, top_ups, surcharges, trace } = from_json(json)?;
    let charges = QuoteCharges { document_total: Money::from_minor(document_total, currency), top_ups, surcharges, trace };
    Ok(Agreed { total: Money::from_minor(total, currency), charges })
}

fn agreed_to_json(agreed: &Agreed) -> Result<serde_json::Value, Problem> {
    let Agreed { total, charges: QuoteCharges { document_total, top_ups, surcharges, trace } } = agreed.clone();
    to_json(&AgreedColumn { total: total.minor(), document_total: document_total.minor(), top_ups, surcharges, trace })
}

fn version_to_row(version: &QuoteVersion) -> Result<version::Model, Problem> {
    let decision = version.decision.as_ref();
    Ok(version::Model {
        id: version.id.uuid(),
        version: version.stamp.version,
        created_at: version.stamp.created_at,
        updated_at: version.stamp.updated_at,
        created_by: version.stamp.created_by,
        updated_by: version.stamp.updated_by,
        quote_id: version.quote.uuid(),
        no: version.no,
        state: version.state.as_str().to_owned(),
        valid_until: version.valid_until,
        price_date: version.price_date,
        conversion: version.conversion,
        terms: version.terms.clone(),
        total: version.total.minor(),
        document_total: version.charges.document_total.minor(),
        top_ups: to_json(&version.charges.top_ups)?,
        surcharges: to_json(&version.charges.surcharges)?,
        charges_trace: version.charges.trace.clone(),
        priced_at: version.priced_at,
        term_months: version.term_months.map(i32::from),
        non_standard_terms: version.non_standard_terms,
        option_groups: to_json(&version.option_groups)?,
        not_to_exceed: version.not_to_exceed.map(Money::minor),
        approvals: to_json(&version.approvals)?,
        approved_at: version.approved_at,
        agreed: version.agreed.as_ref().map(agreed_to_json).transpose()?,
        contract_id: version.contract.map(Into::into),
        content_hash: version.content_hash.clone(),
        submitted_at: version.submitted.map(|(at, _)| at),
        submitted_by: version.submitted.map(|(_, by)| by),
        sent_at: version.sent_at,
        decided_at: decision.map(|decision| decision.at),
        decided_by: decision.map(|decision| decision.by),
        signer: decision.and_then(|decision| decision.signer.clone()),
        decision_note: decision.and_then(|decision| decision.note.clone()),
    })
}

fn line_from_row(row: line::Model, currency: Currency) -> QuoteLine {
    QuoteLine {
        id: row.id.into(),
        no: row.no,
        item: row.item_id.into(),
        item_code: row.item_code,
        description: row.description,
        charge_group: row.charge_group,
        site: row.site_id.map(Into::into),
        quantity: Quantity::from_scaled(row.quantity),
        uom: row.uom,
        unit_price: row.unit_price.map(UnitPrice::from_scaled),
        discount: Rate::from_scaled(row.discount),
        total: Money::from_minor(row.amount, currency),
        components: row.components,
        override_reason: row.override_reason,
        list_total: row.list_amount.map(|minor| Money::from_minor(minor, currency)),
        trace: row.trace,
        source: row.source,
        cost: row.cost.map(|minor| Money::from_minor(minor, currency)),
        choice: LineChoice {
            group: row.option_group,
            preselected: row.preselected,
            least: row.least.map(Quantity::from_scaled),
            most: row.most.map(Quantity::from_scaled),
        },
        agreed: row.agreed.map(Quantity::from_scaled),
        converted: Quantity::from_scaled(row.converted),
    }
}

fn line_to_row(version: QuoteVersionId, line: &QuoteLine) -> line::Model {
    line::Model {
        id: line.id.uuid(),
        version_id: version.uuid(),
        no: line.no,
        item_id: line.item.uuid(),
        item_code: line.item_code.clone(),
        description: line.description.clone(),
        charge_group: line.charge_group.clone(),
        site_id: line.site.map(Into::into),
        quantity: line.quantity.scaled(),
        uom: line.uom.clone(),
        unit_price: line.unit_price.map(UnitPrice::scaled),
        discount: line.discount.scaled(),
        amount: line.total.minor(),
        components: line.components.clone(),
        override_reason: line.override_reason.clone(),
        list_amount: line.list_total.map(Money::minor),
        trace: line.trace.clone(),
        converted: line.converted.scaled(),
        source: line.source.clone(),
        cost: line.cost.map(Money::minor),
        option_group: line.choice.group.clone(),
        preselected: line.choice.preselected,
        least: line.choice.least.map(Quantity::scaled),
        most: line.choice.most.map(Quantity::scaled),
        agreed: line.agreed.map(Quantity::scaled),
    }
}

/// The quotes that the scope may list.
pub(crate) fn visible(scope: &RowScope) -> Select<quote::Entity> {
    let owned = scope.condition(quote::Column::BranchId, quote::Column::AccountId, Some(quote::Column::SiteId));
    let query = quote::Entity::find().filter(owned);
    if !scope.is_customer() {
        return query;
    }
    let shown = QuoteState::ALL.iter().filter(|state| state.is_shown()).map(|state| state.as_str());
    query.filter(quote::Column::State.is_in(shown))
}

/// One quote.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, scope: &RowScope, id: QuoteId) -> Result<Quote, Problem> {
    let row = visible(scope).filter(quote::Column::Id.eq(id.uuid())).one(db).await?;
    from_row(row.ok_or_else(|| Fault::not_found(QuoteId::NOUN))?)
}

/// Waits for other writers on the quote, so that what is read next is decided on by nobody else.
pub(crate) async fn lock<C: ConnectionTrait>(db: &C, id: QuoteId) -> Result<(), Problem> {
    let same = Expr::col(quote::Column::Version);
    quote::Entity::update_many().col_expr(quote::Column::Version, same).filter(quote::Column::Id.eq(id.uuid())).exec(db).await?;
    Ok(())
}

/// One version of a quote that was found before. A customer finds only versions that were sent.
pub(crate) async fn version<C: ConnectionTrait>(db: &C, scope: &RowScope, quote: &Quote, no: i32) -> Result<QuoteVersion, Problem> {
    let query = version::Entity::find().filter(version::Column::QuoteId.eq(quote.id.uuid())).filter(version::Column::No.eq(no));
    let row = query.one(db).await?.ok_or_else(|| Fault::not_found(QuoteVersionId::NOUN))?;
    let version = version_from_row(row, quote.currency)?;
    if scope.is_customer() && version.sent_at.is_none() {
        return Err(Fault::not_found(QuoteVersionId::NOUN).into());
    }
    Ok(version)
}

/// The versions of a quote, oldest first.
pub(crate) async fn versions<C: ConnectionTrait>(db: &C, scope: &RowScope, quote: &Quote) -> Result<Vec<QuoteVersion>, Problem> {
    let mut query = version::Entity::find().filter(version::Column::QuoteId.eq(quote.id.uuid()));
    if scope.is_customer() {
        query = query.filter(version::Column::SentAt.is_not_null());
    }
    let rows = query.order_by_asc(version::Column::No).all(db).await?;
    rows.into_iter().map(|row| version_from_row(row, quote.currency)).collect()
}

/// The highest number given to a version of a quote.
pub(crate) async fn last_no<C: ConnectionTrait>(db: &C, quote: &Quote) -> Result<i32, Problem> {
    let query = version::Entity::find().select_only().column(version::Column::No).filter(version::Column::QuoteId.eq(quote.id.uuid()));
    let last: Option<i32> = query.order_by_desc(version::Column::No).into_tuple().one(db).await?;
    Ok(last.unwrap_or_default())
}

/// The lines of a version, in order.
pub(crate) async fn lines<C: ConnectionTrait>(db: &C, quote: &Quote, version: QuoteVersionId) -> Result<Vec<QuoteLine>, Problem> {
    let query = line::Entity::find().filter(line::Column::VersionId.eq(version.uuid())).order_by_asc(line::Column::No);
    Ok(query.all(db).await?.into_iter().map(|row| line_from_row(row, quote.currency)).collect())
}

/// Takes the next number of the year; gapless, because it is given in the transaction that uses it.
pub(crate) async fn next_number<C: ConnectionTrait>(db: &C, now: DateTime<Utc>) -> Result<String, Problem> {
    let sql =
        "INSERT INTO sequence (name, value) VALUES ($1, 1) ON CONFLICT (name) DO UPDATE SET value = sequence.value + 1 RETURNING value";
    let name = format!("quote-{}", now.year());
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, [name.into()]);
    let row = db.query_one_raw(statement).await?.ok_or_else(|| Problem::internal("a sequence gave no number"))?;
    let value: i64 = row.try_get_by_index(0)?;
    Ok(format!("Q-{}-{value:06}", now.year()))
}

/// Adds a quote.
pub(crate) async fn insert<C: ConnectionTrait>(db: &C, quote: &Quote) -> Result<(), Problem> {
    let taken = |error: DbErr| {
        Problem::from(error)
            .on_unique("external_ref", || Fault::conflict("external_ref_taken", "Another quote has this external reference."))
    };
    quote::Entity::insert(to_row(quote).into_active_model()).exec_without_returning(db).await.map_err(taken)?;
    Ok(())
}

/// Writes a changed quote over the version it was read at.
pub(crate) async fn save<C: ConnectionTrait>(db: &C, quote: &Quote) -> Result<(), Problem> {
    rows::save(db, to_row(quote), quote.id.uuid(), quote.stamp.version).await
}

/// Adds a version with its lines.
pub(crate) async fn insert_version<C: ConnectionTrait>(db: &C, version: &QuoteVersion, lines: &[QuoteLine]) -> Result<(), Problem> {
    version::Entity::insert(version_to_row(version)?.into_active_model()).exec_without_returning(db).await?;
    insert_lines(db, version.id, lines).await
}

async fn insert_lines<C: ConnectionTrait>(db: &C, version: QuoteVersionId, lines: &[QuoteLine]) -> Result<(), Problem> {
    let rows: Vec<_> = lines.iter().map(|line| line_to_row(version, line).into_active_model()).collect();
    line::Entity::insert_many(rows).exec_without_returning(db).await?;
    Ok(())
}

/// Replaces the lines of a draft.
pub(crate) async fn replace_lines<C: ConnectionTrait>(db: &C, version: QuoteVersionId, lines: &[QuoteLine]) -> Result<(), Problem> {
    line::Entity::delete_many().filter(line::Column::VersionId.eq(version.uuid())).exec(db).await?;
    insert_lines(db, version, lines).await
}

/// Writes a changed version over the one it was read at.
pub(crate) async fn save_version<C: ConnectionTrait>(db: &C, version: &QuoteVersion) -> Result<(), Problem> {
    rows::save(db, version_to_row(version)?, version.id.uuid(), version.stamp.version).await
}

/// Writes how much of a line the customer chose.
pub(crate) async fn save_agreed<C: ConnectionTrait>(db: &C, line: &QuoteLine) -> Result<(), Problem> {
    let value = Expr::value(line.agreed.map(Quantity::scaled));
    line::Entity::update_many().col_expr(line::Column::Agreed, value).filter(line::Column::Id.eq(line.id.uuid())).exec(db).await?;
    Ok(())
}
