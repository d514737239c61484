//! The edge of the deployment: what every request meets first, and, where services run apart, the way to them.
//!
//! [`edge`] is the same in the gateway process and in the embedded one: key exchange, limits, CORS, headers. [`proxy`]
//! forwards, [`document`] shows the merged API, and [`routes`] knows from the services' own documents what belongs to
//! whom. No business rule and no database lives here, and an identity header from outside is never believed.

pub mod document;
pub mod edge;
pub mod mount;
pub mod proxy;
pub mod routes;
#[cfg(test)]
mod tests;
