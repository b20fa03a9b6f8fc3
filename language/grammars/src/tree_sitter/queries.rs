//! The queries that editors run on a tree: colours, languages inside, folds, names.

use crate::words::{
    BRACKETS, BUILT_IN_FUNCTIONS, BUILT_IN_NAMES, BUILT_IN_TYPES, OPERATORS, PUNCTUATION, QUOTES,
    Role, WORDS,
};

use super::grammar;

/// What stands first in each file.
const GENERATED: &str = "; Generated from the table of words of the language.\n\n";

/// The capture that gives a role its colour.
fn capture(role: Role) -> &'static str {
    match role {
        Role::Effect => "@keyword.operator.effect",
        Role::Control => "@keyword.conditional",
        Role::Modifier => "@keyword.modifier",
        Role::Operator => "@keyword.operator",
        Role::Type => "@type.builtin",
        Role::Calendar => "@constant.builtin",
        Role::Declaration => "@keyword.type",
        Role::Statement
        | Role::Clause
        | Role::Stage
        | Role::Test
        | Role::Trigger
        | Role::Part
        | Role::Constant => "@keyword",
    }
}

/// `highlights.scm`
#[must_use]
pub fn highlights() -> String {
    let shown = grammar::shown();
    let mut text = String::from(GENERATED);
    text.push_str(NAMES);
    text.push_str(&one_of(
        "(identifier) @variable.builtin",
        BUILT_IN_NAMES,
        "@variable.builtin",
    ));
    text.push_str(&one_of(
        "(call callee: (identifier) @function.builtin)",
        BUILT_IN_FUNCTIONS,
        "@function.builtin",
    ));
    text.push_str(&one_of(
        "(named_type (path . (identifier) @type.builtin .))",
        BUILT_IN_TYPES,
        "@type.builtin",
    ));
    text.push_str(VALUES);
    for (role, of_role) in WORDS {
        let of_role: Vec<&str> = of_role
            .iter()
            .copied()
            .filter(|word| shown.iter().any(|shown| shown == word))
            .collect();
        if *role != Role::Constant && !of_role.is_empty() {
            text.push_str(&signs(&of_role, capture(*role)));
        }
    }
    text.push_str(&signs(OPERATORS, "@operator"));
    text.push_str(&signs(PUNCTUATION, "@punctuation.delimiter"));
    let brackets: Vec<&str> = BRACKETS
        .iter()
        .flat_map(|(open, close)| [*open, *close])
        .collect();
    text.push_str(&signs(&brackets, "@punctuation.bracket"));
    text.push_str("(hole [\"{\" \"}\"] @punctuation.special)\n");
    text
}

/// Names, from the most general to the most special: what is told later wins.
const NAMES: &str = r"(identifier) @variable
(field name: (identifier) @property)
(record_field name: (identifier) @property)
(record_field name: (text) @property)
(field_declaration name: (identifier) @property)
(column name: (identifier) @property)
(argument name: (identifier) @variable.parameter)
(parameter name: (identifier) @variable.parameter)
(call callee: (identifier) @function.call)
(call callee: (field name: (identifier) @function.method.call))
(named_type (path (identifier) @type))
(playbook_header name: (identifier) @module)
(module_header name: (path (identifier) @module))
(use_declaration name: (path (identifier) @module))
(type_declaration name: (identifier) @type.definition)
(query_declaration name: (identifier) @function)
(command_declaration name: (identifier) @function)
(model_declaration name: (identifier) @function)
(predictor_declaration name: (identifier) @function)
(function_declaration name: (identifier) @function)
(action_declaration name: (identifier) @function)
(policy_declaration name: (identifier) @function)
(metric_declaration name: (identifier) @variable)
(query_declaration connection: (identifier) @module)
(command_declaration connection: (identifier) @module)
(metric_declaration connection: (identifier) @module)
(learn_clause connection: (identifier) @module)
(test_declaration title: (text) @markup.heading)
";

const VALUES: &str = r"[(comment) (documentation)] @comment
(documentation) @comment.documentation
[(text) (block_text)] @string
(hole) @none
[(integer) (number) (percent) (ordinal)] @number
(money) @number
(currency) @constant
[(date) (time) (date_time)] @string.special
(unit) @constant.builtin
(day_name) @constant.builtin
(constant) @constant.builtin
(label) @attribute
[(first_stage) (only_stage)] @keyword
";

/// A pattern for some of the names that it matches.
fn one_of(pattern: &str, names: &[&str], captured: &str) -> String {
    let names = names
        .iter()
        .map(|name| format!("\"{name}\""))
        .collect::<Vec<_>>()
        .join(" ");
    format!("({pattern}\n  (#any-of? {captured} {names}))\n")
}

/// A colour for words or signs.
fn signs(signs: &[&str], capture: &str) -> String {
    let signs = signs
        .iter()
        .filter(|sign| !QUOTES.contains(sign))
        .map(|sign| format!("\"{sign}\""))
        .collect::<Vec<_>>()
        .join(" ");
    format!("[{signs}] {capture}\n")
}

/// `injections.scm`
#[must_use]
pub fn injections() -> String {
    format!("{GENERATED}{INJECTIONS}")
}

const INJECTIONS: &str = r#"((sql) @injection.content
  (#set! injection.language "sql"))

(prompt_clause
  text: (_ (text_content) @injection.content)
  (#set! injection.language "markdown"))
"#;

/// `folds.scm`
#[must_use]
pub fn folds() -> String {
    format!("{GENERATED}{FOLDS}")
}

const FOLDS: &str = "[
  (block)
  (match_statement)
  (wait_statement)
  (model_body)
  (predictor_body)
  (policy_body)
  (test_body)
  (query_declaration)
  (command_declaration)
  (metric_declaration)
  (learn_clause)
  (record_type)
  (record)
  (list)
  (arguments)
  (block_text)
] @fold
";

/// `locals.scm`
#[must_use]
pub fn locals() -> String {
    format!("{GENERATED}{LOCALS}")
}

const LOCALS: &str = "[
  (source_file)
  (block)
  (query_declaration)
  (command_declaration)
  (model_declaration)
  (function_declaration)
  (action_declaration)
] @local.scope

(input_declaration name: (identifier) @local.definition)
(query_declaration name: (identifier) @local.definition)
(command_declaration name: (identifier) @local.definition)
(model_declaration name: (identifier) @local.definition)
(predictor_declaration name: (identifier) @local.definition)
(metric_declaration name: (identifier) @local.definition)
(state_declaration name: (identifier) @local.definition)
(function_declaration name: (identifier) @local.definition)
(action_declaration name: (identifier) @local.definition)
(let_statement name: (identifier) @local.definition)
(for_statement item: (identifier) @local.definition)
(parameter name: (identifier) @local.definition)
(_ binding: (identifier) @local.definition)

(identifier) @local.reference
";
