//! The TextMate grammar colours every playbook as the language's own lexer cuts it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use serde_json::Value;
use sophia_language::{Token, TokenKind};

use crate::agreement::WHOLE;
use crate::corpus::{self, Playbook};

/// The scope that a token must have: one of these begins one of its scopes. `None` for tokens whose
/// colour depends on what they mean.
fn expected(kind: TokenKind) -> Option<&'static [&'static str]> {
    Some(match kind {
        TokenKind::Comment => &["comment.line.number-sign"],
        TokenKind::Documentation => &["comment.line.documentation"],
        TokenKind::TextStart | TokenKind::TextPart | TokenKind::TextEnd => &["string.quoted"],
        TokenKind::Integer | TokenKind::Number => &["constant.numeric"],
        TokenKind::Percent => &["constant.numeric.percent"],
        TokenKind::Money => &["constant.numeric.money"],
        TokenKind::Date => &["constant.numeric.date"],
        TokenKind::Time => &["constant.numeric.time"],
        TokenKind::Label => &["entity.other.attribute-name.label"],
        TokenKind::SqlPart => &["meta.embedded.block.sql"],
        TokenKind::SqlQuoted => &["string.quoted", "string.unquoted", "comment"],
        TokenKind::HoleStart | TokenKind::HoleEnd => &["punctuation.section.embedded"],
        TokenKind::Equal
        | TokenKind::NotEqual
        | TokenKind::Less
        | TokenKind::LessOrEqual
        | TokenKind::Greater
        | TokenKind::GreaterOrEqual
        | TokenKind::Plus
        | TokenKind::Minus
        | TokenKind::Star
        | TokenKind::Slash
        | TokenKind::Coalesce => &["keyword.operator"],
        _ => return None,
    })
}

/// What only these tokens may look like: a scope of theirs elsewhere means that a text or SQL began too
/// early or ended too late.
const OPAQUE: &[(&str, &[TokenKind])] = &[
    (
        "comment",
        &[
            TokenKind::Comment,
            TokenKind::Documentation,
            TokenKind::SqlQuoted,
        ],
    ),
    (
        "meta.embedded.block.sql",
        &[
            TokenKind::SqlPart,
            TokenKind::SqlQuoted,
            TokenKind::HoleStart,
            TokenKind::HoleEnd,
        ],
    ),
];

fn peers() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/peers")
}

/// The machine's Node.js, or the one that `tests/peers/install` got.
fn node() -> PathBuf {
    let own = peers().join(".venv/bin/node");
    if own.exists() {
        own
    } else {
        PathBuf::from("node")
    }
}

/// A piece of a playbook with one colour.
struct Piece {
    start: usize,
    end: usize,
    scopes: Vec<String>,
}

/// The pieces of a file, as the engine cuts them.
fn coloured(files: &[PathBuf]) -> Vec<Vec<Piece>> {
    let modules = peers().join("node_modules");
    assert!(
        modules.join("vscode-textmate").exists() && modules.join("vscode-oniguruma").exists(),
        "vscode-textmate and vscode-oniguruma are not installed; run tests/peers/install"
    );
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(node())
        .arg(here.join("tests/grammars/colours.mjs"))
        .arg(&modules)
        .arg(here.join("textmate/sophia.tmLanguage.json"))
        .args(files)
        .output()
        .expect("Node.js is needed; tests/peers/install gets one");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let place = |value: &Value| usize::try_from(value.as_u64().unwrap()).unwrap();
    let texts = |value: &Value| {
        value
            .as_array()
            .unwrap()
            .iter()
            .map(|scope| scope.as_str().unwrap().to_owned())
            .collect()
    };
    answer
        .as_array()
        .unwrap()
        .iter()
        .map(|pieces| {
            pieces
                .as_array()
                .unwrap()
                .iter()
                .map(|piece| Piece {
                    start: place(&piece["start"]),
                    end: place(&piece["end"]),
                    scopes: texts(&piece["scopes"]),
                })
                .collect()
        })
        .collect()
}

/// Every playbook of the repository, and a file for each construct that none of them shows.
fn playbooks() -> Vec<Playbook> {
    let constructs = WHOLE.iter().enumerate().map(|(at, text)| Playbook {
        name: format!("construct_{at}.sophia"),
        text: (*text).to_owned(),
    });
    corpus::playbooks().into_iter().chain(constructs).collect()
}

/// The same files in one folder, for the engine to read.
fn written(playbooks: &[Playbook], folder: &Path) -> Vec<PathBuf> {
    playbooks
        .iter()
        .map(|playbook| {
            let path = folder.join(playbook.name.replace('/', "_"));
            fs::write(&path, &playbook.text).unwrap();
            path
        })
        .collect()
}

/// What is wrong with the colour of a token.
fn mistake(token: Token, pieces: &[Piece], text: &str) -> Option<String> {
    let range = token.span.range();
    let over: Vec<&Piece> = pieces
        .iter()
        .filter(|piece| piece.start < range.end && range.start < piece.end)
        // Between two lines of a text stand a newline and white space, which have no colour to see.
        .filter(|piece| !text[piece.start..piece.end].trim().is_empty())
        .collect();
    let has = |piece: &Piece, scope: &str| piece.scopes.iter().any(|own| own.starts_with(scope));
    let wanted = expected(token.kind);
    for piece in over {
        let shown = || format!("`{}` has {:?}", &text[piece.start..piece.end], piece.scopes);
        if let Some(wanted) = wanted
            && !wanted.iter().any(|scope| has(piece, scope))
        {
            return Some(format!(
                "{:?} should be {wanted:?}: {}",
                token.kind,
                shown()
            ));
        }
        for (scope, kinds) in OPAQUE {
            let hole = piece
                .scopes
                .iter()
                .any(|own| own.starts_with("meta.embedded.hole"));
            if !kinds.contains(&token.kind) && has(piece, scope) && !hole {
                return Some(format!(
                    "{:?} should not be {scope}: {}",
                    token.kind,
                    shown()
                ));
            }
        }
    }
    None
}

#[test]
fn the_colours_of_every_playbook_fit_its_tokens() {
    let playbooks = playbooks();
    let folder = tempfile::tempdir().unwrap();
    let coloured = coloured(&written(&playbooks, folder.path()));
    assert_eq!(coloured.len(), playbooks.len());
    let (mut compared, mut wrong) = (0_usize, Vec::new());
    for (playbook, pieces) in playbooks.iter().zip(&coloured) {
        let text = &playbook.text;
        let parsed = sophia_language::parse(text, Arc::from(playbook.name.as_str()));
        for token in parsed.tokens {
            if matches!(token.kind, TokenKind::Whitespace | TokenKind::Newline) {
                continue;
            }
            compared += usize::from(expected(token.kind).is_some());
            if let Some(mistake) = mistake(token, pieces, text) {
                let line = text[..token.span.range().start].matches('\n').count() + 1;
                wrong.push(format!("{}:{line}: {mistake}", playbook.name));
            }
        }
    }
    println!(
        "{} of {compared} tokens have their colour",
        compared.saturating_sub(wrong.len())
    );
    assert!(compared > 500, "only {compared} tokens were compared");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn words_that_act_are_coloured_as_keywords() {
    let playbooks = playbooks();
    let folder = tempfile::tempdir().unwrap();
    let coloured = coloured(&written(&playbooks, folder.path()));
    let (mut effects, mut missed) = (0, Vec::new());
    for (playbook, pieces) in playbooks.iter().zip(&coloured) {
        for piece in pieces {
            let word = &playbook.text[piece.start..piece.end];
            let line_start = playbook.text[..piece.start]
                .rfind('\n')
                .map_or(0, |at| at + 1);
            let first = playbook.text[line_start..piece.start].trim().is_empty();
            if first && matches!(word, "do" | "record" | "emit" | "ask") {
                effects += 1;
                if !piece
                    .scopes
                    .iter()
                    .any(|scope| scope.starts_with("keyword.control.effect"))
                {
                    missed.push(format!(
                        "{}: `{word}` has {:?}",
                        playbook.name, piece.scopes
                    ));
                }
            }
        }
    }
    assert!(
        effects > 10 && missed.is_empty(),
        "{effects}: {}",
        missed.join("\n")
    );
}
