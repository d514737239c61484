mod actions;
mod desk;
mod identities;
mod reports;
mod tickets;
