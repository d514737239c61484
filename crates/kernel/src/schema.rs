//! How the vocabulary's types appear in the API document, said once so that no view repeats it.

use std::borrow::Cow;

use utoipa::openapi::schema::{ObjectBuilder, SchemaFormat, SchemaType, Type};
use utoipa::openapi::{KnownFormat, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::decimal::{Decimal, FxRate, Quantity, Rate, UnitPrice};
use crate::money::{Currency, Money};
use crate::terms::PaymentTerms;

/// A string schema with a pattern and an example.
fn text(description: &str, pattern: &str, example: &str) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(SchemaType::new(Type::String))
        .description(Some(description))
        .pattern(Some(pattern))
        .max_length(Some(40))
        .examples([example])
        .into()
}

/// The schema of an identifier.
pub(crate) fn uuid(noun: &str) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(SchemaType::new(Type::String))
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
        .description(Some(format!("Identifier of one {noun} (UUIDv7).")))
        .examples(["01999c3e-5c1c-7a3f-9d38-6f0f5d1c2b4a"])
        .into()
}

macro_rules! text_schema {
    ($($name:ident: $description:literal, $pattern:literal, $example:literal;)+) => {$(
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                text($description, $pattern, $example)
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }
        }
    )+};
}

text_schema! {
    Decimal: "A decimal as a string: digits, an optional minus sign and point.", r"^-?[0-9]{1,30}(\.[0-9]{1,18})?$", "12.50";
    UnitPrice: "Price of one unit in the document's currency, up to six decimals.", r"^-?[0-9]{1,13}(\.[0-9]{1,6}0*)?$", "172.50";
    Quantity: "A quantity of up to four decimals.", r"^-?[0-9]{1,15}(\.[0-9]{1,4}0*)?$", "12";
    Rate: "A ratio of up to six decimals; 8.875 % is 0.08875.", r"^-?[0-9]{1,13}(\.[0-9]{1,6}0*)?$", "0.08875";
    FxRate: "An exchange rate of up to eight decimals.", r"^[0-9]{1,10}(\.[0-9]{1,8}0*)?$", "1.3625";
    Money: "An amount in the document's currency, with the currency's own number of decimals.", r"^-?[0-9]{1,19}(\.[0-9]{1,4})?$", "32.83";
    PaymentTerms: "Terms of payment: so many days net, after the end of the month, or on a day of the next month (with its cut-off day).", "^((net|eom)_?[0-9]{1,3}|prox_?(0?[1-9]|[12][0-9]|3[01])(/(0?[1-9]|[12][0-9]|3[01]))?)$", "net30";
    Currency: "An ISO 4217 currency code.", "^[A-Z]{3}$", "USD";
}
