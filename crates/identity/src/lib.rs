//! Who may sign in, and what they may do: users, roles, API keys, sessions, tokens and the keys that sign them.
pub mod email;
pub mod password;
pub mod permission;
pub mod seal;
pub mod secret;
pub mod throttle {
    pub mod model;
}
pub mod api_keys {
    pub mod format;
}
pub mod sessions {
    pub mod refresh;
}
pub mod signing_keys {
    pub mod model;
}
