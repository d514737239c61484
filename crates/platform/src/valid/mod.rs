//! A request body that has been checked in full: strict JSON, the type's own API schema, then its semantic rules.
//!
//! The schema that documents a type is the schema that is enforced, so that the document cannot promise what the code
//! does not do, and all faults of a body are reported at once with their JSON pointers. No business rule lives here.

mod json;
mod schema;
#[cfg(test)]
mod tests;

use std::any::TypeId;
use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Deref;
use std::rc::Rc;

use actix_web::dev::Payload;
use actix_web::http::{StatusCode, header};
use actix_web::{FromRequest, HttpRequest};
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use kernel::{Fault, FieldFault};
use serde::de::DeserializeOwned;
use serde_json::Value;
use utoipa::ToSchema;
use validator::{Validate, ValidationErrors, ValidationErrorsKind};

use crate::caller::context_of;
use crate::problem::Problem;

pub use json::parse as parse_strict;
pub use schema::Shape;

/// The largest JSON body, in bytes.
pub const MAX_BODY: usize = 1 << 20;

/// A body of type `T`, valid.
#[derive(Debug)]
pub struct Valid<T>(T);

impl<T> Valid<T> {
    #[must_use]
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Valid<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

thread_local! {
    static SHAPES: RefCell<HashMap<TypeId, Rc<Shape>>> = RefCell::new(HashMap::new());
}

fn shape<T: ToSchema + 'static>() -> Rc<Shape> {
    SHAPES.with_borrow_mut(|shapes| Rc::clone(shapes.entry(TypeId::of::<T>()).or_insert_with(|| Rc::new(Shape::of::<T>()))))
}

/// Checks a parsed document against `T`'s schema and rules.
///
/// # Errors
/// 422 `validation_failed` with every fault.
pub fn check<T: DeserializeOwned + ToSchema + Validate + 'static>(document: &Value) -> Result<T, Fault> {
    let mut faults = Vec::new();
    shape::<T>().check(document, &mut faults);
    if !faults.is_empty() {
        return Err(failed(faults));
    }
    let value = T::deserialize(document).map_err(|error| failed(vec![residual(&error)]))?;
    value.validate().map_err(|errors| {
        let mut faults = Vec::new();
        collect(&errors, "", &mut faults);
        failed(faults)
    })?;
    Ok(value)
}

fn failed(mut errors: Vec<FieldFault>) -> Fault {
    errors.sort_by(|one, other| one.pointer.cmp(&other.pointer));
    errors
        .into_iter()
        .fold(Fault::invalid("validation_failed", "The request body has invalid fields."), |fault, error| fault.and_fault(error))
}

fn residual(error: &serde_json::Error) -> FieldFault {
    FieldFault { pointer: String::new(), code: "invalid_value".into(), message: error.to_string() }
}

fn collect(errors: &ValidationErrors, pointer: &str, faults: &mut Vec<FieldFault>) {
    for (field, kind) in errors.errors() {
        let place = if field == "__all__" { pointer.to_owned() } else { format!("{pointer}/{field}") };
        match kind {
            ValidationErrorsKind::Struct(nested) => collect(nested, &place, faults),
            ValidationErrorsKind::List(items) => {
                for (index, nested) in items {
                    collect(nested, &format!("{place}/{index}"), faults);
                }
            }
            ValidationErrorsKind::Field(list) => faults.extend(list.iter().map(|error| FieldFault {
                pointer: place.clone(),
                code: error.code.clone(),
                message: error.message.as_ref().map_or_else(|| format!("Breaks the rule {}.", error.code), ToString::to_string),
            })),
        }
    }
}

impl<T: DeserializeOwned + ToSchema + Validate + 'static> FromRequest for Valid<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let payload = payload.take();
        Box::pin(async move {
            let context = context_of(&request)?;
            demand_json(&request)?;
            let bytes = read(payload, MAX_BODY).await?;
            let document = json::parse(&bytes)?;
            if context.idempotency_key.is_some() {
                context.fingerprint.set(Some(json::fingerprint(&context.target, &document)));
            }
            Ok(Self(check::<T>(&document)?))
        })
    }
}

fn demand_json(request: &HttpRequest) -> Result<(), Problem> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") || essence.eq_ignore_ascii_case("application/merge-patch+json") {
        return Ok(());
    }
    Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", "Send the body as application/json."))
}

/// Reads a whole body of at most `limit` bytes.
///
/// # Errors
/// 413 `body_too_large`; 400 when the connection breaks off.
pub async fn read(mut payload: Payload, limit: usize) -> Result<Vec<u8>, Problem> {
    let mut body = Vec::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "incomplete_body", "The request body broke off."))?;
        if body.len() + chunk.len() > limit {
            let detail = format!("The request body may have at most {limit} bytes.");
            return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
