//! Lexemes → the tree, with chumsky. Recovery stands on four levels: the layout has already put
//! brackets in pairs; a list passes over what it cannot read up to the next comma, a block up to the
//! next line, the file up to the next item.
//!
//! Kept true: a rule either fails at its first word or answers a node, with what is missing standing
//! in it as missing. So nothing that was understood is given up again.

mod block;
mod branching;
mod clause;
mod declaration;
mod effect;
mod expression;
mod file;
mod flow;
mod later;
mod literal;
mod modifier;
mod operator;
mod parts;
mod pieces;
#[cfg(test)]
mod pieces_tests;
mod policy;
mod reading;
mod routine;
mod source;
mod source_query;
mod stage;
mod statement;
mod template;
mod test;
mod trigger;
mod types;
mod window;

use chumsky::Parser as _;
use chumsky::extra::SimpleState;

use crate::layout::Layout;
use crate::mistake::Mistake;
use crate::syntax::File;
use parts::{Fault, Rule};
use source::Source;

/// Reads a laid out file.
pub(crate) fn read<'a>(text: &'a str, layout: &'a Layout<'a>) -> (File, Vec<Mistake>) {
    let (file, mut mistakes) = pieces::read(text, layout).unwrap_or_else(|| whole(text, layout));
    file::check_module(&file, &mut mistakes);
    (file, mistakes)
}

/// Reads a file from its first lexeme to its last.
fn whole<'a>(text: &'a str, layout: &'a Layout<'a>) -> (File, Vec<Mistake>) {
    let end = layout.lexemes.len();
    let (file, mistakes) = run(&file::file(), text, layout, 0..end);
    (file.unwrap_or_else(|| file::unread_file(text)), mistakes)
}

/// Reads some lexemes by a rule.
fn run<'a, T>(
    rule: &Rule<'a, T>,
    text: &'a str,
    layout: &'a Layout<'a>,
    lexemes: std::ops::Range<usize>,
) -> (Option<T>, Vec<Mistake>) {
    let from = lexemes.start;
    let mut state = SimpleState(Source { text, layout, from });
    let lexemes = layout.lexemes.get(lexemes).unwrap_or_default();
    let (found, faults) = rule
        .parse_with_state(lexemes, &mut state)
        .into_output_errors();
    let mistakes = faults.into_iter().filter_map(|fault| match fault {
        Fault::Told(mistake) => Some(*mistake),
        Fault::Unexpected => None,
    });
    (found, mistakes.collect())
}
