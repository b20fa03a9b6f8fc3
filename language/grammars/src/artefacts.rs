//! What is generated and committed: each file with its place below `language/grammars/`.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use tree_sitter_generate::{OptLevel, generate_parser_in_directory};

use crate::textmate;
use crate::tree_sitter::{grammar, manifest, queries, scanner};

/// The layout of the parser's tables. Editors that were installed in 2024 read this one and not the
/// next.
const ABI: usize = 14;

/// Where the grammar and its parser lie.
const SOURCE: &str = "tree-sitter/src";

/// What the generator reads.
const GRAMMAR: &str = "grammar.json";

/// What the generator makes.
const PARSER: &[&str] = &[
    "parser.c",
    "node-types.json",
    "tree_sitter/parser.h",
    "tree_sitter/alloc.h",
    "tree_sitter/array.h",
];

/// A generated file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artefact {
    /// Its place below `language/grammars/`.
    pub path: PathBuf,
    /// All of it.
    pub text: String,
}

impl Artefact {
    fn new(path: &str, text: String) -> Self {
        Self {
            path: PathBuf::from(path),
            text,
        }
    }
}

/// Where the artefacts lie: the folder of this crate.
#[must_use]
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Where the digests lie.
const DIGESTS: &str = "tree-sitter/src/digests.json";

/// Generates everything; most of half a minute goes into the parser.
///
/// # Errors
/// Says what is wrong with the rules, or which file could not be written in between.
pub fn generate() -> Result<Vec<Artefact>, String> {
    let mut artefacts = described();
    let parser = parser()?;
    let files: Vec<(&str, &str)> = std::iter::once(GRAMMAR)
        .chain(PARSER.iter().copied())
        .filter_map(|file| {
            let path = Path::new(SOURCE).join(file);
            artefacts
                .iter()
                .chain(&parser)
                .find(|artefact| artefact.path == path)
                .map(|artefact| (file, artefact.text.as_str()))
        })
        .collect();
    artefacts.push(Artefact::new(DIGESTS, digests(&files)));
    artefacts.extend(parser);
    Ok(artefacts)
}

/// Everything but the parser: what comes from the table and the rules at once.
#[must_use]
pub fn described() -> Vec<Artefact> {
    vec![
        Artefact::new("tree-sitter/tree-sitter.json", manifest::json()),
        Artefact::new("tree-sitter/src/grammar.json", grammar::json()),
        Artefact::new("tree-sitter/src/scanner.c", scanner::source()),
        Artefact::new("tree-sitter/queries/highlights.scm", queries::highlights()),
        Artefact::new("tree-sitter/queries/injections.scm", queries::injections()),
        Artefact::new("tree-sitter/queries/folds.scm", queries::folds()),
        Artefact::new("tree-sitter/queries/locals.scm", queries::locals()),
        Artefact::new("textmate/sophia.tmLanguage.json", textmate::grammar()),
        Artefact::new(
            "textmate/language-configuration.json",
            textmate::configuration::json(),
        ),
    ]
}

/// Whether the parser below `root` is untouched since it was made, and was made from the grammar there:
/// quick to tell, without making it again.
///
/// # Errors
/// Says which file cannot be read.
pub fn parser_fits(root: &Path) -> Result<bool, String> {
    let read = |file: &str| {
        let path = root.join(SOURCE).join(file);
        fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
    };
    let mut files = vec![(GRAMMAR, read(GRAMMAR)?)];
    for file in PARSER {
        files.push((*file, read(file)?));
    }
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(file, text)| (*file, text.as_str()))
        .collect();
    let path = root.join(DIGESTS);
    let committed =
        fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(committed == digests(&files))
}

/// The digests of the grammar and of what the generator made from it.
fn digests(files: &[(&str, &str)]) -> String {
    let digests: Map<String, Value> = files
        .iter()
        .map(|(file, text)| {
            let digest = blake3::hash(text.as_bytes()).to_hex().to_string();
            ((*file).to_owned(), Value::String(digest))
        })
        .collect();
    let mut text = serde_json::to_string_pretty(&digests).unwrap_or_default();
    text.push('\n');
    text
}

/// The parser, which the generator only writes to a folder.
fn parser() -> Result<Vec<Artefact>, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let at = |path: &str| folder.path().join(path);
    let write = |path: &Path, text: &str| {
        fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
    };
    write(&at("grammar.json"), &grammar::json())?;
    // The generator reads the version of the grammar from here.
    write(&at("tree-sitter.json"), &manifest::json())?;
    let mut remarks = Vec::new();
    generate_parser_in_directory(
        folder.path(),
        Some(at("src")),
        Some(at("grammar.json")),
        ABI,
        None,
        None,
        true,
        OptLevel::default(),
        &mut remarks,
    )
    .map_err(|error| error.to_string())?;
    if let Some(remark) = remarks.first() {
        return Err(remark.to_string());
    }
    PARSER
        .iter()
        .map(|file| {
            let made = at("src").join(file);
            let text = fs::read_to_string(&made)
                .map_err(|error| format!("{}: {error}", made.display()))?;
            Ok(Artefact::new(&format!("{SOURCE}/{file}"), text))
        })
        .collect()
}

/// Writes everything below `root`.
///
/// # Errors
/// Says which file could not be written.
pub fn write(root: &Path, artefacts: &[Artefact]) -> Result<(), String> {
    for artefact in artefacts {
        let path = root.join(&artefact.path);
        let told = |error: std::io::Error| format!("{}: {error}", path.display());
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(told)?;
        }
        fs::write(&path, &artefact.text).map_err(told)?;
    }
    Ok(())
}

/// The places of the artefacts that are missing below `root` or differ.
#[must_use]
pub fn differing(root: &Path, artefacts: &[Artefact]) -> Vec<PathBuf> {
    artefacts
        .iter()
        .filter(|artefact| {
            fs::read_to_string(root.join(&artefact.path)).ok().as_ref() != Some(&artefact.text)
        })
        .map(|artefact| artefact.path.clone())
        .collect()
}
