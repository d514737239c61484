//! The SQL of a list: filters, order, and where the next page begins.
//!
//! When all keys run in one direction and none may be null, the start is one row comparison, `(due, id) > (?, ?)`, which
//! both databases answer from an index. Otherwise it is written out, one alternative per key. Nulls come last in both
//! directions, on both databases.

use sea_orm::sea_query::{Expr, ExprTrait, Func, NullOrdering, Order};
use sea_orm::{Condition, DbBackend, EntityTrait, QueryOrder, Select, Value};

use super::field::{Op, Scalar};
use super::parse::{Filter, Sort};

/// A sort key with its column.
pub(super) struct Key {
    pub(super) column: Expr,
    pub(super) sort: Sort,
}

/// Orders by the keys.
pub(super) fn order<E: EntityTrait>(select: Select<E>, keys: &[Key]) -> Select<E> {
    keys.iter().fold(select, |select, key| {
        let order = if key.sort.descending { Order::Desc } else { Order::Asc };
        if key.sort.nullable {
            select.order_by_with_nulls(key.column.clone(), order, NullOrdering::Last)
        } else {
            select.order_by(key.column.clone(), order)
        }
    })
}

/// The rows after the one whose sort values are `values`.
pub(super) fn after(keys: &[Key], values: &[Option<Scalar>]) -> Condition {
    let descending = keys.first().is_some_and(|key| key.sort.descending);
    if keys.iter().all(|key| !key.sort.nullable && key.sort.descending == descending) {
        let row = Expr::tuple(keys.iter().map(|key| key.column.clone()));
        let start = Expr::tuple(values.iter().flatten().map(literal));
        return Condition::all().add(if descending { row.lt(start) } else { row.gt(start) });
    }
    let mut alternatives = Condition::any();
    let mut equal = Condition::all();
    for (key, value) in keys.iter().zip(values) {
        if let Some(beyond) = beyond(key, value.as_ref()) {
            alternatives = alternatives.add(equal.clone().add(beyond));
        }
        equal = equal.add(match value {
            Some(value) => key.column.clone().eq(literal(value)),
            None => key.column.clone().is_null(),
        });
    }
    let whole = Condition::all().add(alternatives);
    // The first key alone already bounds the range, which an index can use even when the alternatives cannot.
    match (keys.first(), values.first()) {
        (Some(first), Some(Some(value))) if !first.sort.nullable => {
            let column = first.column.clone();
            whole.add(if first.sort.descending { column.lte(literal(value)) } else { column.gte(literal(value)) })
        }
        _ => whole,
    }
}

/// What comes after `value` on one key; nothing comes after null.
fn beyond(key: &Key, value: Option<&Scalar>) -> Option<Condition> {
    let value = value?;
    let column = key.column.clone();
    let further = if key.sort.descending { column.lt(literal(value)) } else { column.gt(literal(value)) };
    let beyond = Condition::any().add(further);
    Some(if key.sort.nullable { beyond.add(key.column.clone().is_null()) } else { beyond })
}

/// One filter on its column. `ne` and `nin` keep rows where a nullable column is null: nothing is not equal to anything.
pub(super) fn filter(filter: &Filter, column: Expr, nullable: bool, backend: DbBackend) -> Condition {
    let Some(first) = filter.values.first() else { return Condition::all() };
    let one = literal(first);
    let compared = match filter.op {
        Op::Eq => column.clone().eq(one),
        Op::Ne => column.clone().ne(one),
        Op::In => column.clone().is_in(filter.values.iter().cloned().map(Value::from)),
        Op::Nin => column.clone().is_not_in(filter.values.iter().cloned().map(Value::from)),
        Op::Lt => column.clone().lt(one),
        Op::Lte => column.clone().lte(one),
        Op::Gt => column.clone().gt(one),
        Op::Gte => column.clone().gte(one),
        Op::Exists if matches!(first, Scalar::Boolean(true)) => column.clone().is_not_null(),
        Op::Exists => column.clone().is_null(),
        Op::Contains => contains(column.clone(), one, backend),
    };
    let condition = Condition::any().add(compared);
    if nullable && matches!(filter.op, Op::Ne | Op::Nin) { condition.add(column.is_null()) } else { condition }
}

/// A position rather than LIKE, so that nothing in the text is a wildcard. The database lowers both sides alike.
fn contains(column: Expr, text: Expr, backend: DbBackend) -> Expr {
    let position = match backend {
        DbBackend::Postgres => Func::cust("strpos"),
        _ => Func::cust("instr"),
    };
    Expr::from(position.arg(Func::lower(column)).arg(Func::lower(text))).gt(0)
}

fn literal(value: &Scalar) -> Expr {
    Expr::val(Value::from(value.clone()))
}
