//! SQL bodies. SQL stays SQL: its pieces come from the scanner, which knows its quotes and comments.

use super::Rules;
use crate::tree_sitter::rule::{choice, repeat_once, symbol};

pub(super) fn rules() -> Rules {
    vec![(
        "sql",
        repeat_once(choice![symbol("_sql_piece"), symbol("hole")]),
    )]
}
