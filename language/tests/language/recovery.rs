//! A file with a mistake is read nearly whole: any one token gone, and any beginning of a file.

use crate::common::{corpus, outline, read};
use sophia_language::TokenKind;

/// How many of the expected lines are found, in order.
fn kept(expected: &[String], found: &[String]) -> usize {
    let mut best = vec![0_usize; found.len() + 1];
    for line in expected {
        let mut diagonal = 0;
        for (at, other) in found.iter().enumerate() {
            let above = best[at + 1];
            best[at + 1] = if line == other {
                diagonal + 1
            } else {
                above.max(best[at])
            };
            diagonal = above;
        }
    }
    best[found.len()]
}

/// The outline without names, so that a statement that lost only its name still counts.
fn shapes(lines: &[String]) -> Vec<String> {
    lines
        .iter()
        .map(|line| {
            let trimmed = line.trim_start();
            let margin = line.len() - trimmed.len();
            let first = trimmed.split(' ').next().unwrap_or("");
            format!("{}{first}", " ".repeat(margin))
        })
        .collect()
}

/// What the deletions of one file's tokens came to.
#[derive(Default)]
struct Figures {
    cases: usize,
    kept: usize,
    expected: usize,
    told: usize,
    silent: usize,
}

impl Figures {
    fn add(&mut self, other: &Self) {
        self.cases += other.cases;
        self.kept += other.kept;
        self.expected += other.expected;
        self.told += other.told;
        self.silent += other.silent;
    }

    fn print(&self, name: &str) -> (f64, f64) {
        let share = percent(self.kept, self.expected);
        let average = percent(self.told, self.cases) / 100.0;
        println!(
            "{name}: {} deletions keep {share:.2} % of the outline, {average:.2} diagnostics each; {} tell nothing",
            self.cases, self.silent
        );
        (share, average)
    }
}

#[allow(clippy::cast_precision_loss, reason = "small counts")]
fn percent(part: usize, whole: usize) -> f64 {
    part as f64 * 100.0 / whole as f64
}

/// Deletes each token of a file in turn. `show` prints the cases that lose or tell most.
fn delete_each(original: &str, show: bool) -> Figures {
    let whole = read(original);
    let expected = shapes(&outline(&whole));
    let mut figures = Figures::default();
    let mut worst: Vec<(usize, usize, String)> = Vec::new();
    for token in &whole.tokens {
        if token.kind.is_trivia() || token.span.start == token.span.end {
            continue;
        }
        let mut text = original.to_owned();
        text.replace_range(token.span.range(), "");
        let parsed = read(&text);
        let found = kept(&expected, &shapes(&outline(&parsed)));
        figures.cases += 1;
        figures.kept += found;
        figures.expected += expected.len();
        figures.told += parsed.diagnostics.len();
        figures.silent += usize::from(parsed.diagnostics.is_empty());
        if show {
            let line = original[..token.span.start as usize].lines().count();
            let deleted: String = original[token.span.range()].chars().take(30).collect();
            let codes: Vec<String> = parsed
                .diagnostics
                .iter()
                .map(|d| {
                    let at = text[..d.span.start as usize].lines().count();
                    format!("{}@{at}:{}", d.code, d.message)
                })
                .collect();
            worst.push((
                expected.len() - found,
                parsed.diagnostics.len(),
                format!("{line}: {deleted:?} {codes:?}"),
            ));
        }
    }
    worst.sort();
    worst.reverse();
    for (lost, told, case) in worst
        .iter()
        .filter(|(lost, told, _)| *lost > 0 || *told > 1)
    {
        println!("  lost {lost} told {told} {case}");
    }
    figures
}

#[test]
fn deleting_any_one_token_keeps_nearly_everything() {
    let show = std::env::var_os("SHOW_WORST").is_some();
    let mut all = Figures::default();
    for (name, text) in corpus() {
        let figures = delete_each(&text, show);
        figures.print(&name);
        all.add(&figures);
    }
    let (share, average) = all.print("all playbooks");
    assert!(share >= 98.0, "{share:.2} % kept");
    assert!(average <= 1.3, "{average:.2} diagnostics on average");
}

#[test]
fn every_prefix_yields_a_tree() {
    let mut prefixes = 0_usize;
    for (name, whole) in corpus() {
        for end in 0..=whole.len() {
            let Some(text) = whole.get(..end) else {
                continue;
            };
            let parsed = read(text);
            prefixes += 1;
            let length: usize = parsed
                .tokens
                .iter()
                .map(|token| token.span.range().len())
                .sum();
            assert_eq!(length, text.len(), "{name} up to {end}");
            assert!(
                parsed
                    .tokens
                    .iter()
                    .all(|token| token.kind != TokenKind::LineEnd),
                "{name} up to {end}"
            );
        }
    }
    println!("{prefixes} beginnings of files give a tree each");
}
