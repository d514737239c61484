//! Files: what came with mail, and what people add to what they write.
//!
//! A content is stored once, under its hash, in pieces that are written and read one by one: a file that is sent here or handed
//! out is never in memory whole, only a mail is. What a file is, its content says. A verdict is about a content: it holds for
//! every file that has it, now and later, and a blocked one is never handed out.

pub(crate) mod content;
pub(crate) mod entity;
pub(crate) mod files;
pub(crate) mod http;
pub(crate) mod migration;
pub(crate) mod model;
mod range;
pub(crate) mod store;
pub(crate) mod sweeper;
#[cfg(test)]
mod tests;
pub(crate) mod upload;
