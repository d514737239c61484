mod bounces;
mod corpus;
mod desk;
mod mails;
mod resolver;
mod sending;
mod smtp;
