//! A label more takes no complaint about labels away.

use std::collections::BTreeSet;

use sophia_compiler::Checked;

use crate::comparing::{COMPANY, Original, originals};
use crate::corpus::Company;
use crate::rewriting::Seed;

/// What other labels do to the complaints of every playbook.
#[derive(Default)]
struct Labelled {
    playbooks: usize,
    /// Those with complaints about labels before, which could go.
    complained: usize,
    /// Those with further complaints.
    more: usize,
    /// The complaints that are gone.
    gone: Vec<String>,
}

/// The complaints about labels. A column is cleared for its own label, and a connection for those of its columns:
/// what stands there takes more when they are labelled.
fn complaints(original: &Original, checked: &Checked) -> BTreeSet<(String, u32, String)> {
    (checked.diagnostics.iter())
        .filter(|diagnostic| diagnostic.code.as_str().starts_with("S6"))
        .filter(|diagnostic| !["S602", "S605"].contains(&diagnostic.code.as_str()))
        .map(|diagnostic| {
            (
                diagnostic.file.to_string(),
                diagnostic.span.start,
                diagnostic.code.to_string(),
            )
        })
        .filter(|(file, ..)| file == original.name())
        .collect()
}

fn labelled(change: &dyn Fn(&mut Company, &mut Seed)) -> Labelled {
    let mut all = Labelled::default();
    for original in originals() {
        let mut seed = Seed::new(&original.planted.name, 2);
        let mut company = COMPANY.clone();
        change(&mut company, &mut seed);
        let before = complaints(original, &original.checked);
        let after = complaints(original, &company.check(&original.files));
        all.playbooks += 1;
        all.complained += usize::from(!before.is_empty());
        all.more += usize::from(!after.is_subset(&before));
        let gone: Vec<_> = before.difference(&after).collect();
        if !gone.is_empty() {
            all.gone
                .push(format!("{}: {gone:?} are gone", original.planted.name));
        }
    }
    all
}

/// Every column as `warehouse.accounts.name`.
fn columns(company: &Company) -> Vec<String> {
    (company.catalogue.connections.iter())
        .flat_map(|(connection, found)| {
            found.tables.iter().flat_map(move |(table, found)| {
                let path = move |column: &str| format!("{connection}.{table}.{column}");
                found.columns.iter().map(move |column| path(&column.name))
            })
        })
        .collect()
}

#[test]
fn a_label_more_takes_no_complaint_away() {
    let columns = columns(&COMPANY);
    let all = labelled(&|company, seed| {
        for column in &columns {
            if seed.one_in(3) {
                let label = ["pii.email", "health", "confidential", "restricted"][seed.below(4)];
                let labels = company.manifest.labels.entry(column.clone()).or_default();
                labels.push(label.to_owned());
            }
        }
    });
    assert!(
        all.complained * 100 >= all.playbooks * 6,
        "{} of {} have complaints",
        all.complained,
        all.playbooks
    );
    assert!(
        all.more * 100 >= all.playbooks * 20,
        "{} of {} have more",
        all.more,
        all.playbooks
    );
    assert!(all.gone.is_empty(), "\n{}", all.gone.join("\n"));
}

#[test]
fn labels_that_are_taken_away_are_told() {
    let all = labelled(&|company, _| {
        for connection in company.catalogue.connections.values_mut() {
            for column in (connection.tables.values_mut()).flat_map(|table| &mut table.columns) {
                column.labels.clear();
            }
        }
    });
    assert!(
        all.gone.len() * 100 >= all.complained * 40,
        "told in {} of {}",
        all.gone.len(),
        all.complained
    );
}
