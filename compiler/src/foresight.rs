//! What can be said of all playbooks together, once each has a plan.

use std::sync::Arc;

use sophia_diagnostics::Diagnostic;
use sophia_language::Parsed;
use sophia_plan::plan::Plan;

use crate::facts::{self, Facts, Lowered, Shapes, cost, reach};
use crate::outlook::{Outlook, outlook};
use crate::places::Places;
use crate::policies::{Analysed, Rule, judge};
use crate::snapshot::{Checked, Snapshot};
use crate::sources::{Source, Sources};

/// Runs the one pass over every plan, judges the policies, and writes down what is seen.
pub(crate) fn foresee(
    snapshot: &Snapshot,
    parsed: &[Parsed],
    shapes: &Shapes,
    rules: &[Rule],
    checked: &mut Checked,
) {
    let plans: Vec<Arc<Plan>> = (checked.playbooks.iter())
        .filter_map(|playbook| playbook.plan.clone())
        .collect();
    let sources = (snapshot.files.iter().zip(parsed))
        .map(|(file, parsed)| Source {
            path: &file.path,
            text: &file.text,
            file: &parsed.file,
        })
        .collect();
    let project = facts::Project {
        manifest: &snapshot.manifest,
        catalogue: &snapshot.catalogue,
        playbooks: (plans.iter())
            .map(|plan| Lowered {
                plan,
                shapes,
            })
            .collect(),
        sources: Sources::of(sources),
    };
    let found: Vec<Facts> = facts::facts(&project);
    let analysed: Vec<Analysed<'_>> = (plans.iter().zip(&found))
        .map(|(plan, facts)| Analysed {
            plan,
            facts,
            places: Places::of(text_of(snapshot, &plan.file)),
        })
        .collect();
    for playbook in &analysed {
        let plan = playbook.plan;
        checked
            .diagnostics
            .extend(playbook.facts.diagnostics.iter().cloned());
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
    let complete = plans.len() == checked.playbooks.len() && !plans.is_empty();
    let (standings, mut broken) = judge(rules, &analysed, complete);
    checked.diagnostics.append(&mut broken);
    checked.policies = standings;
    let seen: Vec<Arc<Outlook>> = (plans.iter().zip(&found))
        .map(|(plan, facts)| Arc::new(outlook(plan, facts)))
        .collect();
    for ((plan, facts), seen) in plans.iter().zip(found).zip(seen) {
        let own = (checked.playbooks.iter_mut()).find(|playbook| {
            playbook
                .plan
                .as_ref()
                .is_some_and(|own| Arc::ptr_eq(own, plan))
        });
        if let Some(playbook) = own {
            // What must not be is not run.
            if facts.diagnostics.iter().any(Diagnostic::is_error) {
                playbook.plan = None;
                playbook.tests = Vec::new();
            }
            playbook.outlook = Some(seen);
            playbook.facts = Some(Arc::new(facts));
        }
    }
}

fn text_of<'a>(snapshot: &'a Snapshot, file: &str) -> &'a str {
    (snapshot.files.iter())
        .find(|source| *source.path == *file)
        .map_or("", |source| &source.text)
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
