//! Which rows a caller may see and touch: staff by branches, customers by account subtree and sites.
//!
//! A scope becomes a condition of every query; there is no finder that works without one. It says nothing about what may
//! be done with a row: that is a permission.

use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};
use sea_orm::{ColumnTrait, Condition};
use uuid::Uuid;

/// The rows of one caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowScope {
    /// Everything: an administrator, an auditor or another service.
    All,
    /// Staff of some branches; rows that belong to no branch are everyone's.
    Branches(Vec<Uuid>),
    /// A portal customer: the accounts of the granted subtrees, and only some sites when sites are named.
    Accounts { accounts: Vec<Uuid>, sites: Option<Vec<Uuid>> },
}

impl RowScope {
    /// The condition on a table's columns. `site` is the column a site-bound customer is limited by; rows without a site
    /// belong to the whole account. What is added to it narrows it.
    #[must_use]
    pub fn condition<C: ColumnTrait>(&self, branch: C, account: C, site: Option<C>) -> Condition {
        match self {
            Self::All => Condition::all(),
            Self::Branches(branches) => {
                // SQLite would answer the two alternatives from an index on the branch, read every row of the branches and
                // sort them for one page. Behind a CASE it walks the list's own order instead and stops at the page's end.
                // PostgreSQL takes the CASE away and decides by its statistics.
                let own = Expr::Case(Box::new(Expr::case(Expr::cust("TRUE"), branch.into_expr())));
                Condition::all().add(Condition::any().add(own.clone().is_in(branches.iter().copied())).add(own.is_null()))
            }
            Self::Accounts { accounts, sites } => {
                let owned = Condition::all().add(account.is_in(accounts.iter().copied()));
                match (sites, site) {
                    (Some(sites), Some(site)) => owned.add(Condition::any().add(site.is_in(sites.iter().copied())).add(site.is_null())),
                    _ => owned,
                }
            }
        }
    }

    /// The condition for rows that every member of staff may see and no customer.
    #[must_use]
    pub fn staff_only(&self) -> Condition {
        if self.is_customer() { Condition::all().add(SimpleExpr::from(1).eq(0)) } else { Condition::all() }
    }

    /// True when a row with these owners is inside the scope.
    #[must_use]
    pub fn covers(&self, branch: Option<Uuid>, account: Option<Uuid>, site: Option<Uuid>) -> bool {
        match self {
            Self::All => true,
            Self::Branches(branches) => branch.is_none_or(|branch| branches.contains(&branch)),
            Self::Accounts { accounts, sites } => {
                let owned = account.is_some_and(|account| accounts.contains(&account));
                let on_site = match (sites, site) {
                    (Some(sites), Some(site)) => sites.contains(&site),
                    _ => true,
                };
                owned && on_site
            }
        }
    }

    /// True for portal customers, who never see internal notes, costs or other customers.
    #[must_use]
    pub fn is_customer(&self) -> bool {
        matches!(self, Self::Accounts { .. })
    }
}

#[cfg(test)]
mod tests {
    use kernel::id::new_uuid;

    use super::*;

    #[test]
    fn a_customer_covers_only_the_granted_accounts_and_sites() {
        let (account, site, other) = (new_uuid(), new_uuid(), new_uuid());
        let scope = RowScope::Accounts { accounts: vec![account], sites: Some(vec![site]) };
        assert!(scope.covers(None, Some(account), Some(site)));
        assert!(scope.covers(None, Some(account), None));
        assert!(!scope.covers(None, Some(account), Some(other)));
        assert!(!scope.covers(None, Some(other), Some(site)));
        assert!(!scope.covers(None, None, None));
    }

    #[test]
    fn staff_cover_their_branches_and_rows_without_one() {
        let branch = new_uuid();
        let scope = RowScope::Branches(vec![branch]);
        assert!(scope.covers(Some(branch), None, None) && scope.covers(None, None, None));
        assert!(!scope.covers(Some(new_uuid()), None, None));
    }

    #[expect(unreachable_pub, reason = "the derive makes public types of these")]
    mod row {
        use sea_orm::entity::prelude::*;

        #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
        #[sea_orm(table_name = "row")]
        pub struct Model {
            #[sea_orm(primary_key, auto_increment = false)]
            pub id: Uuid,
            pub branch_id: Option<Uuid>,
            pub account_id: Option<Uuid>,
        }

        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub enum Relation {}

        impl ActiveModelBehavior for ActiveModel {}
    }

    #[test]
    fn what_is_added_to_a_scope_narrows_it() {
        use sea_orm::{DbBackend, EntityTrait, QueryFilter, QueryTrait};
        let scopes = [RowScope::All, RowScope::Branches(vec![new_uuid()]), RowScope::Accounts { accounts: vec![new_uuid()], sites: None }];
        for scope in scopes {
            let condition = scope.condition(row::Column::BranchId, row::Column::AccountId, None).add(row::Column::Id.eq(new_uuid()));
            let sql = row::Entity::find().filter(condition).build(DbBackend::Sqlite).to_string();
            let (_, filter) = sql.split_once("WHERE ").unwrap();
            // Outside of parentheses nothing is an alternative.
            let (mut depth, mut outside) = (0, String::new());
            for one in filter.chars() {
                depth += i32::from(one == '(') - i32::from(one == ')');
                if depth == 0 {
                    outside.push(one);
                }
            }
            assert!(!outside.contains(" OR "), "{filter}");
        }
    }
}
