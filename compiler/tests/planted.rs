//! Planted faults: each playbook of the corpus has one mistake, which is told at its line, and nothing else is
//! told; the sound ones give no complaint.

mod corpus;
#[path = "corpus/told.rs"]
mod told;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use corpus::{Company, Planted, corpus};
use told::told;

/// The family whose playbooks have no mistake.
const SOUND: &str = "sound";

/// How many files of a family were right.
#[derive(Default)]
struct Rate {
    right: usize,
    all: usize,
}

#[test]
fn one_mistake_is_told_once_at_its_line() {
    let company = Company::read();
    let mut report = String::new();
    let mut rates: BTreeMap<String, Rate> = BTreeMap::new();
    for (family, planted) in corpus() {
        let expected: Vec<(String, u32, String)> = fault(&planted)
            .map(|(line, code)| (planted.name.clone(), line, code.to_owned()))
            .into_iter()
            .collect();
        assert_eq!(
            family == SOUND,
            expected.is_empty(),
            "{}/{} says what is expected of it",
            family,
            planted.name
        );
        let told = told(&planted, &company);
        let came: Vec<(String, u32, String)> = told
            .iter()
            .map(|told| (told.file.clone(), told.line, told.code.clone()))
            .collect();
        let rate = rates.entry(family.clone()).or_default();
        rate.all += 1;
        if came == expected {
            rate.right += 1;
            continue;
        }
        let _ = writeln!(report, "{family}/{}", planted.name);
        for (file, line, code) in expected {
            let _ = writeln!(report, "    expected {file}:{line} {code}");
        }
        for told in told {
            let _ = writeln!(
                report,
                "    came     {}:{} {} {}",
                told.file, told.line, told.code, told.sentence
            );
        }
    }
    let mut faults = Rate::default();
    let mut shown = String::new();
    for (family, rate) in &rates {
        let _ = writeln!(shown, "{family:<10} {:>4} of {:>4}", rate.right, rate.all);
        if family != SOUND {
            faults.right += rate.right;
            faults.all += rate.all;
        }
    }
    let sound = rates.get(SOUND).map_or(0, |rate| rate.all);
    #[expect(clippy::print_stdout, reason = "the rates are what is measured")]
    {
        println!("{shown}faults     {:>4} of {:>4}", faults.right, faults.all);
    }
    assert!(faults.all >= 150 && sound >= 50, "the corpus is whole");
    assert!(report.is_empty(), "\n{report}");
}

/// The line and the code of the mistake that stands in a file.
fn fault(planted: &Planted) -> Option<(u32, &str)> {
    let mut faults = (1_u32..)
        .zip(planted.text.lines())
        .filter_map(|(line, words)| Some((line, marked(words)?)));
    let fault = faults.next();
    assert!(faults.next().is_none(), "{} has two faults", planted.name);
    fault
}

/// The code behind the comment sign that ends a line.
fn marked(words: &str) -> Option<&str> {
    let (before, code) = words.trim_end().rsplit_once(' ')?;
    let digits = code.strip_prefix('S')?;
    let sign = before.ends_with('#') || before.ends_with("--");
    (sign && digits.len() == 3 && digits.bytes().all(|digit| digit.is_ascii_digit()))
        .then_some(code)
}
