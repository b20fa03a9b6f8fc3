//! What can be said of a playbook once it has a plan and facts: bounds, ways, policies, its outlook.
//!
//! Kept true here: it rests on the playbook, the lock and the rules, and on no other playbook.

use std::sync::Arc;

use sophia_diagnostics::Diagnostic;
use sophia_plan::plan::Plan;

use crate::catalogue::Catalogue;
use crate::facts::{Facts, cost};
use crate::outlook::{Outlook, outlook};
use crate::places::Places;
use crate::policies::{Analysed, Heard, Rule, hear};

/// What is said of one playbook.
#[derive(Debug)]
pub(crate) struct Foresight {
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// For each rule that binds every playbook.
    pub(crate) heard: Vec<Heard>,
    pub(crate) outlook: Arc<Outlook>,
}

/// Judges the policies over what is known, and writes down what is seen.
pub(crate) fn foresee(
    catalogue: &Catalogue,
    rules: &[Arc<Rule>],
    plan: &Plan,
    facts: &Facts,
    text: &str,
) -> Foresight {
    let playbook = Analysed {
        plan,
        facts,
        places: Places::of(text),
    };
    let rows = |size: &str| rows_at_sync(catalogue, plan, size);
    let mut diagnostics = cost::diagnostics(plan, &facts.run, &playbook.places, &rows);
    diagnostics.extend(facts.run.idle.iter().cloned());
    Foresight {
        diagnostics,
        heard: rules.iter().map(|rule| hear(rule, &playbook)).collect(),
        outlook: Arc::new(outlook(plan, facts)),
    }
}

/// The rows that a query gave access to at the last sync, where it reads one table once. For people only:
/// a table grows.
fn rows_at_sync(catalogue: &Catalogue, plan: &Plan, size: &str) -> Option<u64> {
    let query = size.strip_prefix("rows(")?.strip_suffix(')')?;
    let query = plan.queries.get(query)?;
    let tables = &catalogue.connections.get(&*query.connection)?.tables;
    let words = query
        .sql
        .split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    let mut read = words.filter_map(|word| {
        let table = tables
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(word));
        table.map(|(_, table)| table.rows)
    });
    let rows = read.next()?;
    if read.next().is_some() {
        return None;
    }
    rows
}
