//! Reading a token request: which grant, which client, which scope. No look-up happens here.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use platform::problem::Problem;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::permission::Permissions;

/// The grant type of RFC 8693.
pub const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

/// What the types of RFC 8693 section 3 begin with.
const TOKEN_TYPE: &str = "urn:ietf:params:oauth:token-type:";

/// The type of the tokens that are issued.
pub const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// The form of a token request. Members the standard does not know are ignored, as it demands.
#[derive(Clone, Default, Deserialize, ToSchema)]
pub struct TokenForm {
    /// `client_credentials`, `refresh_token` or `urn:ietf:params:oauth:grant-type:token-exchange`.
    #[schema(max_length = 64, example = "client_credentials")]
    pub grant_type: Option<String>,
    /// The id of an API key, or `service:<name>`; may be left out with a whole API key as secret.
    #[schema(max_length = 128)]
    pub client_id: Option<String>,
    /// The whole API key (`lsn_live_...`), its secret part, or a service's secret.
    #[schema(max_length = 256)]
    pub client_secret: Option<String>,
    #[schema(max_length = 128)]
    pub refresh_token: Option<String>,
    /// Token exchange: a token of the trusted OpenID provider.
    #[schema(max_length = 16_384)]
    pub subject_token: Option<String>,
    /// Token exchange: `urn:ietf:params:oauth:token-type:` and `access_token`, `id_token` or `jwt`.
    #[schema(max_length = 64, example = "urn:ietf:params:oauth:token-type:id_token")]
    pub subject_token_type: Option<String>,
    /// Token exchange: only `urn:ietf:params:oauth:token-type:access_token` can be had.
    #[schema(max_length = 64)]
    pub requested_token_type: Option<String>,
    /// Token exchange: not accepted; nobody acts on another's behalf by exchange.
    #[schema(max_length = 16_384)]
    pub actor_token: Option<String>,
    /// Fewer permissions than granted, separated by spaces.
    #[schema(max_length = 8_192)]
    pub scope: Option<String>,
}

/// The form of a revocation request.
#[derive(Clone, Default, Deserialize, ToSchema)]
pub struct RevocationForm {
    /// A refresh token or a whole API key.
    #[schema(max_length = 65_536)]
    pub token: Option<String>,
    /// Not needed: tokens tell their kind by their prefix.
    #[schema(max_length = 64)]
    pub token_type_hint: Option<String>,
}

/// The refusals of RFC 6749 section 5.2 and RFC 7009 section 2.2.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OAuthError {
    InvalidRequest,
    InvalidClient,
    InvalidGrant,
    /// RFC 8693 section 2.2.2: a subject token that is invalid for any reason.
    InvalidSubjectToken,
    /// The subject token is good, and nobody here is linked to its subject.
    UnknownSubject,
    UnsupportedGrantType,
    InvalidScope,
    UnsupportedTokenType,
}

impl OAuthError {
    /// The standard's code.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest | Self::InvalidSubjectToken => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant | Self::UnknownSubject => "invalid_grant",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
            Self::UnsupportedTokenType => "unsupported_token_type",
        }
    }

    const fn detail(self) -> &'static str {
        match self {
            Self::InvalidRequest => "The form lacks a parameter, repeats one or cannot be read.",
            Self::InvalidClient => "The client is unknown, its secret is wrong, or it has expired or was revoked.",
            Self::InvalidGrant => "The refresh token is not valid, has expired, was used before or was revoked.",
            Self::InvalidSubjectToken => "The subject token is not one of the trusted issuer for this audience, or is not valid now.",
            Self::UnknownSubject => "No active user is linked to the subject of this token.",
            Self::UnsupportedGrantType => {
                "The grant types are client_credentials, refresh_token and, where an issuer is trusted, token exchange."
            }
            Self::InvalidScope => "The scope is malformed or goes beyond what was granted.",
            Self::UnsupportedTokenType => "Access tokens expire by themselves; revoke the session or the API key.",
        }
    }
}

impl From<OAuthError> for Problem {
    fn from(error: OAuthError) -> Self {
        let status = if error == OAuthError::InvalidClient { StatusCode::UNAUTHORIZED } else { StatusCode::BAD_REQUEST };
        let quoted = |text: &str| format!("\"{text}\"");
        let problem = Self::new(status, error.as_str(), error.detail())
            .with_fact("error", quoted(error.as_str()))
            .with_fact("error_description", quoted(error.detail()));
        match error {
            OAuthError::InvalidClient => problem.with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"liaison\"")),
            _ => problem,
        }
    }
}

/// Who a client says it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCredentials {
    pub id: Option<String>,
    pub secret: String,
}

/// What is asked for.
pub enum TokenRequest {
    ClientCredentials(ClientCredentials),
    Refresh(String),
    /// With the token of the trusted provider.
    Exchange(String),
}

/// Reads the request out of the form and the `Authorization` header.
///
/// # Errors
/// `invalid_request`, `invalid_client`, `unsupported_grant_type`.
pub fn read(form: TokenForm, authorization: Option<&str>) -> Result<TokenRequest, OAuthError> {
    match form.grant_type.as_deref() {
        None => Err(OAuthError::InvalidRequest),
        Some("client_credentials") => client(form, authorization).map(TokenRequest::ClientCredentials),
        Some("refresh_token") => form.refresh_token.map(TokenRequest::Refresh).ok_or(OAuthError::InvalidRequest),
        Some(TOKEN_EXCHANGE) => exchange(form).map(TokenRequest::Exchange),
        Some(_) => Err(OAuthError::UnsupportedGrantType),
    }
}

/// The subject token of an exchange (RFC 8693 section 2.1). All its types are signed the same way and judged alike.
fn exchange(form: TokenForm) -> Result<String, OAuthError> {
    let kind = |text: Option<String>| text.as_deref().and_then(|text| text.strip_prefix(TOKEN_TYPE)).map(str::to_owned);
    let wants_other = form.requested_token_type.is_some() && kind(form.requested_token_type).as_deref() != Some("access_token");
    let is_readable = matches!(kind(form.subject_token_type).as_deref(), Some("access_token" | "id_token" | "jwt"));
    if wants_other || !is_readable || form.actor_token.is_some() {
        return Err(OAuthError::InvalidRequest);
    }
    form.subject_token.filter(|token| !token.is_empty()).ok_or(OAuthError::InvalidRequest)
}

fn client(form: TokenForm, authorization: Option<&str>) -> Result<ClientCredentials, OAuthError> {
    match (authorization, form.client_secret) {
        // Section 2.3: a client must not use more than one way to authenticate.
        (Some(_), Some(_)) => Err(OAuthError::InvalidRequest),
        (Some(header), None) => basic(header).ok_or(OAuthError::InvalidClient),
        (None, Some(secret)) => Ok(ClientCredentials { id: form.client_id, secret }),
        (None, None) => Err(OAuthError::InvalidClient),
    }
}

/// HTTP Basic, whose two parts are form-encoded first (section 2.3.1).
fn basic(header: &str) -> Option<ClientCredentials> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    let id = form_decoded(id)?;
    Some(ClientCredentials { id: (!id.is_empty()).then_some(id), secret: form_decoded(secret)? })
}

fn form_decoded(text: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct One {
        part: String,
    }
    let query = format!("part={}", text.replace('&', "%26"));
    actix_web::web::Query::<One>::from_query(&query).ok().map(|one| one.into_inner().part)
}

/// The narrower scope that is asked for, if any.
///
/// # Errors
/// `invalid_scope`.
pub fn scope(text: Option<&str>) -> Result<Option<Permissions>, OAuthError> {
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else { return Ok(None) };
    let patterns: Vec<&str> = text.split_ascii_whitespace().collect();
    Permissions::parse(&patterns, "").map(Some).map_err(|_| OAuthError::InvalidScope)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(grant_type: &str, secret: Option<&str>) -> TokenForm {
        TokenForm {
            grant_type: Some(grant_type.into()),
            client_id: Some("id".into()),
            client_secret: secret.map(str::to_owned),
            ..TokenForm::default()
        }
    }

    fn error(form: TokenForm, authorization: Option<&str>) -> Option<OAuthError> {
        read(form, authorization).err()
    }

    #[test]
    fn each_refusal_has_the_standards_code() {
        assert_eq!(error(TokenForm::default(), None), Some(OAuthError::InvalidRequest));
        assert_eq!(error(form("password", None), None), Some(OAuthError::UnsupportedGrantType));
        assert_eq!(error(form("refresh_token", None), None), Some(OAuthError::InvalidRequest));
        assert_eq!(error(form("client_credentials", None), None), Some(OAuthError::InvalidClient));
        assert_eq!(error(form("client_credentials", Some("s")), Some("Basic aWQ6cw==")), Some(OAuthError::InvalidRequest));
        assert_eq!(error(form("client_credentials", None), Some("Bearer x")), Some(OAuthError::InvalidClient));
        let problem = Problem::from(OAuthError::InvalidClient);
        let body: serde_json::Value = serde_json::from_slice(&problem.body(None)).unwrap();
        assert_eq!(
            (problem.status().as_u16(), body["error"].as_str(), body["code"].as_str()),
            (401, Some("invalid_client"), Some("invalid_client"))
        );
    }

    #[test]
    fn basic_credentials_are_form_decoded() {
        let header = format!("Basic {}", STANDARD.encode("service%3Aorders:a%2Bb+c"));
        let Ok(TokenRequest::ClientCredentials(client)) = read(form("client_credentials", None), Some(&header)) else { panic!("refused") };
        assert_eq!(client, ClientCredentials { id: Some("service:orders".into()), secret: "a+b c".into() });
    }

    #[test]
    fn a_scope_is_patterns_or_nothing() {
        assert_eq!(scope(None).unwrap(), None);
        assert_eq!(scope(Some(" ")).unwrap(), None);
        assert_eq!(scope(Some("tickets:read  accounts:*")).unwrap().unwrap().scope(), "accounts:* tickets:read");
        assert_eq!(scope(Some("openid")), Err(OAuthError::InvalidScope));
    }
}
