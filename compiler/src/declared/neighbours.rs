//! What the files of a project know of each other.
//!
//! Kept true here: a file is checked after those whose types it needs, so what stands here is complete
//! when it is asked; where files lead to each other in a circle they are checked twice.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use sophia_plan::types::Type;

use super::module::ModuleFacts;
use crate::lower::Touched;

/// What other files may ask of the files that were checked so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Neighbours {
    /// By their whole names.
    pub(crate) modules: BTreeMap<String, Rc<ModuleFacts>>,
    /// By their names.
    pub(crate) playbooks: BTreeMap<String, Rc<Signature>>,
    /// What the events of the project carry, by their names, with the file that told first.
    pub(crate) events: BTreeMap<String, (Type, Arc<str>)>,
}

/// How a playbook is run by another.
#[derive(Clone, Debug)]
pub(crate) struct Signature {
    /// Its inputs in order; whether one must be given.
    pub(crate) inputs: Vec<(Arc<str>, Type, Need)>,
    /// What it returns.
    pub(crate) result: Type,
    /// What is not as it was once it has run.
    pub(crate) touched: Touched,
}

/// Whether an input must be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// It has no default.
    Required,
    /// It has one.
    Optional,
}
