//! The people of the demonstration. Their passwords are made at every load and shown once.

use identity::secret::Secret;
use serde_json::{Value, json};

use super::company::Company;
use crate::api::{Api, text};
use crate::compose::Failure;

/// Someone who can sign in.
pub(crate) struct Person {
    pub(crate) role: &'static str,
    pub(crate) email: &'static str,
    pub(crate) password: String,
}

/// Everyone who can sign in.
pub(crate) struct People {
    pub(crate) list: Vec<Person>,
}

impl People {
    /// The person with this role; every role of the day is there.
    pub(super) fn with(&self, role: &str) -> (&str, &str) {
        let found = self.list.iter().find(|person| person.role == role);
        found.map_or(("", ""), |person| (person.email, person.password.as_str()))
    }
}

pub(super) async fn load(api: &Api, company: &Company) -> Result<People, Failure> {
    let mut list = Vec::new();
    for (role, email, name) in [
        ("coordinator", "casey.coordinator@liaison.example", "Casey Coordinator"),
        ("billing", "bailey.billing@liaison.example", "Bailey Billing"),
        ("customer", company.contact_email, "Dana Reyes"),
    ] {
        let mut user = json!({"email": email, "name": name, "roles": [role]});
        if let (Some(members), "customer") = (user.as_object_mut(), role) {
            members.insert("accounts".to_owned(), json!([company.account]));
        }
        let password = password()?;
        settle(api, email, user, &password).await?;
        list.push(Person { role, email, password });
    }
    Ok(People { list })
}

/// Makes the user, or gives one who is there a new password.
async fn settle(api: &Api, email: &str, mut user: Value, password: &str) -> Result<(), Failure> {
    if let Some(row) = api.first(&format!("/v1/users?filter[email]={email}")).await? {
        let path = format!("/v1/users/{}/password", text(&row, "id")?);
        api.post(&path, &json!({ "password": password })).await?;
        return Ok(());
    }
    if let Some(members) = user.as_object_mut() {
        members.insert("password".to_owned(), json!(password));
    }
    api.post("/v1/users", &user).await?;
    Ok(())
}

/// 128 random bits, in hexadecimal.
fn password() -> Result<String, Failure> {
    let secret = Secret::generate().map_err(|error| Failure::Words(format!("no randomness: {error}")))?;
    Ok(secret.hexadecimal().chars().take(32).collect())
}
