//! A tighter bound never raises a cost.

use sophia_compiler::Checked;

use crate::comparing::{Original, originals};

/// What other bounds do to the figures of every playbook.
#[derive(Default)]
struct Bounded {
    /// Those with a bound and figures.
    playbooks: usize,
    lower: usize,
    /// The playbooks that cost more.
    higher: Vec<String>,
}

/// The text with each of its bounds changed: `take 50`, `at most 200 rows`, `at most 6 times`.
fn rebound(text: &str, change: &dyn Fn(u64) -> u64) -> String {
    let mut words: Vec<String> = text
        .split_inclusive([' ', '\n'])
        .map(str::to_owned)
        .collect();
    for at in 1..words.len() {
        let (before, rest) = words.split_at_mut(at);
        let bounds = match before {
            [.., word] if word.trim() == "take" => true,
            [.., first, word] => first.trim() == "at" && word.trim() == "most",
            _ => false,
        };
        let Some(word) = rest.first_mut().filter(|_| bounds) else {
            continue;
        };
        let digits: String = word.chars().take_while(char::is_ascii_digit).collect();
        if let Ok(bound @ 2..) = digits.parse::<u64>() {
            *word = word.replacen(&digits, &change(bound).to_string(), 1);
        }
    }
    words
        .concat()
        .replace(" 1 rows", " 1 row")
        .replace(" 1 times", " 1 time")
}

/// Everything that is counted for a playbook, over sources of a size.
fn figures(
    original: &Original,
    checked: &Checked,
) -> Option<Vec<impl PartialOrd + std::fmt::Debug>> {
    let outlook = (checked.playbooks.iter())
        .find(|playbook| *playbook.file == *original.name())
        .and_then(|playbook| playbook.outlook.clone())?;
    let effects = outlook.effects.values().map(|effect| &effect.most);
    let all = [&outlook.cost, &outlook.attempts, &outlook.waits].into_iter();
    let sizes = |_: &str| Some(10_000);
    Some(
        all.chain(outlook.calls.values())
            .chain(effects)
            .map(|figure| figure.at(&sizes).expect("a size for each name"))
            .collect(),
    )
}

fn bounded(change: &dyn Fn(u64) -> u64) -> Bounded {
    let mut all = Bounded::default();
    for original in originals() {
        let text = rebound(&original.planted.text, change);
        if text == original.planted.text {
            continue;
        }
        let checked = original.check(&text);
        let (Some(before), Some(after)) = (
            figures(original, &original.checked),
            figures(original, &checked),
        ) else {
            continue;
        };
        all.playbooks += 1;
        all.lower += usize::from(
            after
                .iter()
                .zip(&before)
                .any(|(after, before)| after < before),
        );
        if after.len() != before.len()
            || after
                .iter()
                .zip(&before)
                .any(|(after, before)| after > before)
        {
            all.higher.push(format!(
                "{}: {before:?}, then {after:?}",
                original.planted.name
            ));
        }
    }
    all
}

#[test]
fn a_tighter_bound_never_costs_more() {
    let all = bounded(&|bound| bound / 2);
    assert!(all.playbooks >= 80, "{} have bounds", all.playbooks);
    assert!(
        all.lower * 100 >= all.playbooks * 60,
        "{} of {} cost less",
        all.lower,
        all.playbooks
    );
    assert!(all.higher.is_empty(), "\n{}", all.higher.join("\n"));
}

#[test]
fn a_wider_bound_is_told() {
    let all = bounded(&|bound| bound * 2);
    assert!(
        all.higher.len() * 100 >= all.playbooks * 60,
        "told in {} of {}",
        all.higher.len(),
        all.playbooks
    );
}
