//! Entity tags and preconditions: strong tags made from a row's version, If-Match on writes, If-None-Match on reads.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap};
use actix_web::{FromRequest, HttpRequest};
use kernel::Fault;

use crate::problem::Problem;

/// The tag of a version: `"v7"`.
#[must_use]
pub fn tag(version: i64) -> String {
    format!("\"v{version}\"")
}

/// The version the caller decided on; required (428 without it). `*` accepts whichever version there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IfMatch(Expected);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    Any,
    Version(i64),
    /// A tag that no version of ours has.
    Foreign,
}

impl IfMatch {
    /// # Errors
    /// 412 `stale_version` when the stored version is another.
    pub fn check(self, version: i64) -> Result<(), Fault> {
        match self.0 {
            Expected::Any => Ok(()),
            Expected::Version(expected) if expected == version => Ok(()),
            Expected::Version(_) | Expected::Foreign => Err(Fault::stale()),
        }
    }

    fn read(headers: &HeaderMap) -> Result<Self, Problem> {
        let Some(value) = headers.get(header::IF_MATCH) else {
            let detail = "Send If-Match with the ETag you read, so that a change made meanwhile is not overwritten.";
            return Err(Problem::new(StatusCode::PRECONDITION_REQUIRED, "if_match_required", detail));
        };
        let text = value.to_str().unwrap_or_default().trim();
        if text == "*" {
            return Ok(Self(Expected::Any));
        }
        Ok(Self(version_in(text).map_or(Expected::Foreign, Expected::Version)))
    }
}

fn version_in(tag: &str) -> Option<i64> {
    tag.strip_prefix("\"v")?.strip_suffix('"')?.parse().ok()
}

impl FromRequest for IfMatch {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::read(request.headers()))
    }
}

/// True when `If-None-Match` names this tag, so that a read may answer 304.
#[must_use]
pub fn not_modified(headers: &HeaderMap, tag: &str) -> bool {
    headers
        .get_all(header::IF_NONE_MATCH)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|candidate| candidate == "*" || candidate.trim_start_matches("W/") == tag)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn with(value: &'static str) -> IfMatch {
        let mut headers = HeaderMap::new();
        headers.insert(header::IF_MATCH, HeaderValue::from_static(value));
        IfMatch::read(&headers).unwrap()
    }

    #[test]
    fn only_the_stored_version_matches() {
        assert!(with("\"v3\"").check(3).is_ok());
        assert!(with("*").check(3).is_ok());
        for other in ["\"v2\"", "v3", "W/\"v3\"", "\"\"", "junk"] {
            assert_eq!(with(other).check(3).unwrap_err().code, "stale_version", "{other}");
        }
        assert_eq!(IfMatch::read(&HeaderMap::new()).unwrap_err().status(), StatusCode::PRECONDITION_REQUIRED);
    }
}
