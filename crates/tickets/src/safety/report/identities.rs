//! Who reported and who was involved, and what the report said before it was corrected: kept apart from the report and read by its two
//! operations only.
//!
//! These types are written into no event and no audit entry: they are part neither of a [`super::view::SafetyReportView`], which
//! is what lists show, nor of what is told of a report. An anonymous report has no reporter, and never gets one.

use chrono::{DateTime, Utc};
use kernel::id::{SafetyReportId, UserId};
use kernel::{Fault, words};
use platform::caller::Actor;
use platform::db::Tx;
use platform::problem::Problem;
use platform::rows::{from_json, to_json};
use platform::stamp::Touch;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, EntityTrait, IntoActiveModel, QueryTrait};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::identity_entity::{Column, Entity, Model};

words! {
    /// What somebody had to do with it.
    pub enum InvolvedAs { Injured = "injured", Witness = "witness", Involved = "involved", Other = "other" }
}

/// Who reported.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct SafetyReporter {
    pub(crate) user_id: Option<UserId>,
    #[schema(min_length = 1, max_length = 200)]
    pub(crate) name: Option<String>,
    #[schema(min_length = 3, max_length = 254)]
    pub(crate) email: Option<String>,
    #[schema(min_length = 3, max_length = 40)]
    pub(crate) phone: Option<String>,
}

/// Somebody who was hurt, saw it or took part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct PersonInvolved {
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    role: InvolvedAs,
    user_id: Option<UserId>,
    #[schema(min_length = 1, max_length = 200)]
    employer: Option<String>,
    #[schema(min_length = 3, max_length = 200)]
    contact: Option<String>,
    #[schema(min_length = 1, max_length = 2000)]
    note: Option<String>,
}

/// What a report said until it was corrected. It may name somebody, so it is kept with the identities.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = EarlierSafetyAccount)]
pub(crate) struct Earlier {
    replaced_at: DateTime<Utc>,
    replaced_by: Uuid,
    /// Null unless it was replaced.
    #[schema(max_length = 20_000)]
    description: Option<String>,
    /// Null unless they were replaced.
    #[schema(max_items = 100)]
    people: Option<Vec<PersonInvolved>>,
}

/// Everybody behind a report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Identities {
    /// What was said before each correction, the oldest first.
    #[serde(default)]
    pub(crate) earlier: Vec<Earlier>,
    pub(crate) reporter: Option<SafetyReporter>,
    /// Whoever entered it, for themselves or for the reporter.
    pub(crate) filed_by: Option<Uuid>,
    pub(crate) people: Vec<PersonInvolved>,
}

impl Identities {
    /// Of a new report; whoever files it without naming a reporter reports it.
    ///
    /// # Errors
    /// A field fault when an anonymous report names its reporter.
    pub(crate) fn of(anonymous: bool, named: Option<SafetyReporter>, people: Vec<PersonInvolved>, filer: &Actor) -> Result<Self, Fault> {
        if !anonymous {
            let own = || SafetyReporter { user_id: Some(filer.id.into()), name: Some(filer.name.clone()), ..SafetyReporter::default() };
            return Ok(Self { reporter: Some(named.unwrap_or_else(own)), filed_by: Some(filer.id), people, earlier: Vec::new() });
        }
        if named.is_some() {
            return Err(Fault::field("/reporter", "anonymous", "An anonymous report has no reporter."));
        }
        Ok(Self { reporter: None, filed_by: None, people, earlier: Vec::new() })
    }

    /// With others who were involved.
    pub(crate) fn involving(mut self, people: Vec<PersonInvolved>, touch: Touch) -> Self {
        let people = std::mem::replace(&mut self.people, people);
        self.earlier.push(Earlier { replaced_at: touch.at, replaced_by: touch.by, description: None, people: Some(people) });
        self
    }

    /// With what was said to have happened until now.
    fn after(mut self, description: String, touch: Touch) -> Self {
        self.earlier.push(Earlier { replaced_at: touch.at, replaced_by: touch.by, description: Some(description), people: None });
        self
    }
}

/// Those behind the report; nobody when none are kept.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, report: SafetyReportId) -> Result<Identities, Problem> {
    let row = Entity::find_by_id(report.uuid()).one(db).await?;
    row.map_or_else(|| Ok(Identities::default()), |row| from_json(row.identities))
}

/// Keeps what a report said before it is corrected. Whoever writes holds the report's row.
pub(crate) async fn remember(tx: &Tx, report: SafetyReportId, description: String) -> Result<(), Problem> {
    keep(tx, report, &find(tx, report).await?.after(description, Touch::of(tx)))
}

/// Keeps them. Whoever writes holds the report's row.
pub(crate) fn keep(tx: &Tx, report: SafetyReportId, identities: &Identities) -> Result<(), Problem> {
    let row = Model { report_id: report.uuid(), identities: to_json(identities)? };
    let mut anew = OnConflict::column(Column::ReportId);
    anew.update_column(Column::Identities);
    tx.write_later(Entity::insert(row.into_active_model()).on_conflict(anew).into_query());
    Ok(())
}
