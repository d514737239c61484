mod lifecycle;
mod prices;
mod rules;
