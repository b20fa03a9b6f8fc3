//! What one parser takes, the other takes; what one refuses, the other refuses.

use std::sync::Arc;

use sophia_diagnostics::Diagnostic;
use sophia_language::TokenKind;

use crate::{corpus, parser};

fn we_accept(text: &str) -> bool {
    let parsed = sophia_language::parse(text, Arc::from("playbook.sophia"));
    !parsed.diagnostics.iter().any(Diagnostic::is_error)
}

fn they_accept(text: &str) -> bool {
    !parser::read(text).root_node().has_error()
}

/// Files with one mistake each.
const BROKEN: &[(&str, &str)] = &[
    ("no header", "let x = 1\n"),
    ("a value alone", "playbook p\n\nx\n"),
    ("no value", "playbook p\n\nlet x =\n"),
    ("no name", "playbook p\n\nlet = 1\n"),
    ("an open bracket", "playbook p\n\nlet x = f(1\nlet y = 2\n"),
    ("an open text", "playbook p\n\nlet x = \"a\nlet y = 2\n"),
    ("an open hole", "playbook p\n\nlet x = \"{a\"\n"),
    (
        "a brace that closes nothing",
        "playbook p\n\nlet x = \"a}\"\n",
    ),
    (
        "quotes in a hole of a line",
        "playbook p\n\nlet x = \"{f(\"a\")}\"\n",
    ),
    (
        "an open SQL body",
        "playbook p\n\nquery q from w {\n  select 1\n\nlet x = q\n",
    ),
    (
        "two statements on a line",
        "playbook p\n\nlet x = 1 let y = 2\n",
    ),
    (
        "an operator without a right side",
        "playbook p\n\nlet x = 1 +\n\nlet y = 2\n",
    ),
    ("a chained comparison", "playbook p\n\nlet x = 1 < 2 < 3\n"),
    ("a wrong operator", "playbook p\n\nlet x = a == b\n"),
    ("a semicolon", "playbook p\n\nlet x = 1;\n"),
    (
        "an unknown stage",
        "playbook p\n\nlet x = y | filter a > 1\n",
    ),
    (
        "a body without a clause",
        "playbook p\n\npredictor p {\n  guess x\n}\n",
    ),
    (
        "a loop without a source",
        "playbook p\n\nfor each x {\n  do a.b(x)\n}\n",
    ),
    (
        "a declaration in a block",
        "playbook p\n\nif a {\n  input b: text\n}\n",
    ),
    (
        "an unknown line of a test",
        "playbook p\n\ntest \"t\" {\n  maybe x\n}\n",
    ),
];

#[test]
fn both_refuse_a_broken_file() {
    for (what, text) in BROKEN {
        assert!(!we_accept(text), "the language takes {what}:\n{text}");
        assert!(!they_accept(text), "tree-sitter takes {what}:\n{text}");
    }
}

/// Constructs that no playbook of the corpus shows, a file each.
pub const WHOLE: &[&str] = &[
    "playbook p\n\ntrigger every 15 minutes\ntrigger on the last friday of each month at 17:00\n\
     trigger on the 3rd business day of each month at 07:00 in \"Europe/Berlin\"\n\
     trigger cron \"0 8 * * 1-5\" in \"Europe/Berlin\"\n  catch up all\n\
     trigger every monday and thursday at 08:00, 17:30\n",
    "playbook p\n\ntrigger on message from kafka \"orders\" as m\n\
     trigger on resource github \"repo://issues\" as r\n\
     trigger on change in w.payments by [a, b] as c\n  except our own\n  in batches of 500 or every 2 seconds\n",
    "playbook p\n\nstate seen: boolean = false per customer_id\n\
     function share(a: money, b: money) -> percent = a / b\n\
     function twice(a: number) -> number {\n  let b = a * 2\n  return b\n}\n",
    "playbook p\n\nmetric m: money, snapshot daily, combine average from w {\n  select 1 as value\n}\n",
    "playbook p\n\nrepeat every 1 hour, at most 3 times, until done {\n  do a.b()\n}\n\n\
     try {\n  do a.b()\n} otherwise as f {\n  do a.c(text: f.message)\n}\n",
    "playbook p\n\nwait 2 days\nwait 3 business days\nwait until start of next month\n\
     wait for first {\n  gong.call as c where c.id = x {\n    do a.b()\n  }\n  after 30 days {\n    do a.c()\n  }\n}\n",
    "playbook p\n\nset seen[customer.id] = true\nstart other(a: 1)\nlet r = run other(a: 1)\n\
     emit done\nfail \"no\" when a is missing\nreturn\n",
    "playbook p\n\nlet a = x | join optional t as u on a = u.b and c > 1 | select a, b | sort by a descending, b\n\
     let b = f((x | sort by a, b), y | take 3 per c)\nlet c = x not in [1, 2] and y between 1 and 2\n\
     let d = sum(x) over at least 10 rows\nlet e = x as table of { a: text @pii.name, b: list of text? }\n\
     let f = end of last month - 90 days\nlet g = not a = b or c?.d ?? 1 + 2 * -3 mod 4 > 5\n",
    "playbook p\n\nlet a = x | add r = rank() by x descending per (y, z), s = x / sum(x) per y\n\
     let b = if a > 1\n  then 2\n  else 3\nlet c = { \"Content-Type\": \"json\", at: 2026-11-22 08:00 }\n\
     let d = 5.00 EUR + $12,000.50\nlet e = people[x.email].manager\n",
    "playbook p\n\nlet v = ask 2 of \"g\" to approve \"ok?\"\n  within 1 hour\n  then \"m\" within 2 hours\n  \
     remind every 30 minutes\n  otherwise {\n    stop \"late\"\n  }\n",
    "playbook p\n\nmodel m(a: text) -> 1..5 {\n  route best of local, openai\n  temperature 0.2\n  \
     ensure result > 1\n  example {\n    given { a: \"x\" }\n    returns 3\n  }\n  prompt \"{a}\"\n}\n",
    "module std.m\n\npolicy p {\n  every model has budget\n  every do a.b where x > 1 follows ask \"g\"\n  \
     at most 100 of do slack per run\n  no @pii reaches openai\n}\n",
    "playbook p\n\ntest \"t\" {\n  given ask \"g\" = { approved: true }\n  given file \"inbox/a.csv\" = \"\"\"\n    a,b\n    \"\"\"\n  \
     given a.b fails \"no\" 2 times\n  run with { x: 1 }\n  then 3 days pass\n  \
     then a.closed arrives { id: 1 }\n  then \"g\" approves\n  expect a.b called 2 times with { x: 1 }\n  \
     expect a.b before a.c\n  expect fails \"no\"\n  expect result = 1\n}\n",
    include_str!("lines.sophia"),
    "playbook p\n\nquery q(a: text) from w, at most 1 row {\n  select '{', \"}\", $$ { $$, $t$ } $t$ -- {\n  \
     /* } */ from t where a = {a} and b = {{1}}\n}\n",
];

#[test]
fn both_take_every_construct() {
    for text in WHOLE {
        assert!(they_accept(text), "tree-sitter refuses:\n{text}");
        assert!(we_accept(text), "the language refuses:\n{text}");
    }
}

#[test]
fn both_take_every_playbook() {
    for playbook in corpus::playbooks() {
        assert!(they_accept(&playbook.text), "{}", playbook.name);
        assert!(we_accept(&playbook.text), "{}", playbook.name);
    }
}

/// Where one token is left out the two need not agree: the language's parser looks further, at
/// indentation and at what a line was meant to be. How often they do is printed.
#[test]
fn they_mostly_agree_on_files_with_a_token_left_out() {
    let (mut same, mut all, mut looser, mut shown) = (0_u32, 0_u32, 0_u32, Vec::new());
    for playbook in corpus::playbooks() {
        let text = &playbook.text;
        let tokens = sophia_language::parse(text, Arc::from("playbook.sophia")).tokens;
        let solid = tokens.iter().filter(|token| {
            !token.kind.is_trivia()
                && !matches!(
                    token.kind,
                    TokenKind::TextPart | TokenKind::SqlPart | TokenKind::SqlQuoted
                )
        });
        for token in solid {
            let range = token.span.range();
            let without = format!("{}{}", &text[..range.start], &text[range.end..]);
            let (we, they) = (we_accept(&without), they_accept(&without));
            all += 1;
            same += u32::from(we == they);
            looser += u32::from(they && !we);
            if we != they && shown.len() < 40 {
                let line = text[..range.start].matches('\n').count() + 1;
                shown.push(format!(
                    "{}:{line} without `{}`: {}",
                    playbook.name,
                    &text[range],
                    if they {
                        "tree-sitter takes it"
                    } else {
                        "the language takes it"
                    },
                ));
            }
        }
    }
    println!(
        "{same} of {all} agree; of the others tree-sitter takes {looser}\n{}",
        shown.join("\n")
    );
    assert!(all > 100, "{all} files were tried");
    assert!(same * 100 >= all * 98, "only {same} of {all} agree");
}
