//! What changes nothing of a playbook's meaning changes no verdict: other names, another order of declarations,
//! other white space, a part with a name of its own. A label more takes no complaint away, and a tighter bound
//! never raises a cost. The playbooks are those of the corpus; the numbers are the same on every machine.

mod corpus;
mod rewriting;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::LazyLock;

use corpus::{Company, Planted, corpus};
use rewriting::{Rewritten, Seed, laid_out, renamed, reordered, spaced, split};
use serde_json::Value as Json;
use sophia_compiler::{Checked, Outlook};
use sophia_diagnostics::{LineIndex, Severity};

/// A playbook of the corpus as it stands, with what a check says.
struct Original {
    planted: Planted,
    files: Vec<(String, String)>,
    checked: Checked,
}

static COMPANY: LazyLock<Company> = LazyLock::new(Company::read);

static ORIGINALS: LazyLock<Vec<Original>> = LazyLock::new(|| {
    (corpus().into_iter())
        .filter(|(_, planted)| planted.name.ends_with(".sophia"))
        .map(|(_, planted)| {
            let files = COMPANY.files(&planted.name, &planted.text);
            let checked = COMPANY.check(&files);
            Original {
                planted,
                files,
                checked,
            }
        })
        .collect()
});

impl Original {
    fn name(&self) -> &str {
        self.files.first().map_or("", |(path, _)| path)
    }

    /// The codes with the lines where they are expected after a change.
    fn expected(&self, rewritten: &Rewritten) -> BTreeSet<(String, u32)> {
        self.verdict(&self.checked, &|start| {
            line_in(rewritten, rewritten.place(start))
        })
    }

    fn verdict(&self, checked: &Checked, line: &dyn Fn(usize) -> u32) -> BTreeSet<(String, u32)> {
        (checked.diagnostics.iter())
            .filter(|diagnostic| diagnostic.code.severity() != Severity::Hint)
            .map(|diagnostic| {
                // Where one of two equals is told depends on their order.
                let place = if *diagnostic.file == *self.name()
                    && !EQUALS.contains(&diagnostic.code.as_str())
                {
                    line(diagnostic.span.start as usize)
                } else {
                    0
                };
                (diagnostic.code.to_string(), place)
            })
            .collect()
    }

    fn check(&self, text: &str) -> Checked {
        let mut files = self.files.clone();
        if let Some((_, old)) = files.first_mut() {
            text.clone_into(old);
        }
        COMPANY.check(&files)
    }

    fn plan(&self, checked: &Checked) -> Option<Json> {
        let playbook =
            (checked.playbooks.iter()).find(|playbook| *playbook.file == *self.name())?;
        let plan = playbook.plan.as_ref()?;
        let mut plan = serde_json::to_value(&**plan).expect("a plan can be written");
        without_places(&mut plan);
        Some(plan)
    }
}

/// The line of a place of a text that was written otherwise.
fn line_in(rewritten: &Rewritten, place: usize) -> u32 {
    let lines = LineIndex::new(&rewritten.text);
    let line = |place: usize| lines.position(place).line;
    match rewritten.alike {
        Some((one, other)) if line(one) == line(place) => line(other),
        _ => line(place),
    }
}

/// Codes of two places of which either could be told.
const EQUALS: [&str; 3] = ["S202", "S214", "S801"];

/// Places are told to people, and SQL is laid out with its playbook: neither is meaning.
fn without_places(plan: &mut Json) {
    match plan {
        Json::Object(fields) => {
            fields.remove("origin");
            fields.remove("line");
            for (name, value) in fields.iter_mut() {
                if let (true, Json::String(sql)) = (name == "sql", &mut *value) {
                    *sql = sql.split_whitespace().collect::<Vec<_>>().join(" ");
                }
                without_places(value);
            }
        }
        Json::Array(items) => items.iter_mut().for_each(without_places),
        _ => {}
    }
}

/// The plan with the old names again.
fn with_old_names(plan: &Json, names: &[(String, String)]) -> Json {
    let old = |text: &str| {
        (names.iter()).fold(text.to_owned(), |text, (old, new)| {
            text.replace(new.as_str(), old)
        })
    };
    match plan {
        Json::String(text) => Json::String(old(text)),
        Json::Array(items) => (items.iter())
            .map(|item| with_old_names(item, names))
            .collect(),
        Json::Object(fields) => (fields.iter())
            .map(|(name, value)| (old(name), with_old_names(value, names)))
            .collect(),
        other => other.clone(),
    }
}

/// Rewrites every playbook several times and compares verdicts, and plans where `plans` says so.
fn nothing_changes(
    plans: bool,
    times: u64,
    least: usize,
    rewrite: &dyn Fn(&Original, &mut Seed) -> Option<Rewritten>,
) {
    let mut report = String::new();
    let mut cases = 0;
    let tries = ORIGINALS
        .iter()
        .flat_map(|original| (1..=times).map(move |number| (original, number)));
    for (original, number) in tries {
        let mut seed = Seed::new(&original.planted.name, number);
        let Some(rewritten) = rewrite(original, &mut seed) else {
            continue;
        };
        if rewritten.text == original.planted.text {
            continue;
        }
        cases += 1;
        let expected = original.expected(&rewritten);
        let checked = original.check(&rewritten.text);
        let came = original.verdict(&checked, &|start| line_in(&rewritten, start));
        let plan = plans.then(|| original.plan(&original.checked)).flatten();
        let other = plans.then(|| original.plan(&checked)).flatten();
        let other = other.map(|plan| with_old_names(&plan, &rewritten.names));
        if came != expected {
            let _ = writeln!(
                report,
                "{}: expected {expected:?}, came {came:?}\n{}",
                original.planted.name, rewritten.text
            );
        } else if let (Some(plan), Some(other)) = (plan, other)
            && plan != other
        {
            let _ = writeln!(
                report,
                "{}: another plan\n{}\n{plan}\n{other}",
                original.planted.name, rewritten.text
            );
        }
    }
    assert!(cases >= least, "{cases} cases");
    assert!(report.is_empty(), "\n{report}");
}

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
        .flat_map(rewriting::words)
        .map(str::to_owned)
        .collect()
});

#[test]
fn other_names_change_nothing() {
    nothing_changes(true, 1, 150, &|original, seed| {
        Some(renamed(&original.planted.text, &OUTSIDE, seed))
    });
}

#[test]
fn another_order_of_declarations_changes_nothing() {
    nothing_changes(true, 1, 150, &|original, seed| {
        reordered(&original.planted.text, seed)
    });
}

#[test]
fn other_white_space_changes_nothing() {
    nothing_changes(true, 1, 250, &|original, seed| {
        Some(spaced(&original.planted.text, seed))
    });
}

#[test]
fn the_one_form_changes_nothing() {
    nothing_changes(true, 1, 150, &|original, seed| {
        let spaced = spaced(&original.planted.text, seed);
        let laid_out = laid_out(&spaced.text)?;
        Some(spaced.then(laid_out))
    });
}

#[test]
fn a_part_with_a_name_changes_nothing() {
    nothing_changes(false, 4, 300, &|original, seed| {
        split(&original.planted.text, seed)
    });
}

/// The complaints about labels. A column is cleared for its own label, and a connection for those of its columns:
/// what stands there takes more when they are labelled.
fn label_complaints(original: &Original, checked: &Checked) -> BTreeSet<(String, u32, String)> {
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

#[test]
fn a_label_more_takes_no_complaint_away() {
    let columns: Vec<String> = (COMPANY.catalogue.connections.iter())
        .flat_map(|(connection, found)| {
            found.tables.iter().flat_map(move |(table, found)| {
                let path = move |column: &str| format!("{connection}.{table}.{column}");
                found.columns.iter().map(move |column| path(&column.name))
            })
        })
        .collect();
    let mut report = String::new();
    let mut added = 0;
    for original in ORIGINALS.iter() {
        let mut seed = Seed::new(&original.planted.name, 2);
        let mut labelled = COMPANY.clone();
        for column in &columns {
            if seed.one_in(3) {
                let label = ["pii.email", "health", "confidential", "restricted"][seed.below(4)];
                let labels = labelled.manifest.labels.entry(column.clone()).or_default();
                labels.push(label.to_owned());
            }
        }
        let before = label_complaints(original, &original.checked);
        let after = label_complaints(original, &labelled.check(&original.files));
        added += after.len() - before.intersection(&after).count();
        let gone: Vec<_> = before.difference(&after).collect();
        if !gone.is_empty() {
            let _ = writeln!(report, "{}: {gone:?} are gone", original.planted.name);
        }
    }
    assert!(added > 100, "{added} complaints more");
    assert!(report.is_empty(), "\n{report}");
}

/// The text with each of its bounds halved: `take 50`, `at most 200 rows`, `at most 6 times`.
fn tightened(text: &str) -> String {
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
            *word = word.replacen(&digits, &(bound / 2).to_string(), 1);
        }
    }
    words
        .concat()
        .replace(" 1 rows", " 1 row")
        .replace(" 1 times", " 1 time")
}

#[test]
fn a_tighter_bound_never_costs_more() {
    let mut report = String::new();
    let mut lower = 0;
    for original in ORIGINALS.iter() {
        let text = tightened(&original.planted.text);
        if text == original.planted.text {
            continue;
        }
        let checked = original.check(&text);
        let outlook = |checked: &Checked| {
            (checked.playbooks.iter())
                .find(|playbook| *playbook.file == *original.name())
                .and_then(|playbook| playbook.outlook.clone())
        };
        let (Some(loose), Some(tight)) = (outlook(&original.checked), outlook(&checked)) else {
            continue;
        };
        let figures = |outlook: &Outlook| {
            let effects = outlook.effects.values().map(|effect| &effect.most);
            let all = [&outlook.cost, &outlook.attempts, &outlook.waits].into_iter();
            let sizes = |_: &str| Some(10_000);
            all.chain(outlook.calls.values())
                .chain(effects)
                .map(|figure| figure.at(&sizes).expect("a size for each name"))
                .collect::<Vec<_>>()
        };
        let (loose, tight) = (figures(&loose), figures(&tight));
        if loose.len() != tight.len()
            || tight.iter().zip(&loose).any(|(tight, loose)| tight > loose)
        {
            let _ = writeln!(
                report,
                "{}: {loose:?}, then {tight:?}",
                original.planted.name
            );
        }
        lower += usize::from(tight != loose);
    }
    assert!(lower > 20, "{lower} cost less");
    assert!(report.is_empty(), "\n{report}");
}
