//! A short run of every fuzz target in the ordinary tests: the corpus, and what a seeded generator
//! makes of it. `SOPHIA_SEED=7` takes another path through it, `SOPHIA_ROUNDS=20` a longer one.

mod mutate;

use std::fs;
use std::panic;
use std::path::{Path, PathBuf};

use fastrand::Rng;
use sophia_invariants::TARGETS;

const SEED: u64 = 3;

/// Executions of each target in one round; files take longer to read than phrases.
const OF_FILES: usize = 1_500;
const OF_PHRASES: usize = 10_000;

/// The longest input: what follows finds nothing that shorter ones do not.
const LONGEST: usize = 1_024;

fn number(name: &str, otherwise: u64) -> u64 {
    match std::env::var(name) {
        Ok(written) => written
            .parse()
            .unwrap_or_else(|_| panic!("{name} is a number, not `{written}`")),
        Err(_) => otherwise,
    }
}

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The files of a folder, in the order of their names.
fn files(folder: &Path) -> Vec<Vec<u8>> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("an entry of the folder").path())
        .filter(|path| path.is_file())
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|path| fs::read(path).expect("a file of the corpus"))
        .collect()
}

fn is_of_files(target: &str) -> bool {
    matches!(target, "lexer" | "parser" | "formatter")
}

/// The words of `sophia.dict`: one in quotes on each line.
fn dictionary() -> Vec<Vec<u8>> {
    fs::read_to_string(here("../sophia.dict"))
        .expect("the dictionary")
        .lines()
        .filter_map(|line| line.trim().strip_prefix('"')?.strip_suffix('"'))
        .map(|word| {
            word.replace("\\x0A", "\n")
                .replace("\\\"", "\"")
                .replace("\\\\", "\\")
                .into_bytes()
        })
        .collect()
}

fn run(target: &str) {
    let (_, check) = TARGETS
        .iter()
        .find(|(name, _)| *name == target)
        .expect("a target");
    let mut corpus = files(&here("../corpus").join(target));
    if is_of_files(target) {
        if target != "parser" {
            corpus.extend(files(&here("../corpus/parser")));
        }
        corpus.extend(files(&here("../../../examples/playbooks")));
    }
    assert!(!corpus.is_empty(), "{target} has a corpus");
    let words = dictionary();
    let seed = number("SOPHIA_SEED", SEED);
    let rounds = usize::try_from(number("SOPHIA_ROUNDS", 1)).expect("a number of rounds");
    let executions = rounds
        * if is_of_files(target) {
            OF_FILES
        } else {
            OF_PHRASES
        };
    let mut random = Rng::with_seed(seed);
    let whole = corpus.clone().into_iter();
    let made = (0..executions).map(|_| mutate::next(&mut corpus, &words, LONGEST, &mut random));
    for (index, bytes) in whole.chain(made).enumerate() {
        let text = String::from_utf8_lossy(&bytes);
        if panic::catch_unwind(|| check(&text)).is_err() {
            let path =
                Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{target}-{seed}-{index}"));
            fs::write(&path, text.as_bytes()).expect("the input is kept");
            panic!(
                "{target} does not hold for {text:?} (seed {seed}, input {index}). Again: cargo run --release -p sophia-invariants --example check -- {target} {}",
                path.display()
            );
        }
    }
}

#[test]
fn lexer_holds() {
    run("lexer");
}

#[test]
fn parser_holds() {
    run("parser");
}

#[test]
fn formatter_holds() {
    run("formatter");
}

#[test]
fn schedule_holds() {
    run("schedule");
}

#[test]
fn duration_holds() {
    run("duration");
}

#[test]
fn money_holds() {
    run("money");
}

#[test]
fn percent_holds() {
    run("percent");
}

#[test]
fn date_holds() {
    run("date");
}

#[test]
fn zone_holds() {
    run("zone");
}

#[test]
fn every_target_has_its_place_in_all_lists() {
    let manifest = fs::read_to_string(here("../Cargo.toml")).expect("the manifest of the targets");
    for (target, _) in TARGETS {
        assert!(here("../corpus").join(target).is_dir(), "{target}");
        assert!(
            here("../targets").join(format!("{target}.rs")).is_file(),
            "{target}"
        );
        assert!(
            manifest.contains(&format!("name = \"{target}\"")),
            "{target}"
        );
    }
}
