//! The tickets service.
pub mod access;
pub mod obligation;
pub mod stamp;
pub mod vocabulary;
