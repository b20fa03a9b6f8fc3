//! Blocks that other languages have around parts of a program, and what stands for them here.
//!
//! Kept true here: the first word and the brace behind it tell such a block; what stands in it is not read.

/// What stands for a block that begins with one of these words.
const BLOCKS: &[(&[&str], &str)] = &[
    (
        &[
            "inputs",
            "input",
            "parameters",
            "params",
            "arguments",
            "args",
        ],
        "An input is a line of its own: `input limit: integer = 5`.",
    ),
    (
        &["outputs", "output", "result", "results"],
        "There is no block for what comes out: `return VALUE` gives it back, and `trigger on request -> TYPE` says its type.",
    ),
    (
        &[
            "steps", "step", "actions", "tasks", "jobs", "job", "stages", "workflow", "flow",
            "pipeline", "main", "begin", "body", "start", "execute",
        ],
        "There is no block around the steps of a playbook: they stand one below the other, without indentation.",
    ),
    (
        &["variables", "vars", "constants", "const", "locals", "var"],
        "A value gets its name on a line of its own: `let limit = 5`.",
    ),
    (
        &["triggers", "schedule", "schedules", "events", "when"],
        "What starts a playbook is a line of its own: `trigger every weekday at 08:00`.",
    ),
    (
        &[
            "settings",
            "config",
            "configuration",
            "options",
            "metadata",
            "meta",
            "imports",
        ],
        "There is no block of settings: `use` names what a playbook may touch, and what holds for the project stands in `sophia.toml`.",
    ),
    (
        &["parallel", "async", "concurrently", "concurrent", "fork"],
        "Steps that do not need each other run side by side by themselves; `together { … }` is for effects whose order does not matter.",
    ),
    (
        &["while", "until", "loop"],
        "A loop is `for each x in LIST { … }`, or `repeat every 1 hour, at most 10 times, until CONDITION { … }`.",
    ),
    (
        &["catch", "except", "rescue"],
        "What is done when something failed stands behind `otherwise`: `try { … } otherwise { … }`.",
    ),
    (
        &["finally", "always", "defer"],
        "There is no block for what is done in any case: write it below, and what is done after a failure in `on failure { … }`.",
    ),
];

/// What to say of a block that begins with this word.
pub(super) fn instead_of(word: &str) -> Option<&'static str> {
    let lower = word.to_lowercase();
    (BLOCKS.iter())
        .find(|(words, _)| words.contains(&lower.as_str()))
        .map(|(_, sentence)| *sentence)
}
