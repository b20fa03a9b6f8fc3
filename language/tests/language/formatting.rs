//! The formatter: one form, reached in one step, with every comment kept and nothing changed.

use std::sync::Arc;

use crate::common::{CHURN_WATCH, corpus, outline, read};
use proptest::prelude::*;
use sophia_language::{TokenKind, format};

fn formatted(text: &str) -> String {
    match format(text, Arc::from("test.sophia")) {
        Ok(formatted) => formatted,
        Err(diagnostics) => panic!("{diagnostics:#?}\n{text}"),
    }
}

/// Tokens that say something, and comments. SQL is compared without its white space.
fn said(text: &str) -> Vec<(TokenKind, String)> {
    read(text)
        .tokens
        .iter()
        .filter(|token| !matches!(token.kind, TokenKind::Whitespace | TokenKind::Newline))
        .map(|token| {
            let written = &text[token.span.range()];
            let written = match token.kind {
                TokenKind::SqlPart | TokenKind::TextPart => {
                    written.split_whitespace().collect::<Vec<_>>().join(" ")
                }
                _ => written.trim_end().to_owned(),
            };
            (token.kind, written)
        })
        .filter(|(_, written)| !written.is_empty())
        .collect()
}

pub fn check(text: &str) -> String {
    let once = formatted(text);
    assert_eq!(
        formatted(&once),
        once,
        "formatting twice is formatting once"
    );
    assert_eq!(said(text), said(&once), "nothing is lost");
    assert_eq!(outline(&read(text)), outline(&read(&once)));
    once
}

#[test]
fn the_playbooks_are_already_in_their_form() {
    for (name, text) in corpus() {
        assert_eq!(read(&text).diagnostics, vec![], "{name}");
        assert_eq!(check(&text), text, "{name}");
    }
}

#[test]
fn every_example_of_the_diagnostics_has_one_form() {
    let mut formatted = 0;
    for page in sophia_diagnostics::pages() {
        for example in page.text.split("```sophia\n").skip(1) {
            let text = example.split("```").next().unwrap_or("");
            if read(text).diagnostics.is_empty() {
                check(text);
                formatted += 1;
            }
        }
    }
    assert!(formatted > 200, "{formatted} examples");
}

#[test]
fn ugly_files_reach_one_form() {
    let ugly = "\n\n\n##  Doc\nplaybook   ugly\n\n\n\nuse  a ,b\n# one\n\n\n# two\ninput  limit :percent=70%   # why\n\ntype  T{\n\n        a:text  ## first\n\t\tb :  list of  text ?\n\n}\nlet x   = f( 1 , -2 ) [ 0 ] . y - 3\nif x>=3   and not  (x = 4){\n# inside\ndo slack . post(channel :\"#a\" ,\ntext:\"{x}  y\")\nretry 3  times over 1   minute\n# last\n}\nelse {\nstop   \"done\"   when x is  missing\n}\n\n\n";
    let expected = "\
##  Doc
playbook ugly

use a, b
# one

# two
input limit: percent = 70%   # why

type T {
  a: text  ## first
  b:  list of text?
}
let x   = f(1, -2)[0].y - 3
if x >= 3 and not (x = 4) {
  # inside
  do slack.post(channel: \"#a\",
    text: \"{x}  y\")
    retry 3 times over 1 minute
  # last
}
else {
  stop \"done\" when x is missing
}
";
    assert_eq!(check(ugly), expected);
}

#[test]
fn texts_and_sql_move_as_blocks() {
    let text = "playbook moved\nuse w\nquery q(a: text) from w, at most 2 rows {\n      select a,\n             b -- note\n\n      from t where a = {a} and b = '}'\n      }\nquery r from w { select 1 as one }\nmodel m(a: text) -> text {\nroute local\nprompt \"\"\"\n        First {a}.\n          Second.\n\n        Third.\n\"\"\"\n}\n";
    let expected = "\
playbook moved
use w
query q(a: text) from w, at most 2 rows {
  select a,
         b -- note

  from t where a = {a} and b = '}'
}
query r from w { select 1 as one }
model m(a: text) -> text {
  route local
  prompt \"\"\"
    First {a}.
      Second.

    Third.
    \"\"\"
}
";
    assert_eq!(check(text), expected);
}

#[test]
fn a_quote_over_two_lines_of_sql_stays_where_it_is() {
    let text = "playbook fixed\nquery q from w {\n        select 'a\n  b' as x\n   }\n";
    assert_eq!(check(text), text);
}

#[test]
fn windows_line_ends_and_tabs_become_plain() {
    let text =
        "playbook plain\r\n\r\ninput a: integer = 1\r\nif a = 1 {\r\n\tstop \"done\"\r\n}\r\n";
    let expected = "playbook plain\n\ninput a: integer = 1\nif a = 1 {\n  stop \"done\"\n}\n";
    assert_eq!(check(text), expected);
}

#[test]
fn a_file_with_mistakes_is_not_formatted() {
    let found = format("playbook broken\nlet x == 5\n", Arc::from("test.sophia"));
    assert_eq!(found.map_err(|found| found.len()), Err(1));
}

/// A file with other white space: between tokens of a line, before lines, and between lines.
pub fn mangled(original: &str, choices: &[u8]) -> String {
    let parsed = read(original);
    let mut choices = choices.iter().cycle();
    let mut text = String::new();
    let mut opaque = 0_usize;
    for token in &parsed.tokens {
        let written = &original[token.span.range()];
        let choice = usize::from(choices.next().copied().unwrap_or(0));
        if token.kind == TokenKind::Whitespace && opaque == 0 {
            text.push_str(&" ".repeat(1 + choice % 4));
        } else if token.kind == TokenKind::Newline {
            text.push_str(&"\n".repeat(1 + choice % 3));
        } else {
            text.push_str(written);
        }
        match token.kind {
            TokenKind::TextStart => opaque += 1,
            TokenKind::TextEnd => opaque -= 1,
            _ => {}
        }
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn other_white_space_says_the_same(choices in prop::collection::vec(any::<u8>(), 1..200)) {
        let text = mangled(CHURN_WATCH, &choices);
        let parsed = read(&text);
        prop_assert_eq!(&parsed.diagnostics, &vec![], "{}", text);
        prop_assert_eq!(outline(&parsed), outline(&read(CHURN_WATCH)));
        check(&text);
    }
}
