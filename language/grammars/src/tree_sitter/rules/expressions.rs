//! Values. `_access` is a name or another value with what follows it, `_operand` adds everything that
//! binds closer than a comparison, `_expression` the rest but pipelines.

use super::{Rules, goes_on, items, name};
use crate::tree_sitter::rule::{
    Rule, alias, choice, field, left, one_of, optional, right, seq, strength, symbol, words,
};
use crate::words as table;

// From loosest to tightest.
const IF: i32 = 1;
const OR: i32 = 2;
const AND: i32 = 3;
const NOT: i32 = 4;
const COMPARISON: i32 = 5;
const COALESCE: i32 = 6;
const SUM: i32 = 7;
const PRODUCT: i32 = 8;
const NEGATION: i32 = 9;
const SUFFIX: i32 = 10;

pub(super) fn rules() -> Rules {
    let mut rules = vec![
        (
            "_expression",
            choice![
                symbol("_operand"),
                symbol("comparison"),
                symbol("not_expression"),
                symbol("and_expression"),
                symbol("or_expression"),
            ],
        ),
        ("or_expression", chain(OR, "_expression", &["or"])),
        ("and_expression", chain(AND, "_expression", &["and"])),
        (
            "not_expression",
            strength(NOT, seq!["not", field("operand", symbol("_expression"))]),
        ),
        ("comparison", comparison()),
        (
            "_operand",
            choice![
                symbol("_suffixed"),
                symbol("coalesce_expression"),
                symbol("sum_expression"),
                symbol("product_expression"),
                symbol("negation"),
                symbol("if_expression"),
                symbol("range"),
            ],
        ),
        ("coalesce_expression", chain(COALESCE, "_operand", &["??"])),
        ("sum_expression", chain(SUM, "_operand", &["+", "-"])),
        (
            "product_expression",
            chain(PRODUCT, "_operand", &["*", "/", "mod"]),
        ),
        (
            "negation",
            strength(NEGATION, seq!["-", field("operand", symbol("_operand"))]),
        ),
        (
            "range",
            seq![
                field("from", symbol("_number")),
                "..",
                field("to", symbol("_number")),
            ],
        ),
        (
            "if_expression",
            right(
                IF,
                seq![
                    "if",
                    field("condition", symbol("_expression")),
                    optional(choice![symbol("_then_end"), symbol("_not_before_then")]),
                    "then",
                    goes_on(field("then", symbol("_expression"))),
                    "else",
                    field("else", symbol("_expression")),
                ],
            ),
        ),
        (
            "_suffixed",
            choice![
                symbol("_access"),
                symbol("as_expression"),
                symbol("over_expression"),
                symbol("window"),
                symbol("search_expression"),
                symbol("find_expression"),
                symbol("read_expression"),
            ],
        ),
        (
            "as_expression",
            left(
                SUFFIX,
                seq![
                    field("value", choice![symbol("_access"), symbol("as_expression")]),
                    "as",
                    field("type", symbol("_type")),
                ],
            ),
        ),
        (
            "over_expression",
            right(
                SUFFIX,
                seq![
                    field("of", symbol("_access")),
                    "over",
                    choice![
                        seq![
                            field("window", symbol("_span")),
                            optional(seq!["by", names("by")]),
                        ],
                        seq![
                            words("at least"),
                            symbol("integer"),
                            one_of(&["row", "rows"])
                        ],
                    ],
                ],
            ),
        ),
        (
            "window",
            right(
                SUFFIX,
                seq![
                    field("call", symbol("call")),
                    choice![
                        seq![
                            "by",
                            field("by", symbol("_operand")),
                            optional(one_of(&["ascending", "descending"])),
                            optional(seq!["per", names("per")]),
                        ],
                        seq!["per", names("per")],
                    ],
                ],
            ),
        ),
        (
            "search_expression",
            right(
                SUFFIX,
                seq![
                    "search",
                    field("knowledge", name()),
                    "for",
                    field("text", symbol("_access")),
                    optional(seq!["take", field("take", symbol("_access"))]),
                    optional(seq!["where", field("condition", symbol("_expression"))]),
                ],
            ),
        ),
        (
            "find_expression",
            right(
                SUFFIX,
                seq![
                    words("find metrics for"),
                    field("text", symbol("_access")),
                    optional(seq!["take", field("take", symbol("_access"))]),
                ],
            ),
        ),
        (
            "read_expression",
            seq![
                "read",
                field("format", name()),
                goes_on(field("path", symbol("_access"))),
                "as",
                field("type", symbol("_type")),
            ],
        ),
    ];
    rules.extend(accesses());
    rules.extend(literals());
    rules
}

fn accesses() -> Rules {
    vec![
        (
            "_access",
            choice![
                symbol("_name"),
                symbol("_literal"),
                symbol("_text"),
                symbol("list"),
                symbol("record"),
                symbol("group"),
                symbol("field"),
                symbol("index"),
                symbol("call"),
                symbol("period_edge"),
            ],
        ),
        (
            // A length of time, or what may give one.
            "_span",
            choice![
                symbol("duration"),
                symbol("_name"),
                symbol("group"),
                symbol("field"),
                symbol("index"),
                symbol("call"),
            ],
        ),
        (
            "field",
            left(
                SUFFIX,
                seq![
                    field("of", symbol("_access")),
                    choice![".", "?."],
                    field("name", name()),
                ],
            ),
        ),
        (
            "index",
            left(
                SUFFIX,
                seq![
                    field("of", symbol("_access")),
                    "[",
                    goes_on(field("key", symbol("_item"))),
                    "]",
                ],
            ),
        ),
        (
            "call",
            left(
                SUFFIX,
                seq![
                    field("callee", symbol("_access")),
                    field("arguments", symbol("arguments")),
                ],
            ),
        ),
        ("arguments", items("(", symbol("_argument"), ")")),
        ("_argument", choice![symbol("argument"), symbol("_item")]),
        (
            "argument",
            seq![
                field(
                    "name",
                    choice![
                        symbol("_name"),
                        alias(one_of(table::ALSO_LABELS), "identifier"),
                    ],
                ),
                ":",
                field("value", symbol("_item")),
            ],
        ),
        ("list", items("[", symbol("_item"), "]")),
        ("record", items("{", symbol("record_field"), "}")),
        (
            "record_field",
            seq![
                field("name", choice![name(), symbol("text")]),
                ":",
                field("value", symbol("_item")),
            ],
        ),
        ("group", seq!["(", goes_on(symbol("_value")), ")"]),
        (
            "period_edge",
            seq![
                one_of(&["start", "end"]),
                "of",
                optional(one_of(&["last", "this", "next"])),
                symbol("unit"),
            ],
        ),
    ]
}

fn literals() -> Rules {
    vec![
        (
            "_literal",
            choice![symbol("_measured"), symbol("_number"), symbol("constant")],
        ),
        (
            "_measured",
            choice![
                symbol("percent"),
                symbol("money"),
                symbol("duration"),
                symbol("date"),
                symbol("time"),
                symbol("date_time"),
            ],
        ),
        ("_number", choice![symbol("integer"), symbol("number")]),
        ("constant", one_of(table::CONSTANTS)),
        ("integer", Rule::Pattern(table::INTEGER.to_owned())),
        ("number", Rule::Pattern(table::NUMBER.to_owned())),
        ("percent", Rule::Pattern(table::PERCENT.to_owned())),
        (
            "money",
            choice![
                Rule::Pattern(table::MONEY.to_owned()),
                seq![symbol("_number"), symbol("currency")],
            ],
        ),
        ("duration", seq![symbol("_number"), symbol("unit")]),
        ("date", Rule::Pattern(table::DATE.to_owned())),
        ("time", Rule::Pattern(table::TIME.to_owned())),
        ("date_time", seq![symbol("date"), symbol("time")]),
        ("unit", one_of(table::UNITS)),
        ("currency", Rule::Pattern(table::CURRENCY.to_owned())),
    ]
}

/// Operators of one strength, read from the left.
fn chain(value: i32, operand: &str, operators: &[&str]) -> Rule {
    left(
        value,
        seq![
            field("left", symbol(operand)),
            field("operator", one_of(operators)),
            field("right", symbol(operand)),
        ],
    )
}

/// One comparison: they do not chain, because neither side can be one.
fn comparison() -> Rule {
    let value = || field("left", symbol("_operand"));
    let other = || field("right", symbol("_operand"));
    strength(
        COMPARISON,
        choice![
            seq![
                value(),
                field("operator", one_of(table::COMPARISONS)),
                other(),
            ],
            seq![value(), words("not in"), other()],
            seq![value(), words("known in"), other()],
            seq![
                value(),
                "between",
                goes_on(field("low", symbol("_operand"))),
                "and",
                field("high", symbol("_operand")),
            ],
            seq![value(), "is", one_of(&["present", "missing"])],
        ],
    )
}

/// A name, or several between round brackets.
fn names(label: &'static str) -> Rule {
    choice![
        field(label, symbol("path")),
        items("(", field(label, symbol("path")), ")"),
    ]
}
