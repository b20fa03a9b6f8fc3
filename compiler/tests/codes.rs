//! Every code of the checker is told somewhere in the tests of this room, at the line that an example or a planted
//! playbook says. What only a run, the command line or a live system can tell is listed with its reason.

mod corpus;
mod fixture;
#[path = "corpus/told.rs"]
mod told;

use std::collections::BTreeSet;
use std::path::Path;

use corpus::{Company, corpus};
use fixture::{announced, complaints_among, examples, fenced, pages};
use told::told;

/// Codes that no check of a project tells, and who tells them.
const ELSEWHERE: [(std::ops::RangeInclusive<u32>, &str); 15] = [
    (
        246..=246,
        "who reads a manifest tells it, see manifest_paths.rs",
    ),
    (
        360..=361,
        "a run tells it, when a value or a total is looked at",
    ),
    (
        590..=594,
        "`sophia sync` tells it, which samples answers and writes manifests; a run holds answers against their types",
    ),
    (
        840..=840,
        "`sophia plan --against` tells it, which asks git",
    ),
    (870..=872, "`sophia test` tells it, when a test is played"),
    (
        873..=879,
        "whoever carries runs on tells it: how many there may be, and how fast",
    ),
    (
        890..=890,
        "`sophia sync --create` tells it, see creation.rs",
    ),
    (
        903..=909,
        "whoever carries runs on tells it, when a person acts on one",
    ),
    (901..=902, "whoever reads the lock tells it, before a check"),
    (
        916..=916,
        "the command line tells it, where an environment is chosen",
    ),
    (
        918..=925,
        "a run tells it, where it writes, reads files or searches",
    ),
    (
        926..=929,
        "the command line tells it, which reads and writes folders",
    ),
    (
        930..=969,
        "a run tells it: sources, predictors, models, tools and the store",
    ),
    (
        970..=989,
        "a run tells it: its values, its plan and its inputs",
    ),
    (
        990..=999,
        "the server tells it, when a run is due or begins",
    ),
];

/// Codes of `ELSEWHERE` that no test names, with the reason.
const UNNAMED: [(&str, &str); 8] = [
    (
        "S872",
        "the program itself fails while it plays a test; nothing that is written leads there",
    ),
    (
        "S875",
        "a program that serves writes it into its log, where no test looks for it",
    ),
    (
        "S948",
        "a reply that passed its schema and does not fit its type; both are made from one type",
    ),
    (
        "S968",
        "a journal that holds what this program never writes",
    ),
    (
        "S991",
        "the clock stands before what has run; the log alone says so",
    ),
    (
        "S992",
        "work that the checker knows and no adapter does: none is left",
    ),
    (
        "S994",
        "a program that serves writes it into its log, where no test looks for it",
    ),
    (
        "S997",
        "a record that comes out otherwise than it was written, which a simulation holds never to happen",
    ),
];

/// Two playbooks of one name: specification.rs tells it of two files.
const OF_TWO_FILES: &str = "S211";

#[test]
fn every_code_is_provoked() {
    let mut provoked: BTreeSet<String> = BTreeSet::new();
    for (name, page) in pages("../docs/diagnostics") {
        let code = name.trim_end_matches(".md").to_owned();
        for example in examples(&page) {
            if example.heading == "Bad" {
                let came = complaints_among(&example.files());
                provoked.extend(came.into_iter().map(|(_, code, _)| code));
            }
        }
        // The pages of policies are held by policies.rs.
        if (fenced(&page, "sophia policy").iter()).any(|example| example.heading == "Bad") {
            provoked.insert(code);
        }
    }
    for folder in ["tests/specification", "../docs/language"] {
        for (_, page) in pages(folder) {
            for example in examples(&page) {
                provoked.extend(announced(&example.text).into_iter().map(|(_, code)| code));
            }
        }
    }
    let company = Company::read();
    for (_, planted) in corpus() {
        provoked.extend(told(&planted, &company).into_iter().map(|told| told.code));
    }
    let untold: Vec<&str> = sophia_diagnostics::pages()
        .iter()
        .map(|page| page.code)
        .filter(|code| {
            let number: u32 = code.trim_start_matches('S').parse().expect("a number");
            !provoked.contains(*code)
                && !ELSEWHERE.iter().any(|(codes, _)| codes.contains(&number))
                && *code != OF_TWO_FILES
        })
        .collect();
    assert!(untold.is_empty(), "no test provokes {untold:?}");
}

#[test]
fn what_others_tell_is_named_by_a_test() {
    let mut named = String::new();
    for room in ["../runtime", "../compiler", "../lsp", "../tests"] {
        tests_below(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join(room),
            &mut named,
        );
    }
    let unnamed: Vec<&str> = sophia_diagnostics::pages()
        .iter()
        .map(|page| page.code)
        .filter(|code| {
            let number: u32 = code.trim_start_matches('S').parse().expect("a number");
            ELSEWHERE.iter().any(|(codes, _)| codes.contains(&number))
                && !named.contains(*code)
                && !UNNAMED.iter().any(|(known, _)| known == code)
        })
        .collect();
    assert!(unnamed.is_empty(), "no test names {unnamed:?}");
}

/// Adds the Rust files that stand below a folder `tests`, this one left out.
#[expect(
    clippy::disallowed_methods,
    reason = "the test reads its neighbours; the crate itself reads nothing"
)]
fn tests_below(folder: &Path, named: &mut String) {
    for entry in std::fs::read_dir(folder).expect("a folder of the repository") {
        let path = entry.expect("a readable folder").path();
        let name = path.file_name().expect("a name").to_string_lossy();
        if path.is_dir() {
            // What tools install stands in folders of their own.
            let is_ours = !name.starts_with('.') && name != "node_modules" && name != "target";
            if is_ours {
                tests_below(&path, named);
            }
        } else if name.ends_with(".rs")
            && name != "codes.rs"
            && path.components().any(|part| part.as_os_str() == "tests")
        {
            named.push_str(&std::fs::read_to_string(&path).expect("a readable file"));
        }
    }
}
