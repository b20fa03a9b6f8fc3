//! Table pipelines. Where a comma already separates, a pipeline's stages hold no commas: those rules
//! begin with `_one_` and make the same nodes.

use super::{Rules, goes_on, items, name};
use crate::tree_sitter::rule::{
    Rule, alias, choice, field, one_of, optional, repeat_once, right, separated, seq, symbol, words,
};

pub(super) fn rules() -> Rules {
    vec![
        (
            // A value whose pipeline may hold commas.
            "_value",
            choice![symbol("_expression"), symbol("pipeline")],
        ),
        (
            // A value whose pipeline holds none.
            "_item",
            choice![
                symbol("_expression"),
                alias(symbol("_one_pipeline"), "pipeline"),
            ],
        ),
        (
            "pipeline",
            seq![
                field("source", symbol("_expression")),
                repeat_once(seq!["|", symbol("_stage")]),
            ],
        ),
        (
            "_one_pipeline",
            seq![
                field("source", symbol("_expression")),
                repeat_once(seq!["|", symbol("_one_stage")]),
            ],
        ),
        (
            "_stage",
            choice![
                symbol("_simple_stage"),
                symbol("add_stage"),
                symbol("select_stage"),
                symbol("sort_stage"),
                symbol("join_stage"),
            ],
        ),
        (
            "_one_stage",
            choice![
                symbol("_simple_stage"),
                alias(symbol("_one_add"), "add_stage"),
                alias(symbol("_one_select"), "select_stage"),
                alias(symbol("_one_sort"), "sort_stage"),
                alias(symbol("_one_join"), "join_stage"),
            ],
        ),
        (
            "_simple_stage",
            choice![
                symbol("where_stage"),
                symbol("take_stage"),
                symbol("first_stage"),
                symbol("only_stage"),
                symbol("map_stage"),
                symbol("group_stage"),
                symbol("check_stage"),
            ],
        ),
        (
            "where_stage",
            seq!["where", field("condition", symbol("_expression"))],
        ),
        (
            "take_stage",
            seq![
                "take",
                field("count", symbol("_access")),
                optional(seq!["per", field("key", symbol("_access"))]),
            ],
        ),
        ("first_stage", Rule::from("first")),
        ("only_stage", Rule::from("only")),
        (
            "map_stage",
            seq!["map", field("value", symbol("_expression"))],
        ),
        (
            "group_stage",
            seq![
                words("group by"),
                separated(field("by", symbol("path")), ","),
                field("columns", symbol("group_columns")),
            ],
        ),
        ("group_columns", items("{", symbol("record_field"), "}")),
        (
            "check_stage",
            seq![
                "check",
                field("name", symbol("text")),
                field("rule", symbol("_expression")),
            ],
        ),
        ("add_stage", seq!["add", separated(symbol("column"), ",")]),
        ("_one_add", seq!["add", symbol("column")]),
        (
            "column",
            seq![
                field("name", name()),
                "=",
                field("value", symbol("_expression")),
            ],
        ),
        (
            "select_stage",
            seq!["select", separated(field("column", symbol("path")), ",")],
        ),
        (
            "_one_select",
            seq!["select", field("column", symbol("path"))],
        ),
        (
            "sort_stage",
            seq![words("sort by"), separated(symbol("sort_key"), ",")],
        ),
        ("_one_sort", seq![words("sort by"), symbol("sort_key")]),
        (
            "sort_key",
            right(
                0,
                seq![
                    field("value", symbol("_expression")),
                    optional(one_of(&["ascending", "descending"])),
                ],
            ),
        ),
        (
            "join_stage",
            seq![join(), separated(field("on", symbol("_expression")), ","),],
        ),
        (
            "_one_join",
            seq![join(), field("on", symbol("_expression"))],
        ),
    ]
}

fn join() -> Rule {
    seq![
        "join",
        optional("optional"),
        goes_on(field("source", symbol("_access"))),
        optional(seq!["as", field("binding", name())]),
        "on",
    ]
}
