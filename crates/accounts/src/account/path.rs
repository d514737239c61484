//! Where an account stands in its tree: the account numbers from the root down, written `1042/1050/`.
//!
//! A path answers ancestry, depth and subtree questions without walking parents, and a subtree is one contiguous range
//! of the path index. Paths hold numbers, which never change, rather than names.

use std::fmt;

use kernel::Fault;

/// The deepest an account may stand; a root stands at depth 1.
pub const MAX_DEPTH: usize = 10;

/// A materialised path. Never empty; every number is followed by a slash.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TreePath(String);

impl TreePath {
    /// The path of an account without a parent.
    #[must_use]
    pub fn root(number: i64) -> Self {
        Self(format!("{number}/"))
    }

    /// The path of account `number` directly below `self`.
    ///
    /// # Errors
    /// 409 `too_deep`.
    pub fn child(&self, number: i64) -> Result<Self, Fault> {
        if self.depth() >= MAX_DEPTH {
            return Err(too_deep());
        }
        Ok(Self(format!("{}{number}/", self.0)))
    }

    /// A path read back from its column.
    #[must_use]
    pub fn stored(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The numbers from the root to the account itself.
    #[must_use]
    pub fn numbers(&self) -> Vec<i64> {
        self.0.split_terminator('/').filter_map(|number| number.parse().ok()).collect()
    }

    /// The numbers above the account, nearest first.
    #[must_use]
    pub fn ancestors(&self) -> Vec<i64> {
        self.numbers().into_iter().rev().skip(1).collect()
    }

    #[must_use]
    pub fn depth(&self) -> usize {
        self.0.split_terminator('/').count()
    }

    /// True for the account itself and everything below it.
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        other.0.starts_with(&self.0)
    }

    /// The range of the path index that holds the subtree, itself included: `[from, until)` by byte order.
    #[must_use]
    pub fn range(&self) -> (String, String) {
        // '0' is the byte after '/', so the upper bound is the first text that no longer has the prefix.
        (self.0.clone(), format!("{}0", self.0.trim_end_matches('/')))
    }

    /// The path account `number` gets below `parent` (or as a root), where `deepest` is the greatest depth found in its
    /// subtree today.
    ///
    /// # Errors
    /// 409 `account_cycle` when the parent is the account itself or below it; 409 `too_deep`.
    pub fn relocated(&self, number: i64, parent: Option<&Self>, deepest: usize) -> Result<Self, Fault> {
        let Some(parent) = parent else { return Ok(Self::root(number)) };
        if self.contains(parent) {
            return Err(Fault::conflict("account_cycle", "An account cannot be moved below itself."));
        }
        let below = deepest.saturating_sub(self.depth());
        if parent.depth() + 1 + below > MAX_DEPTH {
            return Err(too_deep());
        }
        parent.child(number)
    }
}

fn too_deep() -> Fault {
    Fault::conflict("too_deep", format!("An account tree has at most {MAX_DEPTH} levels."))
}

impl fmt::Display for TreePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(length: i64) -> TreePath {
        (2..=length).fold(TreePath::root(1), |path, number| path.child(number).unwrap())
    }

    #[test]
    fn a_path_knows_its_ancestors_nearest_first() {
        let path = TreePath::root(1042).child(1050).unwrap().child(7).unwrap();
        assert_eq!(path.as_str(), "1042/1050/7/");
        assert_eq!(path.ancestors(), [1050, 1042]);
        assert_eq!(path.depth(), 3);
        assert_eq!(TreePath::root(5).ancestors(), Vec::<i64>::new());
    }

    #[test]
    fn a_subtree_is_a_range_that_ends_before_the_next_number() {
        let (from, until) = TreePath::root(104).range();
        let inside = |text: &str| from.as_str() <= text && text < until.as_str();
        assert!(inside("104/") && inside("104/1/") && inside("104/999/3/"));
        assert!(!inside("1042/") && !inside("1040/") && !inside("105/") && !inside("103/104/"));
    }

    #[test]
    fn an_account_never_moves_below_itself() {
        let top = TreePath::root(1);
        let below = top.child(2).unwrap();
        assert_eq!(top.relocated(1, Some(&below), 2).unwrap_err().code, "account_cycle");
        assert_eq!(top.relocated(1, Some(&top), 2).unwrap_err().code, "account_cycle");
        assert_eq!(below.relocated(2, None, 2).unwrap(), TreePath::root(2));
        // 12 is not below 1, although its text starts the same.
        assert!(top.relocated(1, Some(&TreePath::root(12)), 1).is_ok());
    }

    #[test]
    fn a_whole_subtree_must_fit_below_the_new_parent() {
        assert_eq!(chain(10).child(11).unwrap_err().code, "too_deep");
        let moved = TreePath::root(50);
        assert!(moved.relocated(50, Some(&chain(8)), 2).is_ok());
        assert_eq!(moved.relocated(50, Some(&chain(8)), 3).unwrap_err().code, "too_deep");
    }
}
