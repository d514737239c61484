//! Creating and changing contacts and their roles. Roles change the contact's version.

use actix_web::web::{Data, Path};
use kernel::Fault;
use platform::bulk::{self, Bulk, BulkItems, BulkReport};
use platform::caller::Caller;
use platform::db::Tx;
use platform::etag::IfMatch;
use platform::operation::Operations;
use platform::operations;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::scope::RowScope;
use platform::stamp::Touch;
use platform::valid::Valid;

use super::{changed, shown};
use crate::access::WriteContacts;
use crate::account::wire::ExternalRefPath;
use crate::contact::model::{Contact, ContactRole};
use crate::contact::store;
use crate::contact::wire::{AddRole, ContactPath, ContactView, CreateContact, PatchContact, RolePath};
use crate::site::wire::EndOn;
use crate::{Accounts, account, site};

pub(super) fn operations() -> Operations {
    operations!["contacts"; create, create_many, upsert, patch, add_role, end_role]
}

/// Checks that a role's account and site exist for the caller.
async fn check_subject(tx: &Tx, scope: &RowScope, role: &ContactRole) -> Result<(), Problem> {
    account::store::find_named(tx, scope, role.account_id, "/account_id").await?;
    site::store::check_named(tx, scope, role.account_id, role.site_id.as_slice(), "/site_id").await
}

/// Inserts a new contact and its roles.
async fn insert(tx: &Tx, scope: &RowScope, command: CreateContact) -> Result<Reply, Problem> {
    let (contact, roles) = command.into_contact(Touch::of(tx))?;
    for role in &roles {
        check_subject(tx, scope, role).await?;
        role.check_overlap(&roles)?;
    }
    store::insert(tx, &contact).await?;
    store::insert_roles(tx, &roles).await?;
    tx.record(changed(tx, "contact.created", &contact, &roles).await?);
    let view = ContactView::of(&contact, &roles, scope);
    Ok(Reply::created(format!("/v1/contacts/{}", contact.id), &view)?.tagged(contact.stamp.version))
}

/// Create a contact, with its roles.
#[utoipa::path(post, path = "/v1/contacts", request_body = CreateContact, responses((status = 201, body = ContactView)))]
async fn create(caller: Caller<WriteContacts>, command: Valid<CreateContact>, app: Data<Accounts>) -> Result<Reply, Problem> {
    app.db.command(&caller, "contact.create", async |tx| insert(tx, caller.scope(), command.clone()).await).await
}

/// Create up to 500 contacts.
#[utoipa::path(post, path = "/v1/contacts/bulk", request_body = Bulk<CreateContact>, responses((status = 200, body = BulkReport)))]
async fn create_many(caller: Caller<WriteContacts>, items: BulkItems<CreateContact>, app: Data<Accounts>) -> Result<Reply, Problem> {
    bulk::run(&app.db, &caller, "contact.create_many", &items, async |tx, item| insert(tx, caller.scope(), item.clone()).await).await
}

/// Create or replace the contact that another system knows by a reference.
///
/// Roles are set only when the contact is created; afterwards they have operations of their own.
#[utoipa::path(put, path = "/v1/contacts/by-external-ref/{external_ref}", params(ExternalRefPath), request_body = CreateContact,
    responses((status = 200, body = ContactView), (status = 201, body = ContactView)))]
async fn upsert(
    caller: Caller<WriteContacts>,
    path: Path<ExternalRefPath>,
    command: Valid<CreateContact>,
    app: Data<Accounts>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "contact.upsert", async |tx| match store::by_external_ref(tx, &path.external_ref).await? {
            None => {
                let command = CreateContact { external_ref: Some(path.external_ref.clone()), ..command.clone() };
                insert(tx, caller.scope(), command).await
            }
            Some(known) => {
                let current = store::find(tx, caller.scope(), known.id).await?;
                let next = command.clone().into_patch().apply(current, Touch::of(tx))?;
                finish(tx, caller.scope(), &next, "contact.updated").await
            }
        })
        .await
}

/// The contact and all its roles, also those the caller cannot see: they count when roles are compared.
async fn gather(tx: &Tx, scope: &RowScope, path: &ContactPath, expected: IfMatch) -> Result<(Contact, Vec<ContactRole>), Problem> {
    let contact = store::find(tx, scope, path.contact_id).await?;
    expected.check(contact.stamp.version)?;
    let roles = store::roles(tx, &RowScope::All, &[contact.id.uuid()]).await?;
    Ok((contact, roles))
}

/// Saves the contact and answers with the roles the caller may see.
async fn finish(tx: &Tx, scope: &RowScope, next: &Contact, event: &'static str) -> Result<Reply, Problem> {
    store::save(tx, next).await?;
    let all = store::roles(tx, &RowScope::All, &[next.id.uuid()]).await?;
    tx.record(changed(tx, event, next, &all).await?);
    let visible = store::roles(tx, scope, &[next.id.uuid()]).await?;
    shown(next, &visible, scope)
}

/// Change a contact.
#[utoipa::path(patch, path = "/v1/contacts/{contact_id}", params(ContactPath), request_body = PatchContact, responses((status = 200, body = ContactView)))]
async fn patch(
    caller: Caller<WriteContacts>,
    path: Path<ContactPath>,
    expected: IfMatch,
    command: Valid<PatchContact>,
    app: Data<Accounts>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "contact.patch", async |tx| {
            let (current, _) = gather(tx, caller.scope(), &path, expected).await?;
            let next = command.clone().apply(current, Touch::of(tx))?;
            finish(tx, caller.scope(), &next, "contact.updated").await
        })
        .await
}

/// Give a contact a role on an account or site.
#[utoipa::path(post, path = "/v1/contacts/{contact_id}/roles", params(ContactPath), request_body = AddRole, responses((status = 200, body = ContactView)))]
async fn add_role(
    caller: Caller<WriteContacts>,
    path: Path<ContactPath>,
    expected: IfMatch,
    command: Valid<AddRole>,
    app: Data<Accounts>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "contact.add_role", async |tx| {
            let (current, roles) = gather(tx, caller.scope(), &path, expected).await?;
            let role = command.clone().into_role(current.id)?;
            check_subject(tx, caller.scope(), &role).await?;
            role.check_overlap(&roles)?;
            store::insert_roles(tx, std::slice::from_ref(&role)).await?;
            finish(tx, caller.scope(), &current.touched(Touch::of(tx)), "contact.role_added").await
        })
        .await
}

/// End a role of a contact.
#[utoipa::path(post, path = "/v1/contacts/{contact_id}/roles/{role_id}/end", params(RolePath), request_body = EndOn, responses((status = 200, body = ContactView)))]
async fn end_role(
    caller: Caller<WriteContacts>,
    path: Path<RolePath>,
    expected: IfMatch,
    command: Valid<EndOn>,
    app: Data<Accounts>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "contact.end_role", async |tx| {
            let contact = ContactPath { contact_id: path.contact_id };
            let (current, _) = gather(tx, caller.scope(), &contact, expected).await?;
            let visible = store::roles(tx, caller.scope(), &[current.id.uuid()]).await?;
            let role = visible.into_iter().find(|role| role.id == path.role_id).ok_or_else(|| Fault::not_found("contact role"))?;
            store::save_role(tx, &role.ended(command.on)?).await?;
            finish(tx, caller.scope(), &current.touched(Touch::of(tx)), "contact.role_ended").await
        })
        .await
}
