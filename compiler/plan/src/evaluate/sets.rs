//! `x in xs` for long lists: looked up instead of gone through, within one evaluation.
//!
//! Kept true here: the answer is the one that going through the list gives.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use super::compare::same;
use super::double;
use super::stage::identity;
use crate::decimal::{canonical, to_double};
use crate::value::Value;

/// The items from which on a list is looked up.
const LONG: usize = 24;

/// The lists that were looked into.
#[derive(Default)]
pub(super) struct Sets {
    /// By the place of the list in memory, which it keeps because it is held here.
    known: RefCell<HashMap<usize, Arc<Lookup>>>,
}

struct Lookup {
    items: Arc<Vec<Value>>,
    places: HashMap<Vec<u8>, Vec<usize>>,
}

impl Sets {
    /// Whether a list holds a value that is present.
    pub(super) fn holds(&self, items: &Arc<Vec<Value>>, value: &Value) -> bool {
        if items.len() < LONG || !is_plain(value) {
            return items.iter().any(|item| same(item, value));
        }
        let lookup = self.lookup(items);
        lookup
            .places
            .get(&key(std::slice::from_ref(value)))
            .is_some_and(|places| {
                places
                    .iter()
                    .filter_map(|place| lookup.items.get(*place))
                    .any(|item| same(item, value))
            })
    }

    fn lookup(&self, items: &Arc<Vec<Value>>) -> Arc<Lookup> {
        let place = Arc::as_ptr(items).addr();
        if let Some(lookup) = self.known.borrow().get(&place) {
            return Arc::clone(lookup);
        }
        let mut places: HashMap<Vec<u8>, Vec<usize>> = HashMap::new();
        for (index, item) in items.iter().enumerate() {
            places
                .entry(key(std::slice::from_ref(item)))
                .or_default()
                .push(index);
        }
        let lookup = Arc::new(Lookup {
            items: Arc::clone(items),
            places,
        });
        self.known.borrow_mut().insert(place, Arc::clone(&lookup));
        lookup
    }
}

/// Values whose bytes say whether they are the same.
fn is_plain(value: &Value) -> bool {
    !matches!(
        value,
        Value::Json(_) | Value::List(_) | Value::Record(_) | Value::Table(_)
    )
}

/// Bytes that are equal for values that are the same; a few that differ may share them.
pub(super) fn key(values: &[Value]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| {
            identity(&match value {
                Value::Integer(integer) => Value::Number(double(*integer)),
                Value::Decimal(decimal) => Value::Number(to_double(*decimal)),
                Value::Money(amount, currency) => {
                    Value::Money(canonical(*amount), currency.clone())
                }
                other => other.clone(),
            })
        })
        .collect()
}
