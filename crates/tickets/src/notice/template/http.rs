//! Operations on templates of notices.

use actix_web::web::{Data, Path};
use chrono::{DateTime, Utc};
use kernel::id::NoticeTemplateId;
use platform::caller::Caller;
use platform::etag::IfMatch;
use platform::operation::Operations;
use platform::operations;
use platform::outbox::Change;
use platform::page::{Field, ListSpec, Listing, Page};
use platform::problem::Problem;
use platform::reply::Reply;
use platform::stamp::{Stamp, Touch};
use platform::valid::Valid;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::entity::{Column, Entity};
use super::model::Template;
use super::store;
use crate::Tickets;
use crate::notice::payload::NoticeKind;
use crate::notice::{ReadNoticeTemplates, WriteNoticeTemplates};

pub(crate) fn operations() -> Operations {
    operations!["notice-templates"; create, list, fetch, patch]
}

/// Names one template.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct TemplatePath {
    /// The template.
    template_id: NoticeTemplateId,
}

/// A new template. Names in double braces are filled in; which there are depends on the kind.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct CreateNoticeTemplate {
    kind: NoticeKind,
    /// There is one template for each kind and language.
    #[schema(pattern = "^[A-Za-z0-9-]{2,35}$", max_length = 35, example = "en")]
    language: String,
    #[schema(min_length = 1, max_length = 200, example = "New prices from {{effective_on}}")]
    subject: String,
    #[schema(min_length = 1, max_length = 50_000, example = "Under {{agreement}} these prices change:\n{{items}}")]
    body: String,
}

/// Changes of a template: absent keeps.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct PatchNoticeTemplate {
    #[schema(min_length = 1, max_length = 200)]
    subject: Option<String>,
    #[schema(min_length = 1, max_length = 50_000)]
    body: Option<String>,
    active: Option<bool>,
}

/// A template of notices.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct NoticeTemplateView {
    id: NoticeTemplateId,
    version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    kind: NoticeKind,
    #[schema(max_length = 35)]
    language: String,
    #[schema(max_length = 200)]
    subject: String,
    #[schema(max_length = 50_000)]
    body: String,
    /// An inactive one is not used for new approvals.
    active: bool,
}

impl From<&Template> for NoticeTemplateView {
    fn from(template: &Template) -> Self {
        Self {
            id: template.id,
            version: template.stamp.version,
            created_at: template.stamp.created_at,
            updated_at: template.stamp.updated_at,
            kind: template.kind,
            language: template.language.clone(),
            subject: template.subject.clone(),
            body: template.body.clone(),
            active: template.active,
        }
    }
}

fn changed(event: &'static str, template: &Template) -> Change {
    Change::new(event, "notice_template", template.id, template.stamp.version).after(&NoticeTemplateView::from(template))
}

/// Create a template.
#[utoipa::path(post, path = "/v1/notice-templates", request_body = CreateNoticeTemplate, responses((status = 201, body = NoticeTemplateView)))]
async fn create(caller: Caller<WriteNoticeTemplates>, command: Valid<CreateNoticeTemplate>, app: Data<Tickets>) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "notice_template.create", async |tx| {
            let CreateNoticeTemplate { kind, language, subject, body } = command.clone();
            let (id, stamp, language) = (NoticeTemplateId::generate(), Stamp::new(Touch::of(tx)), language.to_lowercase());
            let template = Template { id, stamp, kind, language, subject, body, active: true }.checked()?;
            store::insert(tx, &template).await?;
            tx.record(changed("notice_template.created", &template));
            Ok(Reply::created(format!("/v1/notice-templates/{id}"), &NoticeTemplateView::from(&template))?.tagged(1))
        })
        .await
}

/// What the list of templates can be asked for.
pub(crate) struct NoticeTemplateList;

impl ListSpec for NoticeTemplateList {
    type Entity = Entity;
    type View = NoticeTemplateView;
    const FIELDS: &'static [Field<Column>] = &[
        Field::choice("kind", Column::Kind, NoticeKind::TEXTS).sortable(),
        Field::text("language", Column::Language),
        Field::boolean("active", Column::Active),
    ];
    const DEFAULT_SORT: &'static str = "kind";
}

/// List templates.
#[utoipa::path(get, path = "/v1/notice-templates", params(Listing<NoticeTemplateList>), responses((status = 200, body = Page<NoticeTemplateView>)))]
async fn list(caller: Caller<ReadNoticeTemplates>, listing: Listing<NoticeTemplateList>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let page = listing.page(app.db.read(), store::visible(caller.scope())).await?;
    listing.reply(&page.try_map(|row| store::template(row).map(|template| NoticeTemplateView::from(&template)))?)
}

/// Read one template.
#[utoipa::path(get, path = "/v1/notice-templates/{template_id}", params(TemplatePath), responses((status = 200, body = NoticeTemplateView)))]
async fn fetch(caller: Caller<ReadNoticeTemplates>, path: Path<TemplatePath>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let template = store::find(app.db.read(), caller.scope(), path.template_id).await?;
    Ok(Reply::ok(&NoticeTemplateView::from(&template))?.tagged(template.stamp.version))
}

/// Change a template; texts that were approved stay as they are.
#[utoipa::path(patch, path = "/v1/notice-templates/{template_id}", params(TemplatePath), request_body = PatchNoticeTemplate,
    responses((status = 200, body = NoticeTemplateView)))]
async fn patch(
    caller: Caller<WriteNoticeTemplates>,
    path: Path<TemplatePath>,
    expected: IfMatch,
    command: Valid<PatchNoticeTemplate>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "notice_template.patch", async |tx| {
            let current = store::find(tx, caller.scope(), path.template_id).await?;
            expected.check(current.stamp.version)?;
            let next = command.apply(current.clone()).touched(Touch::of(tx)).checked()?;
            store::save(tx, &next).await?;
            tx.record(changed("notice_template.updated", &next).before(&NoticeTemplateView::from(&current)));
            Ok(Reply::ok(&NoticeTemplateView::from(&next))?.tagged(next.stamp.version))
        })
        .await
}

impl PatchNoticeTemplate {
    fn apply(&self, template: Template) -> Template {
        let PatchNoticeTemplate { subject, body, active } = self.clone();
        Template {
            subject: subject.unwrap_or(template.subject),
            body: body.unwrap_or(template.body),
            active: active.unwrap_or(template.active),
            ..template
        }
    }
}
