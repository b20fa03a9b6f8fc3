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
use parts::Fault;
use source::Source;

/// Reads a laid out file.
pub(crate) fn read<'a>(text: &'a str, layout: &'a Layout<'a>) -> (File, Vec<Mistake>) {
    let mut state = SimpleState(Source { text, layout });
    let (file, faults) = file::file()
        .parse_with_state(layout.lexemes.as_slice(), &mut state)
        .into_output_errors();
    let mut mistakes: Vec<Mistake> = faults
        .into_iter()
        .filter_map(|fault| match fault {
            Fault::Told(mistake) => Some(*mistake),
            Fault::Unexpected => None,
        })
        .collect();
    let file = file.unwrap_or_else(|| file::unread_file(text));
    file::check_module(&file, &mut mistakes);
    (file, mistakes)
}
