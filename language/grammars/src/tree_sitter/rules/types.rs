//! Types as they are written.

use super::{Rules, items};
use crate::tree_sitter::rule::{
    choice, field, optional, repeat, repeat_once, right, seq, strength, symbol, words,
};

pub(super) fn rules() -> Rules {
    vec![
        (
            "_type",
            choice![
                symbol("named_type"),
                symbol("money_type"),
                symbol("list_type"),
                symbol("table_type"),
                symbol("row_type"),
                symbol("type_of"),
                symbol("record_type"),
                symbol("union_type"),
                symbol("range_type"),
                symbol("optional_type"),
            ],
        ),
        ("named_type", symbol("path")),
        (
            "money_type",
            right(0, seq!["money", optional(symbol("currency"))]),
        ),
        (
            "list_type",
            right(1, seq![words("list of"), field("item", symbol("_type"))]),
        ),
        (
            "table_type",
            right(1, seq![words("table of"), field("row", symbol("_type"))]),
        ),
        (
            "row_type",
            seq![words("row of"), field("source", symbol("path"))],
        ),
        (
            "type_of",
            seq![words("type of"), field("source", symbol("path"))],
        ),
        ("optional_type", strength(2, seq![symbol("_type"), "?"])),
        (
            "union_type",
            right(
                0,
                seq![
                    symbol("_type_literal"),
                    repeat(seq!["|", symbol("_type_literal")]),
                ],
            ),
        ),
        (
            "range_type",
            strength(
                1,
                seq![
                    field("from", symbol("_type_literal")),
                    "..",
                    field("to", symbol("_type_literal")),
                ],
            ),
        ),
        (
            "_type_literal",
            choice![symbol("text"), symbol("_measured"), symbol("_number")],
        ),
        ("record_type", items("{", symbol("field_declaration"), "}")),
        (
            "field_declaration",
            seq![
                field("name", choice![symbol("identifier"), symbol("text")]),
                ":",
                field("type", symbol("_type")),
                optional(field("labels", repeat_once(symbol("label")))),
            ],
        ),
    ]
}
