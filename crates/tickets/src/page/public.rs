//! What whoever holds a page's link sees and does: no login, no script, nothing recorded by looking, one tap to take charge.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use platform::caller::{Actor, ActorKind, Public};
use platform::operation::Operations;
use platform::operations;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::scope::RowScope;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::wire::{PageNotice, PageTokenPath};
use super::{commands, store};
use crate::intake::dedupe::sha256;
use crate::survey::page::{Shown, escape, note, whole};
use crate::survey::public::accepts;
use crate::{Tickets, emergency, ticket};

pub(crate) fn operations() -> Operations {
    operations!["public-pages"; show, acknowledge]
}

const TAKEN: &str = "Somebody has taken charge. Thank you!";
const ENDED: &str = "This emergency has ended.";

/// # Errors
/// 404 when the link leads nowhere.
async fn notice<C: ConnectionTrait>(db: &C, token: &str) -> Result<PageNotice, Problem> {
    let page = store::by_token(db, &sha256(token.as_bytes())).await?;
    let emergency = emergency::store::find(db, &RowScope::All, page.emergency_id).await?;
    let ticket = ticket::store::find(db, &RowScope::All, page.ticket_id).await?;
    Ok(PageNotice::of(&emergency, &ticket))
}

/// The page with the one button, or what there is to say instead.
fn form(notice: &PageNotice, token: &str) -> String {
    if !notice.open {
        return note("en", if notice.is_acknowledged() { TAKEN } else { ENDED });
    }
    let (reference, subject) = (escape(&notice.reference), escape(&notice.subject));
    let hazard = notice.hazard_code.as_deref().map(|code| format!("<p>{}</p>", escape(code))).unwrap_or_default();
    let main = format!(
        "<h1>Emergency {reference}</h1><p>{subject}</p>{hazard}<form method=\"post\" action=\"{}/acknowledge\">\
         <p><button type=\"submit\">I take charge</button></p></form>",
        escape(token)
    );
    whole("en", &notice.reference, &main)
}

/// What a browser shows instead of a problem document; failures of ours stay one.
fn explained(problem: Problem) -> Result<Shown, Problem> {
    match problem.status() {
        StatusCode::NOT_FOUND => Ok(Shown::Page(StatusCode::NOT_FOUND, note("en", "This link leads to no emergency."))),
        _ => Err(problem),
    }
}

/// A page for browsers, data for programs.
fn shown(request: &HttpRequest, found: Result<PageNotice, Problem>, token: &str) -> Result<Shown, Problem> {
    let browser = accepts(request, "text/html");
    match found {
        Err(problem) if browser => explained(problem),
        Err(problem) => Err(problem),
        Ok(notice) if accepts(request, "application/json") && !browser => Ok(Shown::Data(Reply::ok(&notice)?)),
        Ok(notice) => Ok(Shown::Page(StatusCode::OK, form(&notice, token))),
    }
}

/// Show an emergency to whoever holds the link of a page.
///
/// A page with one button for browsers, or data with `Accept: application/json`. Looking records nothing.
#[utoipa::path(get, path = "/v1/public/pages/{token}", params(PageTokenPath), responses(
    (status = 200, content((String = "text/html"), (PageNotice = "application/json")))))]
async fn show(_: Public, path: Path<PageTokenPath>, request: HttpRequest, app: Data<Tickets>) -> Result<Shown, Problem> {
    shown(&request, notice(app.db.read(), &path.token).await, &path.token)
}

/// Take charge of an emergency by the link of a page.
///
/// All its pages are answered. When somebody has taken charge before, nothing changes.
#[utoipa::path(post, path = "/v1/public/pages/{token}/acknowledge", params(PageTokenPath), responses(
    (status = 200, content((String = "text/html"), (PageNotice = "application/json")))))]
async fn acknowledge(_: Public, path: Path<PageTokenPath>, request: HttpRequest, app: Data<Tickets>) -> Result<Shown, Problem> {
    let taken = take_charge(&app, &path.token).await;
    let found = match taken {
        Ok(()) => notice(app.db.read(), &path.token).await,
        Err(problem) => Err(problem),
    };
    shown(&request, found, &path.token)
}

/// Takes charge in the name of whoever was paged.
async fn take_charge(app: &Tickets, token: &str) -> Result<(), Problem> {
    let page = store::by_token(app.db.read(), &sha256(token.as_bytes())).await?;
    let name = match page.call.user {
        None => "Duty manager".to_owned(),
        Some(user) => {
            let roster = app.rules.rosters.current(app.db.read()).await?;
            roster.agents.get(&user).map_or_else(|| user.to_string(), |agent| agent.name.clone())
        }
    };
    let actor = Actor { kind: ActorKind::User, id: page.call.user.map_or(Uuid::nil(), Into::into), name };
    app.db.write_as(&actor, "page.acknowledge", async |tx| commands::acknowledge(tx, &app.rules, &page).await).await
}
