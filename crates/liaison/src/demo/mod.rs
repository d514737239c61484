//! The demonstration company: deterministic data loaded through the public API, and the commands of a coordinator's day.
//!
//! Loading twice changes nothing but the passwords, which are made anew and shown once. Nothing here reaches around the
//! API, so what is loaded here any caller could load.

mod company;
mod day;
mod people;

use crate::compose::Failure;

use crate::api::Api;

/// What was loaded, for those who try it.
pub(crate) struct Loaded {
    people: people::People,
    company: company::Company,
}

/// Loads the company into the deployment at `url` with an operator's token.
pub(crate) async fn load(url: &str, token: &str) -> Result<Loaded, Failure> {
    let api = Api::new(url, token);
    let company = company::load(&api).await?;
    let people = people::load(&api, &company).await?;
    Ok(Loaded { people, company })
}

impl Loaded {
    /// Who can sign in, a line each.
    pub(crate) fn credentials(&self) -> Vec<String> {
        self.people.list.iter().map(|person| format!("{:<18} {:<36} {}", person.role, person.email, person.password)).collect()
    }

    /// The day as a shell script.
    pub(crate) fn day(&self, url: &str) -> String {
        day::script(url, &self.people, &self.company)
    }
}
