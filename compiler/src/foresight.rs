//! What can be said of all playbooks together, once each has a plan.

use std::collections::BTreeMap;
use std::sync::Arc;

use sophia_plan::plan::Plan;

use crate::facts::{Facts, cost, reach};
use crate::outlook::outlook;
use crate::places::Places;
use crate::policies::{Analysed, Rule, judge};
use crate::snapshot::{Checked, Snapshot};

/// Judges the policies over what the one pass found, and writes down what is seen.
pub(crate) fn foresee(snapshot: &Snapshot, rules: &[Rule], checked: &mut Checked) {
    let found: Vec<(usize, Arc<Plan>, Arc<Facts>)> = (checked.playbooks.iter().enumerate())
        .filter_map(|(place, playbook)| {
            Some((place, playbook.plan.clone()?, playbook.facts.clone()?))
        })
        .collect();
    let texts: BTreeMap<&str, &str> = (snapshot.files.iter())
        .map(|source| (&*source.path, &*source.text))
        .collect();
    let analysed: Vec<Analysed<'_>> = (found.iter())
        .map(|(_, plan, facts)| Analysed {
            plan,
            facts,
            places: Places::of(texts.get(&*plan.file).copied().unwrap_or("")),
        })
        .collect();
    for playbook in &analysed {
        let plan = playbook.plan;
        let rows = |size: &str| rows_at_sync(snapshot, plan, size);
        checked.diagnostics.extend(cost::diagnostics(
            plan,
            &playbook.facts.run,
            &playbook.places,
            &rows,
        ));
        if let Some(flow) = &playbook.facts.run.flow {
            checked
                .diagnostics
                .extend(reach::diagnostics(plan, flow, &playbook.places));
        }
    }
    let complete = found.len() == checked.playbooks.len() && !found.is_empty();
    let (standings, mut broken) = judge(rules, &analysed, complete);
    checked.diagnostics.append(&mut broken);
    checked.policies = standings;
    for (place, plan, facts) in &found {
        if let Some(playbook) = checked.playbooks.get_mut(*place) {
            playbook.outlook = Some(Arc::new(outlook(plan, facts)));
        }
    }
}

/// The rows that a query gave access to at the last sync, where it reads one table once. For people only:
/// a table grows.
fn rows_at_sync(snapshot: &Snapshot, plan: &Plan, size: &str) -> Option<u64> {
    let query = size.strip_prefix("rows(")?.strip_suffix(')')?;
    let query = plan.queries.get(query)?;
    let tables = &snapshot
        .catalogue
        .connections
        .get(&*query.connection)?
        .tables;
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
