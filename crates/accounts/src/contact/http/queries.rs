//! Reading contacts; looking one up by e-mail address is how intake recognises a sender.

use actix_web::web::{Data, Path};
use platform::caller::Caller;
use platform::operation::Operations;
use platform::operations;
use platform::page::{Field, Filter, Kind, ListSpec, Listing, Op, Page, Scalar};
use platform::problem::Problem;
use platform::reply::Reply;
use sea_orm::{ColumnTrait, Condition, QueryFilter};
use uuid::Uuid;

use super::shown;
use crate::access::ReadContacts;
use crate::contact::entity::{Column, Entity};
use crate::contact::store;
use crate::contact::wire::{ContactPath, ContactView};
use crate::{Accounts, search};

pub(super) fn operations() -> Operations {
    operations!["contacts"; list, fetch]
}

/// What the list of contacts can be asked for. Addresses and numbers are compared as they are stored, so their case and
/// separators do not matter.
pub(crate) struct ContactList;

const EMAIL: &str = "email";
const PHONE: &str = "phone";
const ACCOUNT: &str = "account_id";
const SITE: &str = "site_id";

impl ListSpec for ContactList {
    type Entity = Entity;
    type View = ContactView;
    const FIELDS: &'static [Field<Column>] = &[
        Field::external(EMAIL, Kind::Text),
        Field::external(PHONE, Kind::Text),
        Field::external(ACCOUNT, Kind::Uuid),
        Field::external(SITE, Kind::Uuid),
        Field::text("name", Column::Name).sortable(),
        Field::boolean("active", Column::Active),
        Field::text("external_ref", Column::ExternalRef).nullable(),
        Field::instant("updated_at", Column::UpdatedAt).sortable(),
    ];
    const DEFAULT_SORT: &'static str = "-id";
    const SEARCH: bool = true;
}

/// List contacts.
///
/// `q` finds words of the name and the e-mail address.
#[utoipa::path(get, path = "/v1/contacts", params(Listing<ContactList>), responses((status = 200, body = Page<ContactView>)))]
async fn list(caller: Caller<ReadContacts>, listing: Listing<ContactList>, app: Data<Accounts>) -> Result<Reply, Problem> {
    let mut contacts = store::visible(caller.scope()).filter(condition(&listing));
    if let Some(text) = listing.search() {
        contacts = contacts.filter(search::CONTACTS.matching(app.db.backend(), text));
    }
    let page = listing.page(app.db.read(), contacts).await?.try_map(store::contact)?;
    let shown: Vec<Uuid> = page.data.iter().map(|contact| contact.id.uuid()).collect();
    let roles = store::roles(app.db.read(), caller.scope(), &shown).await?;
    listing.reply(&page.map(|contact| ContactView::of(&contact, &roles, caller.scope())))
}

/// Read one contact.
#[utoipa::path(get, path = "/v1/contacts/{contact_id}", params(ContactPath), responses((status = 200, body = ContactView)))]
async fn fetch(caller: Caller<ReadContacts>, path: Path<ContactPath>, app: Data<Accounts>) -> Result<Reply, Problem> {
    let contact = store::find(app.db.read(), caller.scope(), path.contact_id).await?;
    let roles = store::roles(app.db.read(), caller.scope(), &[contact.id.uuid()]).await?;
    shown(&contact, &roles, caller.scope())
}

fn condition(listing: &Listing<ContactList>) -> Condition {
    let mut all = Condition::all();
    for filter in listing.filters_on(EMAIL) {
        all = all.add(negated(filter, Condition::any().add(Column::Email.is_in(texts(filter, str::to_lowercase)))));
    }
    for filter in listing.filters_on(PHONE) {
        let numbers = texts(filter, digits);
        let either = Condition::any().add(Column::Phone.is_in(numbers.clone())).add(Column::Mobile.is_in(numbers));
        all = all.add(negated(filter, either));
    }
    for filter in listing.filters_on(ACCOUNT) {
        all = all.add(negated(filter, uuids(filter).fold(Condition::any(), |any, account| any.add(store::at_account(account)))));
    }
    for filter in listing.filters_on(SITE) {
        all = all.add(negated(filter, uuids(filter).fold(Condition::any(), |any, site| any.add(store::at_site(site)))));
    }
    all
}

fn negated(filter: &Filter, condition: Condition) -> Condition {
    if matches!(filter.op, Op::Ne | Op::Nin) { condition.not() } else { condition }
}

fn texts(filter: &Filter, read: impl Fn(&str) -> String) -> Vec<String> {
    filter.values.iter().filter_map(|value| if let Scalar::Text(text) = value { Some(read(text.trim())) } else { None }).collect()
}

fn uuids(filter: &Filter) -> impl Iterator<Item = Uuid> {
    filter.values.iter().filter_map(|value| if let Scalar::Uuid(id) = value { Some(*id) } else { None })
}

fn digits(text: &str) -> String {
    text.chars().filter(|one| one.is_ascii_digit() || *one == '+').collect()
}
