//! The form for whoever holds its link: no login, no script, and nothing recorded by looking.

use actix_web::HttpRequest;
use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path};
use kernel::Fault;
use kernel::id::SurveyId;
use platform::caller::{Actor, ActorKind, Public};
use platform::db::Tx;
use platform::operation::Operations;
use platform::operations;
use platform::outbox::Change;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::scope::RowScope;
use platform::stamp::Touch;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::answer::Submitted;
use super::model::{Standing, Survey, SurveyResponse};
use super::page::{Form, Shown, note};
use super::schedule::changed;
use super::wire::{AnswerSurvey, SurveyForm, SurveyResponseView, TokenPath};
use super::{follow_up, store};
use crate::intake::dedupe::sha256;
use crate::rulebook::Rules;
use crate::{Tickets, survey_template, ticket};

pub(crate) fn operations() -> Operations {
    operations!["public-surveys"; show, answer]
}

/// A survey as its holder sees it.
struct Sheet {
    response: Option<SurveyResponse>,
    standing: Standing,
    language: String,
    reference: String,
    question: String,
    thanks: String,
}

impl Sheet {
    /// # Errors
    /// 404 when the link leads nowhere; 410 `survey_expired`.
    async fn read<C: ConnectionTrait>(db: &C, app: &Tickets, token: &str) -> Result<Self, Problem> {
        let survey = store::by_token(db, &sha256(token.as_bytes())).await?;
        let response = store::response_to(db, survey.id).await?;
        let rules = app.rules.current(db).await?;
        let standing = survey.standing(response.as_ref().map(|one| one.answered_at), &rules.settings.surveys, app.clock.now());
        demand_live(standing)?;
        let ticket = ticket::store::find(db, &RowScope::All, survey.ticket_id).await?;
        let template = match survey.template_id {
            Some(id) => Some(survey_template::store::find(db, &RowScope::All, id).await?),
            None => None,
        };
        let template = template.ok_or_else(|| Problem::internal("a survey was sent without words"))?;
        let language = ticket.language.clone().filter(|_| template.language.is_some()).unwrap_or_else(|| "en".to_owned());
        let (reference, question, thanks) = (ticket.reference(), template.question, template.thanks);
        Ok(Self { response, standing, language, reference, question, thanks })
    }

    fn form(&self, fault: Option<&str>) -> String {
        let (score, comment) = (self.response.as_ref().map(|one| one.score), self.response.as_ref().and_then(|one| one.comment.as_deref()));
        Form { language: &self.language, reference: &self.reference, question: &self.question, score, comment, fault }.page()
    }

    fn data(&self) -> Result<Shown, Problem> {
        let form = SurveyForm {
            reference: self.reference.clone(),
            question: self.question.clone(),
            open: matches!(self.standing, Standing::Open | Standing::Changeable),
            score: self.response.as_ref().map(|one| one.score),
            comment: self.response.as_ref().and_then(|one| one.comment.clone()),
        };
        Ok(Shown::Data(Reply::ok(&form)?))
    }
}

fn demand_live(standing: Standing) -> Result<(), Problem> {
    match standing {
        Standing::Open | Standing::Changeable | Standing::Closed => Ok(()),
        Standing::Unknown => Err(Fault::not_found(SurveyId::NOUN).into()),
        Standing::Expired => Err(Problem::new(StatusCode::GONE, "survey_expired", "This survey could be answered until its end only.")),
    }
}

/// What a browser shows instead of a problem document; failures of ours stay one.
fn explained(problem: Problem) -> Result<Shown, Problem> {
    let text = match problem.status() {
        StatusCode::NOT_FOUND => "This link leads to no survey.",
        StatusCode::GONE => "This survey has ended. Thank you all the same!",
        StatusCode::CONFLICT => "Your answer has been recorded and cannot be changed any more. Thank you!",
        _ => return Err(problem),
    };
    Ok(Shown::Page(problem.status(), note("en", text)))
}

/// True when a caller says that it reads a kind of document.
pub(crate) fn accepts(request: &HttpRequest, media: &str) -> bool {
    let accepted = request.headers().get_all(header::ACCEPT).filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|one| one.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(media))
}

/// Show the form of a survey to whoever holds its link.
///
/// A page for browsers, or data with `Accept: application/json`. Looking records nothing.
#[utoipa::path(get, path = "/v1/public/surveys/{token}", params(TokenPath), responses(
    (status = 200, content((String = "text/html"), (SurveyForm = "application/json"))),
    (status = 410, description = "It was not answered in time.", content_type = "application/problem+json")))]
async fn show(_: Public, path: Path<TokenPath>, request: HttpRequest, app: Data<Tickets>) -> Result<Shown, Problem> {
    let browser = accepts(&request, "text/html");
    let sheet = match Sheet::read(app.db.read(), &app, &path.token).await {
        Err(problem) if browser => return explained(problem),
        read => read?,
    };
    if accepts(&request, "application/json") && !browser {
        return sheet.data();
    }
    let page = if sheet.standing == Standing::Closed { note(&sheet.language, &sheet.thanks) } else { sheet.form(None) };
    Ok(Shown::Page(StatusCode::OK, page))
}

/// Answer a survey, or change the answer while that is possible.
///
/// From a form or as JSON. A bad answer reopens the ticket and has a person get in touch.
#[utoipa::path(post, path = "/v1/public/surveys/{token}", params(TokenPath),
    request_body(content((AnswerSurvey = "application/json"), (AnswerSurvey = "application/x-www-form-urlencoded"))),
    responses((status = 200, content((String = "text/html"), (SurveyForm = "application/json"))),
    (status = 410, description = "It was not answered in time.", content_type = "application/problem+json")))]
async fn answer(_: Public, path: Path<TokenPath>, submitted: Submitted, app: Data<Tickets>) -> Result<Shown, Problem> {
    let given = match submitted {
        Submitted::Program(given) => {
            record(&app, &path.token, given).await?;
            return Sheet::read(app.db.read(), &app, &path.token).await?.data();
        }
        Submitted::Browser(given) => given,
    };
    let recorded = match given {
        Ok(given) => record(&app, &path.token, given).await.map(|()| None),
        Err(_) => Ok(Some("Choose one of the five answers; a comment has at most 2000 characters.")),
    };
    let sheet = match Sheet::read(app.db.read(), &app, &path.token).await {
        Err(problem) => return explained(problem),
        Ok(sheet) => sheet,
    };
    match recorded {
        Err(problem) => explained(problem),
        Ok(None) => Ok(Shown::Page(StatusCode::OK, note(&sheet.language, &sheet.thanks))),
        Ok(fault) => Ok(Shown::Page(StatusCode::UNPROCESSABLE_ENTITY, sheet.form(fault))),
    }
}

/// Records an answer in the name of whoever was asked.
async fn record(app: &Tickets, token: &str, given: AnswerSurvey) -> Result<(), Problem> {
    let hash = sha256(token.as_bytes());
    let asked = store::by_token(app.db.read(), &hash).await?;
    let name = asked.name.clone().unwrap_or_else(|| asked.email.clone());
    let actor = Actor { kind: ActorKind::Customer, id: asked.contact_id.unwrap_or(Uuid::nil()), name };
    let given = (given.score, given.comment.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()));
    app.db.write_as(&actor, "survey.answer", async |tx| answered(tx, &app.rules, &hash, given.clone()).await).await
}

async fn answered(tx: &Tx, rules: &Rules, hash: &str, given: (i16, Option<String>)) -> Result<(), Problem> {
    let survey = store::hold_by_token(tx, hash).await?;
    let before = store::response_to(tx, survey.id).await?;
    let settings = rules.current(tx).await?.settings.surveys;
    let standing = survey.standing(before.as_ref().map(|one| one.answered_at), &settings, tx.now());
    demand_live(standing)?;
    let response = match before {
        None => Some(first(tx, &survey, given).await?),
        Some(_) if standing == Standing::Closed => {
            return Err(Fault::conflict("survey_closed", "The answer can no longer be changed.").into());
        }
        Some(before) => other(tx, &before, given).await?,
    };
    match response {
        Some(response) if response.score <= settings.negative_score => follow_up::begin(tx, rules, &survey, &response).await,
        _ => Ok(()),
    }
}

async fn first(tx: &Tx, survey: &Survey, given: (i16, Option<String>)) -> Result<SurveyResponse, Problem> {
    let survey = survey.answered(Touch::of(tx))?;
    store::save(tx, &survey).await?;
    tx.record(changed("survey.answered", &survey));
    let response = SurveyResponse::to(&survey, given, Touch::of(tx));
    store::insert_response(tx, &response).await?;
    tx.record(told("survey_response.given", &response));
    Ok(response)
}

/// The changed answer; none when nothing changed.
async fn other(tx: &Tx, before: &SurveyResponse, given: (i16, Option<String>)) -> Result<Option<SurveyResponse>, Problem> {
    let Some(response) = before.changed(given, Touch::of(tx)) else { return Ok(None) };
    store::save_response(tx, &response).await?;
    tx.record(told("survey_response.changed", &response).before(&SurveyResponseView::from(before)));
    Ok(Some(response))
}

fn told(event: &'static str, response: &SurveyResponse) -> Change {
    let change = Change::new(event, "survey_response", response.id, response.stamp.version).after(&SurveyResponseView::from(response));
    change.account(response.whose.account_id).site(response.whose.site_id).branch(response.whose.branch_id)
}
