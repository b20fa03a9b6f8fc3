//! Compiled formulas, kept for the thread that made them: the same step runs over many tables, and a
//! loop over many items.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::code::Code;
use super::node::Formula;

/// A page or two of memory each.
const CAPACITY: usize = 256;

thread_local! {
    static COMPILED: RefCell<HashMap<Formula, Rc<Code>>> = RefCell::default();
}

pub(super) fn is_compiled(formula: &Formula) -> bool {
    COMPILED.with_borrow(|compiled| compiled.contains_key(formula))
}

/// The code of a formula, compiled if it is not there yet; `None` where there is no native tier.
pub(super) fn code(formula: &Formula) -> Option<Rc<Code>> {
    if let Some(code) = COMPILED.with_borrow(|compiled| compiled.get(formula).cloned()) {
        return Some(code);
    }
    let code = Rc::new(Code::compile(formula.clone())?);
    COMPILED.with_borrow_mut(|compiled| {
        if compiled.len() >= CAPACITY {
            compiled.clear();
        }
        compiled.insert(formula.clone(), Rc::clone(&code));
    });
    Some(code)
}
