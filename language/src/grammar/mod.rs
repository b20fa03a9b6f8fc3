//! Lexemes → the tree, with chumsky. Recovery stands on four levels: the layout has already put
//! brackets in pairs; a list passes over what it cannot read up to the next comma, a block up to the
//! next line, a stretch of the file up to the next item.
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
mod foreign_blocks;
mod foreign_types;
mod later;
mod literal;
mod modifier;
mod operator;
mod parts;
mod policy;
mod reading;
mod routine;
mod source;
mod source_query;
mod stage;
mod statement;
mod stretches;
mod template;
mod test;
mod trigger;
mod types;
mod window;

use chumsky::Parser as _;
use chumsky::extra::SimpleState;

use crate::mistake::Mistake;
pub(crate) use file::check_module;
use parts::{Fault, Rule};
use source::Source;
pub(crate) use stretches::{Laid, Read, read};

/// Reads lexemes by a rule.
fn run<'a, T>(rule: &Rule<'a, T>, laid: &Laid<'a>) -> (Option<T>, Vec<Mistake>) {
    let mut state = SimpleState(Source {
        text: laid.text,
        layout: laid.layout,
    });
    let (found, faults) = rule
        .parse_with_state(&laid.layout.lexemes, &mut state)
        .into_output_errors();
    let mistakes = faults.into_iter().filter_map(|fault| match fault {
        Fault::Told(mistake) => Some(*mistake),
        Fault::Unexpected => None,
    });
    (found, mistakes.collect())
}
