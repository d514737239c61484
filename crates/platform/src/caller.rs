//! Who is asking and whether they may: the first argument of every handler.
//!
//! `Caller<P>` verifies the bearer token, demands the permission `P` and brings the row scope. Because the permission is
//! part of the handler's type, the API document and the route registration read it from there, and an operation that
//! states neither a permission nor [`Public`] does not compile.

use std::marker::PhantomData;
use std::rc::Rc;

use actix_web::dev::Payload;
use actix_web::http::{StatusCode, header};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use futures_util::future::LocalBoxFuture;
use kernel::words;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::authority::Authority;
use crate::problem::Problem;
use crate::request::RequestContext;
use crate::scope::RowScope;

/// One right, `resource:action`; a marker type made by [`permissions!`](crate::permissions).
pub trait Permission: 'static {
    const NAME: &'static str;
}

/// Declares marker types for permissions: `permissions! { pub ResolveTickets = "tickets:resolve"; }`.
#[macro_export]
macro_rules! permissions {
    ($($(#[$doc:meta])* $visibility:vis $name:ident = $text:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        $visibility struct $name;

        impl $crate::caller::Permission for $name {
            const NAME: &'static str = $text;
        }
    )+};
}

/// What an access token says (RFC 9068). Absent `branches` means all of them; `accounts` is present for portal customers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Claims {
    pub iss: String,
    pub aud: String,
    pub sub: Uuid,
    /// Session, API key or refresh family; revocation names it.
    pub sid: Uuid,
    pub iat: i64,
    pub nbf: i64,
    pub exp: i64,
    pub jti: Uuid,
    /// Permission patterns separated by spaces; `*` stands for any resource or any action.
    pub scope: String,
    pub kind: ActorKind,
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branches: Option<Vec<Uuid>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accounts: Option<Vec<Uuid>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sites: Option<Vec<Uuid>>,
}

impl Claims {
    /// True when a pattern of the token's scope covers `permission`.
    #[must_use]
    pub fn allow(&self, permission: &str) -> bool {
        self.scope.split_ascii_whitespace().any(|pattern| covers(pattern, permission))
    }
}

/// True when `pattern` (`tickets:*`, `*:read`, `*:*`) covers `permission`.
#[must_use]
pub fn covers(pattern: &str, permission: &str) -> bool {
    let (Some((resources, actions)), Some((resource, action))) = (pattern.split_once(':'), permission.split_once(':')) else {
        return false;
    };
    (resources == "*" || resources == resource) && (actions == "*" || actions == action)
}

words! {
    /// What kind of principal acts.
    pub enum ActorKind {
        User = "user",
        Key = "key",
        Service = "service",
        Customer = "customer",
        /// Liaison itself: a timer, a relay, an import at start.
        System = "system",
    }
}

/// Who did something, as audit and events name them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Actor {
    pub kind: ActorKind,
    pub id: Uuid,
    pub name: String,
}

impl Actor {
    /// Liaison itself.
    #[must_use]
    pub fn system(name: &str) -> Self {
        Self { kind: ActorKind::System, id: Uuid::nil(), name: name.to_owned() }
    }

    /// True for a person, whether staff or customer; automation and services are not.
    #[must_use]
    pub fn is_human(&self) -> bool {
        matches!(self.kind, ActorKind::User | ActorKind::Customer)
    }
}

/// A verified token with its expanded row scope; shared by the requests of one token.
#[derive(Debug)]
pub struct Identity {
    pub claims: Claims,
    pub actor: Actor,
    pub scope: RowScope,
}

/// The caller of an operation, who holds the permission `P`.
pub struct Caller<P> {
    identity: Rc<Identity>,
    context: Rc<RequestContext>,
    permission: PhantomData<P>,
}

/// A caller whom nothing names: no line of the access log, no record of a refusal, and what is done goes through
/// [`Db::unnamed_command`](crate::db::Db::unnamed_command).
pub struct Unnamed<P>(Caller<P>);

impl<P> Unnamed<P> {
    #[must_use]
    pub fn scope(&self) -> &RowScope {
        self.0.scope()
    }

    /// For what is kept apart, under a permission of its own.
    #[must_use]
    pub fn actor(&self) -> &Actor {
        self.0.actor()
    }

    pub(crate) fn context(&self) -> &RequestContext {
        self.0.context()
    }
}

impl<P> Caller<P> {
    #[must_use]
    pub fn scope(&self) -> &RowScope {
        &self.identity.scope
    }

    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.identity.actor
    }

    #[must_use]
    pub fn claims(&self) -> &Claims {
        &self.identity.claims
    }

    #[must_use]
    pub fn context(&self) -> &RequestContext {
        &self.context
    }

    /// True when the caller also holds another permission.
    #[must_use]
    pub fn may<Q: Permission>(&self) -> bool {
        self.identity.claims.allow(Q::NAME)
    }

    /// Demands another permission, for an option inside an operation.
    ///
    /// # Errors
    /// 403 `missing_permission`.
    pub fn demand<Q: Permission>(&self) -> Result<(), Problem> {
        if self.may::<Q>() { Ok(()) } else { Err(missing(Q::NAME)) }
    }
}

fn missing(permission: &'static str) -> Problem {
    let detail = format!("This needs the permission {permission}.");
    Problem::new(StatusCode::FORBIDDEN, "missing_permission", detail).with_fact("required", format!("[\"{permission}\"]"))
}

/// The first argument of an operation that needs no token, such as a health check or a login.
pub struct Public {
    context: Rc<RequestContext>,
}

impl Public {
    #[must_use]
    pub fn context(&self) -> &RequestContext {
        &self.context
    }
}

/// What the first argument of a handler says about access.
pub trait Guard {
    /// The permission, or none for a public operation.
    const PERMISSION: Option<&'static str>;
}

impl<P: Permission> Guard for Caller<P> {
    const PERMISSION: Option<&'static str> = Some(P::NAME);
}

impl<P: Permission> Guard for Unnamed<P> {
    const PERMISSION: Option<&'static str> = Some(P::NAME);
}

impl Guard for Public {
    const PERMISSION: Option<&'static str> = None;
}

/// The request's context; present wherever [`crate::request::context`] is installed.
pub(crate) fn context_of(request: &HttpRequest) -> Result<Rc<RequestContext>, Problem> {
    request.extensions().get::<Rc<RequestContext>>().cloned().ok_or_else(|| Problem::internal("the request middleware is not installed"))
}

impl FromRequest for Public {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(context_of(request).map(|context| Self { context }))
    }
}

impl<P: Permission> Caller<P> {
    /// Whoever sends the request, if they hold `P`; a refusal is audited under their name only when they are `named`.
    async fn of(request: &HttpRequest, named: bool) -> Result<Self, Problem> {
        let context = context_of(request)?;
        let authority = request.app_data::<Data<Authority>>().ok_or_else(|| Problem::internal("no authority is configured"))?;
        let identity = authority.identify(bearer(request)?).await?;
        if named {
            *context.actor.borrow_mut() = Some(format!("{}:{}", identity.actor.kind.as_str(), identity.actor.id));
        }
        if !identity.claims.allow(P::NAME) {
            authority.denied(named.then_some(&identity.actor), &context, P::NAME);
            return Err(missing(P::NAME));
        }
        Ok(Self { identity, context, permission: PhantomData })
    }
}

impl<P: Permission> FromRequest for Caller<P> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { Self::of(&request, true).await })
    }
}

impl<P: Permission> FromRequest for Unnamed<P> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { Caller::of(&request, false).await.map(Self) })
    }
}

fn bearer(request: &HttpRequest) -> Result<&str, Problem> {
    let unauthenticated = || Problem::unauthorized("unauthenticated", "Send an access token: Authorization: Bearer <token>.");
    let value = request.headers().get(header::AUTHORIZATION).ok_or_else(unauthenticated)?;
    let text = value.to_str().map_err(|_| unauthenticated())?;
    let (scheme, token) = text.split_once(' ').ok_or_else(unauthenticated)?;
    if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() {
        return Err(unauthenticated());
    }
    Ok(token.trim())
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn patterns_cover_whole_resources_or_actions() {
        assert!(covers("tickets:*", "tickets:resolve"));
        assert!(covers("*:read", "orders:read"));
        assert!(covers("*:*", "users:write"));
        assert!(!covers("tickets:read", "tickets:resolve"));
        assert!(!covers("ticket:*", "tickets:read"));
        assert!(!covers("tickets", "tickets:read"));
    }
}
