//! Complaints about flows that must not be.

use std::collections::BTreeSet;
use std::sync::Arc;

use sophia_diagnostics::{Code, Diagnostic, Span};
use sophia_plan::plan::Plan;

use super::Project;
use super::flow::Flow;

/// Where something was said already.
pub(super) type Told = BTreeSet<(Arc<str>, Span, Code)>;

/// The complaints about the flows of a playbook.
pub(super) fn diagnostics(
    _project: &Project<'_>,
    _plan: &Plan,
    _flows: &[Flow],
    _told: &mut Told,
) -> Vec<Diagnostic> {
    Vec::new()
}
