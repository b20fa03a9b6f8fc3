//! What changes nothing of a playbook's meaning changes no verdict: other names, another order of declarations,
//! other white space, a part with a name of its own. A label more takes no complaint away, and a tighter bound
//! never raises a cost. The playbooks are those of the corpus and generated ones; the numbers are the same on
//! every machine.
//!
//! Kept true here: each property is held by cases of which enough show what it is about, and its comparison tells a
//! rewriting that breaks it on purpose, and a checker that forgets something.

mod bounds;
mod comparing;
mod corpus;
mod generated;
mod labelled;
mod rewriting;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use comparing::{COMPANY, GENERATED, LooksAt, compared, originals};
use rewriting::{
    Moves, Rewritten, declared_later, laid_out, renamed, reordered, spaced, split, words,
};

/// The words that others know.
static OUTSIDE: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let catalogue = serde_json::to_string(&COMPANY.catalogue).expect("a catalogue can be written");
    let shared = COMPANY.shared.iter().map(|(_, text)| text.as_str());
    let webhooks = (COMPANY.manifest.webhooks.values()).map(|webhook| webhook.of.as_str());
    let labels = COMPANY.manifest.labels.keys().map(String::as_str);
    std::iter::once(catalogue.as_str())
        .chain(shared)
        .chain(webhooks)
        .chain(labels)
        .flat_map(words)
        .map(str::to_owned)
        .collect()
});

#[test]
fn generated_playbooks_are_of_many_kinds() {
    let sound = (GENERATED.iter())
        .filter(|original| original.is_sound())
        .count();
    let codes: BTreeSet<&str> = (GENERATED.iter())
        .flat_map(|original| &original.checked.diagnostics)
        .map(|diagnostic| diagnostic.code.as_str())
        .collect();
    let all = GENERATED.len();
    assert!(
        sound * 100 >= all * 30 && sound * 100 <= all * 80,
        "{sound} of {all} have no mistake"
    );
    for family in ["S2", "S3", "S4", "S6", "S7", "S8"] {
        assert!(
            codes.iter().any(|code| code.starts_with(family)),
            "nothing of {family} in {codes:?}"
        );
    }
    assert!(codes.len() >= 8, "{codes:?}");
}

#[test]
fn other_names_change_nothing() {
    compared(
        originals(),
        1,
        LooksAt::PlanToo,
        &|original, seed| Some(renamed(&original.planted.text, &OUTSIDE, seed)),
        &|_, rewritten| rewritten.names.len() >= 3,
    )
    .holds(60, 50);
}

#[test]
fn a_name_that_is_forgotten_in_one_place_is_told() {
    compared(
        GENERATED.iter(),
        1,
        LooksAt::PlanToo,
        &|original, seed| {
            let renamed = renamed(&original.planted.text, &OUTSIDE, seed);
            let (old, new) = renamed.names.first()?.clone();
            let at = renamed.text.rfind(&new)?;
            let mut text = renamed.text.clone();
            text.replace_range(at..at + new.len(), &old);
            Some(Rewritten { text, ..renamed })
        },
        &|_, _| true,
    )
    .breaks(95);
}

#[test]
fn another_order_of_declarations_changes_nothing() {
    compared(
        originals(),
        1,
        LooksAt::PlanToo,
        &|original, seed| reordered(&original.planted.text, Moves::Declarations, seed),
        &|original, rewritten| {
            !declared_later(&rewritten.text).is_subset(&declared_later(&original.planted.text))
        },
    )
    .holds(60, 40);
}

#[test]
fn another_order_of_statements_is_told() {
    compared(
        GENERATED.iter(),
        1,
        LooksAt::PlanToo,
        &|original, seed| reordered(&original.planted.text, Moves::Statements, seed),
        &|_, _| true,
    )
    .breaks(80);
}

#[test]
fn other_white_space_changes_nothing() {
    compared(
        originals(),
        1,
        LooksAt::PlanToo,
        &|original, seed| Some(spaced(&original.planted.text, seed)),
        &|original, rewritten| {
            rewritten.text.lines().count() != original.planted.text.lines().count()
        },
    )
    .holds(95, 90);
}

#[test]
fn the_one_form_changes_nothing() {
    compared(
        originals(),
        1,
        LooksAt::PlanToo,
        &|original, seed| {
            let spaced = spaced(&original.planted.text, seed);
            let laid_out = laid_out(&spaced.text)?;
            Some(spaced.then(laid_out))
        },
        &|original, rewritten| {
            words(&rewritten.text).count() == words(&original.planted.text).count()
        },
    )
    .holds(40, 20);
}

#[test]
fn white_space_that_means_something_is_told() {
    compared(
        GENERATED.iter(),
        1,
        LooksAt::PlanToo,
        &|original, seed| {
            let spaced = spaced(&original.planted.text, seed);
            let text = spaced.text.replace("#news", "# news");
            (original.is_sound() && text != spaced.text).then_some(Rewritten { text, ..spaced })
        },
        &|_, _| true,
    )
    .breaks(95);
}

#[test]
fn a_part_with_a_name_changes_nothing() {
    compared(
        originals(),
        2,
        LooksAt::Verdict,
        &|original, seed| split(&original.planted.text, seed),
        &|original, rewritten| complained_of_part(original, rewritten),
    )
    .holds(40, 10);
}

/// Whether something is told of the part that has a name now.
fn complained_of_part(original: &comparing::Original, rewritten: &Rewritten) -> bool {
    let Some((_, used)) = rewritten.alike else {
        return false;
    };
    let line_of = |place: usize| rewritten.text[..place].matches('\n').count();
    (original.checked.diagnostics.iter())
        .filter(|diagnostic| *diagnostic.file == *original.name())
        .any(|diagnostic| line_of(rewritten.place(diagnostic.span.start as usize)) == line_of(used))
}

#[test]
fn a_part_that_is_named_too_late_is_told() {
    compared(
        GENERATED.iter(),
        1,
        LooksAt::Verdict,
        &|original, seed| {
            let split = split(&original.planted.text, seed)?;
            let (part, _) = split.alike?;
            let start = split.text[..part].rfind('\n')? + 1;
            let end = part + split.text[part..].find('\n')? + 1;
            let next = end + split.text[end..].find('\n')? + 1;
            let mut text = split.text.clone();
            let line: String = text[start..end].to_owned();
            text.insert_str(next, &line);
            text.replace_range(start..end, "");
            Some(Rewritten { text, ..split })
        },
        &|_, _| true,
    )
    .breaks(95);
}

/// As a checker that loses the labels of a value in a `let` would answer.
#[test]
fn a_checker_that_loses_labels_in_a_let_is_told() {
    let (mut cases, mut told) = (0, 0);
    for original in GENERATED.iter() {
        let mut seed = rewriting::Seed::new(&original.planted.name, 1);
        let Some(split) = split(&original.planted.text, &mut seed) else {
            continue;
        };
        let mut checked = original.check(&split.text);
        let before = checked.diagnostics.len();
        (checked.diagnostics).retain(|diagnostic| !diagnostic.code.as_str().starts_with("S6"));
        if checked.diagnostics.len() < before {
            cases += 1;
            let difference = original.difference(&split, &checked, LooksAt::Verdict);
            told += usize::from(difference.is_some());
        }
    }
    assert!(cases >= 20, "{cases} cases");
    assert_eq!(told, cases);
}
