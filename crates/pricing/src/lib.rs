//! Pricing: items, pricebooks, price resolution and quotes.

pub mod engine;
