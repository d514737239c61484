//! The form as a page: plain HTML that needs no script, loads nothing and can be used by keyboard and screen reader.
//!
//! Everything that comes from outside is escaped here. The page's one style is named by its hash, so that the policy it is
//! sent with admits nothing else.

use std::sync::LazyLock;

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, Responder};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use platform::reply::Reply;
use sha2::{Digest, Sha256};

const STYLE: &str = "body{font-family:system-ui,sans-serif;line-height:1.5;max-width:36rem;margin:2rem auto;padding:0 1rem;\
    color:#1a1a1a;background:#fff}fieldset{border:1px solid #767676;border-radius:.5rem;padding:1rem;margin:0 0 1rem}\
    legend{font-weight:600;padding:0 .5rem}label{display:block;padding:.35rem 0}textarea{display:block;width:100%;box-sizing:border-box;\
    font:inherit}button{font:inherit;padding:.6rem 1.4rem;border:0;border-radius:.5rem;color:#fff;background:#0b57a4}\
    [role=alert]{border-left:.3rem solid #b00020;padding:.5rem 1rem}";

/// What each score means.
const SCORES: [(i16, &str); 5] = [(1, "very dissatisfied"), (2, "dissatisfied"), (3, "neither"), (4, "satisfied"), (5, "very satisfied")];

static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = STANDARD.encode(Sha256::digest(STYLE));
    format!("default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
});

/// What whoever holds a link is shown: a page, or data for a program.
pub(crate) enum Shown {
    Page(StatusCode, String),
    Data(Reply),
}

impl Responder for Shown {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let mut response = match self {
            Self::Page(status, page) => HttpResponse::build(status).content_type("text/html; charset=utf-8").body(page),
            Self::Data(reply) => reply.respond_to(request),
        };
        let headers = response.headers_mut();
        // The address of this page is its key: nobody keeps it, passes it on or finds it.
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(header::HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex, nofollow"));
        if let Ok(policy) = HeaderValue::from_str(&POLICY) {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        response
    }
}

/// What the form shows.
pub(super) struct Form<'a> {
    pub(super) language: &'a str,
    pub(super) reference: &'a str,
    pub(super) question: &'a str,
    pub(super) score: Option<i16>,
    pub(super) comment: Option<&'a str>,
    /// What was wrong with what was sent.
    pub(super) fault: Option<&'a str>,
}

impl Form<'_> {
    /// The page with the form.
    pub(super) fn page(&self) -> String {
        let alert = self.fault.map(|fault| format!("<p role=\"alert\">{}</p>", escape(fault))).unwrap_or_default();
        let choices: String = SCORES.iter().map(|(score, meaning)| self.choice(*score, meaning)).collect();
        let comment = escape(self.comment.unwrap_or_default());
        let (question, reference) = (escape(self.question), escape(self.reference));
        let main = format!(
            "<h1>Your request {reference}</h1>{alert}<form method=\"post\"><fieldset><legend>{question}</legend>{choices}</fieldset>\
             <label for=\"comment\">Anything you would like to tell us (optional)</label>\
             <textarea id=\"comment\" name=\"comment\" rows=\"5\" maxlength=\"2000\">{comment}</textarea>\
             <p><button type=\"submit\">Send</button></p></form>"
        );
        whole(self.language, self.question, &main)
    }

    fn choice(&self, score: i16, meaning: &str) -> String {
        let checked = if self.score == Some(score) { " checked" } else { "" };
        format!("<label><input type=\"radio\" name=\"score\" value=\"{score}\" required{checked}> {score} \u{2013} {meaning}</label>")
    }
}

/// A page that says one thing.
pub(crate) fn note(language: &str, text: &str) -> String {
    whole(language, text, &format!("<h1>{}</h1>", escape(text)))
}

/// A whole page around its main part, which is markup already.
pub(crate) fn whole(language: &str, title: &str, main: &str) -> String {
    let (language, title) = (escape(language), escape(title));
    format!(
        "<!doctype html><html lang=\"{language}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"robots\" content=\"noindex\">\
         <title>{title}</title><style>{STYLE}</style></head><body><main>{main}</main></body></html>"
    )
}

/// Text as it stands between tags and inside quoted attributes.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for one in text.chars() {
        match one {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            one => escaped.push(one),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_becomes_markup() {
        let evil = "\"><script>alert('x')</script>&";
        let form = Form { language: evil, reference: evil, question: evil, score: Some(2), comment: Some(evil), fault: Some(evil) }.page();
        assert!(!form.contains("<script"), "{form}");
        assert!(form.contains("value=\"2\" required checked") && form.matches("type=\"radio\"").count() == 5);
        assert!(!note("en", evil).contains("<script"));
        assert!(POLICY.contains("sha256-") && !POLICY.contains("unsafe"));
    }
}
