//! The body of an answer: JSON from programs, a form from browsers.
//!
//! Both are checked against the same schema. What is wrong with a form is for the page to say, so that nobody has to read a
//! problem document.

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::web::Query;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use kernel::Fault;
use platform::problem::Problem;
use platform::valid::{Valid, check, read};
use serde_json::{Map, Value};

use super::wire::AnswerSurvey;

/// The largest form, in bytes.
const MAX_FORM: usize = 64 * 1024;

/// What was sent, and how the sender wants to be answered.
pub(super) enum Submitted {
    Program(AnswerSurvey),
    Browser(Result<AnswerSurvey, Fault>),
}

impl FromRequest for Submitted {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let essence = kind.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            let document = Valid::<AnswerSurvey>::from_request(request, payload);
            return Box::pin(async move { Ok(Self::Program(document.await?.into_inner())) });
        }
        let payload = payload.take();
        Box::pin(async move { Ok(Self::Browser(form(&read(payload, MAX_FORM).await?))) })
    }
}

/// Reads a form as if it were a document.
fn form(body: &[u8]) -> Result<AnswerSurvey, Fault> {
    let unreadable = || Fault::invalid("validation_failed", "The form cannot be read.");
    let text = std::str::from_utf8(body).map_err(|_| unreadable())?;
    let members = Query::<Vec<(String, String)>>::from_query(text).map_err(|_| unreadable())?.into_inner();
    let mut document = Map::new();
    for (name, value) in members.into_iter().filter(|(_, value)| !value.trim().is_empty()) {
        let number = value.parse::<i16>().ok().filter(|_| name == "score");
        document.insert(name, number.map_or_else(|| Value::String(value.replace('\r', "")), Value::from));
    }
    check(&Value::Object(document))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_as_strictly_as_a_document() {
        let read = form(b"score=4&comment=Thank+you%21%0D%0ABye").unwrap();
        assert_eq!((read.score, read.comment.as_deref()), (4, Some("Thank you!\nBye")));
        assert_eq!(form(b"score=4&comment=").unwrap().comment, None);
        for wrong in [&b"comment=x"[..], b"score=6", b"score=four", b"score=4&colour=red", b"\xff"] {
            assert_eq!(form(wrong).unwrap_err().code, "validation_failed", "{wrong:?}");
        }
    }
}
