//! Making the first administrator.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use kernel::Fault;
use platform::caller::Public;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::valid::Valid;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::{PREFIX, store};
use crate::directory::Directory;
use crate::email::Email;
use crate::entitlement::Access;
use crate::roles::model::ADMIN;
use crate::secret::Secret;
use crate::users::{Creation, NewUser, UserView, create_user, display_name};

/// The first administrator.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct Bootstrap {
    /// What the first start printed.
    #[schema(min_length = 1, max_length = 200)]
    token: String,
    #[schema(min_length = 3, max_length = 254, example = "ada@example.com")]
    email: String,
    #[schema(min_length = 1, max_length = 200, example = "Ada Lovelace")]
    name: String,
    /// At least twelve characters.
    #[schema(min_length = 1, max_length = 128, format = Password)]
    password: String,
}

impl Bootstrap {
    fn administrator(&self) -> Result<NewUser, Fault> {
        Ok(NewUser {
            external_ref: None,
            external_identity: None,
            email: Email::parse(&self.email, "/email")?,
            name: display_name(&self.name, "/name")?,
            roles: vec![ADMIN.to_owned()],
            access: Access::default(),
            password: Some(self.password.clone()),
        })
    }
}

/// Make the first administrator.
///
/// Works once, with the token that the first start printed.
#[utoipa::path(post, path = "/v1/bootstrap", operation_id = "bootstrap.redeem", request_body = Bootstrap, responses((status = 201, description = "The administrator.", body = UserView), (status = 401, description = "The token is not the one that was printed.", content_type = "application/problem+json")))]
pub(crate) async fn bootstrap(_public: Public, command: Valid<Bootstrap>, app: Data<Directory>) -> Result<Reply, Problem> {
    if store::is_used(app.db.read()).await? {
        return Err(used());
    }
    let token = command.token.strip_prefix(PREFIX).and_then(Secret::from_base64).ok_or_else(wrong)?;
    if !store::is_right(app.db.read(), &token).await? {
        return Err(wrong());
    }
    let user = command.administrator()?.prepared(&app, app.clock.now()).await?;
    app.db
        .write("bootstrap.redeem", async |tx| {
            if !store::redeem(tx, &token, app.wall.now()).await? {
                return Err(used());
            }
            create_user(tx, &user, Creation::First).await?;
            Ok(Reply::created(format!("/v1/users/{}", user.id), &UserView::from(&user))?.tagged(user.version))
        })
        .await
}

fn used() -> Problem {
    Fault::conflict("bootstrap_used", "The first administrator was made already.").into()
}

fn wrong() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "invalid_bootstrap_token", "This is not the token that the first start printed.")
}
