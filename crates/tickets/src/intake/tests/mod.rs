pub(crate) mod bounces;
mod corpus;
pub(crate) mod desk;
mod mails;
mod resolver;
mod sending;
