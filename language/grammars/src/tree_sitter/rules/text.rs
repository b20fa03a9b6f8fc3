//! Texts with holes. What stands between quotes and braces comes from the scanner.

use super::{Rules, goes_on};
use crate::tree_sitter::rule::{alias, choice, optional, repeat_once, seq, shown_as, symbol};

pub(super) fn rules() -> Rules {
    vec![
        ("_text", choice![symbol("text"), symbol("block_text")]),
        (
            "text",
            seq![
                "\"",
                optional(alias(symbol("_text_content"), "text_content")),
                "\"",
            ],
        ),
        (
            "_text_content",
            repeat_once(choice![symbol("_text_piece"), symbol("hole")]),
        ),
        (
            "block_text",
            seq![
                "\"\"\"",
                optional(alias(symbol("_block_content"), "text_content")),
                "\"\"\"",
            ],
        ),
        (
            "_block_content",
            repeat_once(choice![symbol("_block_piece"), symbol("hole")]),
        ),
        (
            "hole",
            seq![
                shown_as(symbol("_hole_start"), "{"),
                goes_on(symbol("_item")),
                "}",
            ],
        ),
    ]
}
