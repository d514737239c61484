mod corpus;
mod mails;
mod resolver;
