//! Operations on survey templates.

use actix_web::web::{Data, Path};
use chrono::{DateTime, Utc};
use kernel::id::SurveyTemplateId;
use platform::caller::Caller;
use platform::etag::IfMatch;
use platform::operation::Operations;
use platform::operations;
use platform::outbox::Change;
use platform::page::{Field, ListSpec, Listing, Page};
use platform::patch::present;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::stamp::{Stamp, Touch};
use platform::valid::Valid;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::entity::{Column, Entity};
use super::model::SurveyTemplate;
use super::store;
use crate::Tickets;
use crate::access::{ReadSurveyTemplates, WriteSurveyTemplates};

pub(crate) fn operations() -> Operations {
    operations!["survey-templates"; create, list, fetch, patch]
}

/// Names one survey template.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct TemplatePath {
    /// The survey template.
    template_id: SurveyTemplateId,
}

/// The words of a survey.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct CreateSurveyTemplate {
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// Of the tickets it is for; for all that have no template of their own when absent.
    #[schema(min_length = 2, max_length = 35, example = "de")]
    language: Option<String>,
    /// The mail's subject; may hold `{name}`, `{reference}` and `{subject}`.
    #[schema(min_length = 1, max_length = 200)]
    subject: String,
    /// The mail's text; must hold `{link}`, may hold `{name}`, `{reference}` and `{subject}`.
    #[schema(min_length = 1, max_length = 10_000, example = "How did we do? {link}")]
    body: String,
    /// What the form asks.
    #[schema(min_length = 1, max_length = 500)]
    question: String,
    /// What the form says afterwards.
    #[schema(min_length = 1, max_length = 500)]
    thanks: String,
}

impl CreateSurveyTemplate {
    fn template(self, touch: Touch) -> SurveyTemplate {
        let Self { name, language, subject, body, question, thanks } = self;
        let (id, stamp) = (SurveyTemplateId::generate(), Stamp::new(touch));
        SurveyTemplate { id, stamp, name, language, active: true, subject, body, question, thanks }
    }
}

/// Changes of a survey template (RFC 7396): absent keeps, null clears. What was sent stays as it was.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct PatchSurveyTemplate {
    #[schema(min_length = 1, max_length = 100)]
    name: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(min_length = 2, max_length = 35)]
    language: Option<Option<String>>,
    active: Option<bool>,
    #[schema(min_length = 1, max_length = 200)]
    subject: Option<String>,
    #[schema(min_length = 1, max_length = 10_000)]
    body: Option<String>,
    #[schema(min_length = 1, max_length = 500)]
    question: Option<String>,
    #[schema(min_length = 1, max_length = 500)]
    thanks: Option<String>,
}

impl PatchSurveyTemplate {
    fn apply(self, template: SurveyTemplate, touch: Touch) -> SurveyTemplate {
        SurveyTemplate {
            id: template.id,
            stamp: template.stamp.touched(touch),
            name: self.name.unwrap_or(template.name),
            language: self.language.unwrap_or(template.language),
            active: self.active.unwrap_or(template.active),
            subject: self.subject.unwrap_or(template.subject),
            body: self.body.unwrap_or(template.body),
            question: self.question.unwrap_or(template.question),
            thanks: self.thanks.unwrap_or(template.thanks),
        }
    }
}

/// The words of a survey.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct SurveyTemplateView {
    id: SurveyTemplateId,
    version: i64,
    #[schema(max_length = 100)]
    name: String,
    #[schema(max_length = 35)]
    language: Option<String>,
    active: bool,
    #[schema(max_length = 200)]
    subject: String,
    #[schema(max_length = 10_000)]
    body: String,
    #[schema(max_length = 500)]
    question: String,
    #[schema(max_length = 500)]
    thanks: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<&SurveyTemplate> for SurveyTemplateView {
    fn from(template: &SurveyTemplate) -> Self {
        let stamp = template.stamp;
        let SurveyTemplate { id, name, language, active, subject, body, question, thanks, .. } = template.clone();
        let (version, created_at, updated_at) = (stamp.version, stamp.created_at, stamp.updated_at);
        Self { id, version, name, language, active, subject, body, question, thanks, created_at, updated_at }
    }
}

/// What the list of survey templates can be asked for.
pub(crate) struct SurveyTemplateList;

impl ListSpec for SurveyTemplateList {
    type Entity = Entity;
    type View = SurveyTemplateView;
    const FIELDS: &'static [Field<Column>] = &[
        Field::text("name", Column::Name).sortable().containing(),
        Field::text("language", Column::Language).nullable(),
        Field::boolean("active", Column::Active),
    ];
    const DEFAULT_SORT: &'static str = "name";
}

fn changed(event: &'static str, template: &SurveyTemplate) -> Change {
    Change::new(event, "survey_template", template.id, template.stamp.version).after(&SurveyTemplateView::from(template))
}

/// Write the words of a survey.
#[utoipa::path(post, path = "/v1/survey-templates", request_body = CreateSurveyTemplate, responses((status = 201, body = SurveyTemplateView)))]
async fn create(caller: Caller<WriteSurveyTemplates>, command: Valid<CreateSurveyTemplate>, app: Data<Tickets>) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "survey_template.create", async |tx| {
            let template = command.clone().template(Touch::of(tx)).checked()?;
            store::insert(tx, &template).await?;
            tx.record(changed("survey_template.created", &template));
            let location = format!("/v1/survey-templates/{}", template.id);
            Ok(Reply::created(location, &SurveyTemplateView::from(&template))?.tagged(template.stamp.version))
        })
        .await
}

/// List survey templates.
#[utoipa::path(get, path = "/v1/survey-templates", params(Listing<SurveyTemplateList>), responses((status = 200, body = Page<SurveyTemplateView>)))]
async fn list(caller: Caller<ReadSurveyTemplates>, listing: Listing<SurveyTemplateList>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let page = listing.page(app.db.read(), store::visible(caller.scope())).await?;
    listing.reply(&page.map(|row| SurveyTemplateView::from(&store::template(row))))
}

/// Read one survey template.
#[utoipa::path(get, path = "/v1/survey-templates/{template_id}", params(TemplatePath), responses((status = 200, body = SurveyTemplateView)))]
async fn fetch(caller: Caller<ReadSurveyTemplates>, path: Path<TemplatePath>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let template = store::find(app.db.read(), caller.scope(), path.template_id).await?;
    Ok(Reply::ok(&SurveyTemplateView::from(&template))?.tagged(template.stamp.version))
}

/// Change a survey template, or put it out of use.
#[utoipa::path(patch, path = "/v1/survey-templates/{template_id}", params(TemplatePath), request_body = PatchSurveyTemplate, responses((status = 200, body = SurveyTemplateView)))]
async fn patch(
    caller: Caller<WriteSurveyTemplates>,
    path: Path<TemplatePath>,
    expected: IfMatch,
    command: Valid<PatchSurveyTemplate>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "survey_template.patch", async |tx| {
            let current = store::find(tx, caller.scope(), path.template_id).await?;
            expected.check(current.stamp.version)?;
            let before = SurveyTemplateView::from(&current);
            let next = command.clone().apply(current, Touch::of(tx)).checked()?;
            store::save(tx, &next).await?;
            tx.record(changed("survey_template.updated", &next).before(&before));
            Ok(Reply::ok(&SurveyTemplateView::from(&next))?.tagged(next.stamp.version))
        })
        .await
}
