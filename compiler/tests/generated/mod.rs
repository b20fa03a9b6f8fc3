//! Playbooks that are put together at random, of the company of the corpus: queries, functions, actions, models,
//! pipelines, loops, branches and effects, some with a mistake. The numbers are the same on every machine.

mod body;
mod tables;

use std::fmt::Write as _;

use crate::corpus::Planted;
use crate::rewriting::Seed;
use body::Body;
use tables::TABLES;

/// So many playbooks.
pub fn playbooks(count: u64) -> Vec<Planted> {
    (0..count)
        .map(|number| Planted {
            name: format!("generated_{number}.sophia"),
            text: playbook(number),
        })
        .collect()
}

fn playbook(number: u64) -> String {
    let seed = Seed::new("a generated playbook", number);
    let mut body = Body::new(seed);
    let table = TABLES.get(body.seed.below(TABLES.len())).expect("a table");
    let other = TABLES.get(body.seed.below(TABLES.len())).expect("a table");
    body.over(table);
    if other.query != table.query && body.seed.one_in(2) {
        body.over(other);
    }
    let mut declarations = body.declarations;
    for at in (1..declarations.len()).rev() {
        declarations.swap(at, body.seed.below(at + 1));
    }
    let mut text = format!("## Made at random.\nplaybook generated_{number}\n\n");
    let _ = writeln!(
        text,
        "use {}, slack, mailer, vault\n",
        body.connections.join(", ")
    );
    let _ = writeln!(text, "{}\n", declarations.join("\n\n"));
    text.push_str(&body.statements.join("\n\n"));
    text.push('\n');
    text
}
